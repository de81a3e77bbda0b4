// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_ENDPOINT_OPERATION_HPP
#define ASYNC_LLM_CLIENT_CALL_ENDPOINT_OPERATION_HPP

#include "async/pending_handler.hpp"
#include "client/call/chat_call.hpp"
#include "client/call/outgoing_endpoint_request.hpp"
#include "codec/reply/reply_text.hpp"
#include <async_llm/api_response.hpp>
#include <async_llm/detail/initiation.hpp>

#include <boost/asio/cancellation_type.hpp>

#include <exception>
#include <memory>

namespace async_llm::detail {

/// One call of any endpoint, whose reply is given as it comes.
class endpoint_operation final : public net::operation, private reply_reader {
public:
    endpoint_operation(
        std::shared_ptr<client_state> impl,
        endpoint_request request,
        endpoint_handler handler
    );

    /// Registers the call and runs it.
    static void start(std::shared_ptr<endpoint_operation> const& op);

    void request_cancel(asio::cancellation_type type) { call_.request_cancel(type); }

private:
    asio::awaitable<void> run() override { return call_.send(); }
    void finish(std::exception_ptr exception) noexcept override;
    asio::awaitable<net::failure> read_reply() override;
    bool try_read_reply(net::failure& failed) override { return call_.reply().try_decode(failed); }

    outgoing_endpoint_request request_;
    chat_call call_;
    std::shared_ptr<reply_text> text_; // made beforehand: the end must need no memory for it
    pending_handler<error_code, api_response> handler_;
};

} // namespace async_llm::detail

#endif
