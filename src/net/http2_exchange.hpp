// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP2_EXCHANGE_HPP
#define ASYNC_LLM_NET_HTTP2_EXCHANGE_HPP

#include "async/operation.hpp"
#include "async/wake_slot.hpp"
#include "net/connection.hpp"
#include "net/exchange.hpp"
#include <async_llm/response_info.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace async_llm::net {

class http2_connection;
class http2_stream;
struct http2_failure;

/// One request and its response over HTTP/2, on a stream of a connection that others share.
/**
 * | state    | meaning                                                              | next           |
 * |----------|----------------------------------------------------------------------|----------------|
 * | sent     | the connection has the request, and writes it with those of others   | blocked, head  |
 * | blocked  | the peer does not take all of it for now, and the write limit runs   | sent, head     |
 * | head     | the head of the response has been taken                              | complete       |
 * | complete | the response is complete                                             |                |
 *
 * A request counts as sent when the connection has it, so that nothing has to be waited for; that it could
 * not be written is found out afterwards. The body's window is returned when \ref advance takes its bytes.
 */
class http2_exchange final : public exchange {
public:
    http2_exchange(connection_ptr c, http2_connection& shared, operation& op, exchange_limits limits);
    ~http2_exchange() override;

    std::optional<readiness> advance(goal wanted) override;
    wake_slot* waiting_place() noexcept override { return &slot_; }
    processing server_says() const noexcept override { return server_says_; }

    bool has_pending() const noexcept override;
    void leave() noexcept override;
    void end() noexcept override;
    bool has_begun() const noexcept override { return true; }

    bool has_head() const noexcept override { return state_ >= state::head; }
    bool is_complete() const noexcept override { return state_ == state::complete; }
    bool is_reusable() const noexcept override { return true; }
    int status() const noexcept override { return status_; }
    std::vector<http_header>& headers() override { return headers_; }
    std::string& body() override { return body_; }
    std::int32_t stream_id() const noexcept override { return stream_id_; }

private:
    friend class http2_connection;

    enum class state { sent, blocked, head, complete };

    asio::any_io_executor const& strand() const noexcept { return strand_; }
    /// The connection has no room for it.
    void refuse();

    // With the connection's mutex held.
    void enter(http2_stream& stream);
    bool is_reached(goal wanted);
    void look_at_request();
    void take_head();
    bool take_body();
    void take_failure(http2_failure const& reason);

    connection_ptr connection_;
    http2_connection& shared_;
    asio::any_io_executor const& strand_;
    // Null: it has left, or was never there. With the connection's mutex held, unless it is looked at here.
    http2_stream* stream_ = nullptr;
    wake_slot slot_;
    state state_ = state::sent;
    processing server_says_ = processing::possible;
    int status_ = 0;
    std::int32_t stream_id_ = 0;
    std::vector<http_header> headers_;
    std::string body_;
};

} // namespace async_llm::net

#endif
