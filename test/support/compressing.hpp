// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_COMPRESSING_HPP
#define ASYNC_LLM_TEST_SUPPORT_COMPRESSING_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test {

/// Wrapper around compressed data.
enum class wrapper { gzip, zlib, none };

/// Compresses a text in as many pieces as are given; each can be decoded when it has come.
std::vector<std::string> compress_pieces(std::vector<std::string> const& texts, wrapper around);

/// Compresses a text.
std::string compress(std::string_view text, wrapper around = wrapper::gzip);

/// Compresses so many zeros into gzip, a thousandth of them.
std::string gzip_bomb(std::size_t size);

} // namespace async_llm::test

#endif
