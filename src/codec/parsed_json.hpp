// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_PARSED_JSON_HPP
#define ASYNC_LLM_CODEC_PARSED_JSON_HPP

#include "codec/json_read.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// JSON that somebody sent, on a memory resource that goes with it; copies that outlive it must not stay there.
/** Behind the value may stand white space, and the end mark of a stream: `[DONE]`, or `data: [DONE]`. */
class parsed_json {
public:
    /// Parses the value that begins at `start`.
    parsed_json(std::string_view text, std::size_t start, std::size_t max_depth);
    parsed_json(parsed_json const&) = delete;
    parsed_json& operator=(parsed_json const&) = delete;

    bool valid() const noexcept { return !error_; }
    json::value const& value() const noexcept { return value_; }

    /// Does the end mark of a stream stand behind the value?
    bool has_end_mark() const noexcept { return has_end_mark_; }

    /// Why it is not valid. `subject`: what was parsed, in words.
    std::string complaint(std::string const& subject) const;

private:
    std::array<unsigned char, 4096> first_block_;
    json::monotonic_resource memory_{first_block_.data(), first_block_.size()};
    json::value value_ = json::value(json::storage_ptr(&memory_));
    std::size_t size_;
    std::size_t used_ = 0;
    bool has_end_mark_ = false;
    error_code error_;
};

} // namespace async_llm::codec

#endif
