// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_COMMAND_COMMAND_RUN_HPP
#define ASYNC_LLM_TEST_SUPPORT_COMMAND_COMMAND_RUN_HPP

#include "support/files/temporary_folder.hpp"
#include "support/servers/child_process.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test {

/// Program with arguments and an environment of its own, whose outputs go to files.
class command_run {
public:
    using words = std::vector<std::string>;

    /// Options of a run.
    struct settings {
        settings() = default;

        /// `NAME=value`, beside the usual ones; of keys and proxies there are only these.
        words variables;
        /// Content of standard input.
        std::string input;
        /// Commands of a shell in front of it.
        std::string preparation;
        /// Folder that it runs in. Empty: that of the test.
        std::string folder;
    };

    command_run(std::string const& program, words const& arguments, settings const& options);
    command_run(std::string const& program, words const& arguments)
        : command_run(program, arguments, settings()) {}

    /// Waits for its end and returns its status; -1 if it does not end.
    int wait();

    /// Waits until a file of its folder, or what it has printed, has this text. False: it ended before.
    bool waits_for_output(std::string_view text);

    void send(int signal) { program_->send(signal); }

    std::string output() const { return read_file(folder_.file("output")); }
    std::string errors() const { return read_file(folder_.file("errors")); }

private:
    temporary_folder folder_;
    std::unique_ptr<child_process> program_;
};

} // namespace async_llm::test

#endif
