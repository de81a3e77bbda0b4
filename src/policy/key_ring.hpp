// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_KEY_RING_HPP
#define ASYNC_LLM_POLICY_KEY_RING_HPP

#include "policy/deadline_after.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace async_llm::policy {

/// The keys of a provider, used in turn. Thread safety: none.
/**
 * A single key is always used: there is nothing to gain by not trying it. When all were refused, the one that
 * was refused first is tried again. The end of a rest is never earlier than one that was set before.
 */
class key_ring {
public:
    /// `count`: at least 1.
    explicit key_ring(std::size_t count);

    std::size_t count() const noexcept { return keys_.size(); }

    /// The next key that may be used; nothing if all that were not refused rest.
    std::optional<std::size_t> pick(time_point now);

    /// The one that may be used first of all.
    std::size_t soonest() const noexcept;

    /// Returns whether there is one to be picked.
    bool available(time_point now) const noexcept;

    /// Returns whether there is one that was not refused and does not rest.
    bool has_good(time_point now) const noexcept;

    /// When there is one again; the past if there is one now.
    time_point available_at() const noexcept;

    /// It was refused.
    void retire(std::size_t key) noexcept;
    /// It has reached its limit.
    void rest(std::size_t key, time_point rest_end) noexcept;
    /// It was accepted: so it was not meant for good.
    void restore(std::size_t key) noexcept;

private:
    struct entry {
        time_point rest_end;
        /// Grows with each refusal; 0: it was not refused.
        std::size_t retired = 0;
    };

    std::optional<std::size_t> find(time_point now) const noexcept;
    bool all_retired() const noexcept;

    std::vector<entry> keys_;
    std::size_t next_ = 0;
    std::size_t retirements_ = 0;
};

} // namespace async_llm::policy

#endif
