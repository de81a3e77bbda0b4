// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP1_EXCHANGE_HPP
#define ASYNC_LLM_NET_HTTP1_EXCHANGE_HPP

#include "async/failure.hpp"
#include "async/phase_limits.hpp"
#include "net/byte_stream.hpp"
#include "net/exchange.hpp"
#include "net/http/request_bytes.hpp"
#include "net/http/response_parser.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>
#include <async_llm/response_info.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::net {

/// One request and its response over HTTP/1.1, on a connection of its own.
/**
 * | state | meaning | next |
 * |---|---|---|
 * | idle | there is no exchange | `begin`: checking, or sending on a connection that has served |
 * | checking | nothing is sent; the peer must not have spoken | sending |
 * | sending | the request is written | blocked, waiting |
 * | blocked | the connection takes no more for now, and the write limit runs; what comes is read | waiting |
 * | waiting | all is written, or the response came before that; the limits of the response run | receiving |
 * | receiving | the response is read, to its end or a failure | |
 *
 * The connection of a response that came before the whole request was taken can't serve again. Bytes that
 * came before any of the request was sent are no response to it.
 */
class http1_exchange final : public exchange {
public:
    /// Begins anew. `stream`, `phases` and the bytes of `wire` have to stay until the exchange has ended.
    /** `used`: the connection has served before, and was looked at. `without_body`: the request is CONNECT.
     */
    void begin(
        byte_stream& stream,
        phase_limits& phases,
        request_bytes wire,
        exchange_limits limits,
        response_limits sizes,
        bool used = true,
        bool without_body = false
    );

    std::optional<readiness> advance(goal wanted) override;
    bool has_pending() const noexcept override { return stream_->has_pending(); }
    void note_wait() noexcept override { reads_in_a_row_ = 0; }
    void end() noexcept override;
    bool has_begun() const noexcept override { return parser_.has_value(); }

    /// Reads since the last wait, and TLS messages without data among them.
    int reads_in_a_row() const noexcept { return reads_in_a_row_; }

    bool has_head() const noexcept override { return parser_ && parser_->has_head(); }
    bool is_complete() const noexcept override { return parser_ && parser_->complete(); }
    bool is_reusable() const noexcept override;
    /// Returns what the peer has sent behind the response, of what was read.
    std::string_view surplus() const noexcept { return parser_->surplus(); }
    int status() const noexcept override { return parser_->status(); }
    std::string const& reason() { return parser_->reason(); }
    std::vector<http_header>& headers() override { return parser_->headers(); }
    std::string& body() override { return parser_->body(); }

private:
    enum class state { idle, checking, sending, blocked, waiting, receiving };

    std::optional<readiness> send();
    std::optional<readiness> receive(goal wanted);
    bool has_come_too_early();
    bool is_answered() const noexcept;
    bool is_reached(goal wanted, bool has_read) const noexcept;
    readiness read();

    byte_stream* stream_ = nullptr;
    std::string_view wire_;
    std::string_view wire_rest_; // behind it
    std::optional<response_parser> parser_;

    state state_ = state::idle;
    int reads_in_a_row_ = 0;
    /// Reason why the request could not be sent whole.
    error_code write_error_;
    /// Failure of what lies behind the head.
    failure failed_later_;
};

} // namespace async_llm::net

#endif
