// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMPLETION_ERROR_HPP
#define ASYNC_LLM_COMPLETION_ERROR_HPP

#include <async_llm/api_response.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <string>

namespace async_llm {

/// Exception of \ref client::complete, and of operations that are awaited by \ref with_response_t.
/**
 * `code()` is what \ref client::async_complete, or the operation, would have completed with. `what()` names
 * the provider, the model, the phase, the status and what the provider said, in one line and never with a key
 * of 8 characters or more.
 *
 * Thread safety: copies share one immutable response.
 */
class ASYNC_LLM_DECL completion_error : public boost::system::system_error {
public:
    /// Takes the response of the call that failed with `ec`.
    completion_error(error_code ec, chat_response response);
    /// Takes the response of a call of an endpoint, of \ref client::async_post or \ref client::async_get.
    completion_error(error_code ec, api_response response);

    completion_error(completion_error const&) = default;
    completion_error& operator=(completion_error const&) = default;
    ~completion_error() override;

    /// The line of \ref explain.
    char const* what() const noexcept override;

    /// Everything that is known of the call. Of a call of an endpoint, all but the body of the reply.
    chat_response const& response() const noexcept { return *response_; }
    /// The response of a call of an endpoint, with the body of the reply. Null: it was another call.
    api_response const* endpoint_response() const noexcept { return endpoint_response_.get(); }
    /// Status, ids, limits, times.
    response_info const& info() const noexcept { return response_->info; }
    /// Words of the provider.
    api_error const& error() const noexcept { return response_->error; }

private:
    std::shared_ptr<std::string const> what_;
    std::shared_ptr<chat_response const> response_;
    std::shared_ptr<api_response const> endpoint_response_;
};

/// The line that `completion_error::what()` gives, for callers that work with codes.
ASYNC_LLM_DECL std::string explain(error_code ec, chat_response const& response);
ASYNC_LLM_DECL std::string explain(error_code ec, api_response const& response);

/// Makes the exception that \ref with_response_t throws. Without memory for it, that is `std::bad_alloc`.
ASYNC_LLM_DECL std::exception_ptr to_exception(error_code ec, chat_response&& response) noexcept;
ASYNC_LLM_DECL std::exception_ptr to_exception(error_code ec, api_response&& response) noexcept;

} // namespace async_llm

#endif
