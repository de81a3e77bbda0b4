// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "format.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace async_llm::command {
namespace {

std::string with_digits(double number, int digits) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, number);
    return text.data();
}

std::string two_units(std::uint64_t large, char large_unit, std::uint64_t small, char small_unit) {
    std::array<char, 64> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%llu%c%02llu%c",
        static_cast<unsigned long long>(large),
        large_unit,
        static_cast<unsigned long long>(small),
        small_unit
    );
    return text.data();
}

} // namespace

std::string grouped(std::uint64_t number) {
    auto const digits = std::to_string(number);
    std::string result;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) result += ',';
        result += digits[i];
    }
    return result;
}

std::string compact(double number) {
    if (!(number > 0)) return "0";
    constexpr std::array<char const*, 7> units{"", "k", "M", "G", "T", "P", "E"};
    std::size_t unit = 0;
    // The bound is where rounding would make a digit more.
    for (; number >= 999.5 && unit + 1 < units.size(); ++unit) number /= 1000;
    if (number >= 999.5) return "999E";
    auto const digits = number < 99.95 ? 1 : 0;
    auto result = with_digits(number, digits);
    if (result.ends_with(".0")) result.resize(result.size() - 2);
    return result + units[unit];
}

std::string money(double amount) {
    amount = std::isfinite(amount) ? std::max(amount, 0.0) : 0.0;
    return '$' + with_digits(amount, amount < 1 && amount > 0 ? 4 : 2);
}

std::string duration_text(double seconds) {
    if (!(seconds >= 1)) return "0s";
    // A thousand years.
    auto const whole = static_cast<std::uint64_t>(std::min(seconds, 3e10));
    if (whole < 60) return std::to_string(whole) + 's';
    if (whole < 3600) return two_units(whole / 60, 'm', whole % 60, 's');
    if (whole < 86400) return two_units(whole / 3600, 'h', whole % 3600 / 60, 'm');
    return two_units(whole / 86400, 'd', whole % 86400 / 3600, 'h');
}

std::string latency_text(double seconds) {
    if (!(seconds > 0)) return "0 ms";
    if (seconds < 0.9995) return with_digits(seconds * 1000, seconds < 0.00995 ? 1 : 0) + " ms";
    return with_digits(seconds, seconds < 9.995 ? 2 : seconds < 99.95 ? 1 : 0) + " s";
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0 || part >= whole) return "100%";
    auto const tenths =
        static_cast<std::uint64_t>(static_cast<double>(part) / static_cast<double>(whole) * 1000);
    auto const shown = std::clamp<std::uint64_t>(tenths, part == 0 ? 0 : 1, 999);
    return std::to_string(shown / 10) + '.' + std::to_string(shown % 10) + '%';
}

} // namespace async_llm::command
