// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/async_llm.hpp>
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace llm = async_llm;

static asio::awaitable<void> ask(llm::testing::mock_provider& server, std::string& answer) {
    llm::client client(server.get_executor(), llm::provider::openai_compatible(server.base_url(), "a key"));
    auto request = llm::chat_request("a-model").user("Hello from a consumer");
    auto reply = co_await client.complete(request);
    answer = reply.text();
    server.stop();
}

int main() {
    asio::io_context context;
    llm::testing::mock_provider server(context.get_executor());
    std::string answer;
    std::exception_ptr failure;
    asio::co_spawn(context, ask(server, answer), [&](std::exception_ptr error) {
        failure = error;
        server.stop();
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    std::cout << "async_llm " << ASYNC_LLM_VERSION_STRING << ": " << answer << '\n';
    return answer == "Hello from a consumer" ? EXIT_SUCCESS : EXIT_FAILURE;
}
