// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// A user's program that awaits one completion.

#include <async_llm/async_llm.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> ask(async_llm::client& client) {
    auto request = async_llm::chat_request("a-model").user("Hello");
    auto reply = co_await client.complete(request);
    std::cout << reply.text() << '\n';
}

int main() {
    asio::io_context context;
    async_llm::client client(context.get_executor(), async_llm::provider::openrouter("a key"));
    asio::co_spawn(context, ask(client), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    });
    context.run();
}
