// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/call_spending.hpp"

#include <utility>

namespace async_llm::detail {

std::unique_ptr<call_spending> call_spending::make(client_state& state, std::shared_ptr<spending_share> run) {
    if (!state.spending() && !run) return nullptr;
    return std::make_unique<call_spending>(state.spending(), std::move(run));
}

bool call_spending::try_reserve(
    net::operation& op,
    std::int64_t expected_tokens,
    int priority,
    net::failure& failed
) {
    use_.expected_tokens = expected_tokens;
    if (!client_ || std::exchange(reserved_, true)) return true;
    return client_->try_reserve(op, expected_tokens, priority, own_, failed);
}

void call_spending::note_usage(usage const& reported) noexcept {
    auto& known = use_.reported.emplace();
    known.input_tokens = reported.prompt_tokens;
    known.output_tokens = reported.completion_tokens;
    known.total_tokens = reported.total_tokens;
    known.cost = reported.cost;
}

void call_spending::end_attempt(policy::attempt_charge charge) noexcept {
    use_.charge = charge;
    own_.record(use_);
    if (run_) run_->record(use_);
    if (charge != policy::attempt_charge::none) use_.is_repeated = true;
    use_.reported.reset();
}

void call_spending::end() noexcept {
    own_.release();
    run_.reset();
}

} // namespace async_llm::detail
