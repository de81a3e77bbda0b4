// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/rate_limit_headers.hpp"

#include "base/ascii.hpp"
#include "codec/http/http_date.hpp"
#include "codec/http/wait_text.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>

namespace async_llm::codec {
namespace {

namespace chrono = std::chrono;
using milliseconds = chrono::milliseconds;
using time_point = chrono::system_clock::time_point;
using namespace std::string_view_literals;

/// Smaller numbers are waits; as times they would lie before 2002.
constexpr double least_epoch_seconds = 1e9;
/// Larger numbers are milliseconds; as seconds they would lie beyond the year 5000.
constexpr double least_epoch_ms = 1e11;

/// Makes a wait until a time, which may have passed.
milliseconds wait_until(double ms) noexcept { return *wait_of(std::max(ms, 0.0)); }

double ms_since_epoch(time_point now) noexcept {
    return chrono::duration<double, std::milli>(now.time_since_epoch()).count();
}

std::optional<double> date_ms(std::string_view text, time_point now) noexcept {
    // Seconds, not the clock's own unit: nanoseconds end in the year 2262.
    auto const date = parse_http_date(text, chrono::floor<chrono::seconds>(now));
    if (!date) return std::nullopt;
    return static_cast<double>(date->time_since_epoch().count()) * 1000 - ms_since_epoch(now);
}

/// Returns the first entry of a list; a comma between digits may be that of a fraction.
std::string_view first_of_list(std::string_view text) noexcept {
    return text.substr(0, std::min(text.find(';'), text.find(", ")));
}

/// A wait, a time since the epoch in either unit, a date, a sentence that asks for a wait, or a list of
/// these.
/** Of a list the first counts: proxies join fields of one name, and a policy may follow (`5;w=60`). */
std::optional<milliseconds> read_reset(std::string_view text, time_point now) noexcept {
    text = without_marks(text);
    auto const number = digits_as_number(text);
    if (number && *number >= least_epoch_ms) return wait_until(*number - ms_since_epoch(now));
    if (number && *number >= least_epoch_seconds) return wait_until(*number * 1000 - ms_since_epoch(now));
    if (auto const ms = date_ms(text, now)) return wait_until(*ms);
    if (auto const wait = read_wait(text)) return wait;
    if (auto const wait = find_wait(text)) return wait;
    auto const first = first_of_list(text);
    return first.size() == text.size() ? std::nullopt : read_reset(first, now);
}

std::optional<milliseconds> read_retry_after_ms(std::string_view text, time_point now) noexcept {
    auto const ms = digits_as_number(without_marks(first_of_list(text)));
    return ms && *ms < least_epoch_ms ? wait_of(*ms) : read_reset(text, now);
}

/// A count; behind it may stand a policy (`100, 100;w=60`). A negative one says that there is no limit.
std::optional<std::int64_t> read_count(std::string_view text, time_point) noexcept {
    text = text.substr(0, text.find_first_of(",;"));
    auto const number = digits_as_number(without_marks(text));
    constexpr double bound = 9223372036854775808.0;
    if (!number || *number < 0 || *number >= bound) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

/// Returns whether a field may be one of those below, by its beginning.
bool tells_of_limits(http_header const& field) noexcept {
    std::string_view const name = field.name;
    switch (name.empty() ? '\0' : to_lower(name.front())) {
    case 'x':
        return istarts_with(name, "x-ratelimit-") || istarts_with(name, "x-rate-limit-") ||
            istarts_with(name, "x-ms-retry-after") || istarts_with(name, "x-retry-after");
    case 'r': return istarts_with(name, "retry-after") || istarts_with(name, "ratelimit-");
    case 'a': return istarts_with(name, "anthropic-ratelimit-");
    default: return false;
    }
}

/// The first field among `names`, in their order, that makes sense to `read`.
template <class T>
void fill(
    std::optional<T>& out,
    std::vector<http_header> const& fields,
    std::initializer_list<std::string_view> names,
    std::optional<T> (*read)(std::string_view, time_point) noexcept,
    time_point now
) {
    for (auto const name : names) {
        for (auto const& field : fields) {
            if (out) return;
            if (iequals(field.name, name)) out = read(trim(field.value), now);
        }
    }
}

} // namespace

void read_rate_limits(std::vector<http_header> const& fields, time_point now, rate_limit_info& out) {
    // Most replies say nothing of it, and to look for each name among all fields takes longer.
    if (std::ranges::none_of(fields, tells_of_limits)) return;
    // The provider's own spelling, then Anthropic's, then that of the IETF's draft.
    static constexpr auto ms_names = {"retry-after-ms"sv, "x-ms-retry-after-ms"sv};
    static constexpr auto seconds_names = {"retry-after"sv, "x-ms-retry-after"sv, "x-retry-after"sv};
    static constexpr auto limit_requests = {
        "x-ratelimit-limit-requests"sv,
        "anthropic-ratelimit-requests-limit"sv,
        "x-ratelimit-limit"sv,
        "x-rate-limit-limit"sv,
        "ratelimit-limit"sv
    };
    static constexpr auto remaining_requests = {
        "x-ratelimit-remaining-requests"sv,
        "anthropic-ratelimit-requests-remaining"sv,
        "x-ratelimit-remaining"sv,
        "x-rate-limit-remaining"sv,
        "ratelimit-remaining"sv
    };
    static constexpr auto reset_requests = {
        "x-ratelimit-reset-requests"sv,
        "x-ratelimit-renewalperiod-requests"sv,
        "anthropic-ratelimit-requests-reset"sv,
        "x-ratelimit-reset"sv,
        "x-rate-limit-reset"sv,
        "ratelimit-reset"sv
    };
    static constexpr auto limit_tokens = {"x-ratelimit-limit-tokens"sv, "anthropic-ratelimit-tokens-limit"sv};
    static constexpr auto remaining_tokens = {
        "x-ratelimit-remaining-tokens"sv,
        "anthropic-ratelimit-tokens-remaining"sv
    };
    static constexpr auto reset_tokens = {
        "x-ratelimit-reset-tokens"sv,
        "x-ratelimit-renewalperiod-tokens"sv,
        "anthropic-ratelimit-tokens-reset"sv
    };
    fill(out.limit_requests, fields, limit_requests, read_count, now);
    fill(out.remaining_requests, fields, remaining_requests, read_count, now);
    fill(out.reset_requests, fields, reset_requests, read_reset, now);
    fill(out.limit_tokens, fields, limit_tokens, read_count, now);
    fill(out.remaining_tokens, fields, remaining_tokens, read_count, now);
    fill(out.reset_tokens, fields, reset_tokens, read_reset, now);
    fill(out.retry_after, fields, ms_names, read_retry_after_ms, now);
    fill(out.retry_after, fields, seconds_names, read_reset, now);
}

std::string_view pick_request_id(std::vector<http_header> const& fields) noexcept {
    for (std::string_view const name : {"x-request-id", "x-inference-id", "x-generation-id"}) {
        for (auto const& field : fields) {
            if (iequals(field.name, name) && !trim(field.value).empty()) return trim(field.value);
        }
    }
    return {};
}

} // namespace async_llm::codec
