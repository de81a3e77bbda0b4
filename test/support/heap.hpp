// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_HEAP_HPP
#define ASYNC_LLM_TEST_SUPPORT_HEAP_HPP

#include <cstddef>

namespace async_llm::test {

/// Bytes of the heap that are in use now, whichever allocator it has.
std::size_t bytes_in_use();

} // namespace async_llm::test

#endif
