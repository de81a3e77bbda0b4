// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_COMPLETE_CALL_HPP
#define ASYNC_LLM_CLIENT_CALL_COMPLETE_CALL_HPP

#include <async_llm/chat_response.hpp>
#include <async_llm/detail/initiation.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace async_llm::detail {

/// Begins a chat completion, with a second identical call behind it if hedging is on.
void start_complete(std::shared_ptr<client_state> impl, request_argument request, complete_handler handler);

/// Completes a chat as \ref client::complete does, for coroutines that may outlive the client object.
asio::awaitable<chat_response>
complete_or_throw(std::shared_ptr<client_state> impl, request_argument argument);

} // namespace async_llm::detail

#endif
