// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FAULTS_SCARCE_MEMORY_HPP
#define ASYNC_LLM_TEST_SUPPORT_FAULTS_SCARCE_MEMORY_HPP

#include <cstddef>
#include <functional>

namespace async_llm::test {

/// Origin of the requests for memory.
enum class memory_of {
    /// Those by `operator new`: of the library and the standard library.
    operator_new,
    /// Those by `aligned_alloc`: of Asio, for handlers and coroutines.
    asio,
};

/// While it lives, requests for memory of this thread fail: the n-th, counted from 1, and some behind it.
/** Counted are those of one kind, and only on the thread that made it. At most one per thread. */
class scarce_memory {
public:
    explicit scarce_memory(
        std::size_t first,
        std::size_t count = 1,
        memory_of whose = memory_of::operator_new
    );
    /// Calls `on_limited` before each that fails: for what another thread does at that moment.
    scarce_memory(std::size_t first, std::size_t count, memory_of whose, std::function<void()> then);
    scarce_memory(scarce_memory const&) = delete;
    scarce_memory& operator=(scarce_memory const&) = delete;
    ~scarce_memory();

    /// Returns whether a request has failed.
    bool has_failed() const noexcept;

private:
    std::function<void()> then_;
};

/// While it lives, this thread gets at most so many bytes more than it gives back by `operator delete`.
/** At most one per thread. */
class memory_limit {
public:
    explicit memory_limit(std::size_t bytes) noexcept;
    memory_limit(memory_limit const&) = delete;
    memory_limit& operator=(memory_limit const&) = delete;
    ~memory_limit();
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
