// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_OPERATIONS_HPP
#define ASYNC_LLM_DETAIL_OPERATIONS_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/fwd.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>

/// \file
/// Functions of the library that begin operations; initiation.hpp makes initiations of them.
namespace async_llm::detail {

class bulk_operation;
class client_state;
class endpoint_request;
class stream_operation;
struct answer_target;

template <class... Args>
class erased_handler;

using complete_handler = erased_handler<error_code, chat_response>;
using endpoint_handler = erased_handler<error_code, api_response>;
using open_stream_handler = erased_handler<error_code, chat_stream>;
using shutdown_handler = erased_handler<error_code>;
using warm_up_handler = erased_handler<error_code>;
using structured_handler = erased_handler<error_code>;
using run_tools_handler = erased_handler<error_code, run_tools_result>;
using complete_all_handler = erased_handler<error_code, bulk_report>;
using next_handler = erased_handler<error_code, std::optional<chat_chunk>>;
using next_into_handler = erased_handler<error_code, bool>;
using collect_handler = erased_handler<error_code, chat_response>;
using bulk_next_handler = erased_handler<error_code, std::optional<bulk_result>>;

using client_ptr = std::shared_ptr<client_state>;
using stream_ptr = std::shared_ptr<stream_operation>;
using bulk_ptr = std::shared_ptr<bulk_operation>;

/// Returns the executor of handlers that have none.
ASYNC_LLM_DECL asio::any_io_executor executor_of(client_state const& client) noexcept;
ASYNC_LLM_DECL asio::any_io_executor executor_of(stream_operation const& stream) noexcept;
ASYNC_LLM_DECL asio::any_io_executor executor_of(bulk_operation const& run) noexcept;

/// Begins a chat completion, with a second identical call behind it if hedging is on.
ASYNC_LLM_DECL void start_complete(client_ptr const&, complete_handler, request_argument);
/// Begins a call of any endpoint.
ASYNC_LLM_DECL void start_endpoint_call(client_ptr const&, endpoint_handler, endpoint_request);
ASYNC_LLM_DECL void start_open_stream(client_ptr const&, open_stream_handler, request_argument);
ASYNC_LLM_DECL void start_shutdown(client_ptr const&, shutdown_handler, std::chrono::milliseconds drain);
ASYNC_LLM_DECL void
start_warm_up(client_ptr const&, warm_up_handler, std::size_t target, std::size_t connections);
/// Fills the places of the target, which have to stay until the handler is called or destroyed.
ASYNC_LLM_DECL void
start_structured(client_ptr const&, structured_handler, chat_request, structured_options, answer_target);
ASYNC_LLM_DECL void
start_run_tools(client_ptr const&, run_tools_handler, chat_request, toolbox, run_tools_options);
ASYNC_LLM_DECL void start_complete_all(client_ptr const&, complete_all_handler, bulk_source, bulk_options);

ASYNC_LLM_DECL void start_next(stream_ptr const&, next_handler);
ASYNC_LLM_DECL void start_next_into(stream_ptr const&, next_into_handler, chat_chunk* out);
ASYNC_LLM_DECL void start_collect(stream_ptr const&, collect_handler);
ASYNC_LLM_DECL void start_bulk_next(bulk_ptr const&, bulk_next_handler);

/// Makes the exception for an operation whose values do not tell what went wrong.
ASYNC_LLM_DECL std::exception_ptr to_exception(error_code ec, stream_operation const& stream) noexcept;
ASYNC_LLM_DECL std::exception_ptr to_exception(error_code ec, bulk_operation const& run) noexcept;

} // namespace async_llm::detail

#endif
