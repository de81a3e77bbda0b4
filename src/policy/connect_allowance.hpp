// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_CONNECT_ALLOWANCE_HPP
#define ASYNC_LLM_POLICY_CONNECT_ALLOWANCE_HPP

#include <algorithm>
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

} // namespace async_llm::policy

#endif
