// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_OPEN_ENUM_HPP
#define ASYNC_LLM_OPEN_ENUM_HPP

#include <string>
#include <string_view>

namespace async_llm {

/// An enumeration of a provider that may grow without notice.
/**
 * Holds either a known enumerator or, as `Enum::unknown`, the text that was received, so that a value of
 * tomorrow survives a round trip. `Enum` has an enumerator `unknown` and the two functions `to_string(Enum)`
 * and `from_string(std::string_view, Enum&)`, found by argument-dependent lookup.
 */
template <class Enum>
class open_enum {
public:
    /// A known value. Precondition: not `Enum::unknown`.
    constexpr open_enum(Enum value) noexcept : value_(value) {}

    /// The value with this spelling, or `unknown` with the spelling kept.
    explicit open_enum(std::string_view text) : value_(Enum::unknown) {
        if (!from_string(text, value_)) text_ = text;
    }

    /// The enumerator; `Enum::unknown` for a text the library does not know.
    Enum value() const noexcept { return value_; }

    /// The spelling on the wire.
    std::string_view text() const noexcept {
        return value_ == Enum::unknown ? std::string_view(text_) : to_string(value_);
    }

    friend bool operator==(open_enum const& a, open_enum const& b) noexcept {
        return a.value_ == b.value_ && a.text_ == b.text_;
    }
    friend bool operator==(open_enum const& a, Enum b) noexcept { return a.value_ == b; }

private:
    Enum value_;
    std::string text_;
};

} // namespace async_llm

#endif
