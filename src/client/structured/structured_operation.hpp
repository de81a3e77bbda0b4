// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STRUCTURED_STRUCTURED_OPERATION_HPP
#define ASYNC_LLM_CLIENT_STRUCTURED_STRUCTURED_OPERATION_HPP

#include "async/operation.hpp"
#include "async/pending_handler.hpp"
#include "client/state/client_state.hpp"
#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/structured_output.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace async_llm::detail {

/// Asks the model for an answer of a type, decodes it, and asks again while it does not fit.
/** It is no call of the client, but makes some, one after the other, on the executor of its handler. */
class structured_operation final : public net::operation {
public:
    /// The places of `target` stay until the handler is called or destroyed.
    structured_operation(
        std::shared_ptr<client_state> impl,
        chat_request request,
        structured_options options,
        answer_target const& target,
        structured_handler handler
    )
        : operation(impl->service_for(handler.executor()), std::chrono::milliseconds(0)),
          impl_(std::move(impl)),
          request_(std::move(request)),
          options_(std::move(options)),
          target_(target),
          handler_(std::move(handler)),
          news_(strand()) {}

    static void start(std::shared_ptr<structured_operation> const& op);

    /// Cancels the call that is under way, and the further ones.
    void request_cancel(asio::cancellation_type type);

private:
    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;

    bool prepare();
    asio::awaitable<void> ask();
    bool check_answer();
    void ask_again(std::string_view complaint);
    void end(error_code ec, std::string detail);

    std::shared_ptr<client_state> impl_;
    chat_request request_;
    structured_options options_;
    answer_target target_;
    pending_handler<error_code> handler_;
    asio::cancellation_signal cancel_;
    bool cancelled_ = false;
    bool replied_ = false;
    net::async_event news_;
    error_code ec_; // of the last call
};

} // namespace async_llm::detail

#endif
