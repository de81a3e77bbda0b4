// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_CHILD_PROCESS_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_CHILD_PROCESS_HPP

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace async_llm::test {

/// A new folder under the system's one for temporary files; goes away with all that is in it.
class temp_dir {
public:
    temp_dir();
    ~temp_dir();
    temp_dir(temp_dir const&) = delete;
    temp_dir& operator=(temp_dir const&) = delete;

    /// Returns the path of a file of that name, which need not exist.
    std::string path(std::string_view name) const { return (folder_ / name).string(); }
    /// Writes a file and returns its path.
    std::string write(std::string_view name, std::string_view content) const;
    /// The content of a file; empty if there is none.
    std::string read(std::string_view name) const;

private:
    std::filesystem::path folder_;
};

/// A port of 127.0.0.1 on which nothing listens, until the test starts a server there.
/**
 * It is bound as long as this lives, so that the system gives it to no other process; servers that set
 * SO_REUSEADDR, as all do, can still listen on it.
 */
class loopback_port {
public:
    loopback_port();
    ~loopback_port();
    loopback_port(loopback_port const&) = delete;
    loopback_port& operator=(loopback_port const&) = delete;

    std::uint16_t number() const noexcept { return number_; }

private:
    int socket_;
    std::uint16_t number_ = 0;
};

/// A program that runs while this lives, and not longer than the test.
class child_process {
public:
    /// Starts a program with these arguments; what it prints goes to the file `log`.
    /** `last_signal`: what it gets if the test dies. A program with children of its own needs one that it can
     * act upon. */
    child_process(
        std::string const& program,
        std::vector<std::string> const& arguments,
        std::string const& log,
        int last_signal = SIGKILL
    );
    ~child_process();
    child_process(child_process const&) = delete;
    child_process& operator=(child_process const&) = delete;

    /// Waits for it to end by itself; false if it has not within the bound.
    bool wait_for_end(std::chrono::milliseconds bound);

    /// Returns the status with which it ended, as a shell has it: 128 and the signal's number for a signal.
    /** Precondition: \ref wait_for_end has said that it has. */
    int exit_status() const noexcept { return status_; }

    /// Sends it a signal, if it has not ended.
    void send(int signal);

    /// Ends it: by SIGTERM, or by SIGKILL if that does not do.
    void end();

    /// Waits until it takes connections on a port of 127.0.0.1; false if it has ended, or not within a
    /// generous bound.
    bool wait_until_accepting(std::uint16_t port);

private:
    pid_t pid_;
    int handle_;
    bool ended_ = false;
    int status_ = 0;
};

} // namespace async_llm::test

#endif
