// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/rate_limit_headers.hpp"

#include "codec/ascii.hpp"
#include "codec/http_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace async_llm::codec {
namespace {

namespace chrono = std::chrono;
using milliseconds = chrono::milliseconds;
using time_point = chrono::system_clock::time_point;

constexpr double longest_wait_ms = 100.0 * 365 * 24 * 3600 * 1000;

/// Smaller numbers are waits; as times they would lie before 2002.
constexpr double least_epoch_seconds = 1e9;
/// Larger numbers are milliseconds; as seconds they would lie beyond the year 5000.
constexpr double least_epoch_ms = 1e11;

milliseconds wait_of(double ms) noexcept {
    // Rounded up: a wait that is cut short ends in another refusal.
    return milliseconds(static_cast<std::int64_t>(std::ceil(std::clamp(ms, 0.0, longest_wait_ms))));
}

double ms_since_epoch(time_point now) noexcept {
    return chrono::duration<double, std::milli>(now.time_since_epoch()).count();
}

/// Takes a number from the beginning of `text`.
std::optional<double> take_number(std::string_view& text) noexcept {
    double number = 0;
    // `inf` and `nan` are numbers to from_chars.
    if (text.empty() || is_letter(text.front())) return std::nullopt;
    auto const [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

std::optional<double> digits_as_number(std::string_view text) noexcept {
    auto const number = take_number(text);
    return text.empty() ? number : std::nullopt;
}

/// The milliseconds of the unit at the beginning of `text`, which it takes away. 0: there is none.
double take_unit(std::string_view& text) noexcept {
    struct unit {
        std::string_view name;
        double ms;
    };
    // Longer names first: `ms` is not `m`.
    constexpr std::array<unit, 8> units{{
        {"ms", 1},
        {"us", 1e-3},
        {"\xc2\xb5s", 1e-3},
        {"ns", 1e-6},
        {"s", 1e3},
        {"m", 6e4},
        {"h", 3.6e6},
        {"d", 8.64e7},
    }};
    for (auto const& [name, ms] : units) {
        if (!istarts_with(text, name)) continue;
        text.remove_prefix(name.size());
        return ms;
    }
    return 0;
}

/// Go's notation, which OpenAI uses: `6m0s`, `1.5s`, `120ms`.
std::optional<double> duration_ms(std::string_view text) noexcept {
    bool const negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    double sum = 0;
    while (!text.empty()) {
        auto const number = take_number(text);
        auto const unit = number ? take_unit(text) : 0;
        if (unit == 0 || *number < 0) return std::nullopt;
        sum += *number * unit;
    }
    return negative ? -sum : sum;
}

std::optional<double> date_ms(std::string_view text, time_point now) noexcept {
    // Seconds, not the clock's own unit: nanoseconds end in the year 2262.
    auto const date = parse_http_date(text, chrono::floor<chrono::seconds>(now));
    if (!date) return std::nullopt;
    return static_cast<double>(date->time_since_epoch().count()) * 1000 - ms_since_epoch(now);
}

/// `x-ratelimit-reset...`: a wait, a time since the epoch in either unit, or a date.
std::optional<milliseconds> read_reset(std::string_view text, time_point now) noexcept {
    auto const number = digits_as_number(text);
    if (number && *number >= least_epoch_ms) return wait_of(*number - ms_since_epoch(now));
    if (number && *number >= least_epoch_seconds) return wait_of(*number * 1000 - ms_since_epoch(now));
    if (number) return wait_of(*number * 1000);
    if (auto const ms = duration_ms(text)) return wait_of(*ms);
    if (auto const ms = date_ms(text, now)) return wait_of(*ms);
    return std::nullopt;
}

std::optional<milliseconds> read_retry_after(std::string_view text, time_point now) noexcept {
    if (auto const seconds = digits_as_number(text)) return wait_of(*seconds * 1000);
    if (auto const ms = duration_ms(text)) return wait_of(*ms);
    if (auto const ms = date_ms(text, now)) return wait_of(*ms);
    return std::nullopt;
}

std::optional<milliseconds> read_retry_after_ms(std::string_view text, time_point) noexcept {
    auto const ms = digits_as_number(text);
    return ms ? std::optional(wait_of(*ms)) : std::nullopt;
}

/// A count; behind it may stand a policy (`100, 100;w=60`).
std::optional<std::int64_t> read_count(std::string_view text, time_point) noexcept {
    text = text.substr(0, text.find_first_of(",;"));
    auto const number = digits_as_number(trim(text));
    constexpr double bound = 9223372036854775808.0;
    if (!number || *number >= bound) return std::nullopt;
    return static_cast<std::int64_t>(std::max(*number, 0.0));
}

/// The first field among `names`, in their order, that makes sense to `read`.
template <class T>
void fill(
    std::optional<T>& to,
    std::vector<header> const& fields,
    std::initializer_list<std::string_view> names,
    std::optional<T> (*read)(std::string_view, time_point) noexcept,
    time_point now
) {
    for (auto const name : names) {
        for (auto const& field : fields) {
            if (to) return;
            if (iequals(field.name, name)) to = read(trim(field.value), now);
        }
    }
}

} // namespace

void read_rate_limits(std::vector<header> const& fields, time_point now, rate_limit_info& to) {
    // Most replies tell nothing of it, and to look for each name among all fields takes longer.
    bool const tells = std::any_of(fields.begin(), fields.end(), [](header const& field) {
        return istarts_with(field.name, "x-ratelimit-") || istarts_with(field.name, "retry-after");
    });
    if (!tells) return;
    fill(to.limit_requests, fields, {"x-ratelimit-limit-requests", "x-ratelimit-limit"}, read_count, now);
    fill(
        to.remaining_requests,
        fields,
        {"x-ratelimit-remaining-requests", "x-ratelimit-remaining"},
        read_count,
        now
    );
    fill(to.reset_requests, fields, {"x-ratelimit-reset-requests", "x-ratelimit-reset"}, read_reset, now);
    fill(to.limit_tokens, fields, {"x-ratelimit-limit-tokens"}, read_count, now);
    fill(to.remaining_tokens, fields, {"x-ratelimit-remaining-tokens"}, read_count, now);
    fill(to.reset_tokens, fields, {"x-ratelimit-reset-tokens"}, read_reset, now);
    fill(to.retry_after, fields, {"retry-after-ms"}, read_retry_after_ms, now);
    fill(to.retry_after, fields, {"retry-after"}, read_retry_after, now);
}

std::string_view pick_request_id(std::vector<header> const& fields) noexcept {
    for (std::string_view const name : {"x-request-id", "x-inference-id", "x-generation-id"}) {
        for (auto const& field : fields) {
            if (iequals(field.name, name) && !trim(field.value).empty()) return trim(field.value);
        }
    }
    return {};
}

} // namespace async_llm::codec
