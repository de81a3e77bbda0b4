// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/recovery.hpp"

#include <algorithm>

namespace async_llm::policy {
namespace {

bool is_final(retry_stop reason) noexcept {
    return reason == retry_stop::ended || reason == retry_stop::content_delivered ||
        reason == retry_stop::maybe_processed;
}

} // namespace

recovery_decision recovery::decide(attempt_outcome const& failed, recovery_resources& shared) {
    auto const& tried = failed.tried;
    auto const again = decide_retry(retries_, tried, shared.random());
    recovery_decision next;
    next.stop = failed.stop_is_final ? retry_stop::ended : again.stop;
    // A call that limits of our own refused may still go elsewhere.
    bool const unsent = tried.attempts == 0 && tried.ec != errc::rate_limit_reached;
    if (is_final(next.stop) || unsent) return next;
    auto const domain = classify(tried.ec, tried.error);
    if (changes_key(domain, failed, shared)) {
        next.step = recovery_step::change_key;
    } else if (changes_target(domain, failed, shared)) {
        next.step = recovery_step::change_target;
    } else if (again.stop == retry_stop::none) {
        begin_anew();
        if (failed.is_shared || shared.take_from_budget()) {
            next.step = recovery_step::retry;
            next.wait = again.wait;
        } else {
            next.stop = retry_stop::budget_exhausted;
        }
    }
    if (next.step != recovery_step::give_up) next.stop = retry_stop::none;
    return next;
}

bool recovery::changes_key(
    failure_domain domain,
    attempt_outcome const& failed,
    recovery_resources const& shared
) {
    bool const about_key = domain == failure_domain::key || domain == failure_domain::rate;
    if (!about_key || key_changes_ == failed.spare_keys || !shared.has_other_key(failed.target)) return false;
    ++key_changes_;
    return true;
}

bool recovery::changes_target(
    failure_domain domain,
    attempt_outcome const& failed,
    recovery_resources const& shared
) {
    tried_.resize(targets_);
    tried_[failed.target] = true;
    auto const& tried = failed.tried;
    bool const usual = moves_on(domain) || tried.ec == errc::rate_limit_reached;
    bool const wanted = fallback_.moves_on ? fallback_.moves_on(tried.ec, tried.error) : usual;
    if (!wanted || !shared.has_other_target(tried_)) return false;
    key_changes_ = 0;
    return true;
}

void recovery::begin_anew() {
    std::fill(tried_.begin(), tried_.end(), false);
    key_changes_ = 0;
}

} // namespace async_llm::policy
