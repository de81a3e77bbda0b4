// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_COMPLETE_OR_THROW_HPP
#define ASYNC_LLM_CLIENT_COMPLETE_OR_THROW_HPP

#include <async_llm/chat_request.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/request_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace async_llm::detail {

class client_impl;

/// What \ref client::complete does, for coroutines that may outlive the client object.
asio::awaitable<chat_response>
complete_or_throw(std::shared_ptr<client_impl> impl, chat_request request, request_options options);

} // namespace async_llm::detail

#endif
