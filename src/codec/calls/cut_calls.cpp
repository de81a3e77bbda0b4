// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/calls/cut_calls.hpp"

#include "base/ascii.hpp"
#include "codec/calls/argument_scanner.hpp"
#include "codec/calls/call_repetition.hpp"
#include "codec/errors/error_words.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace async_llm::codec {

bool cuts_off(open_enum<finish_reason> const& reason) noexcept {
    constexpr std::array<std::string_view, 10> words{
        "maxtokens",
        "maxoutputtokens",
        "maxlength",
        "modellength",
        "contentfiltered",
        "length",
        "contentfilter",
        "incomplete",
        "safety",
        "recitation"
    };
    if (reason == finish_reason::length || reason == finish_reason::content_filter) return true;
    return reason == finish_reason::unknown && is_named_any(reason.text(), words);
}

void mark_cut_calls(choice& answer) {
    auto& calls = answer.message.tool_calls;
    if (calls.empty() || !cuts_off(answer.finish_reason)) return;
    for (auto& call : calls) {
        bool const is_last = &call == &calls.back();
        // A call in a notation of the provider's own has no arguments.
        if (call.name.empty()) continue;
        argument_scanner scanner;
        scanner.scan(call.arguments);
        call.is_cut = is_custom(call) ? is_last : !scanner.is_complete();
    }
}

bool is_nameless(tool_call const& call) noexcept {
    bool const is_usual = call.type.empty() || call.type == "function" || is_custom(call);
    return trim(call.name).empty() && (is_usual || !call.arguments.empty() || call.extra.empty());
}

std::string find_nameless_call(std::vector<choice> const& choices) {
    for (auto const& each : choices) {
        auto const& calls = each.message.tool_calls;
        auto const found = std::ranges::find_if(calls, is_nameless);
        if (found == calls.end()) continue;
        return "choice " + std::to_string(each.index) + ": tool call " +
            std::to_string(found - calls.begin()) + " has no name";
    }
    return {};
}

} // namespace async_llm::codec
