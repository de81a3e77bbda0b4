// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_FIELD_NAME_HPP
#define ASYNC_LLM_TESTING_FIELD_NAME_HPP

#include <algorithm>
#include <string_view>

namespace async_llm::testing {

/// Returns whether two HTTP field names are the same; ASCII letter case does not count (RFC 9110, 5.1).
// Beast's iequals of Boost before 1.88 reads beyond the end of views that are not terminated by NUL.
inline bool same_field_name(std::string_view a, std::string_view b) noexcept {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [lower](char x, char y) {
        return lower(x) == lower(y);
    });
}

} // namespace async_llm::testing

#endif
