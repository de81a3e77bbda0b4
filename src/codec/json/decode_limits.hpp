// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_DECODE_LIMITS_HPP
#define ASYNC_LLM_CODEC_JSON_DECODE_LIMITS_HPP

#include <cstddef>

namespace async_llm::codec {

/// Bounds on the JSON of one reply, event or text. Names and defaults are those of \ref client_config.
struct decode_limits {
    constexpr decode_limits() = default;
    explicit decode_limits(std::size_t json_depth) : max_json_depth(json_depth) {}

    /// Deepest nesting; more than 1000 counts as 1000.
    std::size_t max_json_depth = 128;
    /// Most members of an object that is decoded or kept. 0: no limit.
    std::size_t max_json_members = 512;
    /// Most values that are kept as trees, and entries of token lists. 0: no limit.
    std::size_t max_json_values = 200'000;
    /// Memory that the decoded text may take, as a multiple of its bytes, beside 256 KiB. 0: no limit.
    std::size_t max_json_expansion = 8;
};

} // namespace async_llm::codec

#endif
