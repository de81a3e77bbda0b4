// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_EXCHANGE_HPP
#define ASYNC_LLM_NET_EXCHANGE_HPP

#include "async/failure.hpp"
#include "net/byte_stream.hpp"
#include "net/exchange_progress.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/response_info.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace async_llm::net {

class wake_slot;

/// One request and its response, in whatever version of HTTP: a state machine that says what it needs, and
/// does not wait itself.
/**
 * ```
 * while (auto const need = exchange.advance(exchange::goal::head)) co_await wait(*need);
 * if (auto failed = exchange.take_failure()) ...
 * ```
 *
 * - A response counts even though the peer did not take the whole request (413, 401).
 * - Failures are `errc::connection_lost` if the connection broke before any byte of the response,
 * `invalid_http`, `header_too_large`, `response_too_large`, `truncated_response`, or the reason for which the
 * operation has to end.
 * - What is wrong behind a complete head is a failure of the next goal, not of the head.
 *
 * Thread safety: one user at a time.
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

    /// Processing of a request whose exchange has failed.
    enum class processing {
        /// The server may have acted on it.
        possible,
        /// It has not: the request did not reach it, or came after its end of the connection (GOAWAY).
        none,
        /// It has not, and does not want it on this connection.
        refused,
    };

    exchange() = default;
    exchange(exchange const&) = delete;
    exchange& operator=(exchange const&) = delete;
    virtual ~exchange() = default;

    /// Does all that goes without a wait. Returns what has to be waited for; nothing: see \ref take_failure.
    virtual std::optional<readiness> advance(goal wanted) = 0;

    /// Place to wait at for what \ref advance needs. Null: the socket of the connection.
    virtual wake_slot* waiting_place() noexcept { return nullptr; }

    bool has_failed() const noexcept { return static_cast<bool>(failed_); }
    /// The failure for which the goal was not reached; none: it was.
    failure take_failure() noexcept { return std::move(failed_); }
    /// Word of the server, after a failure, on whether it has acted on the request.
    virtual processing server_says() const noexcept { return processing::possible; }

    /// Returns whether something of the peer is here that no goal has taken yet.
    virtual bool has_pending() const noexcept = 0;
    /// Notes that the operation has waited otherwise meanwhile.
    virtual void note_wait() noexcept {}

    /// Gives up the connection. What has come stays.
    virtual void leave() noexcept {}
    /// Forgets the response, and keeps its memory for the next one on this thread.
    virtual void end() noexcept = 0;
    /// Returns whether it has begun and was not ended.
    virtual bool has_begun() const noexcept = 0;

    /// \name Progress, as of \ref exchange_progress
    /// @{
    async_llm::phase phase() const noexcept { return progress_.phase(); }
    bool is_sent() const noexcept { return progress_.is_sent(); }
    std::chrono::steady_clock::time_point sent_at() const noexcept { return progress_.sent_at(); }
    std::chrono::steady_clock::time_point first_byte_at() const noexcept { return progress_.first_byte_at(); }
    /// @}

    /// \name The response. Precondition: it has begun.
    /// @{
    virtual bool has_head() const noexcept = 0;
    virtual bool is_complete() const noexcept = 0;
    /// Returns whether the connection can serve again, as far as the exchange knows.
    virtual bool is_reusable() const noexcept = 0;
    virtual int status() const noexcept = 0;
    virtual std::vector<http_header>& headers() = 0;
    /// Part of the body that has come; may be cleared.
    virtual std::string& body() = 0;
    /// Stream of an HTTP/2 connection; 0: HTTP/1.1.
    virtual std::int32_t stream_id() const noexcept { return 0; }
    /// @}

protected:
    exchange_progress& progress() noexcept { return progress_; }
    void fail(failure reason) noexcept { failed_ = std::move(reason); }

private:
    exchange_progress progress_;
    failure failed_;
};

} // namespace async_llm::net

#endif
