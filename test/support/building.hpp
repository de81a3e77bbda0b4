// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_BUILDING_HPP
#define ASYNC_LLM_TEST_SUPPORT_BUILDING_HPP

#include "codec/decode_chunk.hpp"
#include "codec/parsed_json.hpp"
#include <async_llm/completion_builder.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test {

/// The chunk that this JSON says.
inline chat_chunk chunk_of(std::string_view text) {
    codec::parsed_json const parsed(text, 0, codec::decode_limits(128));
    BOOST_TEST_REQUIRE(parsed.valid());
    chat_chunk chunk;
    std::string detail;
    BOOST_TEST(codec::decode_chunk(parsed.value(), chunk, detail), detail);
    return chunk;
}

/// A chunk, as JSON, with one choice that has this delta.
inline std::string with_delta(std::string_view delta) {
    return R"({"choices":[{"index":0,"delta":)" + std::string(delta) + "}]}";
}

inline chat_chunk delta_of(std::string_view delta) { return chunk_of(with_delta(delta)); }

inline std::vector<std::string> deltas_of(std::vector<std::string> const& deltas) {
    std::vector<std::string> chunks;
    for (auto const& delta : deltas) chunks.push_back(with_delta(delta));
    return chunks;
}

/// The completion that chunks with this JSON make.
inline chat_completion build(std::vector<std::string> const& chunks) {
    completion_builder builder;
    for (auto const& chunk : chunks) BOOST_TEST(!builder.add(chunk_of(chunk)), builder.detail());
    return builder.take();
}

} // namespace async_llm::test

#endif
