// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_APPEND_LARGE_HPP
#define ASYNC_LLM_BASE_APPEND_LARGE_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Appends to a text that a peer may make large: then its room grows by a quarter, where `append` doubles it.
inline void append_large(std::string& out, std::string_view more) {
    constexpr std::size_t large = 256u * 1024;
    auto const size = out.size() + more.size();
    if (size > out.capacity() && size > large) {
        // Not by reserve, which doubles as well.
        std::string grown;
        grown.reserve(size + size / 4);
        grown += out;
        out.swap(grown);
    }
    out += more;
}

} // namespace async_llm::codec

#endif
