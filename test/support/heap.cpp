// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/heap.hpp"

#include <malloc.h>
#if defined(__SANITIZE_ADDRESS__)
// g++ 12 ships the function, but not the header that declares it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace async_llm::test {

std::size_t bytes_in_use() {
#if defined(__SANITIZE_ADDRESS__)
    return __sanitizer_get_current_allocated_bytes();
#else
    auto const heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
#endif
}

} // namespace async_llm::test
