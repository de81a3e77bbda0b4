// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_ENUM_NAMES_HPP
#define ASYNC_LLM_BASE_ENUM_NAMES_HPP

#include <array>
#include <cstddef>
#include <string_view>

namespace async_llm::codec {

/// The spelling of an enumerator; `spellings` are in the order of the enumerators, without the last,
/// `unknown`.
template <class Enum, std::size_t N>
constexpr std::string_view
spelling_of(std::array<std::string_view, N> const& spellings, Enum value) noexcept {
    auto const index = static_cast<std::size_t>(value);
    return index < N ? spellings[index] : std::string_view();
}

/// The enumerator that is spelled so; false, and `value` unchanged, if there is none.
template <class Enum, std::size_t N>
constexpr bool
find_spelling(std::array<std::string_view, N> const& spellings, std::string_view text, Enum& value) noexcept {
    for (std::size_t i = 0; i < N; ++i) {
        if (spellings[i] == text) {
            value = static_cast<Enum>(i);
            return true;
        }
    }
    return false;
}

} // namespace async_llm::codec

#endif
