// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "net/connection_pool.hpp"

#include "net/shortage.hpp"
#include "net/try_post.hpp"

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

policy::pool_limits to_limits(pool_config const& config) {
    policy::pool_limits limits;
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

// The peer may have closed a connection that lay unused. One that comes straight from the handshake is not looked at: a
// peer that closes each connection at once would be connected to again and again, and the call would never fail.
bool fit_for_use(connection& c) { return !c.rested || c.transport.probe(); }

// Did this machine lack something, so that the peer has not even been asked?
policy::connect_problem problem_of(failure const& why) {
    // It was made, but there was no memory to keep it; or all addresses lacked a local port.
    bool const is_ours =
        !why || is_shortage(why->cause) || why->cause == boost::system::errc::address_not_available;
    return is_ours ? policy::connect_problem::shortage : policy::connect_problem::peer;
}

failure closed() { return failure(errc::client_closed, {}, phase::queued, "the client was closed"); }

} // namespace

// A call that waits. All but the id and the link is for the strand of its operation alone.
struct connection_pool::waiter {
    explicit waiter(operation::strand_type const& s) : strand(s), arrival(s) {}

    operation::strand_type strand;
    gate arrival;
    policy::waiter_id id = 0;
    bool settled = false;
    bool abandoned = false;
    // One of them. Written before the message that says so is posted.
    lease granted;
    failure why;
    waiter_ptr next_stranded;
};

// What is left to do once the mutex is released.
struct connection_pool::task {
    explicit task(policy::pool_action const& a) noexcept : action(a) {}

    policy::pool_action action;
    waiter_ptr who;
    connection_ptr what;
    std::shared_ptr<connect_operation> connect;
};

// End of a connect, for the waiter that fails with it.
struct connection_pool::connect_end {
    connect_end(policy::connection_id i, failure const& w) : id(i), why(w) {}

    policy::connection_id id;
    failure const& why;
};

lease::~lease() {
    if (connection_) pool_->abandon(std::move(connection_));
}

void lease::release(bool reusable) noexcept { pool_->give_back(std::move(connection_), reusable); }

connection_pool::connection_pool(std::shared_ptr<route const> to, pool_config const& config)
    : route_(std::move(to)),
      core_(to_limits(config), random_numbers()),
      timer_(route_->service->executor()) {}

connection_pool::~connection_pool() = default;

bool connection_pool::try_acquire(bool fresh_only, lease& result, connection_ptr& dead) {
    auto idle = take_idle(fresh_only);
    if (!idle) return false;
    if (!fit_for_use(*idle)) {
        dead = std::move(idle);
        return false;
    }
    result.pool_ = shared_from_this();
    result.connection_ = std::move(idle);
    return true;
}

asio::awaitable<failure>
connection_pool::acquire(operation& op, bool fresh_only, lease& result, connection_ptr dead) {
    lease refused(shared_from_this(), std::move(dead));
    auto const w = std::make_shared<waiter>(op.strand());
    if (refused)
        refuse(w, std::move(refused), fresh_only);
    else
        enqueue(w, fresh_only);
    for (;;) {
        while (!w->settled && !op.stopped()) co_await w->arrival.wait();
        if (op.stopped() && !(w->settled && w->granted)) {
            if (!w->settled) give_up(w);
            co_return failure(
                op.stopped(),
                w->settled && w->why ? w->why->cause : error_code(),
                phase::queued,
                "no connection came free"
            );
        }
        if (w->why) co_return std::move(w->why);
        if (fit_for_use(*w->granted)) break;
        refuse(w, std::move(w->granted), fresh_only);
    }
    result = std::move(w->granted);
    co_return failure();
}

// Common frame of all events: decide under the mutex, act after it. What was decided before an exception is
// done.
template <class Event>
void connection_pool::handle(Event event, connect_end const* about, waiter const* self) {
    policy::pool_actions actions;
    std::exception_ptr thrown;
    bool closed = false;
    bool stranded = false;
    {
        std::lock_guard const lock(mutex_);
        try {
            event(actions);
            if (core_.next_at() != armed_) move_timer();
        } catch (...) {
            thrown = std::current_exception();
        }
        closed = core_.closed();
        stranded = stranded_ != nullptr;
    }
    if (stranded) send_stranded();
    if (!actions.empty()) perform(actions, about, self);
    if (closed) notify_if_drained();
    if (thrown) std::rethrow_exception(thrown);
}

/// One that is idle now; null: there is none.
connection_ptr connection_pool::take_idle(bool fresh_only) {
    connection_ptr taken;
    auto const take = [&](policy::pool_actions& actions) {
        auto const id = core_.try_acquire(fresh_only, std::chrono::steady_clock::now(), actions);
        if (!id) return;
        taken = std::move(connections_.at(*id));
        if (taken->used) ++reused_;
    };
    handle(take, nullptr, nullptr);
    return taken;
}

void connection_pool::enqueue(waiter_ptr const& w, bool fresh_only) {
    auto answer = policy::acquire_result::pending;
    auto const ask = [&](policy::pool_actions& actions) {
        let_in(w);
        try {
            answer = core_.acquire(w->id, fresh_only, std::chrono::steady_clock::now(), actions);
        } catch (...) {
            waiters_.erase(w->id);
            throw;
        }
        if (answer != policy::acquire_result::pending) waiters_.erase(w->id);
    };
    handle(ask, nullptr, w.get());
    if (answer == policy::acquire_result::pending) return;
    w->why = answer == policy::acquire_result::refused_closed
        ? closed()
        : failure(errc::pool_exhausted, {}, phase::queued, "too many calls wait already");
    w->settled = true;
}

// What it was given is dead. It waits in the place that it had when it was given this, whether it had to wait then or not.
void connection_pool::refuse(waiter_ptr const& w, lease dead, bool fresh_only) {
    w->settled = false;
    auto const put_back = [&](policy::pool_actions& actions) {
        let_in(w);
        auto const id = dead->id;
        connections_.find(id)->second = std::move(dead.connection_);
        core_.probe_failed(w->id, id, fresh_only, std::chrono::steady_clock::now(), actions);
    };
    try {
        handle(put_back, nullptr, w.get());
    } catch (...) {
        if (dead) dead.release(false);
        throw;
    }
}

// From now on, what is decided about it finds it.
void connection_pool::let_in(waiter_ptr const& w) {
    if (w->id == 0) w->id = next_waiter_++;
    waiters_.emplace(w->id, w);
}

void connection_pool::give_up(waiter_ptr const& w) {
    // If it is not queued any more, a grant is on its way to our strand; it will find that nobody wants it.
    w->abandoned = true;
    auto const leave = [&](policy::pool_actions& actions) {
        core_.cancel(w->id, actions);
        waiters_.erase(w->id);
    };
    handle(leave, nullptr, w.get());
}

// There is memory for all that this does by itself; what others can't be told is told them later.
void connection_pool::give_back(connection_ptr c, bool reusable) noexcept {
    auto const put = [&](policy::pool_actions& actions) {
        auto const id = c->id;
        c->rested = true;
        connections_.find(id)->second = std::move(c);
        core_.release(id, reusable, std::chrono::steady_clock::now(), actions);
    };
    handle(put, nullptr, nullptr);
}

// The execution context may be on its way out, so nothing is resumed or begun: whoever waits is being destroyed as well.
void connection_pool::abandon(connection_ptr c) noexcept {
    std::lock_guard const lock(mutex_);
    core_.forget(c->id);
    connections_.erase(c->id);
}

void connection_pool::on_connect_ended(
    policy::connection_id id,
    connection_ptr c,
    failure const& why
) noexcept {
    auto const end = [&](policy::pool_actions& actions) {
        connecting_.erase(id);
        auto const now = std::chrono::steady_clock::now();
        if (c) {
            try {
                connections_.emplace(id, nullptr);
            } catch (std::bad_alloc const&) {
                c.reset();
            }
        }
        if (!c) {
            if (why.ec() != asio::error::operation_aborted) ++failed_;
            core_.connect_failed(id, problem_of(why), now, actions);
            return;
        }
        ++opened_;
        if (c->transport.is_tls()) ++(c->transport.tls_resumed() ? tls_resumed_ : tls_full_);
        c->id = id;
        auto& made = *c;
        connections_.find(id)->second = std::move(c);
        core_.connected(id, now, actions);
        made.rested = std::none_of(actions.begin(), actions.end(), [id](auto const& action) {
            return action.kind == policy::pool_action_kind::grant && action.connection == id;
        });
    };
    connect_end const about(id, why);
    handle(end, &about, nullptr);
}

void connection_pool::close() {
    handle([this](policy::pool_actions& actions) { core_.close(actions); }, nullptr, nullptr);
}

void connection_pool::on_drained(std::function<void()> callback) {
    auto kept = std::make_shared<std::function<void()> const>(std::move(callback));
    handle([&](policy::pool_actions&) { drained_callback_ = std::move(kept); }, nullptr, nullptr);
}

void connection_pool::notify_if_drained() {
    std::shared_ptr<std::function<void()> const> callback;
    {
        std::lock_guard const lock(mutex_);
        if (core_.drained() && connecting_.empty()) callback = drained_callback_;
    }
    if (callback) (*callback)();
}

void connection_pool::move_timer() noexcept {
    // If the wait can't begin, the next event begins it.
    armed_ = std::chrono::steady_clock::time_point::max();
    auto const next = core_.next_at();
    if (next == armed_) {
        timer_.cancel();
        return;
    }
    try {
        timer_.expires_at(next);
        timer_.async_wait([weak = weak_from_this()](error_code ec) {
            if (ec) return;
            if (auto const self = weak.lock()) self->on_timer();
        });
        armed_ = next;
    } catch (std::bad_alloc const&) {
    }
}

void connection_pool::on_timer() noexcept {
    auto const go_on = [this](policy::pool_actions& actions) {
        armed_ = std::chrono::steady_clock::time_point::max();
        core_.advance(std::chrono::steady_clock::now(), actions);
    };
    handle(go_on, nullptr, nullptr);
}

connection_pool::task connection_pool::collect(policy::pool_action const& action) noexcept {
    task t(action);
    if (auto const it = waiters_.find(action.waiter); it != waiters_.end())
        t.who = std::move(waiters_.extract(it).mapped());
    switch (action.kind) {
    case policy::pool_action_kind::start_connect: t.connect = make_connect(action.connection); break;
    case policy::pool_action_kind::abort_connect:
        if (auto const it = connecting_.find(action.connection); it != connecting_.end())
            t.connect = it->second.lock();
        break;
    case policy::pool_action_kind::grant:
        if (auto const it = connections_.find(action.connection); it != connections_.end())
            t.what = std::move(it->second);
        if (t.what && t.what->used) ++reused_;
        break;
    case policy::pool_action_kind::close:
        if (auto const it = connections_.find(action.connection); it != connections_.end())
            t.what = std::move(connections_.extract(it).mapped());
        break;
    case policy::pool_action_kind::fail_waiter: break;
    }
    return t;
}

// Null: there is no memory for it, or it is not wanted any more.
std::shared_ptr<connect_operation> connection_pool::make_connect(policy::connection_id id) noexcept {
    if (!core_.is_connecting(id)) return nullptr;
    try {
        auto op = std::make_shared<connect_operation>(
            route_,
            [self = shared_from_this(), id](connection_ptr c, failure const& why) {
                self->on_connect_ended(id, std::move(c), why);
            }
        );
        connecting_.emplace(id, op);
        return op;
    } catch (...) {
        return nullptr;
    }
}

// A few at a time, so that it needs no memory. What can't be done adds to the actions.
void connection_pool::perform(policy::pool_actions& actions, connect_end const* about, waiter const* self) {
    constexpr std::size_t most = 4;
    for (std::size_t done = 0; done != actions.size();) {
        boost::container::static_vector<task, most> todo;
        {
            std::lock_guard const lock(mutex_);
            while (todo.size() != most && done != actions.size()) todo.push_back(collect(actions[done++]));
        }
        for (auto& t : todo) {
            if (!carry_out(t, about, self)) on_connect_not_begun(t.action.connection, actions);
        }
        // So that what is added finds the room of what is done.
        actions.erase(actions.begin(), actions.begin() + static_cast<std::ptrdiff_t>(done));
        done = 0;
    }
}

// False: a connection could not be begun.
bool connection_pool::carry_out(task& t, connect_end const* about, waiter const* self) noexcept {
    switch (t.action.kind) {
    case policy::pool_action_kind::start_connect:
        try {
            if (t.connect) launch(t.connect);
            return t.connect != nullptr;
        } catch (...) {
            return false;
        }
    case policy::pool_action_kind::abort_connect:
        // Without memory for that, it ends by itself.
        if (t.connect) t.connect->request_stop(asio::error::operation_aborted);
        break;
    case policy::pool_action_kind::close:
        if (t.what) t.what->transport.say_goodbye();
        t.what.reset();
        break;
    case policy::pool_action_kind::grant:
    case policy::pool_action_kind::fail_waiter: {
        lease granted(shared_from_this(), std::move(t.what));
        // It gave up before it was known here.
        if (!t.who) {
            if (granted) granted.release(true);
            break;
        }
        if (granted)
            t.who->granted = std::move(granted);
        else
            t.who->why = failure_of(t.action, about);
        if (t.who.get() == self)
            t.who->settled = true;
        else
            send(std::move(t.who));
        break;
    }
    }
    return true;
}

failure connection_pool::failure_of(policy::pool_action const& action, connect_end const* about) noexcept {
    try {
        if (action.connection == 0) return closed();
        if (about && about->id == action.connection && about->why) return about->why;
        throw std::bad_alloc();
    } catch (std::bad_alloc const&) {
        return failure::of(std::current_exception(), phase::connecting, errc::connect_failed);
    }
}

void connection_pool::on_connect_not_begun(policy::connection_id id, policy::pool_actions& actions) noexcept {
    std::lock_guard const lock(mutex_);
    connecting_.erase(id);
    if (core_.is_connecting(id)) ++failed_;
    core_.connect_failed(id, policy::connect_problem::shortage, std::chrono::steady_clock::now(), actions);
    if (core_.next_at() != armed_) move_timer();
}

// To the waiter's strand. If it has given up meanwhile, the connection is for the next one.
void connection_pool::send(waiter_ptr w) noexcept {
    auto const settle = [pool = shared_from_this(), w] {
        w->settled = true;
        if (w->abandoned && w->granted)
            w->granted.release(true);
        else
            w->arrival.open();
    };
    if (try_post(w->strand, settle)) return;
    std::lock_guard const lock(mutex_);
    w->next_stranded = std::move(stranded_);
    stranded_ = std::move(w);
}

void connection_pool::send_stranded() noexcept {
    waiter_ptr list;
    {
        std::lock_guard const lock(mutex_);
        list = std::move(stranded_);
    }
    while (list) {
        auto next = std::move(list->next_stranded);
        send(std::move(list));
        list = std::move(next);
    }
}

pool_stats connection_pool::stats() const {
    std::lock_guard lock(mutex_);
    pool_stats s;
    s.waiting = core_.waiting();
    s.in_use = core_.in_use();
    s.idle = core_.idle();
    s.connecting = connecting_.size();
    s.opened = opened_;
    s.failed = failed_;
    s.reused = reused_;
    s.tls_full = tls_full_;
    s.tls_resumed = tls_resumed_;
    return s;
}

} // namespace async_llm::net
