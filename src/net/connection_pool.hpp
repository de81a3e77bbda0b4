// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_CONNECTION_POOL_HPP
#define ASYNC_LLM_NET_CONNECTION_POOL_HPP

#include "async/due_timer.hpp"
#include "async/failure.hpp"
#include "async/operation.hpp"
#include "async/waiter.hpp"
#include "net/connect_operation.hpp"
#include "net/connection.hpp"
#include "net/shared_connection.hpp"
#include "policy/pool_core.hpp"
#include <async_llm/client_config.hpp>
#include <async_llm/detail/config.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace async_llm::net {

class connection_pool;

/// A connection taken from a pool, or a place on a shared one, which it returns to.
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

    /// Returns whether it has lain unused, and may have died meanwhile.
    bool has_rested() const noexcept;

    /// Gives the connection back. `reusable`: it may serve again.
    void release(bool reusable) noexcept;

private:
    friend class connection_pool;

    std::shared_ptr<connection_pool> pool_;
    connection_ptr connection_;
};

/// Figures of a pool.
struct pool_stats {
    pool_stats() = default;

    std::size_t waiting = 0;
    std::size_t in_use = 0;
    /// Calls on shared connections.
    std::size_t streams = 0;
    std::size_t idle = 0;
    std::size_t connecting = 0;
    std::uint64_t opened = 0;
    std::uint64_t opened_http2 = 0;
    std::uint64_t failed = 0;
    std::uint64_t reused = 0;
    std::uint64_t tls_full = 0;
    std::uint64_t tls_resumed = 0;
};

/// The connections to one server: gives policy::pool_core sockets to decide over.
/**
 * The state is behind a mutex under which nothing is called, resumed or closed; what has to be done is done
 * after it.
 *
 * A connection that was granted is held by a lease from the moment of the decision, so that the pool gets it
 * back whatever becomes of the message to the waiter. Thread safety: all.
 */
class connection_pool final : public std::enable_shared_from_this<connection_pool>, private connection_owner {
public:
    connection_pool(std::shared_ptr<route const> route, pool_config const& config);
    connection_pool(connection_pool const&) = delete;
    connection_pool& operator=(connection_pool const&) = delete;
    virtual ~connection_pool();

    /// Takes a connection that is idle. False: \ref acquire has to be called, with this `result`.
    /** `fresh_only`: one on which nothing was sent. */
    bool try_acquire(bool fresh_only, lease& result);

    /// Waits for a connection: an unused one, or the first that comes free or is made.
    /**
     * `result`: as \ref try_acquire left it. A connection in it is dead; the call that had it keeps its place
     * in the queue. The failure: `errc::queue_full`, `client_closed`, what the making of a connection
     * failed with, or why `op` was stopped.
     */
    asio::awaitable<failure> acquire(operation& op, bool fresh_only, lease& result);

    /// Makes connections ahead of time, until so many are idle, as \ref policy::pool_core::reserve.
    /** The failure: that of the first connection that could not be made, `client_closed`, or why `op` was
     * stopped. */
    asio::awaitable<failure> reserve(operation& op, std::size_t connections);

    /// Fails the waiters, closes what is unused, and takes no more waiters.
    void close();

    /// Calls this, from any thread, whenever the last connection of a closed pool is gone; immediately if it
    /// is already.
    void on_drained(std::function<void()> callback);

    pool_stats stats() const;

private:
    friend class lease;
    friend class due_timer;

    void on_capacity(connection& c, std::uint64_t report, std::size_t calls) noexcept override;
    void on_http1_required() noexcept override;

    struct waiter;
    class place;
    class reserve_place;
    struct task;
    struct connect_end;
    using waiter_ptr = std::shared_ptr<waiter>;

    connection_ptr take_free(bool fresh_only);
    void enqueue(waiter_ptr const& w, bool fresh_only);
    void put_back(waiter_ptr const& w, bool fresh_only);
    bool give_up(waiter const& w) noexcept;
    void withdraw(waiter& w) noexcept;
    void give_back(connection_ptr c, bool reusable) noexcept;
    void abandon(connection_ptr const& c) noexcept;
    void on_connect_ended(policy::connection_id id, connection_ptr c, failure const& reason) noexcept;
    void on_due() noexcept;

    template <class Event>
    void handle(Event event, connect_end const* about = nullptr);

    bool begin_reserve(waiter_ptr const& w, std::size_t connections);
    void cancel_reserve(waiter const& w) noexcept;

    // The next eight with the mutex held.
    connection_ptr lend(policy::connection_id id);
    void note_left(connection const& c) noexcept;
    void complete_reservers(connect_end const* about) noexcept;
    void remove_reserver(waiter const& w) noexcept;
    void let_in(waiter_ptr const& w);
    task collect(policy::pool_action const& action, connect_end const* about) noexcept;
    connection_ptr complete_waiter(policy::pool_action const& action, connect_end const* about) noexcept;
    std::shared_ptr<connect_operation> make_connect(policy::connection_id id) noexcept;

    // Without the mutex.
    void perform(policy::pool_actions& actions, connect_end const* about, bool closed);
    bool carry_out(task& t) noexcept;
    static failure closed();
    static failure failure_of(policy::pool_action const& action, connect_end const* about) noexcept;
    bool on_connect_not_begun(policy::connection_id id, policy::pool_actions& actions) noexcept;
    void notify_if_drained();

    std::shared_ptr<route const> route_;

    mutable std::mutex mutex_;
    policy::pool_core core_;
    policy::waiter_id next_waiter_ = 1;
    std::unordered_map<policy::waiter_id, waiter_ptr> waiters_;
    std::vector<waiter_ptr> reservers_; // operations that wait for reserved connections
    // All that live.
    std::unordered_map<policy::connection_id, connection_ptr> connections_;
    // Ends with the first server that asks for less.
    route::protocol version_;
    std::unordered_map<policy::connection_id, std::weak_ptr<connect_operation>> connecting_;
    std::shared_ptr<std::function<void()> const> drained_callback_;
    wake_queue wakes_;
    // For the end of a pause, while a waiter waits for it, and by option for the end of idle connections.
    due_timer timer_;
    std::size_t streams_ = 0;
    std::uint64_t opened_ = 0;
    std::uint64_t opened_http2_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t reused_ = 0;
    std::uint64_t tls_full_ = 0;
    std::uint64_t tls_resumed_ = 0;
};

/// A call that waits.
struct connection_pool::waiter : net::waiter {
    using net::waiter::waiter;

    policy::waiter_id id = 0;
    // One of them, once it is complete.
    lease granted;
    failure reason;
};

/// End of a connect, for the waiters that fail with it.
struct connection_pool::connect_end {
    connect_end(policy::connection_id i, failure const& w) : id(i), reason(w) {}

    policy::connection_id id;
    failure const& reason;
};

/// Common frame of all events: decides under the mutex, and acts after it.
/** Decisions made before an exception are carried out. */
template <class Event>
void connection_pool::handle(Event event, connect_end const* about) {
    policy::pool_actions actions;
    std::exception_ptr thrown;
    bool closed = false;
    bool wakes = false;
    {
        std::lock_guard const lock(mutex_);
        try {
            event(actions);
        } catch (...) {
            thrown = std::current_exception();
        }
        if (!reservers_.empty() && core_.reserved() == 0) complete_reservers(about);
        // If the wait can't begin, the next event begins it.
        timer_.set(*this, core_.next_at());
        closed = core_.closed();
        wakes = !wakes_.empty();
    }
    if (closed || wakes || !actions.empty()) perform(actions, about, closed);
    if (thrown) std::rethrow_exception(thrown);
}

} // namespace async_llm::net

#endif
