// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/errors/error_words.hpp"

#include <array>
#include <cstddef>

namespace async_llm::codec {
namespace {

/// Returns whether a text looks like a date or time, and has nothing else.
bool is_time(std::string_view text) noexcept {
    bool const has_digit = std::ranges::any_of(text, is_digit);
    bool const has_mark = text.find_first_of("-:") != std::string_view::npos;
    return has_digit && has_mark && text.find_first_not_of("0123456789-:.,+TZ ") == std::string_view::npos;
}

} // namespace

bool is_named_throughout(std::string_view name, std::string_view plain) noexcept {
    std::size_t matched = 0;
    for (char const c : name) {
        if (c == '_' || c == '-' || c == ' ' || c == '.') continue;
        if (matched == plain.size() || to_lower(c) != plain[matched]) return false;
        ++matched;
    }
    return matched == plain.size();
}

bool is_success_word(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 12> words{
        "",
        "ok",
        "success",
        "succeed",
        "succeeded",
        "successful",
        "none",
        "null",
        "noerror",
        "false",
        "200ok",
        "nil"
    };
    text = trim(text);
    while (!text.empty() && (text.back() == '.' || text.back() == '!')) text.remove_suffix(1);
    if (is_named_any(text, words)) return true;
    if (!std::ranges::all_of(text, is_digit)) return false;
    bool const is_zero = text.find_first_not_of('0') == std::string_view::npos;
    return is_zero || (text.size() == 3 && text.front() == '2');
}

int status_of_word(std::string_view word) noexcept {
    struct row {
        std::string_view plain;
        int status;
    };
    constexpr std::array<row, 30> rows{{
        {"ratelimitexceeded", 429},
        {"ratelimiterror", 429},
        {"ratelimitreached", 429},
        {"ratelimited", 429},
        {"ratelimitreachederror", 429},
        {"toomanyrequests", 429},
        {"resourceexhausted", 429},
        {"throttling", 429},
        {"throttlingexception", 429},
        {"overloadederror", 529},
        {"overloaded", 529},
        {"engineoverloaded", 529},
        {"engineoverloadederror", 529},
        {"serveroverloaded", 529},
        {"serviceunavailable", 503},
        {"serviceunavailableerror", 503},
        {"unavailable", 503},
        {"servererror", 500},
        {"internalservererror", 500},
        {"internalerror", 500},
        {"internal", 500},
        {"gatewaytimeout", 504},
        {"timeouterror", 504},
        {"deadlineexceeded", 504},
        {"badgateway", 502},
        {"apierror", 500},
        {"modeloverloaded", 529},
        {"ratelimit", 429},
        {"requestslimitexceeded", 429},
        {"throttlingratequota", 429},
    }};
    auto const found =
        std::ranges::find_if(rows, [word](row const& each) { return is_named(word, each.plain); });
    return found == rows.end() ? 0 : found->status;
}

bool is_content_word(std::string_view word) noexcept {
    constexpr std::array<std::string_view, 8> words{
        "contentpolicyviolation",
        "contentfilter",
        "contentfiltered",
        "responsibleaipolicyviolation",
        "moderationblocked",
        "contentmoderation",
        "datainspectionfailed",
        "guardrailviolation"
    };
    return is_named_any(word, words);
}

bool is_quota_word(std::string_view word) noexcept {
    // The misspelling is AI/ML API's.
    constexpr std::array<std::string_view, 4>
        words{"insufficientquota", "errinsufficentcredits", "errinsufficientcredits", "insufficientcredits"};
    return is_named_any(word, words);
}

bool looks_like_error(std::string_view text) noexcept {
    constexpr std::size_t most = 200;
    text = text.substr(0, most);
    return icontains_any(text, {"error", "exception", "failed", "failure"});
}

bool is_keep_alive(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 10> words{
        "ping",
        "pong",
        "keepalive",
        "heartbeat",
        "processing",
        "openrouterprocessing",
        "queued",
        "waiting",
        "connected",
        "alive"
    };
    constexpr std::size_t longest = 64;
    text = trim(text);
    if (text.size() > longest) return false;
    return is_named_any(text, words) || is_time(text) || istarts_with(text, "ping -");
}

} // namespace async_llm::codec
