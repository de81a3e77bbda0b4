// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_RECOVERY_HPP
#define ASYNC_LLM_POLICY_RECOVERY_HPP

#include "policy/deadline_after.hpp"
#include "policy/failure_domain.hpp"
#include "policy/retry.hpp"
#include <async_llm/fallback.hpp>
#include <async_llm/retry_policy.hpp>

#include <cstddef>
#include <vector>

namespace async_llm::policy {

/// State that the calls of a client share, as far as the recovery of one draws on it.
class recovery_resources {
public:
    /// Returns whether a target may be asked with a key that was not refused and does not rest.
    virtual bool has_other_key(std::size_t target) const = 0;
    /// Returns whether a target is available that is not among these.
    virtual bool has_other_target(std::vector<bool> const& tried) const = 0;
    /// Takes one retry from the budget. False: it is exhausted.
    virtual bool take_from_budget() = 0;
    /// Returns a number from 0 to less than 1.
    virtual double random() = 0;

protected:
    ~recovery_resources() = default;
};

/// Attempt that failed, and the target that it was for.
struct attempt_outcome {
    attempt_outcome(failed_try const& facts, std::size_t asked_target, std::size_t more_keys)
        : tried(facts), target(asked_target), spare_keys(more_keys) {}

    failed_try const& tried;
    std::size_t target;
    /// Keys of the target beside its first.
    std::size_t spare_keys;
    /// The call is cancelled, out of time, or its client is closed.
    bool stop_is_final = false;
    /// The failure is that of a connection which calls share, and another of them takes from the budget.
    bool is_shared = false;
};

/// Step that follows a failed attempt.
enum class recovery_step {
    /// None: the failure is the call's.
    give_up,
    /// Another key of the target is asked, without a wait.
    change_key,
    /// Another target is asked, without a wait.
    change_target,
    /// Targets are asked from the first one on, after a wait.
    retry,
};

struct recovery_decision {
    recovery_decision() = default;

    recovery_step step = recovery_step::give_up;
    /// Of `retry`.
    duration wait{0};
    /// Of `give_up`: the reason. `none`: no other target wants the call.
    retry_stop stop = retry_stop::none;
};

/// Decisions about one call after each of its failed attempts. Thread safety: none.
/**
 * In this order:
 * - A call that must end, has delivered content, or may have been processed is given up; so is one that was
 *   not sent for a reason of its own.
 * - A failure of the key (refused, or at its rate limit) is answered by another key of the target, each once.
 * - One that another target may not have is answered by a target that was not asked since the last wait.
 * - Otherwise the policy of retries decides, and the budget; then all targets and keys count as not asked.
 */
class recovery {
public:
    /// The references have to stay. `targets`: their number, at least 1.
    recovery(retry_policy const& retries, fallback_policy const& fallback, std::size_t targets) noexcept
        : retries_(retries), fallback_(fallback), targets_(targets) {}

    /// Decides on the next step, and takes note of it.
    recovery_decision decide(attempt_outcome const& failed, recovery_resources& shared);

    /// Targets that were asked since the last wait, and are not to be asked first. Empty: none.
    std::vector<bool> const& tried() const noexcept { return tried_; }

private:
    bool changes_key(failure_domain domain, attempt_outcome const& failed, recovery_resources const& shared);
    bool
    changes_target(failure_domain domain, attempt_outcome const& failed, recovery_resources const& shared);
    void begin_anew();

    retry_policy const& retries_;
    fallback_policy const& fallback_;
    std::size_t targets_;
    // Empty until something failed, since most calls need none.
    std::vector<bool> tried_;
    std::size_t key_changes_ = 0;
};

} // namespace async_llm::policy

#endif
