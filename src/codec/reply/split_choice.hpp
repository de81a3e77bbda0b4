// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_REPLY_SPLIT_CHOICE_HPP
#define ASYNC_LLM_CODEC_REPLY_SPLIT_CHOICE_HPP

#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/completion_builder.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace async_llm::codec {

/// Parts of an answer that a choice brings.
struct choice_share {
    choice_share(bool has_text, bool has_reasoning, bool has_calls) noexcept
        : text(has_text), reasoning(has_reasoning), calls(has_calls) {}

    bool text;
    bool reasoning;
    bool calls;
};

/// Rule for the choices of an answer to a request for one choice, of which one may have the text and others
/// the calls.
/**
 * Choices are parts of one while their text is of one choice, their reasoning is of one choice, and the first
 * has no calls beside those of others. A choice that brings more than that is an alternative from then on:
 * it keeps its number. If it has been taken for a part before, the two can't be distinguished any more.
 */
class split_choice {
public:
    /// Gives a choice the number under which it is shown: 0, or its own. False: alternatives would be mixed.
    /** Precondition: the first choice of the answer has number 0, and each number is below \ref max_choices.
     */
    bool place(std::int64_t& number, choice_share const& brings) noexcept;

private:
    enum class state : std::uint8_t { silent, part, alternative };

    static constexpr std::int64_t no_owner = -1;

    bool may_be_part(std::int64_t number, choice_share const& brings) const noexcept;

    std::array<state, completion_builder::max_items> states_{};
    /// The choice that has each part of the answer; of the calls, the first that had any.
    std::int64_t text_ = no_owner;
    std::int64_t reasoning_ = no_owner;
    std::int64_t calls_ = no_owner;
};

/// Makes one choice of those that are parts of one. False: their calls do not fit together; `detail` says
/// why.
bool merge_choices(std::vector<choice>& choices, std::string& detail);

/// Gives the choices of an event the numbers under which they are shown. False: alternatives would be mixed.
bool place_choices(split_choice& rule, std::vector<chunk_choice>& choices) noexcept;

} // namespace async_llm::codec

#endif
