// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_THREAD_SPARE_HPP
#define ASYNC_LLM_BASE_THREAD_SPARE_HPP

namespace async_llm {

/// Value of this type that the thread keeps for its next use, with the memory that it has; empty at first.
/** To be swapped or moved with the one in use, and put back when that has served. */
template <class T>
T& thread_spare() {
    thread_local T kept;
    return kept;
}

} // namespace async_llm

#endif
