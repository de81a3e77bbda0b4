// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_COMPLETE_OPERATION_HPP
#define ASYNC_LLM_CLIENT_CALL_COMPLETE_OPERATION_HPP

#include "async/pending_handler.hpp"
#include "client/call/call_operation.hpp"
#include "codec/http/reply_padding.hpp"
#include "codec/reply/stream_collector.hpp"
#include <async_llm/detail/initiation.hpp>

namespace async_llm::detail {

/// One chat completion whose reply comes as a whole.
class complete_operation final : public call_operation {
public:
    complete_operation(
        std::shared_ptr<client_state> impl,
        request_argument argument,
        complete_handler handler
    );

    /// Registers the call and runs it.
    static void start(std::shared_ptr<complete_operation> const& op);

private:
    asio::awaitable<void> run() override { return send(); }
    void finish(std::exception_ptr exception) noexcept override;
    asio::awaitable<net::failure> read_reply() override;
    std::optional<net::failure> try_read_reply() override;
    void end_of_reply(bool is_whole);
    bool is_unasked_stream(codec::reply_padding& padding);
    asio::awaitable<net::failure> read_unasked_stream(std::size_t begin);
    asio::awaitable<net::failure> read_events(codec::stream_collector& events);
    asio::awaitable<net::failure> receive_events(codec::stream_collector& events);

    pending_handler<error_code, chat_response> handler_;
};

} // namespace async_llm::detail

#endif
