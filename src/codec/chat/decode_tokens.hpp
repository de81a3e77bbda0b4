// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_DECODE_TOKENS_HPP
#define ASYNC_LLM_CODEC_CHAT_DECODE_TOKENS_HPP

#include "codec/json/json_tape.hpp"
#include <async_llm/chat_completion.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace async_llm::codec {

/// Reader of a list of tokens with their log probabilities, in as many steps as the caller likes.
class token_reader {
public:
    /// Begins to read a list of objects, or the lists of an object, within the budget of its tape.
    /** Precondition of an object: \ref has_token_columns. */
    explicit token_reader(json_view source);

    /// Does about so much work (\ref json_budget::take_work).
    /** True: the list is complete, or the budget exceeded. */
    bool step(std::size_t work);

    /// The tokens. Precondition: \ref step has returned true.
    std::vector<token_logprob> take() { return std::move(tokens_); }

private:
    enum class content { token, logprob, alternatives, other };

    /// One of several lists, whose elements at the same place belong to the same token.
    struct column {
        column(std::string_view member, content reported, json_view list);

        std::string_view name;
        content kind;
        json_view next;
        std::size_t left;
    };

    void add_columns(json_view source);
    void read_token();
    void read_row();

    json_budget& budget_;
    json_view next_;
    std::size_t left_;
    std::vector<column> columns_;
    std::vector<token_logprob> tokens_;
    // Of the last token.
    json_view next_alternative_;
    std::size_t alternatives_left_ = 0;
};

/// Reads a list of tokens. False: it has another type, and `out` is unchanged.
/** A large one may be deferred (\ref deferred_values): then `out` is empty for now. A token is a list of one.
 */
bool read_tokens(json_view source, std::vector<token_logprob>& out);

/// \name Older notation
/// `tokens`, `token_logprobs`, `top_logprobs`, and further lists with an element for each token.
/// @{

/// Returns whether an object has these lists. Precondition: it is one.
bool has_token_columns(json_view source);

/// Returns whether a member of such an object is one of the lists. `count`: size of `tokens`.
bool is_token_column(std::string_view name, json_view source, std::size_t count);

/// Reads the lists. Precondition: \ref has_token_columns.
void read_token_columns(json_view source, std::vector<token_logprob>& out);
/// @}

} // namespace async_llm::codec

#endif
