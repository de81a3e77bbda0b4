// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_POOL_CORE_HPP
#define ASYNC_LLM_POLICY_POOL_CORE_HPP

#include "policy/connect_allowance.hpp"
#include "policy/connection_slots.hpp"
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

/// Chosen by the caller. Unique among the waiters that are queued or being granted.
using waiter_id = std::uint64_t;

struct pool_limits {
    pool_limits() = default;

    /// Most connections, whatever their state. At least 1.
    std::size_t max_connections = 512;
    /// Most of them in the making. At least 1.
    std::size_t max_connecting = 1024;
    /// Connections that may be in the making before one was made; see \ref connect_allowance. At least 1.
    std::size_t first_connecting = 256;
    /// Calls that a connection is expected to take at a time before one was made. 1: HTTP/1.1. 0: not known,
    /// so that one is made alone first, and backups of it if it stalls.
    std::size_t first_capacity = 1;
    /// Most waiters queued, those included for whom a connection is in the making. 0: no limit.
    std::size_t max_waiters = 0;
    /// Longest time that a connection stays idle. 0: for ever.
    std::chrono::milliseconds idle_timeout{0};
    /// Longest time that a connection takes calls, less up to a tenth at random. 0: for ever.
    std::chrono::milliseconds max_age{0};
    /// Keeps connections that have served. False: each is closed when the last call leaves it.
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
    /// `waiter` has a slot of `connection`, which others may share, until `release` or `probe_failed`.
    grant,
    /// `waiter` fails with what `connection` failed with; `connection` is 0 if the pool closed.
    /**
     * Several may fail with one connection, each by an action of its own. A connection that did not fail: it
     * was dead, and there is no memory for the waiter to return to the queue.
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
    /// Of `grant`: the connection was idle after a call, so the peer may have closed it meanwhile.
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

/// Decisions of a pool: which waiter gets a slot of which connection to one peer, and when they are made and
/// closed.
/**
 * Decides only: each call appends actions for the caller to do, whatever else it returns. A connection has
 * slots for so many calls at a time, its capacity: with HTTP/1.1 one. \ref connection_slots says which takes
 * the next call. A connection in the making belongs to the pool, not to the waiter for whom it was begun:
 * whatever comes free first goes to the waiter that has waited longest among those that can take it. A waiter
 * that is `fresh_only` takes a slot only of a connection that was not idle since its first call.
 *
 * A connect is expected to bring as many slots as the last connection had that was made or changed, and as
 * many are begun as the waiters need. Where that is not known, one is made alone first, the first connect.
 * While it does not come up, others are begun beside it (\ref connect_backups). Whichever comes up first
 * shows what a connection takes, and ends the others; so does a failure of the first connect. A backup that
 * fails is forgotten: without it, the first connect would be waited for as well.
 *
 * A connection that could not be made fails as many of the waiters that have waited longest as it would have
 * served, \ref unknown_capacity if that is not known. After a shortage no waiter fails while any connection
 * lives: waiters get one that comes free.
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
 * shortage; where there is none for all the actions of an event, the rest is done by the next one, and by
 * \ref advance after a pause. Thread safety: none.
 */
class pool_core {
public:
    /// `random01` returns numbers from [0, 1); it is called once for each connection made.
    pool_core(pool_limits limits, std::function<double()> random01);

    /// Takes a slot that the caller could have without becoming a waiter.
    /** Equals \ref acquire with a `grant` behind it. */
    std::optional<connection_id> try_acquire(bool fresh_only, time_point now, pool_actions& actions);

    /// After a shortage, no connection is begun for so long unless another one closes.
    static constexpr duration shortage_pause = std::chrono::seconds(1);
    /// Waiters that fail with a connection of which it is not known how many it would have served.
    static constexpr std::size_t unknown_capacity = 100;

    /// A waiter asks for a slot. Precondition: its id is not in use. Throws.
    acquire_result acquire(waiter_id waiter, bool fresh_only, time_point now, pool_actions& actions);

    /// A waiter gives up. True: no `grant` or `fail_waiter` will follow. False: it is not queued (granted,
    /// failed, unknown).
    bool cancel(waiter_id waiter, pool_actions& actions);

    /// A connection is made, for so many calls at a time; at least 1.
    void connected(connection_id connection, std::size_t capacity, time_point now, pool_actions& actions);

    /// A connection takes so many calls at a time from now on, those included that have it. Throws.
    /**
     * It takes no others while it has as many. 0: it takes no others ever, whatever is set later, and is
     * closed when the last one releases it, or now if none has it. Nothing happens if the connection is not
     * known.
     */
    void set_capacity(connection_id connection, std::size_t capacity, time_point now, pool_actions& actions);

    /// A connection could not be made. The waiters that it would have served fail with it, the longest first,
    /// or none after a shortage.
    void
    connect_failed(connection_id connection, connect_problem reason, time_point now, pool_actions& actions);

    /// The connection granted to this waiter, or had without waiting, turned out to be dead before its use.
    /**
     * The connection takes no others, and is closed when the last call has left it. The waiter, which
     * `max_waiters` does not stop, returns to its place in the queue, ahead of all that came after it, now
     * with this `fresh_only`. If others share the connection, that is the place of the one that came first,
     * and those who return are ordered by their ids. Nothing happens if the connection is not in use. Without
     * memory for that, the waiter fails.
     */
    void probe_failed(
        waiter_id waiter,
        connection_id connection,
        bool fresh_only,
        time_point now,
        pool_actions& actions
    );

    /// A waiter no longer needs its slot. Nothing happens if the connection is not in use.
    /** `reusable`: others may have it. False: it takes no others, and is closed when the last has left it. */
    void release(connection_id connection, bool reusable, time_point now, pool_actions& actions);

    /// Makes connections ahead of time, until so many calls could have a slot, and keeps them to their first
    /// use.
    /**
     * They are kept without regard to `idle_timeout`. None is closed for them, and `max_connections` holds:
     * at that limit, and after a failure, no more is reserved. Calls that come meanwhile are served first.
     */
    void reserve(std::size_t calls, time_point now, pool_actions& actions);
    /// Reserves nothing any more, and stops making what no waiter needs.
    void cancel_reserve(pool_actions& actions);
    /// Slots that \ref reserve has still to make.
    std::size_t reserved() const noexcept { return reserved_; }

    /// A connection was destroyed by one of the calls on it: forgotten with the last of them, no other has
    /// it.
    /** Does nothing for those who wait: the next event does. */
    void forget(connection_id connection) noexcept;

    /// Closes for good. Throws; the rest is done by another call. All waiters fail, all connections end,
    /// those in use when they are released.
    void close(pool_actions& actions);

    /// Closes the idle connections whose time is over. Every other event that takes a time does that too.
    void expire(time_point now, pool_actions& actions) noexcept;

    /// Does what time has made possible.
    void advance(time_point now, pool_actions& actions);

    /// When \ref advance is to be called: a pause after a shortage is over, a backup is due, or an idle
    /// connection's time is over, if a timer is to close it. `time_point::max()`: it is not needed.
    time_point next_at() const noexcept;

    /// Returns whether this connection is in the making. Not if that was aborted.
    bool is_connecting(connection_id connection) const noexcept;

    /// Connections that no call has.
    std::size_t idle() const noexcept { return slots_.idle(); }
    /// Connections that at least one call has.
    std::size_t in_use() const noexcept { return slots_.size() - slots_.idle(); }
    /// Calls that have a slot.
    std::size_t users() const noexcept { return slots_.users(); }
    /// Slots that calls could have, whether those that wait could take them or not.
    std::size_t free_slots() const noexcept { return slots_.free_slots(); }
    std::size_t connecting() const noexcept { return connecting_.size(); }
    std::size_t waiting() const noexcept { return waiters_.size(); }
    /// Connections in whatever state.
    std::size_t live() const noexcept { return slots_.size() + connecting_.size(); }
    /// Slots that the next connection is expected to have.
    std::size_t expected_capacity() const noexcept { return expected_ != 0 ? expected_ : unknown_capacity; }
    bool closed() const noexcept { return closed_; }
    /// Closed, and no connection is left.
    bool drained() const noexcept { return closed_ && live() == 0; }

private:
    using position = connection_slots::position;
    // With the ids, as those who return to it may share a place.
    using queue = std::set<std::pair<ticket, waiter_id>>;

    struct waiter_place {
        waiter_place(bool fresh, ticket at) : fresh_only(fresh), arrival(at) {}

        bool fresh_only;
        ticket arrival;
    };

    void enqueue(waiter_id waiter, bool fresh_only, ticket arrival);
    void dequeue(waiter_id waiter);
    waiter_id longest_waiter() const noexcept;
    void close_idle(position it, pool_actions& actions);
    void leave(position it, bool retires, time_point now, pool_actions& actions);
    void erase(position it) noexcept;
    bool grant_next(time_point now, pool_actions& actions);
    bool stop_connecting(connection_id connection) noexcept;
    void add_slots(connection_id connection, std::size_t capacity, time_point now);
    void note_made(std::size_t slots) noexcept;
    void abort_youngest(pool_actions& actions);
    void abort_all(pool_actions& actions) noexcept;
    void fail_longest_waiter(connection_id connection, pool_actions& actions);
    std::size_t waiters_failing_by(connect_problem reason) const noexcept;
    std::uint64_t slots_of(std::size_t connects) const noexcept;
    bool pauses(time_point now) const noexcept;
    void begin_pause(time_point now) noexcept;
    void make_room(time_point now, pool_actions& actions);
    void start_connects(time_point now, pool_actions& actions);
    void serve(time_point now, pool_actions& actions) noexcept;

    bool lacks_slots() const noexcept;
    bool is_backup(connection_id connection) const noexcept;
    time_point backup_at() const noexcept;
    time_point connect_at() const noexcept;
    bool may_connect(time_point now) const noexcept;

    pool_limits limits_;
    connect_allowance allowance_;
    connect_backups backups_;
    std::function<double()> random01_;
    bool closed_ = false;
    connection_id next_connection_ = 1;
    ticket next_ticket_ = 0;

    std::map<waiter_id, waiter_place> waiters_;
    // Those that take any connection, and those that are fresh_only.
    std::array<queue, 2> queued_;

    // Ascending.
    std::vector<connection_id> connecting_;
    // Slots that a connect is expected to bring. 0: not known.
    std::size_t expected_;
    // Slots to be made for no waiter.
    std::size_t reserved_ = 0;
    // All that are made, idle or in use.
    connection_slots slots_;

    // No connection is begun until then, for lack of something, apart from one for each that has closed
    // since.
    time_point pause_end_ = time_point::min();
    std::size_t closed_since_ = 0;
    // There was no memory for all the actions of an event: when the rest is done without another one.
    time_point serve_again_at_ = time_point::max();
};

} // namespace async_llm::policy

#endif
