// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_template.hpp"

#include "codec/chat/decode_chunk.hpp"
#include "codec/json/json_document.hpp"
#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"
#include "support/fixtures/describe.hpp"

#include <algorithm>
#include <string>
#include <string_view>

// An input: events, one in each line.

namespace async_llm::fuzz {
namespace {

constexpr std::size_t max_json_depth = 128;

void learn(codec::chunk_template& pattern, std::string_view event, chat_chunk& chunk) {
    codec::json_document const parsed(event, 0, codec::decode_limits(max_json_depth));
    chunk = chat_chunk();
    std::string detail;
    if (!parsed.valid() || parsed.has_end_mark() || !parsed.value().is_object()) return;
    if (codec::decode_chunk(parsed.value(), chunk, detail)) pattern.learn(event, parsed.value(), chunk);
}

void require_same_as_in_full(std::string_view event, chat_chunk const& chunk) {
    codec::json_document const parsed(event, 0, codec::decode_limits(max_json_depth));
    require(parsed.valid() && !parsed.has_end_mark(), "what is read by a pattern is valid");
    chat_chunk in_full;
    std::string detail;
    require(codec::decode_chunk(parsed.value(), in_full, detail), "what is read by a pattern is understood");
    require_same(test::describe(chunk), test::describe(in_full), "a pattern reads what the decoder reads");
}

} // namespace

void fuzz_chunk_template(std::string_view input) {
    codec::chunk_template pattern;
    chat_chunk chunk; // the same for all, as a caller may have it
    while (!input.empty()) {
        auto const line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        own_block const event(line);
        if (pattern.read(event.view(), chunk))
            require_same_as_in_full(event.view(), chunk);
        else
            learn(pattern, event.view(), chunk);
    }
}

} // namespace async_llm::fuzz
