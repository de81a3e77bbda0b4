// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SCARCE_MEMORY_HPP
#define ASYNC_LLM_TEST_SUPPORT_SCARCE_MEMORY_HPP

#include <cstddef>

namespace async_llm::test {

/// While it lives, requests for memory of this thread fail: the n-th, counted from 1, and some behind it.
/** Only `operator new` is counted, and only on the thread that made it. At most one per thread. */
class scarce_memory {
public:
    explicit scarce_memory(std::size_t first, std::size_t count = 1);
    scarce_memory(scarce_memory const&) = delete;
    scarce_memory& operator=(scarce_memory const&) = delete;
    ~scarce_memory();

    /// Whether a request has failed.
    bool has_failed() const noexcept;
};

/// While it lives, requests for memory of this thread succeed and are not counted: for the test's own.
class plentiful_memory {
public:
    plentiful_memory() noexcept;
    plentiful_memory(plentiful_memory const&) = delete;
    plentiful_memory& operator=(plentiful_memory const&) = delete;
    ~plentiful_memory();
};

/// While it lives, no thread can be started.
class no_threads {
public:
    no_threads() noexcept;
    no_threads(no_threads const&) = delete;
    no_threads& operator=(no_threads const&) = delete;
    ~no_threads();
};

} // namespace async_llm::test

#endif
