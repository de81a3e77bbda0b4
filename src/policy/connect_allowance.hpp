// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_CONNECT_ALLOWANCE_HPP
#define ASYNC_LLM_POLICY_CONNECT_ALLOWANCE_HPP

#include "policy/deadline_after.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace async_llm::policy {

/// Slow start of connects: the number of connections to one peer that may be in the making at a time.
/**
 * Some begin, whose TLS sessions serve the others; each that is made adds \ref growth to the allowance, so
 * that a burst is bounded by a few round trips and not by one for each batch. A failure leaves few, so that a
 * peer that fails gets no storm. The end of the last connection begins anew, since nothing is known of the
 * peer then. Thread safety: none.
 */
class connect_allowance {
public:
    /// Connects that each success adds: its own, and three more, is four times as many in a round trip.
    static constexpr std::size_t growth = 3;
    /// Most after a failure.
    static constexpr std::size_t most_after_failure = 16;

    /// `first`: the allowance to begin with, at least 1. `most`: the most that it grows to.
    connect_allowance(std::size_t first, std::size_t most) noexcept
        : first_(std::min(first, most)), most_(most), value_(first_) {}

    std::size_t value() const noexcept { return value_; }

    /// Records that a connection was made.
    void succeeded() noexcept { value_ = most_ - value_ < growth ? most_ : value_ + growth; }

    /// Records that a connection could not be made.
    void failed() noexcept { value_ = std::min(first_, most_after_failure); }

    /// Begins anew: no connection is left.
    void begin_anew() noexcept { value_ = first_; }

private:
    std::size_t first_;
    std::size_t most_;
    std::size_t value_;
};

/// Times at which a connect that has not come up gets another one beside it, a backup.
/**
 * The first backup is due \ref first_delay after the connect, each further one after twice the delay of the
 * one before, whether those before it failed or not: so that a lost packet or one deaf server costs little,
 * and a peer that answers no one gets no storm. Thread safety: none.
 */
class connect_backups {
public:
    /// Delay of the first backup. Longer than most handshakes, and as long as TCP waits for a lost SYN.
    static constexpr duration first_delay = std::chrono::seconds(1);

    /// Records that a connect was begun. `is_first`: none other is in the making.
    void note_begun(bool is_first, time_point now) noexcept {
        delay_ = is_first ? first_delay : 2 * delay_;
        next_at_ = now + delay_;
    }

    /// When a backup is due. Precondition: a connect is in the making.
    time_point next_at() const noexcept { return next_at_; }

private:
    duration delay_{0};
    time_point next_at_ = time_point::max();
};

} // namespace async_llm::policy

#endif
