// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/deadline_heap.hpp"

namespace async_llm::policy {

void deadline_heap::set(deadline_entry& e, time_point deadline) {
    slot const s(deadline, e);
    if (e.place_ == deadline_entry::nowhere) {
        slots_.push_back(s);
        e.place_ = slots_.size() - 1;
    }
    sift(e.place_, s);
}

bool deadline_heap::remove(deadline_entry& e) noexcept {
    if (e.place_ == deadline_entry::nowhere) return false;
    auto const place = e.place_;
    auto const last = slots_.back();
    slots_.pop_back();
    if (last.entry != &e) sift(place, last);
    e.place_ = deadline_entry::nowhere;
    return true;
}

std::optional<time_point> deadline_heap::deadline_of(deadline_entry const& e) const noexcept {
    if (e.place_ == deadline_entry::nowhere) return std::nullopt;
    return slots_[e.place_].deadline;
}

deadline_entry* deadline_heap::take_due(time_point now) noexcept {
    auto const next = earliest();
    if (next > now || next == time_point::max()) return nullptr;
    auto& due = *slots_.front().entry;
    sift(due.place_, slot(time_point::max(), due));
    return &due;
}

/// Puts the slot where it belongs, which is at this place, or above it, or below it.
void deadline_heap::sift(std::size_t place, slot s) noexcept {
    while (place != 0) {
        auto const parent = (place - 1) / 2;
        if (slots_[parent].deadline <= s.deadline) break;
        put(place, slots_[parent]);
        place = parent;
    }
    for (;;) {
        auto child = 2 * place + 1;
        if (child >= slots_.size()) break;
        auto const other = child + 1;
        if (other < slots_.size() && slots_[other].deadline < slots_[child].deadline) child = other;
        if (s.deadline <= slots_[child].deadline) break;
        put(place, slots_[child]);
        place = child;
    }
    put(place, s);
}

void deadline_heap::put(std::size_t place, slot s) noexcept {
    slots_[place] = s;
    s.entry->place_ = place;
}

} // namespace async_llm::policy
