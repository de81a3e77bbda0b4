// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// completion.cpp without the library: the least that a program with coroutines of Asio includes.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<std::string> complete(std::string request) { co_return request; }

asio::awaitable<void> ask() {
    auto reply = co_await complete("Hello");
    std::cout << reply << '\n';
}

int main() {
    asio::io_context context;
    asio::co_spawn(context, ask(), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    });
    context.run();
}
