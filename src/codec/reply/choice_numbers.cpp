// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/choice_numbers.hpp"

#include <algorithm>

namespace async_llm::codec {

bool choice_numbers::note(std::int64_t number, bool has_content) noexcept {
    if (state_ == state::genuine) return true;
    if (!seen_) {
        seen_ = true;
        first_ = last_ = number;
    } else if (state_ == state::single && number == first_) {
        repeated_ = repeated_ || (has_content && content_seen_);
    } else if (state_ == state::single) {
        state_ = repeated_ ? state::genuine : state::counts_events;
    }
    content_seen_ = content_seen_ || has_content;
    if (state_ != state::counts_events) return true;
    if (has_content && number < last_) return false;
    last_ = std::max(last_, number);
    return true;
}

std::int64_t choice_numbers::shown(std::int64_t number) const noexcept {
    if (state_ != state::genuine || number == first_) return 0;
    return number == 0 ? first_ : number;
}

} // namespace async_llm::codec
