// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/file_handle.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace async_llm::file {
namespace {

/// Calls a function of the system again while a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
    for (;;) {
        auto const result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

file_handle open_file(std::string const& path, int flags) {
    int const fd = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); });
    if (fd < 0) throw_system_error(path, "cannot be opened");
    return file_handle(fd, path);
}

struct stat status_of(file_handle const& file) {
    struct stat status{};
    if (::fstat(file.descriptor(), &status) != 0) throw_system_error(file.path(), "cannot be looked at");
    return status;
}

file_handle open_regular(std::string const& path, int flags) {
    auto file = open_file(path, O_RDWR | O_CREAT | O_NONBLOCK | flags);
    if (!S_ISREG(status_of(file).st_mode)) {
        errno = EINVAL;
        throw_system_error(path, "is no regular file");
    }
    return file;
}

} // namespace

void throw_system_error(std::string const& path, char const* action) {
    error_code const ec(errno, boost::system::system_category());
    throw file_error(ec, path + ": " + action);
}

file_handle& file_handle::operator=(file_handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    return *this;
}

file_handle::~file_handle() {
    // Errors that matter were reported by the sync before.
    if (fd_ >= 0) ::close(fd_);
}

file_handle file_handle::open_input(std::string const& path) {
    auto file = open_file(path, O_RDONLY);
    if (S_ISDIR(status_of(file).st_mode)) {
        errno = EISDIR;
        throw_system_error(path, "cannot be read");
    }
    return file;
}

file_handle file_handle::open_output(std::string const& path) { return open_regular(path, O_APPEND); }

file_handle file_handle::open_shared(std::string const& path) { return open_regular(path, 0); }

std::uint64_t file_handle::size() const {
    auto const status = status_of(*this);
    return S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::size_t file_handle::read(char* into, std::size_t size) const {
    auto const count = uninterrupted([&] { return ::read(fd_, into, size); });
    if (count < 0) throw_system_error(path_, "cannot be read");
    return static_cast<std::size_t>(count);
}

std::size_t file_handle::read_at(std::uint64_t offset, char* into, std::size_t size) const {
    auto const place = static_cast<off_t>(offset);
    auto const count = uninterrupted([&] { return ::pread(fd_, into, size, place); });
    if (count < 0) throw_system_error(path_, "cannot be read");
    return static_cast<std::size_t>(count);
}

void file_handle::write_at(std::uint64_t offset, std::string_view text) const {
    auto const place = static_cast<off_t>(offset);
    auto const count = uninterrupted([&] { return ::pwrite(fd_, text.data(), text.size(), place); });
    if (count >= 0 && static_cast<std::size_t>(count) != text.size()) errno = EIO;
    if (count < 0 || static_cast<std::size_t>(count) != text.size())
        throw_system_error(path_, "cannot be written");
}

void file_handle::truncate(std::uint64_t size) const {
    auto const place = static_cast<off_t>(size);
    if (uninterrupted([&] { return ::ftruncate(fd_, place); }) != 0)
        throw_system_error(path_, "cannot be cut");
}

void file_handle::sync() const {
    if (uninterrupted([&] { return ::fdatasync(fd_); }) != 0) throw_system_error(path_, "cannot be synced");
}

bool exists(std::string const& path) noexcept {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0;
}

void remove_file(std::string const& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw_system_error(path, "cannot be removed");
}

bool is_same_file(std::string const& a, std::string const& b) noexcept {
    struct stat first{};
    struct stat second{};
    if (::stat(a.c_str(), &first) != 0 || ::stat(b.c_str(), &second) != 0) return false;
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

void rename_file(std::string const& from, std::string const& to) {
    if (std::rename(from.c_str(), to.c_str()) != 0) throw_system_error(to, "cannot be replaced");
    sync_folder_of(to);
}

void sync_folder_of(std::string const& path) noexcept {
    auto const slash = path.rfind('/');
    auto const folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    int const fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    // Some file systems can't, and do not need to.
    ::fsync(fd);
    ::close(fd);
}

} // namespace async_llm::file
