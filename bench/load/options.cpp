// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "options.hpp"

#include <CLI/CLI.hpp>

namespace load {

std::optional<options> read_options(int argc, char** argv, int& status) {
    options result;
    CLI::App app(
        "Keeps a number of completions in flight until so many are done, and says what each has cost."
    );
    app.add_option("--base-url", result.base_url, "Of the server, for instance https://127.0.0.1:8443/v1")
        ->required();
    app.add_option("--ca", result.ca_file, "PEM file of whom to trust, in place of the system's store")
        ->check(CLI::ExistingFile);
    app.add_option("--model", result.model, "What is asked for")->capture_default_str();
    app.add_option("--requests", result.requests, "How many completions are counted")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--warmup", result.warmup, "How many are made before those, with handshakes and all")
        ->capture_default_str();
    app.add_option("--concurrency", result.concurrency, "How many are in flight")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--threads", result.threads, "How many run the loop")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--prompt-bytes", result.prompt_bytes, "Size of what the user says")
        ->capture_default_str();
    app.add_flag("--http2", result.http2, "Prefer HTTP/2");
    app.add_flag("--stream", result.stream, "Ask for streams");
    app.add_flag(
        "--callbacks",
        result.callbacks,
        "Take completions by a handler, not in a coroutine for each"
    );
    app.add_flag("--json", result.json, "Print one JSON object");
    try {
        app.parse(argc, argv);
        return result;
    } catch (CLI::ParseError const& e) {
        status = app.exit(e);
        return std::nullopt;
    }
}

} // namespace load
