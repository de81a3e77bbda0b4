// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http1_exchange.hpp"

#include "codec/http/sniff.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace async_llm::net {
namespace {

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

void http1_exchange::begin(
    byte_stream& stream,
    phase_limits& phases,
    request_bytes wire,
    exchange_limits limits,
    response_limits sizes,
    bool used,
    bool without_body
) {
    stream_ = &stream;
    wire_ = wire.first;
    wire_rest_ = wire.rest;
    progress().begin(phases, limits);
    parser_.emplace(sizes, without_body);
    // One that has served before was looked at when it was taken; to a new one the peer may have spoken by
    // now.
    state_ = used ? state::sending : state::checking;
    reads_in_a_row_ = 0;
    write_error_ = error_code();
    fail(failure());
    failed_later_ = failure();
}

void http1_exchange::end() noexcept {
    if (parser_) parser_->recycle();
    parser_.reset();
    state_ = state::idle;
}

bool http1_exchange::is_reusable() const noexcept {
    return is_sent() && is_complete() && parser_->reusable() && !stream_->has_pending();
}

std::optional<readiness> http1_exchange::advance(goal wanted) {
    if (!has_failed() && state_ < state::waiting) {
        if (auto const need = send()) return need;
    }
    return has_failed() || wanted == goal::sent ? std::nullopt : receive(wanted);
}

// ----------------------------------------------------------------------------------------------- the request

std::optional<readiness> http1_exchange::send() {
    for (;;) {
        if (progress().is_stopped()) {
            fail(progress().stopped());
            return std::nullopt;
        }
        if (state_ == state::checking) {
            if (has_come_too_early()) return std::nullopt;
            state_ = state::sending;
        }
        auto const now = stream_->try_write(wire_.data(), wire_.size());
        wire_.remove_prefix(now.n);
        if (wire_.empty() && !now.ec) wire_ = std::exchange(wire_rest_, std::string_view());
        // A peer may answer and close before it has read everything: its answer counts, not the failed write.
        write_error_ = now.ec;
        if (now.ec || wire_.empty()) break;
        if (now.wait == readiness::done) continue;
        state_ = state::blocked;
        progress().block();
        if (reads_in_a_row_ >= max_reads_in_a_row) {
            reads_in_a_row_ = 0;
            return readiness::turn;
        }
        auto const need = read();
        if (has_failed()) return std::nullopt;
        if (is_answered()) break;
        if (need != readiness::done) return now.wait == readiness::writable ? readiness::either : now.wait;
    }
    state_ = state::waiting;
    progress().end_sending(!write_error_ && wire_.empty(), has_head());
    return std::nullopt;
}

/// Returns whether the peer has sent, or ended the connection, before it got anything.
bool http1_exchange::has_come_too_early() {
    auto& buffer = this_threads_read_buffer();
    auto const now = stream_->try_read(buffer.data(), buffer.size());
    if (now.ec) {
        fail(broken(now.ec, {}, *parser_, stream_->ended_properly()));
    } else if (now.wait == readiness::done) {
        auto const line = std::string_view(buffer.data(), now.n);
        fail(failure(
            errc::connection_lost,
            {},
            phase::writing,
            "the peer sent something before the request: " +
                codec::excerpt(line.substr(0, line.find_first_of("\r\n")))
        ));
    }
    return has_failed();
}

/// Returns whether the response makes it pointless to go on sending.
bool http1_exchange::is_answered() const noexcept {
    return is_complete() || failed_later_ || (has_head() && status() / 100 != 2);
}

// ---------------------------------------------------------------------------------------------- the response

std::optional<readiness> http1_exchange::receive(goal wanted) {
    bool has_read = false;
    for (;;) {
        if (wanted == goal::head && has_head()) return std::nullopt;
        if (failed_later_) fail(std::move(failed_later_));
        if (has_failed() || is_reached(wanted, has_read)) return std::nullopt;
        if (progress().is_stopped()) {
            fail(progress().stopped());
            return std::nullopt;
        }
        if (state_ == state::waiting) {
            state_ = state::receiving;
            // A reply takes its time, so that a read now would bring nothing.
            if (is_sent() && !stream_->has_pending()) return readiness::readable;
        }
        if (reads_in_a_row_ >= max_reads_in_a_row) {
            reads_in_a_row_ = 0;
            return readiness::turn;
        }
        auto const need = read();
        if (!has_failed() && need != readiness::done) return need;
        has_read = true;
    }
}

bool http1_exchange::is_reached(goal wanted, bool has_read) const noexcept {
    return is_complete() || (wanted == goal::more && has_read);
}

/// Reads once, and gives that to the parser. `done`: something has come, or the exchange has failed.
readiness http1_exchange::read() {
    auto& buffer = this_threads_read_buffer();
    auto const now = stream_->try_read(buffer.data(), buffer.size());
    if (now.ec) {
        fail(broken(now.ec, write_error_, *parser_, stream_->ended_properly()));
    } else if (now.wait != readiness::done) {
        reads_in_a_row_ = 0;
        if (write_error_) fail(broken(write_error_, write_error_, *parser_, true));
        return now.wait;
    } else {
        reads_in_a_row_ += 1 + now.messages;
        progress().note_first_byte();
        auto const ec = parser_->put(std::string_view(buffer.data(), now.n));
        // Behind the head of a final response, it is the body's.
        bool const is_of_body = has_head() && status() >= 200;
        if (ec) {
            auto reason = unacceptable(ec, *parser_, phase());
            if (is_of_body)
                failed_later_ = std::move(reason);
            else
                fail(std::move(reason));
        }
    }
    if (is_complete()) progress().note_end();
    return readiness::done;
}

} // namespace async_llm::net
