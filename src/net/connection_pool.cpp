// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/connection_pool.hpp"

#include "async/shortage.hpp"

#include <boost/asio/error.hpp>
#include <boost/container/static_vector.hpp>
#include <boost/system/errc.hpp>

#include <algorithm>
#include <exception>
#include <new>
#include <random>
#include <utility>

namespace async_llm::net {
namespace {

policy::pool_limits to_limits(pool_config const& config, route::protocol version) {
    policy::pool_limits limits;
    // The first connection shows whether a server speaks HTTP/2. By prior knowledge, it is known before.
    if (version == route::protocol::by_alpn) limits.first_capacity = 0;
    if (version == route::protocol::http2) limits.first_capacity = 100;
    limits.max_connections = config.max_connections;
    limits.max_connecting = config.max_connecting;
    limits.max_waiters = config.max_waiters;
    limits.idle_timeout = config.idle_timeout;
    limits.max_age = config.max_age;
    limits.keep_alive = config.keep_alive;
    limits.close_idle_by_timer = config.close_idle_by_timer;
    return limits;
}

std::function<double()> random_numbers() {
    return [engine = std::minstd_rand(std::random_device()())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

// Did this machine lack something, so that the peer has not even been asked?
policy::connect_problem problem_of(failure const& reason) {
    // It was made, but there was no memory to keep it; or all addresses lacked a local port.
    bool const is_ours =
        !reason || is_shortage(reason->cause) || reason->cause == boost::system::errc::address_not_available;
    return is_ours ? policy::connect_problem::shortage : policy::connect_problem::peer;
}

} // namespace

// Work that is left once the mutex is released.
struct connection_pool::task {
    explicit task(policy::pool_action const& a) noexcept : action(a) {}

    policy::pool_action action;
    connection_ptr connection;
    std::shared_ptr<connect_operation> connect;
};

lease::~lease() {
    if (connection_) pool_->abandon(connection_);
}

void lease::release(bool reusable) noexcept { pool_->give_back(std::move(connection_), reusable); }

bool lease::has_rested() const noexcept {
    return connection_->shared ? connection_->shared->is_silent_since_idle() : connection_->rested;
}

connection_pool::connection_pool(std::shared_ptr<route const> route, pool_config const& config)
    : route_(std::move(route)),
      core_(to_limits(config, route_->version), random_numbers()),
      version_(route_->version),
      timer_(route_->service->executor()) {}

connection_pool::~connection_pool() = default;

// There is memory for all that this does by itself; what can't be reported to others is reported to them
// later.
void connection_pool::give_back(connection_ptr c, bool reusable) noexcept {
    handle([&](policy::pool_actions& actions) {
        note_left(*c);
        if (!c->shared) c->rested = true;
        core_.release(c->id, reusable, std::chrono::steady_clock::now(), actions);
    });
}

// The execution context may be on its way out, so nothing is resumed or begun: a waiter is being
// destroyed as well.
void connection_pool::abandon(connection_ptr const& c) noexcept {
    std::lock_guard const lock(mutex_);
    note_left(*c);
    core_.forget(c->id);
    if (!c->shared) connections_.erase(c->id);
}

void connection_pool::on_capacity(connection& c, std::uint64_t report, std::size_t calls) noexcept {
    handle([&](policy::pool_actions& actions) {
        if (std::exchange(c.reports, std::max(c.reports, report)) >= report) return;
        core_.set_capacity(c.id, calls, std::chrono::steady_clock::now(), actions);
    });
}

void connection_pool::on_http1_required() noexcept {
    std::lock_guard const lock(mutex_);
    version_ = route::protocol::http1;
}

void connection_pool::on_connect_ended(
    policy::connection_id id,
    connection_ptr c,
    failure const& reason
) noexcept {
    std::size_t capacity = 1;
    auto const end = [&](policy::pool_actions& actions) {
        connecting_.erase(id);
        auto const now = std::chrono::steady_clock::now();
        if (c) {
            try {
                connections_.emplace(id, c);
                if (c->shared)
                    capacity = c->shared->begin({shared_from_this(), this}, c, core_.expected_capacity());
            } catch (std::bad_alloc const&) {
                c.reset();
            }
        }
        if (!c) {
            if (reason.ec() != asio::error::operation_aborted) ++failed_;
            core_.connect_failed(id, problem_of(reason), now, actions);
            return;
        }
        ++opened_;
        if (c->transport.is_tls()) ++(c->tls_resumed ? tls_resumed_ : tls_full_);
        if (c->shared) ++opened_http2_;
        c->id = id;
        core_.connected(id, capacity, now, actions);
        c->rested = std::none_of(actions.begin(), actions.end(), [id](auto const& action) {
            return action.kind == policy::pool_action_kind::grant && action.connection == id;
        });
    };
    connect_end const about(id, reason);
    handle(end, &about);
}

void connection_pool::close() {
    handle([this](policy::pool_actions& actions) { core_.close(actions); });
}

void connection_pool::on_drained(std::function<void()> callback) {
    auto kept = std::make_shared<std::function<void()> const>(std::move(callback));
    handle([&](policy::pool_actions&) { drained_callback_ = std::move(kept); });
}

void connection_pool::notify_if_drained() {
    std::shared_ptr<std::function<void()> const> callback;
    {
        std::lock_guard const lock(mutex_);
        if (core_.drained() && connecting_.empty()) callback = drained_callback_;
    }
    if (callback) (*callback)();
}

void connection_pool::on_due() noexcept {
    handle([this](policy::pool_actions& actions) {
        auto const now = std::chrono::steady_clock::now();
        timer_.note_end(now);
        core_.advance(now, actions);
    });
}

connection_pool::task
connection_pool::collect(policy::pool_action const& action, connect_end const* about) noexcept {
    task t(action);
    switch (action.kind) {
    case policy::pool_action_kind::start_connect: t.connect = make_connect(action.connection); break;
    case policy::pool_action_kind::abort_connect:
        if (auto const it = connecting_.find(action.connection); it != connecting_.end())
            t.connect = it->second.lock();
        break;
    case policy::pool_action_kind::grant:
    case policy::pool_action_kind::fail_waiter: t.connection = complete_waiter(action, about); break;
    case policy::pool_action_kind::close:
        if (auto const it = connections_.find(action.connection); it != connections_.end())
            t.connection = std::move(connections_.extract(it).mapped());
        break;
    }
    return t;
}

connection_ptr connection_pool::lend(policy::connection_id id) {
    auto const& c = connections_.at(id);
    if (c->used) ++reused_;
    if (c->shared) ++streams_;
    return c;
}

void connection_pool::note_left(connection const& c) noexcept {
    if (c.shared) --streams_;
}

// Returns the connection if the waiter gave up before this was known here.
connection_ptr
connection_pool::complete_waiter(policy::pool_action const& action, connect_end const* about) noexcept {
    connection_ptr granted;
    if (action.kind == policy::pool_action_kind::grant) {
        granted = lend(action.connection);
    }
    auto const it = waiters_.find(action.waiter);
    if (it == waiters_.end()) return granted;
    auto w = std::move(waiters_.extract(it).mapped());
    if (granted)
        w->granted = lease(shared_from_this(), std::move(granted));
    else
        w->reason = failure_of(action, about);
    wakes_.complete(std::move(w));
    return nullptr;
}

// Null: there is no memory for it, or it is not wanted any more.
std::shared_ptr<connect_operation> connection_pool::make_connect(policy::connection_id id) noexcept {
    if (!core_.is_connecting(id)) return nullptr;
    try {
        auto op = std::make_shared<connect_operation>(
            route_,
            version_,
            [self = shared_from_this(), id](connection_ptr c, failure const& reason) {
                self->on_connect_ended(id, std::move(c), reason);
            }
        );
        connecting_.emplace(id, op);
        return op;
    } catch (...) {
        return nullptr;
    }
}

// A few at a time, so that it needs no memory. What can't be done adds to the actions.
void connection_pool::perform(policy::pool_actions& actions, connect_end const* about, bool closed) {
    constexpr std::size_t most = 4;
    for (std::size_t done = 0; done != actions.size();) {
        boost::container::static_vector<task, most> todo;
        {
            std::lock_guard const lock(mutex_);
            while (todo.size() != most && done != actions.size())
                todo.push_back(collect(actions[done++], about));
        }
        for (auto& t : todo) {
            // Another thread may have closed the pool meanwhile, and found this connection in the making.
            if (!carry_out(t)) closed = on_connect_not_begun(t.action.connection, actions);
        }
        // So that what is added finds the room of what is done.
        actions.erase(actions.begin(), actions.begin() + static_cast<std::ptrdiff_t>(done));
        done = 0;
    }
    wakes_.flush(mutex_);
    if (closed) notify_if_drained();
}

// False: a connection could not be begun.
bool connection_pool::carry_out(task& t) noexcept {
    switch (t.action.kind) {
    case policy::pool_action_kind::start_connect:
        try {
            if (t.connect) launch_post(t.connect);
            return t.connect != nullptr;
        } catch (...) {
            return false;
        }
    case policy::pool_action_kind::abort_connect:
        // Without memory for that, it ends by itself.
        if (t.connect) t.connect->request_stop(asio::error::operation_aborted);
        break;
    case policy::pool_action_kind::close:
        if (!t.connection) break;
        if (t.connection->shared)
            t.connection->shared->close();
        else
            t.connection->transport.shut_down_tls();
        t.connection.reset();
        break;
    case policy::pool_action_kind::grant:
    case policy::pool_action_kind::fail_waiter:
        if (t.connection) give_back(std::move(t.connection), true);
        break;
    }
    return true;
}

failure connection_pool::closed() {
    return failure(errc::client_closed, {}, phase::queued, "the client was closed");
}

failure connection_pool::failure_of(policy::pool_action const& action, connect_end const* about) noexcept {
    try {
        if (action.connection == 0) return closed();
        if (about && about->id == action.connection && about->reason) return about->reason;
        throw std::bad_alloc();
    } catch (std::bad_alloc const&) {
        return failure::of(std::current_exception(), phase::connecting, errc::connect_failed);
    }
}

// True: the pool is closed.
bool connection_pool::on_connect_not_begun(policy::connection_id id, policy::pool_actions& actions) noexcept {
    std::lock_guard const lock(mutex_);
    connecting_.erase(id);
    if (core_.is_connecting(id)) ++failed_;
    core_.connect_failed(id, policy::connect_problem::shortage, std::chrono::steady_clock::now(), actions);
    if (!reservers_.empty() && core_.reserved() == 0) {
        auto const reason =
            failure_of(policy::pool_action(policy::pool_action_kind::fail_waiter, id), nullptr);
        connect_end const about(id, reason);
        complete_reservers(&about);
    }
    timer_.set(*this, core_.next_at());
    return core_.closed();
}

pool_stats connection_pool::stats() const {
    std::lock_guard lock(mutex_);
    pool_stats s;
    s.waiting = core_.waiting();
    s.in_use = core_.in_use();
    s.idle = core_.idle();
    s.connecting = connecting_.size();
    s.streams = streams_;
    s.opened = opened_;
    s.opened_http2 = opened_http2_;
    s.failed = failed_;
    s.reused = reused_;
    s.tls_full = tls_full_;
    s.tls_resumed = tls_resumed_;
    return s;
}

} // namespace async_llm::net
