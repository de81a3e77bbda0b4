// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_SPENDING_QUEUE_HPP
#define ASYNC_LLM_POLICY_SPENDING_QUEUE_HPP

#include "policy/spending/spending_ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace async_llm::policy {

/// Place of a call among those that wait for a reservation.
struct spending_place {
    spending_place() = default;
    spending_place(int p, std::uint64_t at) : priority(p), arrival(at) {}

    /// Higher priorities first, equals in order of arrival.
    bool operator<(spending_place const& other) const noexcept {
        return priority != other.priority ? priority > other.priority : arrival < other.arrival;
    }

    int priority = 0;
    std::uint64_t arrival = 0;
};

/// Decision about a call that has waited.
struct spending_decision {
    spending_decision(spending_place p, spending_reservation const& r, bool g)
        : place(p), reservation(r), granted(g) {}

    spending_place place;
    spending_reservation reservation;
    /// False: it will not fit any more.
    bool granted;
};

/// Calls that wait for what others have reserved in a ledger.
/** A call is not overtaken by one behind it that would fit. Thread safety: none. */
class spending_queue {
public:
    /// `max_waiting` 0: no limit. The ledger has to stay.
    spending_queue(spending_ledger& ledger, std::size_t max_waiting)
        : ledger_(ledger), max_waiting_(max_waiting) {}

    /// Returns whether another call can't wait.
    bool is_full() const noexcept { return max_waiting_ != 0 && waiting_.size() >= max_waiting_; }
    std::size_t size() const noexcept { return waiting_.size(); }

    /// Reserves, unless a call waits that is to go first; `must_wait`: \ref wait is left to do.
    spending_answer acquire(spending_place at, spending_reservation& call) noexcept;
    /// Has a call wait; its place comes out of \ref advance. Precondition: none waits there.
    void wait(spending_place at, spending_reservation const& call) { waiting_.emplace(at, call); }
    /// Ends the waiting of a call. False: it does not wait (any more).
    bool cancel(spending_place at) noexcept { return waiting_.erase(at) != 0; }
    /// Decides about the first call that waits; nothing if it has to go on waiting.
    /** To be called until then after each change of the ledger, and after \ref cancel. */
    std::optional<spending_decision> advance() noexcept;

private:
    spending_ledger& ledger_;
    std::size_t max_waiting_;
    std::map<spending_place, spending_reservation> waiting_;
};

} // namespace async_llm::policy

#endif
