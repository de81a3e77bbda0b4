// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_APPEND_FILE_HPP
#define ASYNC_LLM_FILE_APPEND_FILE_HPP

#include "file/file_handle.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace async_llm::file {

/// File of lines that is appended to, line by line, by one process at a time.
class append_file {
public:
    append_file() = default;

    /// Opens the file, or makes it.
    void open(std::string const& path);

    /// Keeps every other process from doing the same, until this one ends, however it does.
    /** Throws `device_or_resource_busy` if one has done so. The lock is that of the open file
     * (`F_OFD_SETLK`), which also holds between machines on NFS 4, and on NFS 3 with its lock daemon. */
    void lock();

    bool is_open() const noexcept { return file_.is_open(); }
    std::string const& path() const noexcept { return file_.path(); }
    file_handle const& handle() const noexcept { return file_; }

    /// Size in bytes.
    std::uint64_t size() const noexcept { return size_; }

    /// Cuts off what is behind this position.
    void truncate(std::uint64_t size);

    /// Appends whole lines, each with its line feed.
    /** If not all can be written (a full disk), those that can stay, no part of a line is left, and it
     * throws.
     * */
    void write(std::string_view lines);

    /// Waits until what was written is on the disk; does nothing if nothing was.
    void sync();

    bool is_dirty() const noexcept { return is_dirty_; }

private:
    file_handle file_;
    std::uint64_t size_ = 0;
    bool is_dirty_ = false;
};

} // namespace async_llm::file

#endif
