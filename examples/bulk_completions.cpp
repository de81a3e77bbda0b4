// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// bulk_completions [FILE]: asks a question per line, or made-up ones, 256 at a time, and prints the answers
// as they come; with OPENROUTER_API_KEY or AIMLAPI_API_KEY set from that provider, and else from a mock
// provider over real TLS.
#include <async_llm/async_llm.hpp>
#include <async_llm/bulk.hpp>
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fstream>
#include <iomanip>
#include <iostream>

namespace asio = boost::asio;
namespace llm = async_llm;

// Gives a request per line. It is asked when there is room for one more, so the file is never in memory as a
// whole.
struct questions {
    std::string model;
    std::ifstream file;
    std::size_t left = 10'000; // of those that are made up

    std::optional<llm::chat_request> operator()() {
        std::string line;
        if (file.is_open()) {
            while (line.empty() && std::getline(file, line)) continue;
            if (line.empty()) return std::nullopt;
        } else {
            if (left == 0) return std::nullopt;
            line = "What is " + std::to_string(left--) + " squared?";
        }
        return llm::chat_request(model).user(std::move(line));
    }
};

void print(llm::bulk_progress const& p) {
    std::cerr << std::fixed << std::setprecision(1) << '\r' << p.completed << " completed, " << p.failed
              << " failed, " << p.in_flight << " in flight, " << p.per_second << " per second, "
              << p.input_tokens << " + " << p.output_tokens << " tokens";
    if (p.cost) std::cerr << ", $" << std::setprecision(4) << *p.cost;
}

asio::awaitable<void> ask(llm::client& client, llm::bulk_source source, bool quiet) {
    llm::bulk_options options;
    options.max_in_flight = 256;
    options.on_progress = [](llm::bulk_progress const& p) {
        if ((p.completed + p.failed) % 100 == 0) print(p);
    };
    llm::bulk run(client, std::move(source), std::move(options));
    while (auto result = co_await run.next()) {
        if (result->ec)
            std::cerr << '\n' << result->index << ": " << llm::explain(result->ec, result->response) << '\n';
        else if (!quiet)
            std::cout << result->index << ": " << result->text() << '\n';
    }
    print(run.progress());
}

int main(int argc, char** argv) try {
    asio::io_context io(1);
    questions source;
    if (argc > 1) {
        source.file.open(argv[1]);
        if (!source.file) throw std::runtime_error("can't read " + std::string(argv[1]));
    }
    llm::client_config config;
    auto provider = llm::provider::from_environment();
    if (provider && provider->name == "openai") provider.reset(); // it has other models
    std::optional<llm::testing::mock_provider> mock;
    bool const real = provider.has_value();
    if (real) {
        bool const aimlapi = provider->name == "aimlapi";
        source.model =
            aimlapi ? "meta-llama/Llama-3.3-70B-Instruct-Turbo" : "meta-llama/llama-3-70b-instruct";
        source.left = 4;
    } else {
        llm::testing::certificate_authority const authority;
        llm::testing::mock_options options(llm::testing::provider_dialect::openrouter, authority.issue());
        options.recorded_requests = 0;
        mock.emplace(io.get_executor(), options);
        provider = llm::provider::openrouter("mock-key");
        provider->base_url = mock->base_url();
        config.tls.ca_pem = authority.root_certificate();
        source.model = "meta-llama/llama-3-70b-instruct";
        std::cerr << "No API key is set: asking a mock provider over TLS, which repeats the question.\n";
    }
    llm::client client(io.get_executor(), *provider, config);
    bool done = false;
    asio::co_spawn(io, ask(client, std::move(source), !real && argc < 2), [&](std::exception_ptr thrown) {
        done = true;
        if (thrown) std::rethrow_exception(thrown);
    });
    while (!done && io.run_one() != 0) continue;
    std::cerr << '\n';
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 2;
}
