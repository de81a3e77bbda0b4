// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/files/small_disk.hpp"

#include <sys/mount.h>
#include <utility>

namespace async_llm::test {
namespace {

bool mount(std::string const& folder, unsigned long flags, std::size_t size) {
    auto const options = "size=" + std::to_string(size);
    return ::mount("tmpfs", folder.c_str(), "tmpfs", flags, options.c_str()) == 0;
}

} // namespace

file_size_limit::file_size_limit(std::size_t size) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto limit = before_;
    limit.rlim_cur = size;
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

file_size_limit::~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, old_handler_);
}

small_file_system::small_file_system(std::string folder, std::size_t size)
    : folder_(std::move(folder)), is_mounted_(mount(folder_, MS_NODEV | MS_NOSUID, size)) {}

small_file_system::~small_file_system() {
    if (is_mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
}

bool small_file_system::resize(std::size_t size) {
    return mount(folder_, MS_REMOUNT | MS_NODEV | MS_NOSUID, size);
}

} // namespace async_llm::test
