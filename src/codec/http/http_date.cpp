// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/http_date.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace async_llm::codec {
namespace {

namespace chrono = std::chrono;

constexpr std::array<std::string_view, 12>
    month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::array<std::string_view, 7>
    day_names{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

/// Takes a text apart from its beginning; once something did not fit, nothing fits any more.
class date_reader {
public:
    explicit date_reader(std::string_view text) : rest_(text) {}

    bool finished() const noexcept { return fits_ && rest_.empty(); }

    bool accept(char expected) noexcept {
        bool const found = fits_ && rest_.starts_with(expected);
        if (found) rest_.remove_prefix(1);
        return found;
    }

    void expect(std::string_view expected) noexcept {
        fits_ = fits_ && rest_.starts_with(expected);
        if (fits_) rest_.remove_prefix(expected.size());
    }

    bool has_digits(std::size_t count) const noexcept {
        return rest_.size() >= count && std::all_of(rest_.begin(), rest_.begin() + count, is_digit);
    }

    unsigned digits(std::size_t count) noexcept {
        unsigned number = 0;
        fits_ = fits_ && has_digits(count);
        for (std::size_t i = 0; fits_ && i < count; ++i)
            number = number * 10 + static_cast<unsigned>(rest_[i] - '0');
        if (fits_) rest_.remove_prefix(count);
        return number;
    }

    std::string_view letters() noexcept {
        auto const end = std::find_if_not(rest_.begin(), rest_.end(), is_letter);
        auto const word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(word.size());
        return word;
    }

    chrono::month month() noexcept {
        auto const word = letters();
        auto const found =
            std::ranges::find_if(month_names, [word](auto name) { return iequals(name, word); });
        fits_ = fits_ && found != month_names.end();
        return chrono::month(static_cast<unsigned>(found - month_names.begin()) + 1);
    }

    /// `08:49:37`; a leap second is the next minute's first.
    chrono::seconds time() noexcept {
        auto const hours = digits(2);
        expect(":");
        auto const minutes = digits(2);
        expect(":");
        auto const seconds = digits(2);
        fits_ = fits_ && hours < 24 && minutes < 60 && seconds <= 60;
        return chrono::hours(hours) + chrono::minutes(minutes) + chrono::seconds(seconds);
    }

    /// Reads `GMT`, `UTC`, `Z`, or an offset (`+0200`, `+02:00`).
    chrono::seconds zone() noexcept {
        bool const is_west = rest_.starts_with('-');
        if (is_west || rest_.starts_with('+')) {
            expect(rest_.substr(0, 1));
            auto const hours = digits(2);
            accept(':');
            auto const minutes = digits(2);
            fits_ = fits_ && hours < 24 && minutes < 60;
            auto const offset = chrono::hours(hours) + chrono::minutes(minutes);
            return is_west ? -offset : offset;
        }
        auto const word = letters();
        fits_ = fits_ && (iequals(word, "GMT") || iequals(word, "UTC") || iequals(word, "Z"));
        return chrono::seconds(0);
    }

    /// Passes over the digits behind a point.
    void fraction() noexcept {
        if (!accept('.')) return;
        while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
    }

    bool is_at_end() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
    bool fits_ = true;
};

struct moment {
    moment() = default;

    chrono::year year{0};
    chrono::month month{0};
    chrono::day day{0};
    chrono::seconds time{0};
};

std::optional<chrono::sys_seconds> to_time(date_reader const& reader, moment const& at) noexcept {
    auto const date = chrono::year_month_day(at.year, at.month, at.day);
    if (!reader.finished() || !date.ok()) return std::nullopt;
    return chrono::sys_days(date) + at.time;
}

chrono::year full_year(unsigned two_digits, chrono::sys_seconds now) noexcept {
    auto const today = chrono::year_month_day(chrono::floor<chrono::days>(now));
    int const this_year = static_cast<int>(today.year());
    int const year = this_year - this_year % 100 + static_cast<int>(two_digits);
    return chrono::year(year > this_year + 50 ? year - 100 : year);
}

/// `06 Nov 1994 08:49:37 GMT` or `06-Nov-94 08:49:37 GMT`; without a zone it is UTC.
std::optional<chrono::sys_seconds> parse_day_first(date_reader reader, chrono::sys_seconds now) noexcept {
    moment at;
    at.day = chrono::day(reader.digits(reader.has_digits(2) ? 2 : 1));
    bool const two_digit_year = reader.accept('-');
    if (!two_digit_year) reader.expect(" ");
    at.month = reader.month();
    reader.expect(two_digit_year ? "-" : " ");
    at.year =
        two_digit_year ? full_year(reader.digits(2), now) : chrono::year(static_cast<int>(reader.digits(4)));
    reader.expect(" ");
    at.time = reader.time();
    reader.accept(' ');
    if (!reader.is_at_end()) at.time -= reader.zone();
    return to_time(reader, at);
}

/// `Nov  6 08:49:37 1994`
std::optional<chrono::sys_seconds> parse_month_first(date_reader reader) noexcept {
    moment at;
    at.month = reader.month();
    reader.expect(" ");
    at.day = chrono::day(reader.digits(reader.accept(' ') ? 1 : 2));
    reader.expect(" ");
    at.time = reader.time();
    reader.expect(" ");
    at.year = chrono::year(static_cast<int>(reader.digits(4)));
    return to_time(reader, at);
}

/// `2026-08-22T00:00:30Z` (RFC 3339), also with a fraction, an offset or a space; without a zone it is UTC.
std::optional<chrono::sys_seconds> parse_year_first(date_reader reader) noexcept {
    moment at;
    at.year = chrono::year(static_cast<int>(reader.digits(4)));
    reader.expect("-");
    at.month = chrono::month(reader.digits(2));
    reader.expect("-");
    at.day = chrono::day(reader.digits(2));
    if (!reader.accept('T') && !reader.accept('t')) reader.expect(" ");
    at.time = reader.time();
    reader.fraction();
    reader.accept(' ');
    if (!reader.is_at_end()) at.time -= reader.zone();
    return to_time(reader, at);
}

bool is_day_name(std::string_view word) noexcept {
    return std::ranges::any_of(day_names, [word](auto name) {
        return iequals(word, name) || iequals(word, name.substr(0, 3));
    });
}

} // namespace

std::optional<chrono::sys_seconds> parse_http_date(std::string_view text, chrono::sys_seconds now) noexcept {
    date_reader reader(trim(text));
    if (auto const visible = trim(text); !visible.empty() && is_digit(visible.front()))
        return reader.has_digits(3) ? parse_year_first(reader) : parse_day_first(reader, now);
    if (!is_day_name(reader.letters())) return std::nullopt;
    bool const day_first = reader.accept(',');
    reader.expect(" ");
    return day_first ? parse_day_first(reader, now) : parse_month_first(reader);
}

} // namespace async_llm::codec
