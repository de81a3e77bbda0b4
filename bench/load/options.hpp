// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BENCH_LOAD_OPTIONS_HPP
#define ASYNC_LLM_BENCH_LOAD_OPTIONS_HPP

#include <cstddef>
#include <optional>
#include <string>

namespace load {

/// Options of the command line.
struct options {
    options() = default;

    std::string base_url;
    /// PEM file of whom to trust; empty: the system's store.
    std::string ca_file;
    std::string model = "bench";
    /// Number of completions that are counted, and of those made before.
    std::size_t requests = 10'000;
    std::size_t warmup = 0;
    std::size_t concurrency = 64;
    std::size_t threads = 1;
    /// Size of what the user says.
    std::size_t prompt_bytes = 100;
    bool http2 = false;
    bool stream = false;
    /// Completions by a handler in place of a coroutine for each.
    bool callbacks = false;
    bool json = false;
};

/// Nothing if there is nothing to do; then `status` is what the program is to end with.
std::optional<options> read_options(int argc, char** argv, int& status);

} // namespace load

#endif
