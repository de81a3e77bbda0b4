// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_EXCHANGE_PROGRESS_HPP
#define ASYNC_LLM_NET_EXCHANGE_PROGRESS_HPP

#include "async/failure.hpp"
#include "async/phase_limits.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>
#include <async_llm/response_info.hpp>

#include <chrono>

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

/// Course of an exchange in time: the phase that it has reached, when, and the limit that runs.
class exchange_progress {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Begins anew. `phases` has to stay until the exchange has ended.
    void begin(phase_limits& phases, exchange_limits limits) noexcept;

    /// Begins the limit of writing, unless it runs.
    void block();
    /// Notes that sending is over, and begins the limit of the response unless its head has come.
    /** `whole`: the peer took all of the request. */
    void end_sending(bool whole, bool has_head);
    /// Notes that something of the response has come; with the first, the limit of the head begins.
    void note_first_byte();
    /// Notes that the response is complete.
    void note_end() noexcept { phase_ = phase::finished; }

    /// Returns whether the operation has to end.
    bool is_stopped() const noexcept { return static_cast<bool>(phases_->stop_reason()); }
    /// Returns the failure of an exchange whose operation has to end.
    failure stopped() const;

    async_llm::phase phase() const noexcept { return phase_; }
    /// Returns whether the peer took the whole request.
    bool is_sent() const noexcept { return sent_; }
    /// When the request was sent, as far as it was, and when the first byte came. Zero: not yet.
    time_point sent_at() const noexcept { return sent_at_; }
    time_point first_byte_at() const noexcept { return first_byte_at_; }

private:
    void begin_response_limit();

    phase_limits* phases_ = nullptr;
    exchange_limits limits_;
    async_llm::phase phase_ = async_llm::phase::writing;
    bool sent_ = false;
    bool blocked_ = false;           // and the limit of writing runs
    bool awaits_first_byte_ = false; // the limit that runs is that of the first byte
    time_point sent_at_;
    time_point first_byte_at_;
};

} // namespace async_llm::net

#endif
