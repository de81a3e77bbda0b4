// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_REPLY_SPLIT_CHARACTERS_HPP
#define ASYNC_LLM_CODEC_REPLY_SPLIT_CHARACTERS_HPP

#include <async_llm/chat_chunk.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace async_llm::codec {

/// Joiner of characters of which one chunk of a stream has the beginning and a later one the rest.
/**
 * Of content, reasoning, refusal and the arguments of tool calls, of each choice by itself. What is not
 * completed becomes U+FFFD: when other text follows, when the choice finishes, and at the end of the stream.
 */
class split_characters {
public:
    /// Most beginnings that are kept; further ones become U+FFFD.
    static constexpr std::size_t max_kept = 512;

    /// Completes what earlier chunks began, and takes what this one leaves incomplete out of it.
    /** `is_marked`: it was read of a text in which \ref json_repair has marked halves of characters. */
    void join(chat_chunk& chunk, bool is_marked);

    /// Adds to a chunk what was not completed.
    void end(chat_chunk& chunk);

    /// Returns whether nothing is incomplete.
    bool empty() const noexcept { return kept_.empty(); }

private:
    enum class field { content, reasoning, refusal, arguments };

    /// Text of a stream that goes on from chunk to chunk.
    struct place {
        place(std::int64_t number, field text_member, std::int64_t call_number) noexcept
            : choice(number), member(text_member), call(call_number) {}
        friend bool operator==(place const&, place const&) noexcept = default;

        std::int64_t choice;
        field member;
        /// Of `arguments`: the index of the call, which may be missing.
        std::int64_t call;
    };

    /// Beginning of a character.
    struct beginning {
        beginning(place const& position, std::string first) : at(position), bytes(std::move(first)) {}

        place at;
        std::string bytes;
    };

    void join(chunk_choice& choice, bool is_marked);
    void join_calls(chunk_choice& choice, bool is_marked);
    void join(place const& at, std::string& text, bool is_marked, bool is_last);
    void end(chunk_choice& choice);
    std::string take(place const& at);
    static void append(place const& at, chunk_choice& out);

    std::vector<beginning> kept_;
};

} // namespace async_llm::codec

#endif
