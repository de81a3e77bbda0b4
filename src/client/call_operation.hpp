// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_OPERATION_HPP
#define ASYNC_LLM_CLIENT_CALL_OPERATION_HPP

#include "client/client_impl.hpp"
#include "net/connection_pool.hpp"
#include "net/exchange.hpp"
#include "net/operation.hpp"
#include "net/response_parser.hpp"
#include <async_llm/chat_request.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/request_options.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace async_llm::detail {

/// A call of a client, whatever becomes of its reply: check, encode, lease, send.
class call_operation : public net::operation {
public:
    ~call_operation() override;

    void request_cancel(asio::cancellation_type type);

protected:
    enum class reply_kind { whole, streamed };

    call_operation(
        std::shared_ptr<client_impl> impl,
        reply_kind kind,
        chat_request request,
        request_options options
    );

    /// Registers the call; to be done once, before it is launched.
    void register_self();
    void unregister_self(bool succeeded) noexcept;

    /// Sends the request and receives the reply, or its head if it is to be streamed; then \ref lease_ is kept.
    asio::awaitable<net::failure> send();

    /// Gives the connection back. `completed`: the reply ended well.
    void release(bool completed);

    /// Writes into \ref response_ why the call ends.
    void fail(net::failure why);

    static net::failure to_failure(std::exception_ptr const& exception, phase where);

    client_config const& config() const noexcept { return impl_->config(); }

    std::shared_ptr<client_impl> impl_;
    request_options options_;
    net::lease lease_;
    std::optional<net::response_parser> parser_;
    net::exchange_progress progress_;
    error_code ec_;
    chat_response response_;
    /// A cancellation that promises "no effect" comes too late: bytes have left.
    bool refuses_total_ = false;

private:
    net::failure prepare();
    net::exchange_limits patience() const;
    asio::awaitable<net::failure> attempt(bool fresh_only, bool& replayable);
    void take_head();

    reply_kind kind_;
    chat_request request_;
    client_impl::registration registration_;
    bool registered_ = false;
    bool admitted_ = false;
    std::string wire_;
};

/// `to - from`, or nothing if either did not happen.
std::chrono::nanoseconds
between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to);

} // namespace async_llm::detail

#endif
