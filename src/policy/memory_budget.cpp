// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/memory_budget.hpp"

#include <algorithm>

namespace async_llm::policy {

bool memory_budget::acquire(holder_id holder, std::size_t bytes) {
    // A holder that is beyond the limit must not wait behind those that wait for it.
    if ((queue_.empty() || holder == beyond_) && try_give(holder, bytes)) return true;
    queue_.emplace_back(holder, bytes);
    return false;
}

void memory_budget::release(holder_id holder, std::size_t bytes) noexcept {
    held_ -= bytes;
    if (holder == beyond_) beyond_ = 0;
}

void memory_budget::give_back(holder_id holder, std::size_t bytes) noexcept {
    held_ -= bytes;
    if (holder == beyond_ && held_ <= limit_) beyond_ = 0;
}

bool memory_budget::cancel(holder_id holder) noexcept {
    auto const found = std::find_if(queue_.begin(), queue_.end(), [holder](auto const& each) {
        return each.holder == holder;
    });
    if (found == queue_.end()) return false;
    queue_.erase(found);
    return true;
}

holder_id memory_budget::grant_next() noexcept {
    if (queue_.empty() || !try_give(queue_.front().holder, queue_.front().bytes)) return 0;
    auto const holder = queue_.front().holder;
    queue_.pop_front();
    return holder;
}

bool memory_budget::try_give(holder_id holder, std::size_t bytes) noexcept {
    bool const fits = limit_ == 0 || (held_ <= limit_ && bytes <= limit_ - held_);
    if (!fits && beyond_ != 0 && beyond_ != holder) return false;
    if (!fits) beyond_ = holder;
    held_ += bytes;
    return true;
}

} // namespace async_llm::policy
