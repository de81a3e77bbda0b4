// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FAULTS_OPEN_FILES_HPP
#define ASYNC_LLM_TEST_SUPPORT_FAULTS_OPEN_FILES_HPP

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <sys/resource.h>

namespace async_llm::test {

/// Returns whether this process may have so many files open at a time; raises the soft limit if need be.
inline bool allow_open_files(rlim_t needed) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= needed) return true;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < needed) return false;
    limit.rlim_cur = needed;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/// Returns the number of files, sockets and the like that this process has open.
inline std::size_t count_open_files() {
    auto const folder = std::filesystem::directory_iterator("/proc/self/fd");
    // The folder itself is one of them while it is read.
    return static_cast<std::size_t>(std::distance(begin(folder), end(folder))) - 1;
}

} // namespace async_llm::test

#endif
