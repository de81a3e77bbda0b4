// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_TEXT_READER_HPP
#define ASYNC_LLM_CODEC_JSON_TEXT_READER_HPP

#include "codec/json/json_tape.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Reader of a text, in as many steps as the caller likes.
class text_reader {
public:
    /// Begins to copy a text, within the budget of its tape. Precondition: it is a text.
    explicit text_reader(json_view source);

    /// Does about so much work (\ref json_budget::take_work). True: the text is complete.
    bool step(std::size_t work);

    /// The text; empty if the budget was exceeded. Precondition: \ref step has returned true.
    std::string take() { return std::move(text_); }

private:
    json_budget& budget_;
    std::string_view rest_;
    std::string text_;
};

/// Text of a part of a content, as far as it is part of the answer.
struct part_text {
    part_text() = default;

    /// Its value: a text, or what stands for one. Unset: the part has none.
    std::optional<json_view> text;
    bool is_refusal = false;
};

/// Returns whether a type of parts is that of text by its name: `text`, `input_text`, `markdown`.
bool names_text(std::string_view type) noexcept;

/// Finds the text of a part that is an object.
/**
 * It stands in `text`, `content` or `value`, or in the same of an object in that place
 * (`{"text":{"value":".."}}`), for any type but those of other things: reasoning, tools, media, sources. A
 * refusal has it in `refusal`.
 */
part_text find_part_text(json_view part);

/// Texts of the parts of a message.
struct joined_parts {
    joined_parts() = default;

    std::optional<std::string> content;
    std::optional<std::string> refusal;
};

/// Reader of a list of parts, in as many steps as the caller likes.
class part_reader {
public:
    /// Begins to read a list, within the budget of its tape. Its size has been counted.
    explicit part_reader(json_view source);

    /// Does about so much work (\ref json_budget::take_work).
    /** True: the list is complete, or the budget exceeded. */
    bool step(std::size_t work);

    /// The texts. Precondition: \ref step has returned true.
    joined_parts take() { return std::move(joined_); }

private:
    /// Text that is measured first, and then copied.
    struct measured {
        measured() = default;

        std::size_t size = 0;
        bool is_there = false;
    };

    std::optional<std::string_view> read_part(bool& is_refusal);
    void make_room();
    bool make_room(measured const& text, std::optional<std::string>& out);

    json_budget& budget_;
    json_view list_;
    json_view next_;
    std::size_t left_;
    bool measuring_ = true;
    measured content_;
    measured refusal_;
    joined_parts joined_;
    // Rest that is being copied, and its destination.
    std::string_view rest_;
    std::string* out_ = nullptr;
};

} // namespace async_llm::codec

#endif
