// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/exchange.hpp"

#include "codec/http/sniff.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace async_llm::net {
namespace {

using steady = std::chrono::steady_clock;

// A TLS record holds no more. One buffer per thread serves all connections: between a read and the parser's
// copy nothing waits.
using read_buffer = std::array<char, 16 * 1024>;

read_buffer& this_threads_buffer() {
    thread_local read_buffer buffer;
    return buffer;
}

// A peer that sends faster than we parse must not keep the other operations of this thread waiting.
constexpr int max_reads_in_a_row = 16;

// `sending`: the error of the request's way out, if that failed first; it says more than the end that follows
// it.
failure broken(error_code reading, error_code sending, response_parser& parser, bool properly) {
    if (reading == errc::too_many_tls_messages) {
        auto const reached = parser.started() ? phase::reading : phase::waiting;
        return failure(reading, {}, reached, "the peer sent too many TLS messages without data");
    }
    auto const cause = sending ? sending : reading;
    if (!parser.started()) {
        return failure(
            errc::connection_lost,
            cause,
            phase::waiting,
            "the peer ended the connection before a reply: " + cause.message()
        );
    }
    bool const ended = reading == asio::error::eof || !properly;
    auto const ec = ended ? parser.put_eof(properly) : error_code(errc::truncated_response);
    if (!ec) return failure();
    return failure(ec, cause, phase::reading, "the connection ended within the reply: " + cause.message());
}

failure unacceptable(error_code ec, response_parser const& parser, phase reached) {
    auto text = ec.message();
    if (parser.cause()) text += ": " + parser.cause().message();
    if (auto const line = parser.refused_line(); !line.empty()) text += " in " + line;
    return failure(ec, parser.cause(), reached, text);
}

} // namespace

void exchange::begin(
    byte_stream& stream,
    phase_limits& phases,
    std::string_view wire,
    exchange_limits limits,
    response_limits sizes,
    bool used,
    bool without_body
) {
    stream_ = &stream;
    phases_ = &phases;
    wire_ = wire;
    limits_ = limits;
    parser_.emplace(sizes, without_body);
    // One that has served before was looked at when it was taken; to a new one the peer may have spoken by
    // now.
    state_ = used ? state::sending : state::checking;
    phase_ = phase::writing;
    sent_ = false;
    awaits_first_byte_ = false;
    reads_in_a_row_ = 0;
    sent_at_ = first_byte_at_ = steady::time_point();
    write_error_ = error_code();
    failed_ = failure();
    failed_later_ = failure();
}

void exchange::end() noexcept {
    if (parser_) parser_->recycle();
    parser_.reset();
    state_ = state::idle;
}

std::optional<readiness> exchange::advance(goal wanted) {
    if (!failed_ && state_ < state::waiting) {
        if (auto const need = send()) return need;
    }
    return failed_ || wanted == goal::sent ? std::nullopt : receive(wanted);
}

/// Ends the exchange with the reason for which the operation has to end.
void exchange::stop() {
    char const* const sentence = phase_ == phase::writing ? "the request was not sent"
        : phase_ == phase::waiting                        ? "the reply did not begin"
                                                          : "the reply did not end";
    failed_ = failure(phases_->stop_reason(), {}, phase_, sentence);
}

// ----------------------------------------------------------------------------------------------- the request

std::optional<readiness> exchange::send() {
    for (;;) {
        if (phases_->stop_reason()) {
            stop();
            return std::nullopt;
        }
        if (state_ == state::checking) {
            if (has_come_too_early()) return std::nullopt;
            state_ = state::sending;
        }
        auto const now = stream_->try_write(wire_.data(), wire_.size());
        wire_.remove_prefix(now.n);
        // A peer may answer and close before it has read everything: its answer counts, not the failed write.
        write_error_ = now.ec;
        sent_ = !now.ec && wire_.empty();
        if (now.ec || sent_) break;
        if (now.wait == readiness::done) continue;
        block();
        if (reads_in_a_row_ >= max_reads_in_a_row) {
            reads_in_a_row_ = 0;
            return readiness::turn;
        }
        auto const need = read();
        if (failed_) return std::nullopt;
        if (is_answered()) break;
        if (need != readiness::done) return now.wait == readiness::writable ? readiness::either : now.wait;
    }
    end_sending();
    return std::nullopt;
}

/// Returns whether the peer has sent, or ended the connection, before it got anything.
bool exchange::has_come_too_early() {
    auto& buffer = this_threads_buffer();
    auto const now = stream_->try_read(buffer.data(), buffer.size());
    if (now.ec) {
        failed_ = broken(now.ec, {}, *parser_, stream_->ended_properly());
    } else if (now.wait == readiness::done) {
        auto const line = std::string_view(buffer.data(), now.n);
        failed_ = failure(
            errc::connection_lost,
            {},
            phase::writing,
            "the peer sent something before the request: " +
                codec::excerpt(line.substr(0, line.find_first_of("\r\n")))
        );
    }
    return static_cast<bool>(failed_);
}

/// Returns whether the response makes it pointless to go on sending.
bool exchange::is_answered() const noexcept {
    return is_complete() || failed_later_ || (has_head() && status() / 100 != 2);
}

void exchange::block() {
    if (state_ == state::blocked) return;
    state_ = state::blocked;
    if (limits_.write.count() > 0) phases_->begin_phase(errc::write_timeout, limits_.write);
}

void exchange::end_sending() {
    if (state_ == state::blocked && limits_.write.count() > 0) phases_->end_phase();
    state_ = state::waiting;
    sent_at_ = steady::now();
    if (phase_ == phase::writing) phase_ = phase::waiting;
    if (!has_head()) begin_response_limit();
}

// ---------------------------------------------------------------------------------------------- the response

void exchange::begin_response_limit() {
    auto const head = limits_.head;
    auto const first_byte = limits_.first_byte;
    bool const head_first = first_byte.count() == 0 || (head.count() > 0 && head < first_byte);
    awaits_first_byte_ = !head_first && phase_ == phase::waiting;
    if (awaits_first_byte_)
        phases_->begin_phase(errc::first_byte_timeout, first_byte);
    else if (head.count() > 0)
        phases_->begin_phase(limits_.head_error, head);
}

/// With the first byte, the limit of the wait becomes that of the head.
void exchange::note_first_byte() {
    using std::chrono::milliseconds;
    if (phase_ == phase::reading) return;
    phase_ = phase::reading;
    first_byte_at_ = steady::now();
    if (!std::exchange(awaits_first_byte_, false)) return;
    phases_->end_phase();
    auto const spent = std::chrono::floor<milliseconds>(first_byte_at_ - sent_at_);
    if (limits_.head.count() > 0)
        phases_->begin_phase(limits_.head_error, std::max(limits_.head - spent, milliseconds(1)));
}

std::optional<readiness> exchange::receive(goal wanted) {
    bool has_read = false;
    for (;;) {
        if (wanted == goal::head && has_head()) return std::nullopt;
        if (failed_later_) failed_ = std::move(failed_later_);
        if (failed_ || is_reached(wanted, has_read)) return std::nullopt;
        if (phases_->stop_reason()) {
            stop();
            return std::nullopt;
        }
        if (state_ == state::waiting) {
            state_ = state::receiving;
            // A reply takes its time, so that a read now would bring nothing.
            if (sent_ && !stream_->has_pending()) return readiness::readable;
        }
        if (reads_in_a_row_ >= max_reads_in_a_row) {
            reads_in_a_row_ = 0;
            return readiness::turn;
        }
        auto const need = read();
        if (!failed_ && need != readiness::done) return need;
        has_read = true;
    }
}

bool exchange::is_reached(goal wanted, bool has_read) const noexcept {
    return is_complete() || (wanted == goal::more && has_read);
}

/// Reads once, and gives that to the parser. `done`: something has come, or the exchange has failed.
readiness exchange::read() {
    auto& buffer = this_threads_buffer();
    auto const now = stream_->try_read(buffer.data(), buffer.size());
    if (now.ec) {
        failed_ = broken(now.ec, write_error_, *parser_, stream_->ended_properly());
    } else if (now.wait != readiness::done) {
        reads_in_a_row_ = 0;
        if (write_error_) failed_ = broken(write_error_, write_error_, *parser_, true);
        return now.wait;
    } else {
        reads_in_a_row_ += 1 + now.messages;
        note_first_byte();
        auto const ec = parser_->put(std::string_view(buffer.data(), now.n));
        // Behind the head of a final response, it is the body's.
        bool const is_of_body = has_head() && status() >= 200;
        if (ec) (is_of_body ? failed_later_ : failed_) = unacceptable(ec, *parser_, phase_);
    }
    if (is_complete()) phase_ = phase::finished;
    return readiness::done;
}

} // namespace async_llm::net
