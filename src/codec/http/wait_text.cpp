// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/wait_text.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>

namespace async_llm::codec {
namespace {

using milliseconds = std::chrono::milliseconds;

constexpr double longest_wait_ms = 100.0 * 365 * 24 * 3600 * 1000;

// More of a message is not looked at: some repeat the request.
constexpr std::size_t max_sentence = 4096;

/// Takes a number from the beginning of `text`.
std::optional<double> take_number(std::string_view& text) noexcept {
    double number = 0;
    // `inf` and `nan` are numbers to from_chars.
    auto const digits = text.starts_with('+') ? text.substr(1) : text;
    if (digits.empty() || is_letter(digits.front())) return std::nullopt;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
    text = digits.substr(static_cast<std::size_t>(end - digits.data()));
    return number;
}

/// Takes a unit (`seconds`, `mins`, `s`), with nothing of a longer word behind it, and returns its
/// milliseconds. 0: there is none.
double take_unit(std::string_view& text) noexcept {
    struct unit {
        std::string_view name;
        double ms;
    };
    constexpr std::string_view micro = "\xc2\xb5s";
    constexpr std::array<unit, 26> units{{
        {"milliseconds", 1}, {"millisecond", 1}, {"millis", 1},  {"msec", 1},   {"ms", 1},
        {"seconds", 1e3},    {"second", 1e3},    {"secs", 1e3},  {"sec", 1e3},  {"s", 1e3},
        {"minutes", 6e4},    {"minute", 6e4},    {"mins", 6e4},  {"min", 6e4},  {"m", 6e4},
        {"hours", 3.6e6},    {"hour", 3.6e6},    {"hrs", 3.6e6}, {"hr", 3.6e6}, {"h", 3.6e6},
        {"days", 8.64e7},    {"day", 8.64e7},    {"d", 8.64e7},  {"us", 1e-3},  {micro, 1e-3},
        {"ns", 1e-6},
    }};
    auto const end = std::find_if_not(text.begin(), text.end(), is_letter);
    auto const letters = static_cast<std::size_t>(end - text.begin());
    auto const word = text.substr(0, text.starts_with(micro) ? micro.size() : letters);
    for (auto const& [name, ms] : units) {
        if (!iequals(word, name)) continue;
        text.remove_prefix(word.size());
        return ms;
    }
    return 0;
}

/// Passes over what stands between the parts of a wait: `1 minute and 30 seconds`, `1h, 2m`.
void skip_between(std::string_view& text) noexcept {
    text = trim_left(text);
    if (istarts_with(text, "and ")) text.remove_prefix(4);
    if (text.starts_with(',')) text.remove_prefix(1);
    text = trim_left(text);
}

/// Takes a wait from the beginning of a text, in milliseconds. `bare_unit`: of a number without a unit; 0:
/// refused.
std::optional<double> take_wait(std::string_view& text, double bare_unit) noexcept {
    std::optional<double> sum;
    auto rest = text;
    for (;;) {
        rest = trim_left(rest);
        auto const number = take_number(rest);
        if (!number) break;
        auto behind = trim_left(rest);
        auto unit = take_unit(behind);
        if (unit == 0 && !sum) unit = bare_unit;
        if (unit == 0 || *number < 0) break;
        sum = sum.value_or(0) + *number * unit;
        text = behind;
        rest = behind;
        skip_between(rest);
    }
    return sum;
}

/// `00:01:30` and `00:00:02.5` (.NET), in milliseconds.
std::optional<double> clock_ms(std::string_view text) noexcept {
    double ms = 0;
    for (double const unit : {3.6e6, 6e4, 1e3}) {
        auto const number = text.empty() || !is_digit(text.front()) ? std::nullopt : take_number(text);
        bool const is_last = unit == 1e3;
        if (!number || (is_last ? !text.empty() : !text.starts_with(':'))) return std::nullopt;
        if (!is_last) text.remove_prefix(1);
        ms += *number * unit;
    }
    return ms;
}

/// `PT2.4S` and its like (ISO 8601), in milliseconds.
std::optional<double> iso_duration_ms(std::string_view text) noexcept {
    if (!istarts_with(text, "pt")) return std::nullopt;
    return duration_ms(text.substr(2));
}

} // namespace

std::optional<milliseconds> wait_of(double ms) noexcept {
    if (!(ms >= 0)) return std::nullopt;
    // Rounded up: a wait that is cut short ends in another refusal.
    return milliseconds(static_cast<std::int64_t>(std::ceil(std::min(ms, longest_wait_ms))));
}

std::string_view without_marks(std::string_view text) noexcept {
    text = trim(text);
    if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"'))
        text = trim(text.substr(1, text.size() - 2));
    while (!text.empty() && (text.ends_with(',') || text.ends_with(';') || text.ends_with('.')))
        text = trim(text.substr(0, text.size() - 1));
    return text;
}

std::optional<double> digits_as_number(std::string_view text) noexcept {
    auto const number = take_number(text);
    return text.empty() ? number : std::nullopt;
}

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

std::optional<milliseconds> read_wait(std::string_view text) noexcept {
    text = without_marks(text);
    if (auto const seconds = digits_as_number(text)) return wait_of(*seconds * 1000);
    if (auto const ms = duration_ms(text)) return wait_of(*ms);
    if (auto const ms = iso_duration_ms(text)) return wait_of(*ms);
    if (auto const ms = clock_ms(text)) return wait_of(*ms);
    auto const ms = take_wait(text, 0);
    return ms && trim(text).empty() ? wait_of(*ms) : std::nullopt;
}

std::optional<milliseconds> find_wait(std::string_view sentence) noexcept {
    struct phrase {
        std::string_view words;
        double bare_unit;
    };
    // A number without a unit counts as seconds only where nothing but a wait can follow.
    constexpr std::array<phrase, 12> phrases{{
        {"again in ", 0},
        {"again after ", 0},
        {"retry in ", 1e3},
        {"retry after ", 1e3},
        {"retry-after: ", 1e3},
        {"retry_after: ", 1e3},
        {"retrying in ", 0},
        {"request after ", 0},
        {"wait for ", 0},
        {"wait ", 0},
        {"available in ", 0},
        {"resets in ", 0},
    }};
    sentence = sentence.substr(0, max_sentence);
    for (auto const& [words, bare_unit] : phrases) {
        auto rest = sentence;
        for (auto place = ifind(rest, words); place != std::string_view::npos; place = ifind(rest, words)) {
            rest.remove_prefix(place + words.size());
            for (std::string_view const filler : {"about ", "at least ", "another "}) {
                if (istarts_with(rest, filler)) rest.remove_prefix(filler.size());
            }
            auto wait = rest;
            if (auto const ms = take_wait(wait, bare_unit)) return wait_of(*ms);
        }
    }
    return std::nullopt;
}

} // namespace async_llm::codec
