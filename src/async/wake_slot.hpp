// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_WAKE_SLOT_HPP
#define ASYNC_LLM_ASYNC_WAKE_SLOT_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <mutex>
#include <utility>

namespace async_llm::net {

/// Place where one coroutine waits until another thread has news for it.
/**
 * The coroutine calls \ref clear, looks at the state, and waits if there was nothing. News that come between
 * the look and the wait end the wait immediately, and without a wait they cost nothing.
 *
 * Thread safety: \ref wake may be called from any thread, all else by the coroutine's strand.
 */
class wake_slot {
public:
    explicit wake_slot(asio::any_io_executor const& strand) : timer_(strand, time_point::max()) {}

    /// Forgets the news so far.
    void clear() noexcept {
        std::lock_guard const lock(mutex_);
        has_news_ = false;
    }

    /// Ends the wait, or the next one. The slot has to stay until this has returned.
    void wake() noexcept {
        std::lock_guard const lock(mutex_);
        if (std::exchange(has_news_, true)) return;
        timer_.cancel();
    }

    /// Begins a wait, which a signal ends as well. Handler signature: `void(error_code)`.
    /** The execution context owns the handler, so that it may be destroyed with it. */
    template <class Handler>
    void wait(Handler handler) {
        std::unique_lock lock(mutex_);
        if (!has_news_) return timer_.async_wait(std::move(handler));
        lock.unlock();
        auto const executor = asio::get_associated_executor(handler, timer_.get_executor());
        asio::post(executor, asio::append(std::move(handler), error_code()));
    }

private:
    using time_point = asio::steady_timer::time_point;

    std::mutex mutex_;
    asio::steady_timer timer_;
    bool has_news_ = false;
};

} // namespace async_llm::net

#endif
