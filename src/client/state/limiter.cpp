// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/state/limiter.hpp"

namespace async_llm::detail {
namespace {

using clock = std::chrono::steady_clock;

} // namespace

admission_permit::~admission_permit() {
    if (owner_) owner_->abandon(*this);
}

void admission_permit::finish(policy::load_signal signal, std::optional<std::int64_t> used) {
    if (!owner_) return;
    auto const owner = std::exchange(owner_, nullptr);
    owner->finish(*this, signal, used);
}

void admission_permit::observe(rate_limit_info const& reported) {
    if (!owner_) return;
    std::lock_guard const lock(owner_->mutex_);
    owner_->core_.observe(request_.lane, reported, clock::now());
}

limiter::limiter(
    asio::any_io_executor const& executor,
    std::vector<target> const& targets,
    client_config const& config
)
    : rates_(config.rates),
      core_(config.rates, config.concurrency, config.pool.max_connections, config.pool.max_waiters),
      timer_(executor) {
    // The lane of each limit for each provider name, where it has one.
    std::vector<std::pair<std::string_view, std::vector<std::size_t>>> known;
    for (auto const& each : targets) add_target(each, known);
}

limiter::~limiter() = default;

void limiter::add_target(
    target const& t,
    std::vector<std::pair<std::string_view, std::vector<std::size_t>>>& known
) {
    constexpr auto none = static_cast<std::size_t>(-1);
    auto const now = clock::now();
    core_.add_group(now);
    std::vector<std::size_t>* of_provider = nullptr;
    for (auto& [name, lanes] : known) {
        if (name == t.provider.name) of_provider = &lanes;
    }
    if (!of_provider) {
        known.emplace_back(t.provider.name, std::vector<std::size_t>(rates_.limits.size(), none));
        of_provider = &known.back().second;
    }
    auto& entries = lanes_.emplace_back();
    std::optional<std::size_t> for_all;
    // A limit that names the provider comes before one that does not.
    for (bool const named : {true, false}) {
        for (std::size_t i = 0; i != rates_.limits.size(); ++i) {
            auto const& limit = rates_.limits[i];
            bool const applies = named ? limit.provider == t.provider.name : limit.provider.empty();
            if (!applies || (named && limit.provider.empty())) continue;
            auto& lane = (*of_provider)[i];
            if (lane == none) lane = core_.add_lane(limit.requests_per_minute, limit.tokens_per_minute, now);
            if (!limit.model.empty())
                entries.emplace_back(limit.model, lane);
            else if (!for_all)
                for_all = lane;
        }
    }
    if (!for_all) for_all = core_.add_lane(std::nullopt, std::nullopt, now);
    entries.emplace_back(std::string_view(), *for_all);
}

std::size_t limiter::lane_of(std::size_t target, std::string_view model) const {
    auto const& entries = lanes_[target];
    for (auto const& each : entries) {
        if (each.model == model) return each.lane;
    }
    return entries.back().lane;
}

bool limiter::try_admit(
    net::operation& op,
    admission_demand const& demand,
    admission_permit& permit,
    net::failure& failed
) {
    auto& request = permit.request_;
    request.group = demand.target;
    request.lane = lane_of(demand.target, demand.model);
    request.priority = demand.priority;
    request.tokens = demand.tokens;
    auto answer = policy::admission_answer::granted;
    bool wakes = false;
    {
        std::lock_guard const lock(mutex_);
        request.id = ++last_id_;
        answer = core_.acquire(request, clock::now());
        if (answer == policy::admission_answer::waiting) {
            try {
                permit.waiter_ = std::make_shared<net::waiter>(op);
                waiters_.emplace(request.id, permit.waiter_);
            } catch (...) {
                core_.cancel(request.id);
                permit.waiter_.reset();
                throw;
            }
            wakes = advance();
        }
    }
    if (wakes) wakes_.flush(mutex_);
    if (answer == policy::admission_answer::refused_full) {
        failed = net::failure(errc::queue_full, {}, phase::limited, "too many calls wait already");
        return true;
    }
    if (answer == policy::admission_answer::refused_rate) {
        auto const* const sentence = "the client's own rate limit is reached";
        failed = net::failure(errc::rate_limit_reached, {}, phase::limited, sentence);
        return true;
    }
    permit.owner_ = shared_from_this();
    permit.waiting_ = permit.waiter_ != nullptr;
    if (permit.waiting_) return false;
    failed = let_in(op, permit);
    return true;
}

asio::awaitable<net::failure> limiter::wait_admitted(net::operation& op, admission_permit& permit) {
    auto const w = std::exchange(permit.waiter_, nullptr);
    if (!w->is_complete()) co_await w->wait(op);
    permit.waiting_ = !w->is_complete();
    co_return let_in(op, permit);
}

net::failure limiter::let_in(net::operation& op, admission_permit& permit) {
    permit.began_ = clock::now();
    if (!op.stop_reason()) return net::failure();
    permit.finish(policy::load_signal::neutral, 0);
    return net::failure(op.stop_reason(), {}, phase::limited, "the request had to wait for a limit");
}

void limiter::finish(admission_permit& permit, policy::load_signal signal, std::optional<std::int64_t> used) {
    bool wakes = false;
    {
        std::lock_guard const lock(mutex_);
        auto const& request = permit.request_;
        // It may have been granted in the moment in which it gave up.
        if (permit.waiting_ && core_.cancel(request.id))
            waiters_.erase(request.id);
        else
            core_.finish(request, signal, used, permit.began_, clock::now());
        // The timer must not go on without a waiter.
        if (!waiters_.empty() || timer_.due() != net::due_timer::never) wakes = advance();
    }
    if (wakes) wakes_.flush(mutex_);
}

// The execution context may be on its way out, so nothing is woken: a waiter is being destroyed as well.
void limiter::abandon(admission_permit& permit) noexcept {
    std::lock_guard const lock(mutex_);
    auto const& request = permit.request_;
    if (permit.waiting_ && core_.cancel(request.id))
        waiters_.erase(request.id);
    else
        core_.finish(request, policy::load_signal::neutral, 0, permit.began_, clock::now());
}

bool limiter::advance() noexcept {
    auto const now = clock::now();
    while (auto const id = core_.advance(now)) {
        auto const it = waiters_.find(*id);
        wakes_.complete(std::move(it->second));
        waiters_.erase(it);
    }
    // If the wait can't begin, the next event begins it.
    timer_.set(*this, core_.next_at(now));
    return !wakes_.empty();
}

void limiter::on_due() noexcept {
    bool wakes = false;
    {
        std::lock_guard const lock(mutex_);
        timer_.note_end(clock::now());
        wakes = advance();
    }
    if (wakes) wakes_.flush(mutex_);
}

void limiter::fill(client_stats& stats) const {
    std::lock_guard const lock(mutex_);
    stats.limited = core_.waiting();
    stats.concurrency_limit = 0;
    for (std::size_t group = 0; group != lanes_.size(); ++group)
        stats.concurrency_limit += core_.limit(group);
}

} // namespace async_llm::detail
