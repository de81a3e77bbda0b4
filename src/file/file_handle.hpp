// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_FILE_HANDLE_HPP
#define ASYNC_LLM_FILE_FILE_HANDLE_HPP

#include <async_llm/detail/config.hpp>

#include <boost/system/system_error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace async_llm::file {

/// Exception of everything that is done with files: the system's error, and a sentence with the path.
class file_error : public boost::system::system_error {
public:
    file_error(error_code ec, std::string sentence)
        : boost::system::system_error(ec, sentence), sentence_(std::move(sentence)) {}

    /// Without the system's words.
    std::string const& sentence() const noexcept { return sentence_; }

private:
    std::string sentence_;
};

/// Throws the error that `errno` names, with the path and what could not be done.
[[noreturn]] void throw_system_error(std::string const& path, char const* action);

/// Open file, closed on destruction.
class file_handle {
public:
    file_handle() = default;
    file_handle(int descriptor, std::string path) noexcept : fd_(descriptor), path_(std::move(path)) {}
    file_handle(file_handle&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}
    file_handle& operator=(file_handle&& other) noexcept;
    ~file_handle();

    /// Opens a file, or a device, to read it.
    static file_handle open_input(std::string const& path);
    /// Opens a regular file to read it and append to it; makes it if it does not exist.
    static file_handle open_output(std::string const& path);

    /// Opens a file that several processes read and write under a lock; makes it if it does not exist.
    static file_handle open_shared(std::string const& path);

    bool is_open() const noexcept { return fd_ >= 0; }
    int descriptor() const noexcept { return fd_; }
    std::string const& path() const noexcept { return path_; }

    /// Size in bytes; 0 of what is no regular file.
    std::uint64_t size() const;
    /// Reads up to `size` bytes at the present position; 0 at the end.
    std::size_t read(char* into, std::size_t size) const;
    /// Reads up to `size` bytes at a position; 0 at the end.
    std::size_t read_at(std::uint64_t offset, char* into, std::size_t size) const;
    /// Writes at a position, in one piece.
    void write_at(std::uint64_t offset, std::string_view text) const;
    /// Makes the file this long.
    void truncate(std::uint64_t size) const;
    /// Waits until what was written is on the disk.
    void sync() const;

private:
    int fd_ = -1;
    std::string path_;
};

/// Returns whether there is such a file.
bool exists(std::string const& path) noexcept;

/// Removes a file; nothing happens if there is none.
void remove_file(std::string const& path);

/// Returns whether two paths lead to one file that is there.
bool is_same_file(std::string const& a, std::string const& b) noexcept;

/// Gives a file another name, in place of the file that has it.
void rename_file(std::string const& from, std::string const& to);

/// Waits until the entries of the folder of a file are on the disk.
void sync_folder_of(std::string const& path) noexcept;

} // namespace async_llm::file

#endif
