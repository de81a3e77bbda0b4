// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_COMPLETE_OPERATION_HPP
#define ASYNC_LLM_CLIENT_CALL_COMPLETE_OPERATION_HPP

#include "async/pending_handler.hpp"
#include "client/call/chat_call.hpp"
#include "client/call/outgoing_chat_request.hpp"
#include "codec/http/reply_padding.hpp"
#include "codec/reply/stream_collector.hpp"
#include <async_llm/detail/initiation.hpp>

#include <boost/asio/cancellation_type.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

namespace async_llm::detail {

/// One chat completion whose reply comes as a whole.
class complete_operation final : public net::operation, private reply_reader {
public:
    complete_operation(
        std::shared_ptr<client_state> impl,
        request_argument argument,
        complete_handler handler
    )
        : operation(impl->service(), chat_call::total_timeout(*impl, argument->options)),
          request_(std::move(argument), impl->endpoints(), false),
          call_(*this, *this, request_, std::move(impl), chat_call::reply_kind::whole, request_.options()),
          handler_(std::move(handler)) {}

    /// Registers the call and runs it.
    static void start(std::shared_ptr<complete_operation> const& op);

    void request_cancel(asio::cancellation_type type) { call_.request_cancel(type); }

    /// Makes it one of two identical calls, which are counted and reported as one; to be done before \ref
    /// start.
    void join_hedge(std::uint64_t number, bool second) noexcept { call_.record().join_hedge(number, second); }

    /// Index of the target that the last attempt was for, or the next one will be.
    std::size_t target() const noexcept { return call_.current().choice().target; }

private:
    asio::awaitable<void> run() override { return call_.send(); }
    void finish(std::exception_ptr exception) noexcept override;
    asio::awaitable<net::failure> read_reply() override;
    bool try_read_reply(net::failure& failed) override;
    bool is_unasked_stream(codec::reply_padding& padding);
    asio::awaitable<net::failure> read_unasked_stream(std::size_t begin);
    asio::awaitable<net::failure> read_events(codec::stream_collector& events);
    asio::awaitable<net::failure> receive_events(codec::stream_collector& events);

    net::exchange& exchange() noexcept { return call_.current().exchange(); }

    outgoing_chat_request request_;
    chat_call call_;
    pending_handler<error_code, chat_response> handler_;
};

} // namespace async_llm::detail

#endif
