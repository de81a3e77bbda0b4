// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_TYPE_NAME_HPP
#define ASYNC_LLM_BASE_TYPE_NAME_HPP

#include <string>
#include <string_view>
#include <typeinfo>

namespace async_llm::codec {

/// A C++ type's name as the name of a schema: 1 to 64 of `a-z A-Z 0-9 _ -`, without namespaces.
/** `app::page<app::item>` becomes `page_item`. `answer` if nothing is left. */
std::string schema_name(std::type_info const& type);

/// Overload for a demangled name.
std::string schema_name(std::string_view cpp_name);

} // namespace async_llm::codec

#endif
