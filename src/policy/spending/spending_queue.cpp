// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/spending/spending_queue.hpp"

namespace async_llm::policy {

spending_answer spending_queue::acquire(spending_place at, spending_reservation& call) noexcept {
    if (!waiting_.empty() && waiting_.begin()->first < at) return spending_answer::must_wait;
    return ledger_.reserve(call);
}

std::optional<spending_decision> spending_queue::advance() noexcept {
    if (waiting_.empty()) return std::nullopt;
    auto const first = waiting_.begin();
    auto const answer = ledger_.reserve(first->second);
    if (answer == spending_answer::must_wait) return std::nullopt;
    spending_decision const result(first->first, first->second, answer == spending_answer::granted);
    waiting_.erase(first);
    return result;
}

} // namespace async_llm::policy
