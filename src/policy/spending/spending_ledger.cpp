// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/spending/spending_ledger.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace async_llm::policy {
namespace {

constexpr double million = 1e6;

/// Returns the tokens of an attempt; 0: the provider did not say.
std::int64_t tokens_of(reported_use const& use) noexcept {
    if (use.total_tokens > 0) return use.total_tokens;
    return add_saturated(
        std::max<std::int64_t>(use.input_tokens, 0),
        std::max<std::int64_t>(use.output_tokens, 0)
    );
}

std::string usd(std::int64_t picodollars) {
    std::array<char, 32> text;
    auto* const begin = text.data();
    auto const usd = to_usd(picodollars);
    auto const end = std::to_chars(begin, begin + text.size(), usd, std::chars_format::general, 6);
    return std::string(begin, end.ptr);
}

std::int64_t count_up(std::int64_t number, std::int64_t amount) noexcept {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    return number != 0 && amount > most / number ? most : number * amount;
}

std::optional<std::int64_t> not_negative(std::optional<std::int64_t> const& value) noexcept {
    return value ? std::optional(std::max<std::int64_t>(*value, 0)) : std::nullopt;
}

} // namespace

attempt_charge
classify_charge(error_code const& ec, api_error const& error, int status, bool was_sent) noexcept {
    if (!ec) return attempt_charge::answered;
    if (!was_sent) return attempt_charge::none;
    // A gateway has not waited for the end of what the provider may still be at.
    if (status == 504 || status == 524) return attempt_charge::possible;
    if (status >= 300) return attempt_charge::refused;
    switch (classify(ec, error)) {
    case failure_domain::request:
    case failure_domain::key:
    case failure_domain::missing:
    case failure_domain::rate: return attempt_charge::refused;
    default: return attempt_charge::possible;
    }
}

spending_ledger::spending_ledger(spending_limits const& limits)
    : input_price_(limits.input_price),
      output_price_(limits.output_price),
      spent_(to_amounts(limits.already_spent)) {
    caps_.calls = not_negative(limits.max_calls);
    caps_.tokens = not_negative(limits.max_total_tokens);
    if (limits.max_cost) caps_.cost = to_picodollars(*limits.max_cost);
    if (spent_.calls == 0) return;
    auto const calls = static_cast<double>(spent_.calls);
    if (spent_.tokens != 0) mean_tokens_.add(static_cast<double>(spent_.tokens) / calls);
    if (spent_.cost != 0) mean_cost_.add(static_cast<double>(spent_.cost) / calls);
}

spending_answer spending_ledger::reserve(spending_reservation& call) noexcept {
    if (is_spent()) return spending_answer::exhausted;
    auto const more = estimate(call.expected_tokens);
    bool const alone = in_flight_ == 0;
    bool granted = fits(more);
    // The size of a request is no reason to refuse it.
    if (is_learning()) granted = alone || (granted && in_flight_ + silent_answers() < first_calls);
    if (lacks_cost()) granted = false;
    if (!granted) return alone ? spending_answer::exhausted : spending_answer::must_wait;
    call.held = more;
    call.is_guess = is_learning();
    reserved_ += more;
    ++in_flight_;
    if (call.is_guess) {
        guessed_ += more;
        ++guesses_;
    }
    return spending_answer::granted;
}

void spending_ledger::record(spending_reservation& call, attempt_use const& use) noexcept {
    if (use.charge == attempt_charge::none) return;
    if (!use.is_repeated) {
        if (call.held && call.held->calls != 0) {
            reserved_ -= spending_amounts(call.held->calls, 0, 0);
            call.held->calls = 0;
        }
        spent_ += spending_amounts(1, 0, 0);
    }
    // Also of a refusal, if that reports any.
    spend_tokens(use);
    spend_cost(use);
}

void spending_ledger::release(spending_reservation& call) noexcept {
    if (!call.held) return;
    reserved_ -= *call.held;
    --in_flight_;
    if (call.is_guess) {
        guessed_ -= *call.held;
        --guesses_;
    }
    call.held.reset();
}

void spending_ledger::spend_tokens(attempt_use const& use) noexcept {
    auto const known = use.reported ? tokens_of(*use.reported) : 0;
    if (known > 0) {
        mean_tokens_.add(static_cast<double>(known));
        spent_ += spending_amounts(0, known, 0);
        return;
    }
    if (use.charge == attempt_charge::refused) return;
    if (use.charge == attempt_charge::answered) without_tokens_ = std::min(without_tokens_ + 1, first_calls);
    spent_ += spending_amounts(0, mean_tokens_.is_known() ? mean_tokens_.mean() : use.expected_tokens, 0);
}

void spending_ledger::spend_cost(attempt_use const& use) noexcept {
    auto const known = use.reported ? cost_of(*use.reported) : std::nullopt;
    if (known) {
        mean_cost_.add(static_cast<double>(*known));
        spent_ += spending_amounts(0, 0, add_saturated(*known, count_up(unpriced_, *known)));
        unpriced_ = 0;
        return;
    }
    if (use.charge == attempt_charge::refused) return;
    if (use.charge == attempt_charge::answered) without_cost_ = std::min(without_cost_ + 1, first_calls);
    if (mean_cost_.is_known())
        spent_ += spending_amounts(0, 0, mean_cost_.mean());
    else if (has_prices())
        spent_ += spending_amounts(0, 0, price_of_tokens(use.expected_tokens));
    else
        unpriced_ = add_saturated(unpriced_, 1);
}

/// Cost that the provider reports, or else that by the prices.
std::optional<std::int64_t> spending_ledger::cost_of(reported_use const& use) const noexcept {
    // A negative cost, or one that is no number, is none.
    if (use.cost && *use.cost >= 0) return to_picodollars(*use.cost);
    if (!has_prices() || tokens_of(use) == 0) return std::nullopt;
    return price_of(use);
}

std::int64_t spending_ledger::price_of(reported_use const& use) const noexcept {
    if (use.input_tokens <= 0 && use.output_tokens <= 0) return price_of_tokens(use.total_tokens);
    auto const input = static_cast<double>(std::max<std::int64_t>(use.input_tokens, 0));
    auto const output = static_cast<double>(std::max<std::int64_t>(use.output_tokens, 0));
    return to_picodollars(
        input * input_price_.value_or(0) / million + output * output_price_.value_or(0) / million
    );
}

/// Price of tokens of which it is not known how many are the answer's.
std::int64_t spending_ledger::price_of_tokens(std::int64_t tokens) const noexcept {
    auto const price = std::max(input_price_.value_or(0), output_price_.value_or(0));
    return to_picodollars(static_cast<double>(tokens) * price / million);
}

spending_amounts spending_ledger::estimate(std::int64_t expected_tokens) const noexcept {
    spending_amounts result(1, expected_tokens, 0);
    if (mean_tokens_.is_known()) result.tokens = mean_tokens_.upper();
    if (mean_cost_.is_known())
        result.cost = mean_cost_.upper();
    else if (has_prices())
        result.cost = price_of_tokens(expected_tokens);
    return result;
}

/// Returns whether a cap is reached by what is spent, which never becomes less.
bool spending_ledger::is_spent() const noexcept {
    auto const reached = [](auto const& cap, std::int64_t amount) { return cap && amount >= *cap; };
    return reached(caps_.calls, spent_.calls) || reached(caps_.tokens, spent_.tokens) ||
        reached(caps_.cost, spent_.cost);
}

/// Returns what the first calls should have reserved, going by what is known now.
spending_amounts spending_ledger::missing_of_guesses(spending_amounts const& known) const noexcept {
    spending_amounts result;
    if (mean_tokens_.is_known())
        result.tokens = std::max<std::int64_t>(count_up(guesses_, known.tokens) - guessed_.tokens, 0);
    if (mean_cost_.is_known())
        result.cost = std::max<std::int64_t>(count_up(guesses_, known.cost) - guessed_.cost, 0);
    return result;
}

bool spending_ledger::fits(spending_amounts const& more) const noexcept {
    auto sum = spent_;
    sum += reserved_;
    sum += missing_of_guesses(more);
    sum += more;
    auto const within = [](auto const& cap, std::int64_t amount) { return !cap || amount <= *cap; };
    return within(caps_.calls, sum.calls) && within(caps_.tokens, sum.tokens) && within(caps_.cost, sum.cost);
}

bool spending_ledger::knows_tokens() const noexcept {
    // The estimates have to do if answers do not report them.
    return mean_tokens_.is_known() || without_tokens_ == first_calls;
}

bool spending_ledger::knows_cost() const noexcept {
    return mean_cost_.is_known() || (has_prices() && without_cost_ == first_calls);
}

/// Returns the number of answers that did not say what is yet to be learned.
std::size_t spending_ledger::silent_answers() const noexcept {
    auto const of_tokens = caps_.tokens && !knows_tokens() ? without_tokens_ : 0;
    auto const of_cost = caps_.cost && !knows_cost() ? without_cost_ : 0;
    return std::max(of_tokens, of_cost);
}

bool spending_ledger::is_learning() const noexcept {
    return (caps_.tokens && !knows_tokens()) || (caps_.cost && !knows_cost());
}

/// Returns whether the cap of cost can't be kept, since nothing says what calls cost.
bool spending_ledger::lacks_cost() const noexcept {
    return caps_.cost && !knows_cost() && without_cost_ == first_calls;
}

std::string spending_ledger::explain() const {
    auto const one = estimate(0);
    auto const reached = [](std::optional<std::int64_t> const& cap, std::int64_t amount, std::int64_t more) {
        return cap && (amount >= *cap || add_saturated(amount, more) > *cap);
    };
    auto const used = [](auto const& amount, auto const& cap) {
        return amount + " of " + cap + " are spent";
    };
    if (reached(caps_.calls, spent_.calls, one.calls))
        return "max_calls: " + used(std::to_string(spent_.calls), std::to_string(*caps_.calls));
    if (reached(caps_.tokens, spent_.tokens, one.tokens))
        return "max_total_tokens: " + used(std::to_string(spent_.tokens), std::to_string(*caps_.tokens)) +
            ", and a call takes about " + std::to_string(one.tokens);
    if (reached(caps_.cost, spent_.cost, one.cost))
        return "max_cost: " + used(usd(spent_.cost), usd(*caps_.cost) + " USD") +
            ", and a call costs about " + usd(one.cost);
    if (lacks_cost())
        return "max_cost: the provider reports no cost, and spending_limits has no prices to compute it by";
    return "the rest is reserved by calls in flight";
}

} // namespace async_llm::policy
