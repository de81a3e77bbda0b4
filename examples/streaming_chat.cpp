// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Prints an answer word by word, as it comes: streaming_chat [prompt [model]]. With OPENROUTER_API_KEY,
// AIMLAPI_API_KEY or OPENAI_API_KEY set it asks that provider, otherwise a mock provider over real TLS on
// a loopback port.
#include <async_llm/async_llm.hpp>
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>

namespace asio = boost::asio;
namespace llm = async_llm;

asio::awaitable<void> chat(llm::client& client, llm::chat_request request) {
    auto stream = co_await client.stream(std::move(request));
    std::optional<llm::usage> usage;
    while (auto chunk = co_await stream.next()) {
        std::cout << chunk->text() << std::flush;
        if (chunk->usage) usage = chunk->usage;
    }
    std::cout << "\n\n"
              << stream.info().model << ", " << stream.info().timings.total.count() / 1'000'000 << " ms";
    if (usage) std::cout << ", " << usage->total_tokens << " tokens";
    std::cout << '\n';
}

std::string usual_model(llm::provider const& provider) {
    if (provider.name == "openrouter") return "meta-llama/llama-3-70b-instruct";
    return provider.name == "openai" ? "gpt-4o-mini" : "meta-llama/Llama-3.3-70B-Instruct-Turbo";
}

// A provider in this process that says this, a word every 60 ms.
llm::provider talk_to_oneself(
    std::optional<llm::testing::mock_provider>& mock,
    asio::io_context& io,
    llm::client_config& config
) {
    llm::testing::certificate_authority const authority;
    auto const dialect = llm::testing::provider_dialect::aimlapi;
    mock.emplace(io.get_executor(), llm::testing::mock_options(dialect, authority.issue()));
    mock->respond_with([](llm::testing::received_request const& request) {
        auto reply = llm::testing::scripted_reply::completion(
            "You said: \"" + request.last_user_text() +
            "\". No API key is set, so nobody thinks about it; but this did come word by word over TLS."
        );
        reply.event_interval = std::chrono::milliseconds(60);
        return reply;
    });
    auto result = llm::provider::aimlapi("mock-key");
    result.base_url = mock->base_url();
    config.tls.ca_pem = authority.root_certificate();
    return result;
}

int main(int argc, char** argv) try {
    asio::io_context io(1);
    llm::client_config config;
    std::optional<llm::testing::mock_provider> mock;
    auto provider = llm::provider::from_environment();
    if (!provider) provider = talk_to_oneself(mock, io, config);
    llm::client client(io.get_executor(), *provider, config);
    auto request = llm::chat_request(argc > 2 ? argv[2] : usual_model(*provider));
    request.user(argc > 1 ? argv[1] : "Why is the sky blue?");
    std::exception_ptr failure;
    asio::co_spawn(io, chat(client, std::move(request)), [&](std::exception_ptr thrown) {
        failure = thrown;
        if (mock) mock->stop(); // it would keep the loop running
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
