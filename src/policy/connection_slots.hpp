// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_CONNECTION_SLOTS_HPP
#define ASYNC_LLM_POLICY_CONNECTION_SLOTS_HPP

#include "policy/deadline_after.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace async_llm::policy {

/// Given out by the pool, from 1 upwards, never twice. 0: no connection.
using connection_id = std::uint64_t;
/// Order of arrival.
using ticket = std::uint64_t;

/// Connections that are made, and their slots: which connection takes the next call, and which end.
/**
 * A connection has as many slots as it takes calls at a time, its capacity: 1 with HTTP/1.1.
 *
 * | state   | calls on it                | takes another one                                   |
 * |---------|----------------------------|-----------------------------------------------------|
 * | active  | fewer than its capacity    | first, the one with the fewest calls                |
 * | surplus | fewer than its capacity    | second, the one with the most calls; then active    |
 * | idle    | none                       | third, the latest used; then active, or full        |
 * | full    | its capacity, or more      | no; active as soon as it has fewer                  |
 * | retired | at least one               | no; to be closed when the last one leaves           |
 *
 * Calls are spread evenly over the connections that the load needs, and no others: as calls leave, the active
 * connection with the fewest becomes surplus once the rest of those active and full has capacity for all
 * calls, and for a quarter of that connection's capacity more, so that a load that varies a little moves
 * nothing. A surplus connection runs out of calls, goes idle, and ages out.
 *
 * A connection is fresh until it is idle after a call. At its age limit an idle connection ends, and one with
 * calls is retired when it would take another one.
 *
 * Each operation costs logarithmic time. Throws only where that is said. Thread safety: none.
 */
class connection_slots {
    enum class slot_state { active, surplus, idle, full, retired };
    // Ascending: idle connections by when they became so, others by their calls.
    using ranking = std::set<std::pair<std::uint64_t, connection_id>>;
    using expiry_set = std::set<std::pair<time_point, connection_id>>;

    struct entry {
        entry(std::size_t slots, time_point limit, bool reserved) noexcept
            : capacity(slots), age_limit(limit), is_reserved(reserved) {}

        slot_state state = slot_state::idle;
        std::size_t capacity;
        std::size_t users = 0;
        time_point age_limit;
        // Kept until its first use.
        bool is_reserved;
        bool was_used = false;
        // Of those that got it since it was idle, the one that came first.
        ticket arrival = 0;
        // Its places in ranked_ and idle_expiry_, or the nodes for them while it has none: it will need them.
        ranking::iterator rank;
        expiry_set::iterator expiry;
        ranking::node_type rank_node;
        expiry_set::node_type expiry_node;
    };
    using entry_map = std::map<connection_id, entry>;

public:
    using position = entry_map::iterator;

    /// Most slots that a connection is taken to have.
    static constexpr std::size_t most_capacity = 1'000'000;

    /// `idle_timeout`: the longest time that a connection stays idle. 0: for ever.
    explicit connection_slots(std::chrono::milliseconds idle_timeout) noexcept
        : idle_timeout_(idle_timeout) {}

    /// Adds an idle connection. Throws.
    /**
     * `capacity`: from 1 to \ref most_capacity. `is_reserved`: it is kept until its first use, without regard
     * to the idle timeout.
     */
    void
    add(connection_id connection, std::size_t capacity, time_point age_limit, bool is_reserved, time_point now
    );
    /// Removes a connection, in whatever state.
    void erase(position it) noexcept;

    /// Finds the connection that takes the next call, or \ref none. `fresh_only`: among the fresh ones.
    position next(bool fresh_only, time_point now) noexcept;
    /// Gives a slot of what \ref next found to a call that came at `arrival`.
    void take(position it, ticket arrival) noexcept;
    /// Takes a slot back. Precondition: a call has it.
    void leave(position it, time_point now) noexcept;
    /// Gives a connection with calls no others.
    void retire(position it) noexcept;
    /// Changes the slots of a connection, those included that calls have. `capacity`: as for \ref add.
    void resize(position it, std::size_t capacity) noexcept;

    position none() noexcept { return connections_.end(); }
    /// Returns \ref none for one that is not known.
    position find(connection_id connection) noexcept { return connections_.find(connection); }
    /// Returns \ref none for one that is not known or idle.
    position find_in_use(connection_id connection) noexcept {
        auto const it = connections_.find(connection);
        return it != none() && it->second.users == 0 ? none() : it;
    }
    bool is_retired(position it) const noexcept { return it->second.state == slot_state::retired; }
    /// Returns the idle connection whose time is over first.
    position first_to_expire() noexcept;
    /// Returns the idle connection that was used longest ago, fresh ones left out.
    position least_recently_used() noexcept;
    /// When the time of \ref first_to_expire is over; `time_point::max()`: never.
    time_point next_expiry() const noexcept {
        return idle_expiry_.empty() ? time_point::max() : idle_expiry_.begin()->first;
    }

    std::size_t size() const noexcept { return connections_.size(); }
    std::size_t idle() const noexcept { return idle_expiry_.size(); }
    /// Calls that have a slot.
    std::size_t users() const noexcept { return users_; }
    /// Slots that calls could have.
    std::size_t free_slots() const noexcept { return free_slots_; }

private:
    using rankings = std::array<ranking, 2>;

    static std::size_t free_slots_of(entry const& e) noexcept;
    static bool serves(entry const& e) noexcept;
    bool has_shared() const noexcept;
    ranking* ranking_of(entry const& e) noexcept;
    ranking const* first_ranking(slot_state state, bool fresh_only, bool ascending) const noexcept;
    connection_id preferred(bool fresh_only) const noexcept;
    void withdraw(position it) noexcept;
    void place(position it, slot_state state) noexcept;
    void place_idle(position it, time_point now) noexcept;
    void demote_surplus() noexcept;

    std::chrono::milliseconds idle_timeout_;
    entry_map connections_;
    // By state, active, surplus and idle, and by whether they were used.
    std::array<rankings, 3> ranked_;
    expiry_set idle_expiry_;
    ticket next_ticket_ = 0;

    std::size_t users_ = 0;
    std::size_t free_slots_ = 0;
    // Slots of those that are active or full.
    std::size_t serving_capacity_ = 0;
};

} // namespace async_llm::policy

#endif
