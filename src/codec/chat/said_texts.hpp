// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_SAID_TEXTS_HPP
#define ASYNC_LLM_CODEC_CHAT_SAID_TEXTS_HPP

#include <async_llm/chat_chunk.hpp>
#include <async_llm/completion_builder.hpp>

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::codec {

/// Places of the choices of a chunk that have a `message`, and no delta that says anything.
using message_places = std::bitset<completion_builder::max_items>;

/// Amount and beginning of a text that came in pieces.
class said_text {
public:
    said_text() = default;

    void note(std::optional<std::string> const& piece) noexcept {
        if (!piece || piece->empty()) return;
        if (size_ < beginning_.size()) keep(*piece);
        size_ += piece->size();
        ++pieces_;
    }

    std::size_t size() const noexcept { return size_; }
    std::size_t pieces() const noexcept { return pieces_; }

    /// Returns whether a text begins as this one does, as far as the beginning is kept.
    bool begins(std::string_view text) const noexcept;

private:
    void keep(std::string_view piece) noexcept;

    std::array<char, 32> beginning_{};
    std::size_t size_ = 0;
    std::size_t pieces_ = 0;
};

/// Record of what a stream has said, by which a message that says all of it again is known.
/**
 * A `message` behind deltas that said something, or with the finish behind several messages that it begins
 * as, is whole: it stands for what was there already, and only what is new counts. A text that does not begin
 * as the deltas did is kept in the choice's `extra`. Tool calls are left to the rule of \ref call_assembler.
 */
class said_texts {
public:
    /// Takes note of the texts of a delta that has some; cheap.
    void note(chunk_choice const& choice) {
        auto& known = find(choice.index);
        known.by_deltas = true;
        known.content.note(choice.delta.content);
        known.reasoning.note(choice.delta.reasoning);
    }

    /// Takes out of the choices of a chunk what they only repeat, and takes note of the rest.
    void reduce(std::vector<chunk_choice>& choices, message_places const& messages);

private:
    struct said_by_choice {
        explicit said_by_choice(std::int64_t number) noexcept : index(number) {}

        std::int64_t index;
        said_text content;
        said_text reasoning;
        said_text refusal;
        bool by_deltas = false;
        bool has_blocks = false;
        bool has_audio = false;
        bool has_logprobs = false;
        bool has_extra = false;
    };

    said_by_choice& find(std::int64_t index) { return index == first_.index ? first_ : find_other(index); }
    said_by_choice& find_other(std::int64_t index);
    static bool is_whole(said_by_choice const& known, chunk_choice const& choice) noexcept;
    static void take_out(said_by_choice const& known, chunk_choice& choice);

    // Nearly always there is one, which needs no memory of its own.
    said_by_choice first_{0};
    std::vector<said_by_choice> others_;
};

} // namespace async_llm::codec

#endif
