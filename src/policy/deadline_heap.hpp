// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_DEADLINE_HEAP_HPP
#define ASYNC_LLM_POLICY_DEADLINE_HEAP_HPP

#include "policy/deadline_after.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace async_llm::policy {

/// Base of what a \ref deadline_heap holds, which must not be destroyed while it does. It is in one heap at
/// most.
class deadline_entry {
public:
    deadline_entry() = default;
    deadline_entry(deadline_entry const&) = delete;
    deadline_entry& operator=(deadline_entry const&) = delete;

private:
    friend class deadline_heap;

    static constexpr auto nowhere = static_cast<std::size_t>(-1);

    std::size_t place_ = nowhere;
};

/// The deadlines of many, the earliest first.
/**
 * Each entry knows its place, so that a change and a removal find it without a search: they take logarithmic
 * time, and no memory. Thread safety: none.
 */
class deadline_heap {
public:
    bool empty() const noexcept { return slots_.empty(); }
    std::size_t size() const noexcept { return slots_.size(); }

    /// The earliest deadline; `time_point::max()`: there is none.
    time_point earliest() const noexcept {
        return slots_.empty() ? time_point::max() : slots_.front().deadline;
    }

    /// Gives the entry this deadline, in place of the one that it may have. `time_point::max()` is never due.
    /** Needs memory only for an entry that is not in. */
    void set(deadline_entry& e, time_point deadline);

    /// Returns the deadline of an entry; unset: it is not in.
    std::optional<time_point> deadline_of(deadline_entry const& e) const noexcept;

    /// Takes the entry out. False: it was not in.
    bool remove(deadline_entry& e) noexcept;

    /// Returns the entry with the earliest deadline, if that has passed at `now`; null: none has.
    /** Its deadline is `time_point::max()` from then on: it stays in, so that another one needs no memory. */
    deadline_entry* take_due(time_point now) noexcept;

private:
    // The deadline is here and not in the entry, so that comparing stays within the heap's own memory.
    struct slot {
        slot(time_point at, deadline_entry& e) noexcept : deadline(at), entry(&e) {}

        time_point deadline;
        deadline_entry* entry;
    };

    void sift(std::size_t place, slot s) noexcept;
    void put(std::size_t place, slot s) noexcept;

    std::vector<slot> slots_; // that at n is not later than those at 2n + 1 and 2n + 2
};

} // namespace async_llm::policy

#endif
