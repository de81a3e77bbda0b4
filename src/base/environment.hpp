// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_ENVIRONMENT_HPP
#define ASYNC_LLM_BASE_ENVIRONMENT_HPP

#include <functional>
#include <string_view>

namespace async_llm::codec {

/// Looks a variable up as `std::getenv` does. Injected, so that tests need not change the process's
/// environment.
using environment = std::function<char const*(char const*)>;

/// The variable's value; empty if it is not set.
inline std::string_view variable(environment const& lookup, char const* name) {
    char const* value = lookup(name);
    return value ? std::string_view(value) : std::string_view();
}

} // namespace async_llm::codec

#endif
