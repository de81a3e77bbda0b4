// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_JSON_DOCUMENT_HPP
#define ASYNC_LLM_CODEC_JSON_JSON_DOCUMENT_HPP

#include "codec/json/json_repair.hpp"
#include "codec/json/json_tape.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// JSON of a peer, as long as the text is there.
/**
 * Behind the value may stand white space, NULs, and the end mark of a stream: `[DONE]`, or `data: [DONE]`. A
 * text that is not valid for its control characters, its numbers that are none, or its encoding, is rewritten
 * (\ref json_repair) and parsed again.
 */
class json_document {
public:
    /// Parses nothing yet; \ref step does.
    json_document();
    /// Parses the value that begins at `start`.
    json_document(
        std::string_view text,
        std::size_t start,
        decode_limits const& limits,
        half_characters halves = half_characters::replaced
    );
    json_document(json_document const&) = delete;
    json_document& operator=(json_document const&) = delete;
    ~json_document();

    /// Sets where the value begins, for the first \ref step.
    void begin_at(std::size_t start) noexcept { start_ = start; }

    /// Parses for some milliseconds at most. False: to be called again, with the same arguments.
    bool step(std::string_view text, decode_limits const& limits);

    bool valid() const noexcept { return !error_; }
    /// Null if it is not valid.
    json_view value() const noexcept { return tape_->root(); }
    json_tape& tape() noexcept { return *tape_; }
    json_budget& budget() const noexcept { return tape_->budget(); }

    /// Returns whether the end mark of a stream stands behind the value.
    bool has_end_mark() const noexcept { return has_end_mark_; }

    /// Returns whether the value has texts in which halves of characters are marked. Only if that was asked
    /// for.
    bool has_marks() const noexcept { return repair_ && !error_ && repair_->has_marks(); }

    /// Place in a text that is not valid where the line behind a first valid value begins. 0: there is none.
    std::size_t next_line() const noexcept { return next_line_; }

    /// Error if it is not valid: `errc::invalid_json` or `json_too_complex`.
    error_code error() const noexcept;

    /// Says why it is not valid, with the text at that place. `subject`: what was parsed, in words.
    std::string complaint(std::string const& subject) const;

private:
    bool end_of_parsing(std::string_view text);
    bool begin_again(decode_limits const& limits, std::size_t size);
    void look_behind(std::string_view text, std::size_t used);
    void note_place(std::string_view text);
    std::size_t origin_of(std::size_t used) const noexcept;

    /// Another one for a text that was rewritten.
    std::optional<json_tape> tape_;
    half_characters halves_ = half_characters::replaced;
    std::size_t start_ = 0;
    std::size_t size_ = 0;
    std::size_t used_ = 0;
    std::size_t next_line_ = 0;
    bool begun_ = false;
    bool has_end_mark_ = false;
    bool is_utf16_ = false;
    bool is_rewriting_ = false;
    error_code error_;
    /// Of the text at the place of the error, made fit for a sentence.
    std::string excerpt_;
    std::unique_ptr<json_repair> repair_;
};

} // namespace async_llm::codec

#endif
