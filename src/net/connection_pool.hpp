// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_CONNECTION_POOL_HPP
#define ASYNC_LLM_NET_CONNECTION_POOL_HPP

#include "net/connect_operation.hpp"
#include "net/connection.hpp"
#include "net/failure.hpp"
#include "net/operation.hpp"
#include "policy/pool_core.hpp"
#include <async_llm/client_config.hpp>
#include <async_llm/detail/config.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace async_llm::net {

class connection_pool;

/// A connection taken from a pool, which it returns to.
class lease {
public:
    lease() = default;
    lease(std::shared_ptr<connection_pool> pool, connection_ptr c)
        : pool_(std::move(pool)), connection_(std::move(c)) {}
    lease(lease&&) noexcept = default;
    /// Precondition: it is empty.
    lease& operator=(lease&&) noexcept = default;
    /// Closes the connection if it was not given back: its owner was destroyed in the middle of something.
    ~lease();

    explicit operator bool() const noexcept { return connection_ != nullptr; }
    connection* operator->() const noexcept { return connection_.get(); }
    connection& operator*() const noexcept { return *connection_; }

    /// Gives the connection back. `reusable`: it may serve again.
    void release(bool reusable) noexcept;

private:
    friend class connection_pool;

    std::shared_ptr<connection_pool> pool_;
    connection_ptr connection_;
};

/// What a pool has and has done.
struct pool_stats {
    pool_stats() = default;

    std::size_t waiting = 0;
    std::size_t in_use = 0;
    std::size_t idle = 0;
    std::size_t connecting = 0;
    std::uint64_t opened = 0;
    std::uint64_t failed = 0;
    std::uint64_t reused = 0;
    std::uint64_t tls_full = 0;
    std::uint64_t tls_resumed = 0;
};

/// The connections to one server: gives policy::pool_core sockets to decide over.
/**
 * The state is behind a mutex under which nothing is called, resumed or closed; what has to be done is done after it.
 *
 * A connection that was granted is held by a lease from the moment of the decision, so that the pool gets it
 * back whatever becomes of the message to the waiter. Without memory for the message, it is tried again with
 * the next event. Thread safety: all.
 */
class connection_pool : public std::enable_shared_from_this<connection_pool> {
public:
    connection_pool(std::shared_ptr<route const> to, pool_config const& config);
    connection_pool(connection_pool const&) = delete;
    connection_pool& operator=(connection_pool const&) = delete;
    ~connection_pool();

    /// Takes a connection that is idle. False: \ref acquire has to be called.
    /** `fresh_only`: one on which nothing was sent. `dead`: what turned out not to be fit for use, if anything. */
    bool try_acquire(bool fresh_only, lease& result, connection_ptr& dead);

    /// Waits for a connection: an unused one, or the first that comes free or is made.
    /**
     * `dead`: what \ref try_acquire left; the call that had it does not lose its place. The failure: `errc::pool_exhausted`,
     * `client_closed`, what the making of a connection failed with, or why `op` was stopped.
     */
    asio::awaitable<failure> acquire(operation& op, bool fresh_only, lease& result, connection_ptr dead);

    /// Fails those who wait, closes what is unused, and lets nobody in any more.
    void close();

    /// Calls this, from any thread, whenever the last connection of a closed pool is gone; at once if it is already.
    void on_drained(std::function<void()> callback);

    pool_stats stats() const;

private:
    friend class lease;

    struct waiter;
    struct task;
    struct connect_end;
    using waiter_ptr = std::shared_ptr<waiter>;

    connection_ptr take_idle(bool fresh_only);
    void enqueue(waiter_ptr const& w, bool fresh_only);
    void refuse(waiter_ptr const& w, lease dead, bool fresh_only);
    void give_up(waiter_ptr const& w);
    void give_back(connection_ptr c, bool reusable) noexcept;
    void abandon(connection_ptr c) noexcept;
    void on_connect_ended(policy::connection_id id, connection_ptr c, failure const& why) noexcept;
    void on_timer() noexcept;

    template <class Event>
    void handle(Event event, connect_end const* about, waiter const* self);

    // The next four with the mutex held.
    void let_in(waiter_ptr const& w);
    task collect(policy::pool_action const& action) noexcept;
    std::shared_ptr<connect_operation> make_connect(policy::connection_id id) noexcept;
    void move_timer() noexcept;

    // Without the mutex. `self`: the waiter on whose strand this runs, if any.
    void perform(policy::pool_actions& actions, connect_end const* about, waiter const* self);
    bool carry_out(task& t, connect_end const* about, waiter const* self) noexcept;
    static failure failure_of(policy::pool_action const& action, connect_end const* about) noexcept;
    void on_connect_not_begun(policy::connection_id id, policy::pool_actions& actions) noexcept;
    void send(waiter_ptr w) noexcept;
    void send_stranded() noexcept;
    void notify_if_drained();

    std::shared_ptr<route const> route_;

    mutable std::mutex mutex_;
    policy::pool_core core_;
    policy::waiter_id next_waiter_ = 1;
    std::unordered_map<policy::waiter_id, waiter_ptr> waiters_;
    // All that live; null while they are lent.
    std::unordered_map<policy::connection_id, connection_ptr> connections_;
    std::unordered_map<policy::connection_id, std::weak_ptr<connect_operation>> connecting_;
    std::shared_ptr<std::function<void()> const> drained_callback_;
    waiter_ptr stranded_; // a list of those for whose message there was no memory
    // Runs only while a call waits for the end of a pause, or, by option, while connections are idle.
    asio::steady_timer timer_;
    std::chrono::steady_clock::time_point armed_ = std::chrono::steady_clock::time_point::max();
    std::uint64_t opened_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t reused_ = 0;
    std::uint64_t tls_full_ = 0;
    std::uint64_t tls_resumed_ = 0;
};

} // namespace async_llm::net

#endif
