// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_COMMAND_COMMAND_FIXTURE_HPP
#define ASYNC_LLM_TEST_SUPPORT_COMMAND_COMMAND_FIXTURE_HPP

#include "support/command/command_run.hpp"
#include "support/files/temporary_folder.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <string>
#include <vector>

namespace async_llm::test {

/// The program `async-llm`, a folder for its files, and a mock provider that it asks.
class command_fixture {
public:
    using words = command_run::words;

    explicit command_fixture(
        testing::mock_options options = testing::mock_options(testing::provider_dialect::openai)
    );

    /// Path of the program.
    static std::string program();

    std::string file(std::string_view name) const { return folder.file(name); }

    /// Writes `in.jsonl` with so many requests, `id-1` and so on, that ask for an echo of `text-1` and so on.
    void write_input(int count);
    /// The line of such a request.
    static std::string request_line(int number);

    /// Options of a run with the mock provider's address and key.
    command_run::settings settings() const;

    /// Starts `async-llm` with these arguments.
    std::unique_ptr<command_run> start(words const& arguments) const { return start(arguments, settings()); }
    std::unique_ptr<command_run> start(words const& arguments, command_run::settings const& options) const;

    /// Starts `async-llm bulk in.jsonl -o out.jsonl` with these arguments behind it.
    std::unique_ptr<command_run> start_bulk(words const& arguments = {}) const;
    /// Runs that to its end and returns its status.
    int bulk(words const& arguments = {}) const { return start_bulk(arguments)->wait(); }

    /// The ids `id-1` to `id-N`.
    static std::vector<std::string> ids(int count);
    /// The ids of an output, sorted.
    std::vector<std::string> sorted_ids(std::string_view name = "out.jsonl") const;

    temporary_folder folder;
    running_provider provider;
};

} // namespace async_llm::test

#endif
