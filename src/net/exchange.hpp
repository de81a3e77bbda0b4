// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_EXCHANGE_HPP
#define ASYNC_LLM_NET_EXCHANGE_HPP

#include "async/failure.hpp"
#include "async/phase_limits.hpp"
#include "net/byte_stream.hpp"
#include "net/http/response_parser.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>
#include <async_llm/response_info.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::net {

/// Limits of the phases of an exchange; zero: none, and the operation's present limit goes on.
struct exchange_limits {
    exchange_limits() = default;
    exchange_limits(std::chrono::milliseconds w, std::chrono::milliseconds f) : write(w), first_byte(f) {}

    /// Sending the request; `errc::write_timeout`.
    std::chrono::milliseconds write{0};
    /// From its last byte to the first of the response; `errc::first_byte_timeout`.
    std::chrono::milliseconds first_byte{0};
    /// From its last byte to the end of the head, and the error if that passes.
    std::chrono::milliseconds head{0};
    errc head_error = errc::first_content_timeout;
};

/// One request and its response over HTTP/1.1: a state machine that says what it needs, and does not wait
/// itself.
/**
 * ```
 * exchange.begin(stream, operation, wire, limits, sizes);
 * while (auto const need = exchange.advance(exchange::goal::head)) co_await transport.wait(*need);
 * if (auto failed = exchange.take_failure()) ...
 * ```
 *
 * | state | meaning | next |
 * |---|---|---|
 * | idle | there is no exchange | `begin`: checking, or sending on a connection that has served |
 * | checking | nothing is sent; the peer must not have spoken | sending |
 * | sending | the request is written | blocked, waiting |
 * | blocked | the connection takes no more for now, and the write limit runs; what comes is read | waiting |
 * | waiting | all is written, or the response came before that; the limits of the response run | receiving |
 * | receiving | the response is read, to its end or a failure | |
 *
 * - A response counts even though the peer did not take the whole request (413, 401). Its connection can't
 * serve again.
 * - Bytes that came before any of the request was sent are no response to it.
 * - Failures are `errc::connection_lost` if the connection broke before any byte of the response, those of
 * \ref response_parser, or the reason for which the operation has to end.
 * - What is wrong behind a complete head is a failure of the next goal, not of the head.
 */
class exchange {
public:
    enum class goal {
        /// The request is sent, as far as the peer takes it.
        sent,
        /// The head of the response is complete.
        head,
        /// One more read has brought something.
        more,
        /// The response is complete.
        end,
    };

    exchange() = default;
    exchange(exchange const&) = delete;
    exchange& operator=(exchange const&) = delete;

    /// Begins anew. `stream`, `phases` and the bytes of `wire` have to stay until the exchange has ended.
    /** `used`: the connection has served before, and was looked at. `without_body`: the request is CONNECT.
     */
    void begin(
        byte_stream& stream,
        phase_limits& phases,
        std::string_view wire,
        exchange_limits limits,
        response_limits sizes,
        bool used = true,
        bool without_body = false
    );

    /// Forgets the response, and keeps its memory for the next one on this thread.
    void end() noexcept;

    /// Does all that goes without a wait. Returns what has to be waited for; nothing: see \ref take_failure.
    std::optional<readiness> advance(goal wanted);

    bool has_failed() const noexcept { return static_cast<bool>(failed_); }
    /// The failure for which the goal was not reached; none: it was.
    failure take_failure() noexcept { return std::move(failed_); }

    /// Reads since the last wait, and TLS messages without data among them.
    int reads_in_a_row() const noexcept { return reads_in_a_row_; }
    /// The operation has waited otherwise meanwhile.
    void note_wait() noexcept { reads_in_a_row_ = 0; }

    /// Returns whether \ref begin was called since the last \ref end.
    explicit operator bool() const noexcept { return parser_.has_value(); }

    /// \name Progress
    /// @{
    async_llm::phase phase() const noexcept { return phase_; }
    /// Returns whether the peer took the whole request.
    bool is_sent() const noexcept { return sent_; }
    /// When the request was sent, as far as it was, and when the first byte came. Zero: not yet.
    std::chrono::steady_clock::time_point sent_at() const noexcept { return sent_at_; }
    std::chrono::steady_clock::time_point first_byte_at() const noexcept { return first_byte_at_; }
    /// @}

    /// \name The response. Precondition: it has begun.
    /// @{
    bool has_head() const noexcept { return parser_ && parser_->has_head(); }
    bool is_complete() const noexcept { return parser_ && parser_->complete(); }
    /// Returns whether the connection can serve again, as far as the exchange knows.
    bool is_reusable() const noexcept { return sent_ && is_complete() && parser_->reusable(); }
    /// Returns whether the peer has sent more than the response.
    bool has_surplus() const noexcept { return parser_->has_surplus(); }
    int status() const noexcept { return parser_->status(); }
    std::string const& reason() { return parser_->reason(); }
    std::vector<http_header>& headers() { return parser_->headers(); }
    /// Part of the body that has come; may be cleared.
    std::string& body() { return parser_->body(); }
    /// @}

private:
    enum class state { idle, checking, sending, blocked, waiting, receiving };

    std::optional<readiness> send();
    std::optional<readiness> receive(goal wanted);
    bool has_come_too_early();
    bool is_answered() const noexcept;
    bool is_reached(goal wanted, bool has_read) const noexcept;
    void block();
    void end_sending();
    void begin_response_limit();
    void note_first_byte();
    readiness read();
    void stop();

    byte_stream* stream_ = nullptr;
    phase_limits* phases_ = nullptr;
    std::string_view wire_;
    exchange_limits limits_;
    std::optional<response_parser> parser_;

    state state_ = state::idle;
    async_llm::phase phase_ = async_llm::phase::writing;
    bool sent_ = false;
    /// The limit that runs is that of the first byte.
    bool awaits_first_byte_ = false;
    int reads_in_a_row_ = 0;
    std::chrono::steady_clock::time_point sent_at_;
    std::chrono::steady_clock::time_point first_byte_at_;
    /// Reason why the request could not be sent whole.
    error_code write_error_;
    failure failed_;
    /// Of what lies behind the head.
    failure failed_later_;
};

} // namespace async_llm::net

#endif
