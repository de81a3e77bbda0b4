// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SCRIPTED_POOL_HPP
#define ASYNC_LLM_TEST_SUPPORT_SCRIPTED_POOL_HPP

#include "policy/pool_core.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace async_llm::policy {

inline std::string to_text(pool_action const& action) {
    auto const connection = std::to_string(action.connection);
    auto const waiter = std::to_string(action.waiter);
    switch (action.kind) {
    case pool_action_kind::start_connect: return "start " + connection;
    case pool_action_kind::abort_connect: return "abort " + connection;
    case pool_action_kind::grant:
        return "grant " + connection + " to " + waiter + (action.reused ? " reused" : "");
    case pool_action_kind::fail_waiter: return "fail " + waiter + " by " + connection;
    case pool_action_kind::close: return "close " + connection;
    }
    return "unknown";
}

inline pool_limits limits(std::size_t max_connections, std::size_t max_connecting = 16) {
    pool_limits result;
    result.max_connections = max_connections;
    result.max_connecting = max_connecting;
    return result;
}

// A pool whose answers are texts such as "start 1, close 2", with a clock and a source of randomness set by hand.
struct scripted_pool {
    explicit scripted_pool(pool_limits l) : core(l, [this] { return ++draws, random; }) {}
    scripted_pool(scripted_pool const&) = delete;
    scripted_pool& operator=(scripted_pool const&) = delete;

    std::string acquire(waiter_id waiter, bool fresh_only = false) {
        result = core.acquire(waiter, fresh_only, now, actions);
        return drain();
    }
    std::optional<connection_id> try_acquire(bool fresh_only = false) {
        return core.try_acquire(fresh_only, now, actions);
    }
    std::string cancel(waiter_id waiter) {
        was_queued = core.cancel(waiter, actions);
        return drain();
    }
    std::string connected(connection_id connection) {
        return core.connected(connection, now, actions), drain();
    }
    std::string connect_failed(connection_id connection, connect_problem why = connect_problem::peer) {
        return core.connect_failed(connection, why, now, actions), drain();
    }
    std::string advance() { return core.advance(now, actions), drain(); }
    std::string probe_failed(waiter_id waiter, connection_id connection, bool fresh_only = false) {
        return core.probe_failed(waiter, connection, fresh_only, now, actions), drain();
    }
    std::string release(connection_id connection, bool reusable = true) {
        return core.release(connection, reusable, now, actions), drain();
    }
    std::string close() { return core.close(actions), drain(); }
    std::string expire() { return core.expire(now, actions), drain(); }

    // Leaves connections 1 to `count` idle, the last one used last, all used by waiters from 1001 on.
    void warm_up(connection_id count) {
        for (connection_id i = 1; i <= count; ++i) {
            acquire(1000 + i);
            connected(i);
        }
        for (connection_id i = 1; i <= count; ++i) release(i);
        BOOST_TEST_REQUIRE(core.idle() == count);
    }

    std::string drain() {
        std::string text;
        for (auto const& action : actions) text += (text.empty() ? "" : ", ") + to_text(action);
        actions.clear();
        return text;
    }

    time_point now{std::chrono::hours(1)};
    double random = 0;
    int draws = 0;
    acquire_result result = acquire_result::pending;
    bool was_queued = false;
    pool_actions actions;
    pool_core core;
};

} // namespace async_llm::policy

#endif
