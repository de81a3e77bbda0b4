// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file_source.hpp"

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace async_llm::command {
namespace {

[[noreturn]] void fail(int error, std::string const& subject) {
    throw boost::system::system_error(error, boost::system::system_category(), subject);
}

} // namespace

descriptor::descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

descriptor& descriptor::operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

descriptor::~descriptor() {
    if (number_ >= 0) close(number_);
}

interruption::interruption() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (event_.number() < 0) fail(errno, "eventfd");
}

void interruption::trigger() noexcept {
    std::uint64_t const one = 1;
    // It can only fail because it has happened very often.
    [[maybe_unused]] auto const written = write(event_.number(), &one, sizeof(one));
}

file_source::file_source(std::string path, std::shared_ptr<interruption const> interrupted)
    : name_(std::move(path)), interrupted_(std::move(interrupted)) {
    if (name_ == "-") {
        name_ = "standard input";
        number_ = STDIN_FILENO;
    } else {
        opened_ = descriptor(open(name_.c_str(), O_RDONLY | O_CLOEXEC));
        if (opened_.number() < 0) fail(errno, name_);
        number_ = opened_.number();
    }
    struct stat facts{};
    if (fstat(number_, &facts) != 0) fail(errno, name_);
    if (S_ISDIR(facts.st_mode)) fail(EISDIR, name_);
    if (S_ISREG(facts.st_mode)) size_ = static_cast<std::uint64_t>(facts.st_size);
}

std::size_t file_source::read(char* into, std::size_t size) {
    while (wait()) {
        auto const count = ::read(number_, into, size);
        if (count >= 0) {
            position_ += static_cast<std::uint64_t>(count);
            return static_cast<std::size_t>(count);
        }
        // Standard input may have been made non-blocking by another program, which shares it.
        if (errno != EINTR && errno != EAGAIN) fail(errno, name_);
    }
    was_cut_off_ = true;
    return 0;
}

std::optional<char> file_source::peek() const {
    struct stat facts{};
    if (fstat(number_, &facts) != 0) return std::nullopt;
    char first = 0;
    if (S_ISREG(facts.st_mode)) {
        // Standard input may have been read from by others, and is another file then if it is opened again.
        if (lseek(number_, 0, SEEK_CUR) != 0 || pread(number_, &first, 1, 0) != 1) return std::nullopt;
        return first;
    }
    int ends[2];
    if (!S_ISFIFO(facts.st_mode) || pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
    descriptor const output(ends[0]);
    descriptor const input(ends[1]);
    // It copies, where reading would take.
    if (tee(number_, input.number(), 1, 0) != 1 || ::read(output.number(), &first, 1) != 1)
        return std::nullopt;
    return first;
}

/// Returns false if it was interrupted while there was nothing to read.
bool file_source::wait() {
    if (!interrupted_) return true;
    while (true) {
        pollfd events[2]{};
        events[0].fd = number_;
        events[0].events = POLLIN;
        events[1].fd = interrupted_->number();
        events[1].events = POLLIN;
        auto const count = poll(events, 2, -1);
        if (count < 0 && errno != EINTR) fail(errno, name_);
        if (count <= 0) continue;
        if (events[0].revents != 0) return true;
        if (events[1].revents != 0) return false;
    }
}

} // namespace async_llm::command
