// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/key_ring.hpp"

#include <algorithm>

namespace async_llm::policy {

key_ring::key_ring(std::size_t count) : keys_(std::max(count, std::size_t(1))) {}

std::optional<std::size_t> key_ring::pick(time_point now) {
    auto const found = find(now);
    if (found) next_ = (*found + 1) % keys_.size();
    return found;
}

bool key_ring::available(time_point now) const noexcept { return find(now).has_value(); }

bool key_ring::has_good(time_point now) const noexcept {
    return std::any_of(keys_.begin(), keys_.end(), [now](entry const& k) {
        return k.retired == 0 && k.rest_end <= now;
    });
}

time_point key_ring::available_at() const noexcept {
    if (keys_.size() == 1) return time_point();
    bool const all = all_retired();
    auto earliest = time_point::max();
    for (auto const& k : keys_) {
        if (all || k.retired == 0) earliest = std::min(earliest, k.rest_end);
    }
    return earliest;
}

std::size_t key_ring::soonest() const noexcept {
    bool const all = all_retired();
    std::size_t found = 0;
    bool any = false;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (keys_[i].retired > 0 && !all) continue;
        if (!any || keys_[i].rest_end < keys_[found].rest_end) found = i;
        any = true;
    }
    return found;
}

void key_ring::retire(std::size_t key) noexcept { keys_[key].retired = ++retirements_; }

void key_ring::rest(std::size_t key, time_point rest_end) noexcept {
    keys_[key].rest_end = std::max(keys_[key].rest_end, rest_end);
}

void key_ring::restore(std::size_t key) noexcept { keys_[key].retired = 0; }

std::optional<std::size_t> key_ring::find(time_point now) const noexcept {
    if (keys_.size() == 1) return 0;
    bool const all = all_retired();
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        auto const key = (next_ + i) % keys_.size();
        auto const& k = keys_[key];
        if (k.rest_end > now || (k.retired > 0 && !all)) continue;
        // Among those that were not refused the first in turn is found, as none is less than another.
        if (!found || k.retired < keys_[*found].retired) found = key;
    }
    return found;
}

bool key_ring::all_retired() const noexcept {
    return std::none_of(keys_.begin(), keys_.end(), [](entry const& k) { return k.retired == 0; });
}

} // namespace async_llm::policy
