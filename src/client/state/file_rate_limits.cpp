// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/try_post.hpp"
#include "file/limits_file.hpp"
#include <async_llm/error.hpp>
#include <async_llm/shared_limits.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

namespace async_llm {
namespace {

using clock = std::chrono::steady_clock;

// Calls that one look at the file lets go.
constexpr std::size_t most_at_a_time = 4096;

} // namespace

/// Calls that wait for their part, of which the first one has the file looked at.
/**
 * Thread safety: all. The file is used on the executor for files alone, by one job at a time.
 */
class file_rate_limits::state : public std::enable_shared_from_this<state> {
public:
    explicit state(file_rate_limits_options const& o)
        : executor_(o.file_executor),
          file_(o.path, o.requests_per_minute, o.tokens_per_minute, o.burst, o.lock_timeout) {}

    asio::awaitable<void> acquire(std::int64_t tokens);

    void put_back(std::int64_t requests, std::int64_t tokens) noexcept {
        std::lock_guard const lock(mutex_);
        put_back_requests_ += requests;
        put_back_tokens_ += tokens;
    }

private:
    enum class progress { waiting, granted, failed, left };

    struct waiter {
        waiter(asio::any_io_executor const& e, std::int64_t demand)
            : executor(e), timer(e, clock::time_point::max()), tokens(demand) {}

        asio::any_io_executor executor;
        asio::steady_timer timer;
        std::int64_t tokens;
        progress at = progress::waiting;
        std::exception_ptr failure;
    };
    using waiter_ptr = std::shared_ptr<waiter>;

    class place;

    bool is_granted(waiter const& w) noexcept {
        std::lock_guard const lock(mutex_);
        return w.at == progress::granted;
    }
    bool begin_look(waiter_ptr const& w, clock::time_point& next);
    void look() noexcept;
    std::vector<waiter_ptr> first_waiters();
    void grant(std::vector<waiter_ptr> const& asked, file::limits_file::result const& done) noexcept;
    void fail(std::exception_ptr const& failure) noexcept;
    waiter_ptr remove(waiter& w) noexcept;
    static void wake(waiter_ptr const& w) noexcept;

    asio::any_io_executor executor_;
    file::limits_file file_;

    std::mutex mutex_;
    std::deque<waiter_ptr> waiters_;
    bool is_looking_ = false;
    clock::time_point next_look_ = clock::time_point::min();
    std::int64_t put_back_requests_ = 0;
    std::int64_t put_back_tokens_ = 0;
};

/// RAII place in the queue.
class file_rate_limits::state::place {
public:
    static asio::execution_context& context_of(waiter const& w) noexcept {
        return asio::query(w.executor, asio::execution::context);
    }

    place(std::shared_ptr<state> s, waiter_ptr w) : state_(std::move(s)), waiter_(std::move(w)) {
        std::lock_guard const lock(state_->mutex_);
        state_->waiters_.push_back(waiter_);
    }
    place(place const&) = delete;
    place& operator=(place const&) = delete;
    /// The execution context may be on its way out, so nothing is posted to it.
    ~place() {
        auto const next = state_->remove(*waiter_);
        if (next && &context_of(*next) != &context_of(*waiter_)) wake(next);
    }

    void leave() {
        if (auto const next = state_->remove(*waiter_)) wake(next);
    }

private:
    std::shared_ptr<state> state_;
    waiter_ptr waiter_;
};

asio::awaitable<void> file_rate_limits::state::acquire(std::int64_t tokens) {
    auto const executor = co_await asio::this_coro::executor;
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    auto const own = std::make_shared<waiter>(executor, tokens);
    place here(shared_from_this(), own);
    for (;;) {
        auto until = clock::time_point::max();
        if (begin_look(own, until)) co_return;
        own->timer.expires_at(until);
        co_await own->timer.async_wait(asio::as_tuple(asio::deferred));
        if (cancellation.cancelled() == asio::cancellation_type::none) continue;
        if (is_granted(*own)) co_return;
        here.leave();
        throw boost::system::system_error(asio::error::operation_aborted);
    }
}

/// Returns whether the waiter has its part. If it is the first, it has the file looked at when that is due.
bool file_rate_limits::state::begin_look(waiter_ptr const& w, clock::time_point& next) {
    {
        std::lock_guard const lock(mutex_);
        if (w->at == progress::granted) return true;
        if (w->at == progress::failed) std::rethrow_exception(w->failure);
        if (is_looking_ || waiters_.front() != w) return false;
        next = next_look_;
        if (next > clock::now()) return false;
        next = clock::time_point::max();
        is_looking_ = true;
    }
    if (net::try_post(executor_, [self = shared_from_this()] { self->look(); })) return false;
    {
        std::lock_guard const lock(mutex_);
        is_looking_ = false;
    }
    if (auto const other = remove(*w)) wake(other);
    throw std::bad_alloc();
}

/// Takes from the file what the first waiters need. On the executor for files.
void file_rate_limits::state::look() noexcept {
    std::int64_t requests = 0;
    std::int64_t tokens = 0;
    try {
        auto const asked = first_waiters();
        std::vector<std::int64_t> demands(asked.size());
        std::transform(asked.begin(), asked.end(), demands.begin(), [](auto const& w) { return w->tokens; });
        {
            std::lock_guard const lock(mutex_);
            requests = std::exchange(put_back_requests_, 0);
            tokens = std::exchange(put_back_tokens_, 0);
        }
        auto const now = std::chrono::system_clock::now().time_since_epoch();
        auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(now);
        grant(asked, file_.take(demands, requests, tokens, micros));
    } catch (...) {
        put_back(requests, tokens);
        fail(std::current_exception());
    }
}

std::vector<file_rate_limits::state::waiter_ptr> file_rate_limits::state::first_waiters() {
    std::lock_guard const lock(mutex_);
    auto const count = std::min(waiters_.size(), most_at_a_time);
    return std::vector<waiter_ptr>(waiters_.begin(), waiters_.begin() + static_cast<std::ptrdiff_t>(count));
}

void file_rate_limits::state::grant(
    std::vector<waiter_ptr> const& asked,
    file::limits_file::result const& done
) noexcept {
    waiter_ptr first;
    {
        std::lock_guard const lock(mutex_);
        for (std::size_t i = 0; i != done.granted; ++i) {
            auto const& w = *asked[i];
            if (w.at != progress::left) continue;
            // It was cancelled meanwhile.
            ++put_back_requests_;
            put_back_tokens_ += w.tokens;
        }
        for (std::size_t i = 0; i != done.granted; ++i) {
            if (asked[i]->at == progress::waiting) asked[i]->at = progress::granted;
        }
        std::erase_if(waiters_, [](auto const& w) { return w->at == progress::granted; });
        is_looking_ = false;
        next_look_ = clock::now() + done.wait;
        if (!waiters_.empty()) first = waiters_.front();
    }
    for (std::size_t i = 0; i != done.granted; ++i) wake(asked[i]);
    if (first) wake(first);
}

void file_rate_limits::state::fail(std::exception_ptr const& failure) noexcept {
    std::deque<waiter_ptr> failed;
    {
        std::lock_guard const lock(mutex_);
        failed.swap(waiters_);
        for (auto const& w : failed) {
            w->at = progress::failed;
            w->failure = failure;
        }
        is_looking_ = false;
    }
    for (auto const& w : failed) wake(w);
}

/// Takes a waiter out; returns the one that is the first now, and has to be woken.
file_rate_limits::state::waiter_ptr file_rate_limits::state::remove(waiter& w) noexcept {
    std::lock_guard const lock(mutex_);
    if (w.at != progress::waiting) return nullptr;
    w.at = progress::left;
    bool const was_first = waiters_.front().get() == &w;
    std::erase_if(waiters_, [&w](auto const& each) { return each.get() == &w; });
    if (!was_first) return nullptr;
    // The next one may need less, and so be due before it.
    next_look_ = clock::time_point::min();
    return waiters_.empty() ? nullptr : waiters_.front();
}

void file_rate_limits::state::wake(waiter_ptr const& w) noexcept {
    net::try_post(w->executor, [w] { w->timer.cancel(); });
}

// ------------------------------------------------------------------------------------------ public types

shared_limits::~shared_limits() = default;

void shared_limits::settle(shared_demand const&, std::int64_t) noexcept {}

file_rate_limits_options::file_rate_limits_options(std::string file, asio::any_io_executor files)
    : path(std::move(file)), file_executor(std::move(files)) {}

file_rate_limits::file_rate_limits(file_rate_limits_options const& options) {
    auto const check = [](bool good, char const* sentence) {
        if (!good) throw boost::system::system_error(errc::invalid_request, sentence);
    };
    auto const& o = options;
    check(!o.path.empty(), "path: is empty");
    check(static_cast<bool>(o.file_executor), "file_executor: there is none");
    check(o.requests_per_minute.value_or(1) >= 1, "requests_per_minute: is below 1");
    check(o.tokens_per_minute.value_or(1) >= 1, "tokens_per_minute: is below 1");
    check(o.burst.count() >= 0 && o.burst <= std::chrono::minutes(1), "burst: is not from 0 to a minute");
    check(o.lock_timeout.count() >= 1, "lock_timeout: is below 1 ms");
    state_ = std::make_shared<state>(o);
}

file_rate_limits::~file_rate_limits() = default;

asio::awaitable<void> file_rate_limits::acquire(shared_demand demand) {
    return state_->acquire(demand.tokens);
}

void file_rate_limits::settle(shared_demand const& demand, std::int64_t used_tokens) noexcept {
    state_->put_back(0, demand.tokens - used_tokens);
}

} // namespace async_llm
