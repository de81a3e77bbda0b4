// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_HEAP_METER_HPP
#define ASYNC_LLM_TEST_SUPPORT_HEAP_METER_HPP

#include <cstddef>

namespace async_llm::test {

/// Count of what this thread allocates while it exists, by whichever function of C or C++. One at a time in a
/// thread.
class heap_meter {
public:
    heap_meter() noexcept;
    heap_meter(heap_meter const&) = delete;
    heap_meter& operator=(heap_meter const&) = delete;
    ~heap_meter();

    /// Most bytes that were in use at a time, beside those that were before.
    std::size_t peak() const noexcept;
};

/// Bytes that the library may take for decoding a text of this size, the text included.
/**
 * 8 times its size and 256 KiB. With AddressSanitizer more, since its realloc moves a block, also a large
 * one, so that the old and the new one count at the same time.
 */
std::size_t memory_for_decoding(std::size_t size) noexcept;

} // namespace async_llm::test

#endif
