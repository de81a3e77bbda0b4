// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_PARSED_JSON_HPP
#define ASYNC_LLM_CODEC_PARSED_JSON_HPP

#include "codec/json_tape.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// JSON that somebody sent, as long as the text is there.
/** Behind the value may stand white space, and the end mark of a stream: `[DONE]`, or `data: [DONE]`. */
class parsed_json {
public:
    /// Parses the value that begins at `start`.
    parsed_json(std::string_view text, std::size_t start, std::size_t max_depth);
    parsed_json(parsed_json const&) = delete;
    parsed_json& operator=(parsed_json const&) = delete;

    bool valid() const noexcept { return !error_; }
    /// Null if it is not valid.
    json_view value() const noexcept { return tape_.root(); }

    /// Does the end mark of a stream stand behind the value?
    bool has_end_mark() const noexcept { return has_end_mark_; }

    /// Why it is not valid. `subject`: what was parsed, in words.
    std::string complaint(std::string const& subject) const;

private:
    json_tape tape_;
    std::size_t size_;
    std::size_t used_ = 0;
    bool has_end_mark_ = false;
    error_code error_;
};

} // namespace async_llm::codec

#endif
