// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/command/command_run.hpp"

#include <chrono>
#include <utility>

namespace async_llm::test {
namespace {

constexpr auto patience = std::chrono::seconds(60);

// Settings of the shell around the tests must not matter.
constexpr char const* unset_variables[]{
    "OPENROUTER_API_KEY",
    "AIMLAPI_API_KEY",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ASYNC_LLM_API_KEY",
    "SLURM_ARRAY_TASK_ID",
    "JOB_COMPLETION_INDEX",
    "HTTPS_PROXY",
    "https_proxy",
};

} // namespace

command_run::command_run(std::string const& program, words const& arguments, settings const& options) {
    write_file(folder_.file("input"), options.input);
    // `exec`: the signals are for the program, and not for a shell around it.
    auto const script = "cd \"$1\" && shift && " + options.preparation +
        " in=$1 out=$2 err=$3 && shift 3 && " + "exec \"$@\" <\"$in\" >\"$out\" 2>\"$err\"";
    words all{"-c", script, "sh", options.folder.empty() ? folder_.path() : options.folder};
    for (auto const* const name : {"input", "output", "errors"}) all.push_back(folder_.file(name));
    all.emplace_back("/usr/bin/env");
    for (auto const* const name : unset_variables) all.push_back(std::string("--unset=") + name);
    all.emplace_back("NO_PROXY=127.0.0.1");
    all.insert(all.end(), options.variables.begin(), options.variables.end());
    all.push_back(program);
    all.insert(all.end(), arguments.begin(), arguments.end());
    program_ = std::make_unique<child_process>("/bin/sh", all, folder_.file("log"));
}

int command_run::wait() { return program_->wait_for_end(patience) ? program_->exit_status() : -1; }

bool command_run::waits_for_output(std::string_view text) {
    auto const has_it = [&] {
        return output().find(text) != std::string::npos || errors().find(text) != std::string::npos;
    };
    auto const end = std::chrono::steady_clock::now() + patience;
    // Its end is an event; of a file that grows there is none.
    while (!has_it()) {
        if (program_->wait_for_end(std::chrono::milliseconds(10))) return has_it();
        if (std::chrono::steady_clock::now() > end) return false;
    }
    return true;
}

} // namespace async_llm::test
