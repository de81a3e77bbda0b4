// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_POOL_CORE_HPP
#define ASYNC_LLM_POLICY_POOL_CORE_HPP

#include "policy/connect_allowance.hpp"
#include "policy/deadline_after.hpp"

#include <boost/container/small_vector.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace async_llm::policy {

/// Given out by the pool, from 1 upwards, never twice. 0: no connection.
using connection_id = std::uint64_t;
/// Chosen by the caller. Unique among the waiters that are queued or being granted.
using waiter_id = std::uint64_t;

struct pool_limits {
    pool_limits() = default;

    /// Most connections, whatever their state. At least 1.
    std::size_t max_connections = 512;
    /// Most of them in the making. At least 1.
    std::size_t max_connecting = 1024;
    /// Connections that may be in the making before one was made; see \ref connect_allowance. At least 1.
    std::size_t first_connecting = 32;
    /// Most waiters queued, those included for whom a connection is in the making. 0: no limit.
    std::size_t max_waiters = 0;
    /// Longest time that a connection stays idle. 0: for ever.
    std::chrono::milliseconds idle_timeout{0};
    /// Longest time that a connection is used, less up to a tenth at random. 0: for ever.
    std::chrono::milliseconds max_age{0};
    /// Keeps connections that have served. False: each serves once.
    bool keep_alive = true;
    /// Asks to be called when the time of an idle connection is over, and not only by other events.
    bool close_idle_by_timer = false;
};

enum class pool_action_kind {
    /// Begin to make `connection`, then call `connected` or `connect_failed`.
    start_connect,
    /// Stop making `connection`. The pool has forgotten it; a `connected` that comes all the same is answered
    /// by `close`.
    abort_connect,
    /// `waiter` owns `connection` until `release` or `probe_failed`.
    grant,
    /// `waiter` fails with what `connection` failed with; `connection` is 0 if the pool closed.
    /**
     * A connection that did not fail: it was dead, and there is no memory for the waiter to return to the
     * queue.
     */
    fail_waiter,
    /// Close `connection`. The pool has forgotten it.
    close,
};

/// Decision that the caller has to carry out.
struct pool_action {
    explicit pool_action(pool_action_kind k, connection_id c = 0, waiter_id w = 0, bool again = false)
        : kind(k), connection(c), waiter(w), reused(again) {}

    pool_action_kind kind;
    connection_id connection;
    /// Of `grant` and `fail_waiter`.
    waiter_id waiter;
    /// Of `grant`: the connection has been granted before, so the peer may have closed it meanwhile.
    bool reused;
};

/// In the order in which they are to be done. The pool appends; the caller empties it between calls.
/** There is room for what a call has to do if memory is short. */
using pool_actions = boost::container::small_vector<pool_action, 6>;

/// Reason why a connection could not be made.
enum class connect_problem {
    /// The peer, or the way to it: it refused, did not answer, or is not known.
    peer,
    /// Descriptors, ports, buffers or memory of this machine are used up: it was not the peer's turn yet.
    shortage,
};

enum class acquire_result {
    /// The waiter's `grant` or `fail_waiter` is among the actions, or comes with those of a later call.
    pending,
    /// `pool_limits::max_waiters` are waiting. Nothing will follow for this waiter.
    refused_full,
    /// The pool is closed. Nothing will follow for this waiter.
    refused_closed,
};

/// Decisions of a pool: which waiter gets which connection to one peer, and when they are made and closed.
/**
 * Decides only: each call appends actions for the caller to do, whatever else it returns. A connection in the
 * making belongs to the pool, not to the waiter for whom it was begun: whatever comes free first goes to the
 * waiter that has waited longest among those that can take it. A waiter that is `fresh_only` takes a
 * connection only if it was never granted before. Of the idle connections the latest used is granted first,
 * so that those a burst left over age out.
 *
 * A connection that could not be made fails the waiter that has waited longest, as its own connection would
 * have. After a shortage no waiter fails while any connection lives: waiters get one that comes free.
 * No waiter may wait for ever: connections are begun again as others close, one for each, and without that
 * after \ref shortage_pause; idle ones that no waiter can take are closed to make room; and when none lives,
 * the shortage fails the longest waiter and the next one gets a try of its own.
 *
 * Connects begin in slow start (\ref connect_allowance).
 *
 * Each event costs at most logarithmic time, apart from what it makes happen.
 *
 * Times passed are those of one monotonic clock. Throws only `std::bad_alloc`, and only where that is said:
 * then nothing has happened but what the actions say. Where there is no memory for a connection, that is a
 * shortage. Thread safety: none.
 */
class pool_core {
public:
    /// `random01` returns numbers from [0, 1); it is called once for each connection made.
    pool_core(pool_limits limits, std::function<double()> random01);

    /// Takes a connection if one is idle that the caller could have without becoming a waiter.
    /** Equals \ref acquire with a `grant` behind it. */
    std::optional<connection_id> try_acquire(bool fresh_only, time_point now, pool_actions& actions);

    /// After a shortage, no connection is begun for so long unless another one closes.
    static constexpr duration shortage_pause = std::chrono::seconds(1);

    /// A waiter asks for a connection. Precondition: its id is not in use. Throws.
    acquire_result acquire(waiter_id waiter, bool fresh_only, time_point now, pool_actions& actions);

    /// A waiter gives up. True: no `grant` or `fail_waiter` will follow. False: it is not queued (granted,
    /// failed, unknown).
    bool cancel(waiter_id waiter, pool_actions& actions);

    /// A connection is made.
    void connected(connection_id connection, time_point now, pool_actions& actions);

    /// A connection could not be made. The longest waiter, and no other, fails with it, or none after a
    /// shortage.
    void
    connect_failed(connection_id connection, connect_problem reason, time_point now, pool_actions& actions);

    /// The connection granted to this waiter, or had without waiting, turned out to be dead before its use.
    /**
     * The connection is closed. The waiter, which `max_waiters` does not stop, returns to its place in the
     * queue, ahead of all that came after it, now with this `fresh_only`. Nothing happens if the connection
     * is not in use. Without memory for that, the waiter fails.
     */
    void probe_failed(
        waiter_id waiter,
        connection_id connection,
        bool fresh_only,
        time_point now,
        pool_actions& actions
    );

    /// A waiter no longer needs its connection. `reusable`: another may have it. Nothing happens if it is not
    /// in use.
    void release(connection_id connection, bool reusable, time_point now, pool_actions& actions);

    /// Makes connections ahead of time, until so many are idle, and keeps them to their first use.
    /**
     * They are kept without regard to `idle_timeout`. None is closed for them, and `max_connections` holds:
     * at that limit, and after a failure, no more is reserved. Calls that come meanwhile are served first.
     */
    void reserve(std::size_t connections, time_point now, pool_actions& actions);
    /// Reserves nothing any more, and stops making what no waiter needs.
    void cancel_reserve(pool_actions& actions);
    /// Connections that \ref reserve has still to make.
    std::size_t reserved() const noexcept { return reserved_; }

    /// Forgets a connection in use that was destroyed. Does nothing for those who wait: the next event does.
    void forget(connection_id connection) noexcept;

    /// Closes for good. Throws; the rest is done by another call. All waiters fail, all connections end,
    /// those in use when they are released.
    void close(pool_actions& actions);

    /// Closes the idle connections whose time is over. Every other event that takes a time does that too.
    void expire(time_point now, pool_actions& actions) noexcept;

    /// Does what time has made possible.
    void advance(time_point now, pool_actions& actions);

    /// When \ref advance is to be called: the pause after a shortage is over, or an idle connection's time,
    /// if a timer is to close it. `time_point::max()`: it is not needed.
    time_point next_at() const noexcept;

    /// Returns whether this connection is in the making. Not if that was aborted.
    bool is_connecting(connection_id connection) const noexcept;

    std::size_t idle() const noexcept { return idle_[used].size() + idle_[unused].size(); }
    std::size_t in_use() const noexcept { return connections_.size() - idle(); }
    std::size_t connecting() const noexcept { return connecting_.size(); }
    std::size_t waiting() const noexcept { return waiters_.size(); }
    /// Connections in whatever state.
    std::size_t live() const noexcept { return connections_.size() + connecting_.size(); }
    bool closed() const noexcept { return closed_; }
    /// Closed, and no connection is left.
    bool drained() const noexcept { return closed_ && live() == 0; }

private:
    // Order of arrival, of waiters and of idle connections.
    using ticket = std::uint64_t;
    using queue = std::map<ticket, std::uint64_t>;

    struct waiter_place {
        waiter_place(bool fresh, ticket at) : fresh_only(fresh), arrival(at) {}

        bool fresh_only;
        ticket arrival;
    };

    using expiry_set = std::set<std::pair<time_point, connection_id>>;

    struct connection_state {
        explicit connection_state(time_point limit) : age_limit(limit) {}

        time_point age_limit;
        time_point idle_until;
        bool is_idle = false;
        bool was_granted = false;
        // Made by reserve, and so kept until its first use.
        bool is_reserved = false;
        // Idle: its place in idle_. In use: that of its waiter, should it have to return.
        ticket arrival = 0;
        // Its nodes of idle_ and idle_expiry_ while it is in use: it will need them again.
        queue::node_type idle_node;
        expiry_set::node_type expiry_node;
    };
    using connection_map = std::map<connection_id, connection_state>;

    // Indices of idle_.
    static constexpr std::size_t used = 0;
    static constexpr std::size_t unused = 1;

    connection_map::iterator find_in_use(connection_id connection);
    bool can_take_idle(bool fresh_only) const noexcept;
    queue const& latest_idle(bool fresh_only) const noexcept;
    void enqueue(waiter_id waiter, bool fresh_only, ticket arrival);
    void dequeue(waiter_id waiter);
    waiter_id longest_waiter() const noexcept;
    void make_idle(connection_map::iterator it, time_point now);
    void leave_idle(connection_map::iterator it);
    void close_idle(connection_id connection, pool_actions& actions);
    void take_idle(connection_map::iterator it, ticket arrival);
    void erase(connection_map::iterator it) noexcept;
    void grant(waiter_id waiter, connection_id connection, pool_actions& actions);
    void grant_idle(pool_actions& actions);
    bool stop_connecting(connection_id connection) noexcept;
    void add_idle(connection_id connection, bool is_reserved, time_point now);
    void abort_youngest(pool_actions& actions);
    void fail_longest_waiter(connection_id connection, pool_actions& actions);
    bool pauses(time_point now) const noexcept;
    void make_room(time_point now, pool_actions& actions);
    void start_connects(time_point now, pool_actions& actions);
    void serve(time_point now, pool_actions& actions) noexcept;

    bool may_connect() const noexcept;

    pool_limits limits_;
    connect_allowance allowance_;
    std::function<double()> random01_;
    bool closed_ = false;
    connection_id next_connection_ = 1;
    ticket next_ticket_ = 0;

    std::map<waiter_id, waiter_place> waiters_;
    // Those that take any connection, and those that are fresh_only.
    std::array<queue, 2> queued_;

    // Ascending.
    std::vector<connection_id> connecting_;
    // Connections to be made for no waiter.
    std::size_t reserved_ = 0;
    // All that are made, idle or in use.
    connection_map connections_;
    std::array<queue, 2> idle_;
    expiry_set idle_expiry_;

    // No connection is begun until then, for lack of something, apart from one for each that has closed
    // since.
    time_point pause_end_ = time_point::min();
    std::size_t closed_since_ = 0;
};

} // namespace async_llm::policy

#endif
