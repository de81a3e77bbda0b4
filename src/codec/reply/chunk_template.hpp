// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

/// \file
/// Fast path for events that differ from the previous one in string values only.

#ifndef ASYNC_LLM_CODEC_REPLY_CHUNK_TEMPLATE_HPP
#define ASYNC_LLM_CODEC_REPLY_CHUNK_TEMPLATE_HPP

#include "codec/json/json_tape.hpp"
#include <async_llm/chat_chunk.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace async_llm::codec {

/**
 * Of a long stream nearly all events are the same bytes around another piece of the content (or of the
 * reasoning, or padding that the provider adds). Where the bytes around the texts are those of an event that
 * was read in full, and the texts hold nothing that a string may not hold, the event is valid JSON too, and
 * what it says is what that one said, with these texts. That takes a comparison in place of parsing and
 * decoding.
 */
class chunk_template {
public:
    chunk_template();
    chunk_template(chunk_template&&) noexcept;
    chunk_template& operator=(chunk_template&&) noexcept;
    ~chunk_template();

    /// Reads an event. False: it has to be read in full, and `chunk` is as it was.
    bool read(std::string_view data, chat_chunk& chunk);

    /// Takes an event that was read in full as the new pattern, if it is fit for one.
    /** `event`, parsed from `data`, became `chunk`, and nothing but white space is behind it. */
    void learn(std::string_view data, json_view event, chat_chunk const& chunk);

private:
    struct shape;

    // Unset: there is none. Not in place, since most readers never have one.
    std::unique_ptr<shape> shape_;
    // Learning costs a copy, so it becomes rare where it does not pay.
    std::size_t in_vain_ = 0;
    std::size_t passed_over_ = 0;
    // Did the last event that was not the model differ in its texts alone?
    bool still_good_ = false;
};

} // namespace async_llm::codec

#endif
