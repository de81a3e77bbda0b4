// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_BYTE_SOURCE_HPP
#define ASYNC_LLM_COMMAND_BYTE_SOURCE_HPP

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace async_llm::command {

/// Function that fills up to `size` bytes, at least 1, and returns how many; 0 at the end.
using byte_source = std::function<std::size_t(char* into, std::size_t size)>;

/// Function that takes bytes.
using byte_sink = std::function<void(std::string_view bytes)>;

/// Exception for an input that is damaged. `what()` is a sentence with the input's name.
class bad_input : public std::runtime_error {
public:
    explicit bad_input(std::string const& sentence) : std::runtime_error(sentence) {}
};

} // namespace async_llm::command

#endif
