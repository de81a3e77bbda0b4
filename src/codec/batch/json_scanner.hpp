// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_BATCH_JSON_SCANNER_HPP
#define ASYNC_LLM_CODEC_BATCH_JSON_SCANNER_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Pass over a JSON text that checks it and finds where its values are, without making anything of them.
/**
 * The grammar is that of RFC 8259, and the text must be UTF-8. After a fault nothing is found any more.
 */
class json_scanner {
public:
    /// Deepest nesting, with the objects that are walked.
    static constexpr std::size_t max_depth = 512;

    explicit json_scanner(std::string_view text) noexcept : text_(text) {}

    /// Moves behind the next value and returns its text; empty after a fault.
    std::string_view skip_value() noexcept;

    /// Returns whether the next value is an object.
    bool at_object() noexcept { return peek() == '{'; }

    /// Calls `member(name)` for each member of the object that comes next; it has to take the value.
    /** `name`: as it is written, without quotes. False: there is no object, or a fault in it. */
    template <class F>
    bool members(F member) {
        if (!enter_object()) return false;
        while (auto const name = next_name()) member(*name);
        return !failed_;
    }

    /// Returns whether nothing follows, and nothing was wrong.
    bool at_end() noexcept { return !failed_ && peek() == '\0' && at_ == text_.size(); }

    /// Position of the fault, or of what comes next.
    std::size_t position() const noexcept { return at_; }
    bool failed() const noexcept { return failed_; }

private:
    bool enter_object() noexcept;
    std::optional<std::string_view> next_name() noexcept;
    char peek() noexcept;
    bool take(char c) noexcept;
    void fail() noexcept { failed_ = true; }
    bool skip_string() noexcept;
    bool skip_scalar(char first) noexcept;
    bool skip_number() noexcept;
    bool skip_word(std::string_view word) noexcept;
    bool skip_digits() noexcept;
    bool skip_container() noexcept;

    std::string_view text_;
    std::size_t at_ = 0;
    /// Objects that are walked, one in the other.
    std::size_t walked_ = 0;
    bool failed_ = false;
    /// Does a comma, or the end, come next in the object that is walked?
    bool behind_member_ = false;
};

/// Returns whether a text is one JSON value, and nothing else.
bool is_json(std::string_view text) noexcept;

/// Returns whether a member's name, as it is written, is this one.
bool names(std::string_view written, std::string_view name);

/// Reads a string from its text with quotes. Unset: it is none, or has half of a surrogate pair.
std::optional<std::string> read_json_string(std::string_view written);

} // namespace async_llm::codec

#endif
