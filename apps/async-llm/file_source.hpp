// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_FILE_SOURCE_HPP
#define ASYNC_LLM_COMMAND_FILE_SOURCE_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace async_llm::command {

/// Descriptor that is closed at the end of its life.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(descriptor&& other) noexcept;
    descriptor& operator=(descriptor&& other) noexcept;
    ~descriptor();

    int number() const noexcept { return number_; }

private:
    int number_ = -1;
};

/// Event that ends a blocking read of a \ref file_source. Thread safety: all.
class interruption {
public:
    /// Throws `boost::system::system_error`.
    interruption();

    /// Happens from now on.
    void trigger() noexcept;

    int number() const noexcept { return event_.number(); }

private:
    descriptor event_;
};

/// File or pipe that is read from its beginning to its end, also while it waits for another program.
class file_source {
public:
    /// Opens a file; `-` is standard input. Throws `boost::system::system_error` with the path.
    file_source(std::string path, std::shared_ptr<interruption const> interrupted);

    /// Fills up to `size` bytes and returns how many; 0 at the end, and after the interruption if it would
    /// block.
    std::size_t read(char* into, std::size_t size);

    /// Returns the first byte, and leaves it there. Waits for it. Unset: it can't be looked at, or there is
    /// none.
    /** Precondition: nothing was read. */
    std::optional<char> peek() const;

    std::string const& name() const noexcept { return name_; }
    /// Size in bytes; 0: unknown, since it is no regular file.
    std::uint64_t size() const noexcept { return size_; }
    /// Bytes that were read. Thread safety: all.
    std::uint64_t position() const noexcept { return position_; }
    /// Returns whether the interruption cut it off. Thread safety: all.
    bool was_cut_off() const noexcept { return was_cut_off_; }

private:
    bool wait();

    std::string name_;
    descriptor opened_; // not of standard input
    int number_ = 0;
    std::shared_ptr<interruption const> interrupted_;
    std::uint64_t size_ = 0;
    std::atomic<std::uint64_t> position_ = 0;
    std::atomic<bool> was_cut_off_ = false;
};

} // namespace async_llm::command

#endif
