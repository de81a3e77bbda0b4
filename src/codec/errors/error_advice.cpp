// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/errors/error_advice.hpp"

#include "codec/errors/error_words.hpp"
#include "codec/http/wait_text.hpp"
#include "codec/json/json_scalar.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

namespace async_llm::codec {
namespace {

using wait = std::optional<std::chrono::milliseconds>;

// Some providers echo the whole request; what they advise stands near the top.
constexpr int advice_levels = 5;
constexpr int max_values = 512;

/// Reads the value of a member that is a wait by its name: a number, a text, or protobuf's `{seconds,
/// nanos}`.
wait read_member(json::value const& source, double unit_ms) {
    if (auto const* parts = source.if_object()) {
        auto const* seconds = find(*parts, "seconds");
        auto const* nanos = find(*parts, "nanos");
        auto const whole = seconds ? read_double(*seconds) : std::nullopt;
        auto const rest = nanos ? read_double(*nanos) : std::nullopt;
        if (!whole && !rest) return std::nullopt;
        return wait_of(whole.value_or(0) * 1000 + rest.value_or(0) / 1e6);
    }
    if (auto const number = read_double(source)) return wait_of(*number * unit_ms);
    auto const text = read_string(source);
    return text ? read_wait(*text) : std::nullopt;
}

/// Returns the milliseconds of the unit that a member's name stands for. 0: the member is no wait.
double unit_of(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 8> seconds{
        "retryafter",
        "retryafterseconds",
        "retryaftersecs",
        "retryaftersec",
        "retrydelay",
        "retryin",
        "retryinseconds",
        "waitseconds"
    };
    if (is_named_any(name, seconds)) return 1e3;
    bool const in_milliseconds =
        is_named_any(name, {"retryafterms", "retryaftermilliseconds", "retrydelayms", "retryinms"});
    return in_milliseconds ? 1 : 0;
}

bool is_verdict(std::string_view name) noexcept {
    return is_named_any(name, {"retryable", "isretryable", "retriable", "shouldretry", "canretry"});
}

/// OpenRouter's moderation has the first two, its guardrails the third.
bool is_reason_of_refusal(std::string_view name) noexcept {
    return name == "reasons" || name == "flagged_input" || name == "patterns";
}

/// Search for advice in the members of an error body.
class advice_search {
public:
    explicit advice_search(api_error& error) noexcept : error_(error) {}

    void look_into(json::value const& source, int levels, bool is_metadata = false) {
        if (levels == 0 || --values_left_ < 0) return;
        if (auto const* list = source.if_array()) {
            for (auto const& each : *list) {
                if (each.is_structured()) look_into(each, levels - 1);
            }
        } else if (auto const* object = source.if_object()) {
            for (auto const& member : *object) look_at(name_of(member), member.value(), levels, is_metadata);
        }
    }

private:
    void look_at(std::string_view name, json::value const& value, int levels, bool is_metadata) {
        if (--values_left_ < 0 || value.is_null()) return;
        if (auto const unit = unit_of(name); unit != 0) {
            if (!error_.retry_after) error_.retry_after = read_member(value, unit);
        } else if (is_verdict(name)) {
            // Of two that contradict each other the more careful one counts.
            auto const reported = read_bool(value);
            if (reported && error_.retryable != false) error_.retryable = reported;
        } else if (is_metadata && is_reason_of_refusal(name)) {
            error_.refused_content = true;
        } else if (name == "code" || name == "type") {
            auto const word = read_string(value);
            if (word && is_content_word(*word)) error_.refused_content = true;
        } else if (value.is_structured() && name != "headers") {
            look_into(value, levels - 1, name == "metadata");
        }
    }

    api_error& error_;
    int values_left_ = max_values;
};

} // namespace

void read_advice(api_error& error) {
    error.refused_content = is_content_word(error.code) || is_content_word(error.type);
    advice_search(error).look_into(error.raw, advice_levels);
    if (!error.retry_after) error.retry_after = find_wait(error.message);
    if (!error.retry_after) error.retry_after = find_wait(error.upstream);
}

} // namespace async_llm::codec
