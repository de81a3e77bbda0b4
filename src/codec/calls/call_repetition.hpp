// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CALLS_CALL_REPETITION_HPP
#define ASYNC_LLM_CODEC_CALLS_CALL_REPETITION_HPP

#include <async_llm/tool.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Comparison of calls that may be one and the same, at a cost in proportion to the later text.
namespace async_llm::codec {

inline bool is_custom(tool_call const& call) noexcept { return call.type == "custom"; }

/// Returns whether arguments are none: blank, `null`, or an empty object or array.
bool tells_nothing(std::string_view arguments) noexcept;

/// Returns whether these texts are equal without the white space around them.
bool is_same_text(std::string_view known, std::string_view text) noexcept;

/// Returns whether these texts are the same JSON, unless that would take long.
bool have_same_value(std::string_view known, std::string_view text);

/// Returns whether arguments are those that are known, in another notation too.
inline bool are_same_arguments(std::string_view known, std::string_view text) {
    return is_same_text(known, text) || have_same_value(known, text);
}

/// Adds a call, or a piece of one, that came in a second place, unless it is one of those in `out`.
/**
 * It is one that has no other id and no other name, and has its arguments, or else the first of those where
 * one of both lacks arguments. What one of them lacks comes from the other. `Call`: \ref tool_call or
 * \ref tool_call_delta.
 */
template <class Call>
void add_told_again(std::vector<Call>& out, Call reported) {
    auto const differ = [](std::string const& a, std::string const& b) {
        return !a.empty() && !b.empty() && a != b;
    };
    Call* known = nullptr;
    Call* last = nullptr;
    std::size_t alike = 0;
    for (auto& each : out) {
        if (differ(each.id, reported.id) || differ(each.name, reported.name)) continue;
        ++alike;
        last = &each;
        bool const is_same = is_same_text(each.arguments, reported.arguments);
        if (is_same || (!known && (tells_nothing(each.arguments) || tells_nothing(reported.arguments))))
            known = &each;
        if (is_same) break;
    }
    // That takes its time, so it is not done with each.
    if (!known && alike == 1 && have_same_value(last->arguments, reported.arguments)) known = last;
    if (!known) return out.push_back(std::move(reported));
    if (known->id.empty()) known->id = std::move(reported.id);
    if (known->name.empty()) known->name = std::move(reported.name);
    if (tells_nothing(known->arguments) && !tells_nothing(reported.arguments))
        known->arguments = std::move(reported.arguments);
}

} // namespace async_llm::codec

#endif
