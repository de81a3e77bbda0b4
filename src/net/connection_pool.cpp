// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "net/connection_pool.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
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

failure closed() { return failure(errc::client_closed, {}, phase::queued, "the client was closed"); }

} // namespace

// Someone who waits. All but the id is for the strand of its operation alone.
struct connection_pool::waiter {
    explicit waiter(operation::strand_type const& s) : strand(s), arrival(s) {}

    operation::strand_type strand;
    gate arrival;
    policy::waiter_id id = 0;
    bool settled = false;
    bool abandoned = false;
    connection_ptr granted;
    failure why;
};

// What is left to do once the mutex is released.
struct connection_pool::task {
    explicit task(policy::pool_action_kind k) : kind(k) {}

    policy::pool_action_kind kind;
    waiter_ptr who;
    connection_ptr what;
    std::shared_ptr<connect_operation> connect;
    failure why;
};

lease::~lease() {
    if (connection_) pool_->abandon(std::move(connection_));
}

void lease::release(bool reusable) { pool_->give_back(std::move(connection_), reusable); }

connection_pool::connection_pool(std::shared_ptr<route const> to, pool_config const& config)
    : route_(std::move(to)), core_(to_limits(config), random_numbers()) {}

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
    auto const w = std::make_shared<waiter>(op.strand());
    if (dead)
        refuse(w, std::move(dead), fresh_only);
    else
        enqueue(w, fresh_only);
    for (;;) {
        while (!w->settled && !op.stopped()) co_await w->arrival.wait();
        if (op.stopped() && !w->granted) {
            if (!w->settled) give_up(w);
            co_return failure(
                op.stopped(),
                w->why ? w->why->cause : error_code(),
                phase::queued,
                "no connection came free"
            );
        }
        if (w->why) co_return w->why;
        if (fit_for_use(*w->granted)) break;
        refuse(w, std::move(w->granted), fresh_only);
    }
    result.pool_ = shared_from_this();
    result.connection_ = std::move(w->granted);
    co_return failure();
}

// What every event has in common: decide under the mutex, act after it.
template <class Event>
void connection_pool::handle(Event event, failure const& why, waiter const* self) {
    policy::pool_actions actions;
    tasks todo;
    std::function<void()> callback;
    {
        std::lock_guard lock(mutex_);
        event(actions);
        collect(actions, why, todo);
        if (core_.drained() && connecting_.empty()) callback = drained_callback_;
    }
    perform(todo, self);
    if (callback) callback();
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
    handle(take, failure(), nullptr);
    return taken;
}

void connection_pool::enqueue(waiter_ptr const& w, bool fresh_only) {
    auto answer = policy::acquire_result::pending;
    auto const ask = [&](policy::pool_actions& actions) {
        let_in(w);
        answer = core_.acquire(w->id, fresh_only, std::chrono::steady_clock::now(), actions);
        if (answer != policy::acquire_result::pending) waiters_.erase(w->id);
    };
    handle(ask, failure(), w.get());
    if (answer == policy::acquire_result::refused_full)
        deliver(w, nullptr, failure(errc::pool_exhausted, {}, phase::queued, "too many calls wait already"));
    else if (answer == policy::acquire_result::refused_closed)
        deliver(w, nullptr, closed());
}

// What it was given is dead. It waits in the place that it had when it was given this, whether it had to wait then or not.
void connection_pool::refuse(waiter_ptr const& w, connection_ptr dead, bool fresh_only) {
    w->settled = false;
    auto const put_back = [&](policy::pool_actions& actions) {
        auto const id = dead->id;
        connections_[id] = std::move(dead);
        let_in(w);
        core_.probe_failed(w->id, id, fresh_only, std::chrono::steady_clock::now(), actions);
    };
    handle(put_back, failure(), w.get());
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
    handle(leave, failure(), w.get());
}

void connection_pool::give_back(connection_ptr c, bool reusable) {
    auto const put = [&](policy::pool_actions& actions) {
        auto const id = c->id;
        c->rested = true;
        connections_[id] = std::move(c);
        core_.release(id, reusable, std::chrono::steady_clock::now(), actions);
    };
    handle(put, failure(), nullptr);
}

// The execution context may be on its way out, so nothing is resumed or begun: whoever waits is being destroyed as well.
void connection_pool::abandon(connection_ptr c) noexcept {
    policy::pool_actions actions;
    std::lock_guard lock(mutex_);
    core_.release(c->id, false, std::chrono::steady_clock::now(), actions);
    connections_.erase(c->id);
}

void connection_pool::on_connect_ended(policy::connection_id id, connection_ptr c, failure const& why) {
    auto const end = [&](policy::pool_actions& actions) {
        connecting_.erase(id);
        auto const now = std::chrono::steady_clock::now();
        if (!c) {
            if (why.ec() != asio::error::operation_aborted) ++failed_;
            core_.connect_failed(id, now, actions);
            return;
        }
        ++opened_;
        if (c->transport.is_tls()) ++(c->transport.tls_resumed() ? tls_resumed_ : tls_full_);
        c->id = id;
        auto& made = *c;
        connections_[id] = std::move(c);
        core_.connected(id, now, actions);
        made.rested = std::none_of(actions.begin(), actions.end(), [id](auto const& action) {
            return action.kind == policy::pool_action_kind::grant && action.connection == id;
        });
    };
    handle(end, why, nullptr);
}

void connection_pool::close() {
    handle([this](policy::pool_actions& actions) { core_.close(actions); }, failure(), nullptr);
}

void connection_pool::on_drained(std::function<void()> callback) {
    handle([&](policy::pool_actions&) { drained_callback_ = std::move(callback); }, failure(), nullptr);
}

void connection_pool::collect(policy::pool_actions const& actions, failure const& why, tasks& out) {
    for (auto const& action : actions) {
        task t(action.kind);
        if (auto const it = waiters_.find(action.waiter); it != waiters_.end())
            t.who = std::move(waiters_.extract(it).mapped());
        if (auto const it = connections_.find(action.connection); it != connections_.end()) {
            t.what = std::move(it->second);
            if (action.kind == policy::pool_action_kind::close) connections_.erase(it);
        }
        switch (action.kind) {
        case policy::pool_action_kind::start_connect: t.connect = make_connect(action.connection); break;
        case policy::pool_action_kind::abort_connect:
            if (auto const it = connecting_.find(action.connection); it != connecting_.end())
                t.connect = it->second.lock();
            break;
        case policy::pool_action_kind::fail_waiter: t.why = why ? why : closed(); break;
        case policy::pool_action_kind::grant:
            if (t.what && t.what->used) ++reused_;
            break;
        case policy::pool_action_kind::close: break;
        }
        out.push_back(std::move(t));
    }
}

std::shared_ptr<connect_operation> connection_pool::make_connect(policy::connection_id id) {
    auto op = std::make_shared<connect_operation>(
        route_,
        [self = shared_from_this(), id](connection_ptr c, failure const& why) {
            self->on_connect_ended(id, std::move(c), why);
        }
    );
    connecting_.emplace(id, op);
    return op;
}

void connection_pool::perform(tasks& todo, waiter const* self) {
    for (auto& t : todo) {
        switch (t.kind) {
        case policy::pool_action_kind::start_connect: launch(t.connect); break;
        case policy::pool_action_kind::abort_connect:
            if (t.connect) t.connect->request_stop(asio::error::operation_aborted);
            break;
        case policy::pool_action_kind::close:
            if (t.what) t.what->transport.say_goodbye();
            t.what.reset();
            break;
        case policy::pool_action_kind::grant:
        case policy::pool_action_kind::fail_waiter:
            if (t.who.get() == self)
                deliver(t.who, std::move(t.what), t.why);
            else
                send(std::move(t));
            break;
        }
    }
}

// To the waiter's strand. If it has given up meanwhile, the connection is for the next one.
void connection_pool::send(task t) {
    auto const strand = t.who->strand;
    asio::post(strand, [pool = shared_from_this(), t = std::move(t)]() mutable {
        if (t.who->abandoned && t.what)
            pool->give_back(std::move(t.what), true);
        else
            deliver(t.who, std::move(t.what), t.why);
    });
}

void connection_pool::deliver(waiter_ptr const& w, connection_ptr c, failure const& why) {
    w->granted = std::move(c);
    w->why = why;
    w->settled = true;
    w->arrival.open();
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
