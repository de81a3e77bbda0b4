// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_PARSED_JSON_HPP
#define ASYNC_LLM_CODEC_PARSED_JSON_HPP

#include "codec/json_tape.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// JSON of a peer, as long as the text is there.
/** Behind the value may stand white space, and the end mark of a stream: `[DONE]`, or `data: [DONE]`. */
class parsed_json {
public:
    /// Parses nothing yet; \ref step does.
    parsed_json() = default;
    /// Parses the value that begins at `start`.
    parsed_json(std::string_view text, std::size_t start, decode_limits const& limits);
    parsed_json(parsed_json const&) = delete;
    parsed_json& operator=(parsed_json const&) = delete;

    /// Sets where the value begins, for the first \ref step.
    void begin_at(std::size_t start) noexcept { start_ = start; }

    /// Parses for some milliseconds at most. False: to be called again, with the same arguments.
    bool step(std::string_view text, decode_limits const& limits);

    bool valid() const noexcept { return !error_; }
    /// Null if it is not valid.
    json_view value() const noexcept { return tape_.root(); }
    json_tape& tape() noexcept { return tape_; }
    json_budget& budget() const noexcept { return tape_.budget(); }

    /// Does the end mark of a stream stand behind the value?
    bool has_end_mark() const noexcept { return has_end_mark_; }

    /// Error if it is not valid: `errc::invalid_json` or `json_too_complex`.
    error_code error() const noexcept;

    /// Why it is not valid. `subject`: what was parsed, in words.
    std::string complaint(std::string const& subject) const;

private:
    void look_behind(std::string_view text);

    json_tape tape_;
    std::size_t start_ = 0;
    std::size_t size_ = 0;
    std::size_t used_ = 0;
    bool begun_ = false;
    bool has_end_mark_ = false;
    error_code error_;
};

} // namespace async_llm::codec

#endif
