// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_FUZZ_INPUT_HPP
#define ASYNC_LLM_TEST_FUZZ_INPUT_HPP

#include <cstddef>
#include <string_view>
#include <vector>

namespace async_llm::fuzz {

/// The first line of an input, word by word.
class option_line {
public:
    /// Takes the line off the input.
    explicit option_line(std::string_view& input) noexcept;

    /// The next word; empty if there is none.
    std::string_view word() noexcept;

    /// The next word as a number, moved into this range.
    std::size_t number(std::size_t least, std::size_t most) noexcept;

    /// All that is left of the line.
    std::string_view rest() const noexcept { return line_; }

private:
    std::string_view line_;
};

/// Bytes in a block of just their size, so that AddressSanitizer sees who reads beyond them, or when they are
/// gone.
class own_block {
public:
    explicit own_block(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}

    std::string_view view() const noexcept { return std::string_view(bytes_.data(), bytes_.size()); }

private:
    std::vector<char> bytes_;
};

/// \name The ways to cut a text
/// @{
std::vector<std::string_view> whole(std::string_view text);
std::vector<std::string_view> byte_by_byte(std::string_view text);
/// Behind `place` bytes, or at the end of a text that has fewer.
std::vector<std::string_view> cut_at(std::string_view text, std::size_t place);
/// @}

} // namespace async_llm::fuzz

#endif
