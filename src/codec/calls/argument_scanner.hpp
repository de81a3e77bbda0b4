// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CALLS_ARGUMENT_SCANNER_HPP
#define ASYNC_LLM_CODEC_CALLS_ARGUMENT_SCANNER_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Incremental scanner that finds the end of the JSON value with which the arguments of a tool call begin.
/**
 * It counts brackets and skips strings; whether the text between them is JSON is not its business. Only
 * objects, arrays and strings end; a number or a word may always go on.
 */
class argument_scanner {
public:
    argument_scanner() = default;

    /// Takes the next piece. Returns how many of its bytes belong to the value.
    std::size_t scan(std::string_view piece) noexcept;

    /// True: nothing but white space has come.
    bool is_blank() const noexcept { return state_ == state::blank; }
    /// True: the value has ended.
    bool is_complete() const noexcept { return state_ == state::complete; }
    /// True: the value is an empty object or array, which some providers send before the real arguments.
    bool is_placeholder() const noexcept { return is_complete() && is_empty_; }

private:
    enum class state { blank, word, within_container, within_string, after_backslash, complete };

    void take(char c) noexcept;

    state state_ = state::blank;
    bool is_empty_ = true;
    std::size_t depth_ = 0;
};

/// True: the text begins as an object or an array does.
bool begins_container(std::string_view text) noexcept;

/// Removes from the whole arguments of a call a placeholder (`{}`) before them, and a repetition behind them.
/** Any other text behind the first value stays, so that the arguments are not taken for JSON. */
void normalize_arguments(std::string& arguments);

} // namespace async_llm::codec

#endif
