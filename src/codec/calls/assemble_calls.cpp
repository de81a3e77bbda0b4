// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/calls/argument_scanner.hpp"
#include "codec/calls/call_assembler.hpp"
#include "codec/calls/call_repetition.hpp"
#include <async_llm/completion_builder.hpp>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace async_llm::codec {
namespace {

bool says_nothing(tool_call const& call) noexcept {
    bool const only_index = call.extra.size() == 1 && call.extra.contains("index");
    return call.id.empty() && call.name.empty() && call.arguments.empty() &&
        (call.extra.empty() || only_index);
}

/// Returns whether every call can only be one of its own: it has a name, and an id that no other has.
bool are_plain(std::vector<tool_call> const& calls) {
    if (calls.size() == 1) return true;
    std::unordered_set<std::string_view> ids;
    return std::ranges::all_of(calls, [&ids](tool_call const& call) {
        return !call.name.empty() && !call.id.empty() && ids.insert(call.id).second;
    });
}

} // namespace

tool_call_delta to_piece(tool_call source, std::size_t place) {
    tool_call_delta out;
    out.index = static_cast<std::int64_t>(place);
    out.id = std::move(source.id);
    out.type = std::move(source.type);
    out.name = std::move(source.name);
    out.arguments = std::move(source.arguments);
    out.extra = std::move(source.extra);
    return out;
}

bool assemble_calls(std::vector<tool_call>& calls, std::string& detail) {
    if (calls.empty()) return true;
    std::erase_if(calls, says_nothing);
    for (auto& call : calls) {
        if (!is_custom(call)) normalize_arguments(call.arguments);
    }
    if (calls.size() > completion_builder::max_items || are_plain(calls)) return true;
    std::vector<tool_call_delta> pieces;
    pieces.reserve(calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) pieces.push_back(to_piece(calls[i], i));
    std::vector<tool_call> joined;
    joined.reserve(calls.size());
    call_assembler assembler;
    if (!assembler.add(joined, pieces)) {
        detail = assembler.detail();
        return false;
    }
    calls = std::move(joined);
    return true;
}

} // namespace async_llm::codec
