// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_SPENDING_LEDGER_HPP
#define ASYNC_LLM_POLICY_SPENDING_LEDGER_HPP

#include "policy/failure_domain.hpp"
#include "policy/spending/spending_amounts.hpp"
#include <async_llm/spending_limits.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace async_llm::policy {

/// Part that one attempt may have in what is spent.
enum class attempt_charge {
    /// It was not sent.
    none,
    /// The provider has refused it: it counts as a call, and took nothing.
    refused,
    /// The provider may have worked on it.
    possible,
    /// It was answered.
    answered,
};

/// Finds out what an attempt may have cost. `was_sent`: the first bytes of its request had left.
attempt_charge
classify_charge(error_code const& ec, api_error const& error, int status, bool was_sent) noexcept;

/// Use of one attempt.
struct attempt_use {
    attempt_use() = default;

    attempt_charge charge = attempt_charge::none;
    /// Unset: the provider has not reported it.
    std::optional<reported_use> reported;
    /// Tokens that the size of its request suggests.
    std::int64_t expected_tokens = 0;
    /// An earlier attempt of the same call was counted as a call.
    bool is_repeated = false;
};

/// Reservation of one call.
struct spending_reservation {
    spending_reservation() = default;

    /// Tokens that the size of its request suggests; reserved while nothing better is known.
    std::int64_t expected_tokens = 0;
    /// Nothing: it is not reserved.
    std::optional<spending_amounts> held;
    /// It was reserved before the average was known.
    bool is_guess = false;
};

enum class spending_answer {
    /// It is reserved.
    granted,
    /// It does not fit now, and may when another call has ended.
    must_wait,
    /// It will not fit any more.
    exhausted,
};

/// Amounts spent and reserved, and the caps of both.
/**
 * At each grant, what is spent and reserved together is within the caps, with one exception: while a call's
 * average is unknown, one call may be in flight whatever its size suggests, as that is no knowledge.
 * Thread safety: none.
 */
class spending_ledger {
public:
    /// Calls in flight, with the answers that did not report it, as long as the average of what is capped is
    /// unknown. After so many such answers no report is expected.
    static constexpr std::size_t first_calls = 4;

    explicit spending_ledger(spending_limits const& limits);

    /// Reserves what a call takes on average.
    spending_answer reserve(spending_reservation& call) noexcept;
    /// Spends what an attempt of a call has taken, as far as is known. The reservation of tokens and cost
    /// stays for further attempts.
    void record(spending_reservation& call, attempt_use const& use) noexcept;
    /// Frees what is left of a reservation; does nothing without one.
    void release(spending_reservation& call) noexcept;

    spending_amounts const& spent() const noexcept { return spent_; }
    spending_amounts const& reserved() const noexcept { return reserved_; }
    std::size_t in_flight() const noexcept { return in_flight_; }

    /// Returns a sentence that names the cap which a call does not fit under, and how far it is used.
    std::string explain() const;

private:
    struct caps {
        caps() = default;

        std::optional<std::int64_t> calls;
        std::optional<std::int64_t> tokens;
        std::optional<std::int64_t> cost;
    };

    bool is_spent() const noexcept;
    bool is_learning() const noexcept;
    std::size_t silent_answers() const noexcept;
    bool lacks_cost() const noexcept;
    bool knows_cost() const noexcept;
    bool knows_tokens() const noexcept;
    bool fits(spending_amounts const& more) const noexcept;
    spending_amounts missing_of_guesses(spending_amounts const& known) const noexcept;
    bool has_prices() const noexcept { return input_price_ || output_price_; }
    spending_amounts estimate(std::int64_t expected_tokens) const noexcept;
    std::int64_t price_of(reported_use const& use) const noexcept;
    std::int64_t price_of_tokens(std::int64_t tokens) const noexcept;
    void spend_tokens(attempt_use const& use) noexcept;
    void spend_cost(attempt_use const& use) noexcept;
    std::optional<std::int64_t> cost_of(reported_use const& use) const noexcept;

    caps caps_;
    std::optional<double> input_price_;
    std::optional<double> output_price_;

    spending_amounts spent_;
    spending_amounts reserved_;
    std::size_t in_flight_ = 0;
    // Of what is reserved, those that were reserved before the average was known.
    std::int64_t guesses_ = 0;
    spending_amounts guessed_;

    moving_mean mean_tokens_;
    moving_mean mean_cost_;
    // Answers that did not say, up to first_calls.
    std::size_t without_tokens_ = 0;
    std::size_t without_cost_ = 0;
    // Attempts whose cost is to be spent once an average is known.
    std::int64_t unpriced_ = 0;
};

} // namespace async_llm::policy

#endif
