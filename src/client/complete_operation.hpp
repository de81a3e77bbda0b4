// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_COMPLETE_OPERATION_HPP
#define ASYNC_LLM_CLIENT_COMPLETE_OPERATION_HPP

#include "client/client_impl.hpp"
#include "client/pending_handler.hpp"
#include "net/connection_pool.hpp"
#include "net/exchange.hpp"
#include "net/operation.hpp"
#include "net/response_parser.hpp"
#include <async_llm/chat_request.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/initiation.hpp>
#include <async_llm/request_options.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <memory>
#include <optional>
#include <string>

namespace async_llm::detail {

/// One chat completion: check, encode, lease, exchange, decode.
class complete_operation final : public net::operation {
public:
    complete_operation(
        std::shared_ptr<client_impl> impl,
        chat_request request,
        request_options options,
        complete_handler handler
    );
    ~complete_operation() override;

    /// Registers the call and runs it.
    static void start(std::shared_ptr<complete_operation> const& op);

    void request_cancel(asio::cancellation_type type);

private:
    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;

    bool prepare();
    asio::awaitable<net::failure> send();
    asio::awaitable<net::failure> attempt(bool fresh_only, bool& replayable);
    void take_head();
    void judge();
    void fail(net::failure why);

    std::shared_ptr<client_impl> impl_;
    chat_request request_;
    request_options options_;
    pending_handler<error_code, chat_response> handler_;
    client_impl::registration registration_;
    bool registered_ = false;
    bool admitted_ = false;

    std::string wire_;
    net::lease lease_;
    std::optional<net::response_parser> parser_;
    net::exchange_progress progress_;
    bool sending_ = false;

    error_code ec_;
    chat_response response_;
};

} // namespace async_llm::detail

#endif
