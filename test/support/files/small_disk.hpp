// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FILES_SMALL_DISK_HPP
#define ASYNC_LLM_TEST_SUPPORT_FILES_SMALL_DISK_HPP

#include <csignal>
#include <cstddef>
#include <string>
#include <sys/resource.h>

namespace async_llm::test {

/// Limit on the size of the files of this process, as a disk that is full (EFBIG).
class file_size_limit {
public:
    explicit file_size_limit(std::size_t size);
    file_size_limit(file_size_limit const&) = delete;
    file_size_limit& operator=(file_size_limit const&) = delete;
    ~file_size_limit();

private:
    struct rlimit before_{};
    void (*old_handler_)(int) = nullptr;
};

/// File system of its own in memory with a size (ENOSPC), where the process may mount one.
class small_file_system {
public:
    small_file_system(std::string folder, std::size_t size);
    small_file_system(small_file_system const&) = delete;
    small_file_system& operator=(small_file_system const&) = delete;
    ~small_file_system();

    /// Returns whether it is there.
    explicit operator bool() const noexcept { return is_mounted_; }

    /// Makes it larger.
    bool resize(std::size_t size);

private:
    std::string folder_;
    bool is_mounted_;
};

} // namespace async_llm::test

#endif
