// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Error: complete_as needs #include <async_llm/structured_output.hpp>

#include <async_llm/async_llm.hpp>

struct answer {};

boost::asio::awaitable<void> ask(async_llm::client const& client) {
    co_await client.async_complete_as<answer>(async_llm::chat_request("m"));
}
