// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "testing/http2/http2_frames.hpp"
#include "testing/http2/http2_server_callbacks.hpp"
#include "testing/http2/http2_server_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

// The replies of an http2_server_session, as their scripts say.

namespace async_llm::testing {
namespace {

using field = scripted_reply::field;
using state = http2_exchange::state;

std::vector<field> interim_fields(int status) {
    std::vector<field> result{{":status", std::to_string(status)}};
    if (status == 103) result.emplace_back("link", "</style.css>; rel=preload; as=style");
    return result;
}

std::vector<nghttp2_nv> as_nvs(std::vector<field> const& fields) {
    std::vector<nghttp2_nv> result;
    result.reserve(fields.size());
    for (auto const& each : fields) result.push_back(as_nv(each.first, each.second));
    return result;
}

// HEADERS whose block goes on in CONTINUATION frames.
std::string unfinished_head(std::int32_t stream, std::uint8_t flags, std::vector<field> const& fields) {
    return make_http2_frame(http2_frame_type::headers, flags, stream, encode_http2_fields(fields));
}

} // namespace

// Goes on until the next wait, or the end of what the script says.
void http2_server_session::advance(http2_exchange& exchange) {
    using duration = scripted_reply::duration;
    bool const is_raw = exchange.reply.framing == reply_framing::raw;
    auto& steps = exchange.plan.steps;
    while (exchange.now == state::replying && ending_ == http2_ending::none &&
           exchange.released < steps.size()) {
        auto& step = steps[exchange.released];
        auto const delay = std::exchange(step.delay, duration::zero());
        if (delay > duration::zero()) {
            wait(exchange, delay);
            break;
        }
        if (exchange.released == 0 && !begin_reply(exchange)) return;
        ++exchange.released;
        if (is_raw) put_raw(step.bytes);
    }
    if (!is_raw) {
        nghttp2_session_resume_data(session_.get(), exchange.id());
    } else if (exchange.now == state::replying && exchange.released == steps.size()) {
        exchange.now = state::complete;
        due_.push_back(exchange.id());
    }
}

void http2_server_session::wait(http2_exchange& exchange, scripted_reply::duration delay) {
    if (!exchange.timer) exchange.timer.emplace(news_.get_executor());
    exchange.timer->expires_after(delay);
    exchange.timer->async_wait([weak = weak_from_this(), id = exchange.id()](error_code ec) {
        auto const self = weak.lock();
        auto* const waiting = ec || !self ? nullptr : self->find(id);
        if (!waiting) return;
        self->advance(*waiting);
        self->news_.cancel();
    });
}

// Returns whether the body may follow.
bool http2_server_session::begin_reply(http2_exchange& exchange) {
    run_events(exchange, http2_point::before_head);
    if (exchange.now != state::replying || ending_ != http2_ending::none) return false;
    auto const& reply = exchange.reply;
    auto const& plan = exchange.plan;
    if (reply.fault != reply_fault::none && plan.fault_after == 0 && !plan.fault_in_body) {
        flush(); // frames in front of the reply
        commit_fault(exchange);
        return false;
    }
    if (reply.then == after_reply::announce_close) shut_down();
    put_raw(reply.prefix);
    if (reply.framing == reply_framing::raw) return true;
    submit_interim(exchange);
    if (reply.endless == endless_part::interim_replies || reply.endless == endless_part::headers) {
        begin_flood(exchange);
        return false;
    }
    submit_head(exchange);
    return true;
}

void http2_server_session::submit_interim(http2_exchange& exchange) {
    for (auto const status : exchange.reply.interim) {
        auto const fields = interim_fields(status);
        auto const nvs = as_nvs(fields);
        nghttp2_submit_headers(
            session_.get(),
            NGHTTP2_FLAG_NONE,
            exchange.id(),
            nullptr,
            nvs.data(),
            nvs.size(),
            nullptr
        );
    }
}

void http2_server_session::submit_head(http2_exchange& exchange) {
    auto const& reply = exchange.reply;
    auto const& plan = exchange.plan;
    auto const status = std::to_string(reply.status);
    auto nvs = as_nvs(plan.head);
    nvs.insert(nvs.begin(), as_nv(":status", status));
    bool const is_plain = reply.http2.empty() && reply.trailers.empty() && reply.fault == reply_fault::none &&
        reply.endless == endless_part::none;
    bool const is_empty = is_plain && plan.steps.size() == 1 && plan.steps.front().bytes.empty();
    nghttp2_data_provider const provider{{}, http2_server_callbacks::read_body};
    auto const* const body = is_empty ? nullptr : &provider;
    nghttp2_submit_response(session_.get(), exchange.id(), nvs.data(), nvs.size(), body);
}

void http2_server_session::submit_trailers(http2_exchange& exchange) {
    auto const nvs = as_nvs(exchange.reply.trailers);
    nghttp2_submit_trailer(session_.get(), exchange.id(), nvs.data(), nvs.size());
}

// The body has come to a point at which the script does something else.
void http2_server_session::continue_reply(http2_exchange& exchange) {
    run_events(exchange, http2_point::in_body);
    if (exchange.now != state::replying || ending_ != http2_ending::none) return;
    if (exchange.is_fault_due())
        commit_fault(exchange);
    else if (exchange.is_flood_due())
        begin_flood(exchange);
    else
        nghttp2_session_resume_data(session_.get(), exchange.id());
}

// The last frame of the reply is in the output.
void http2_server_session::finish_reply(http2_exchange& exchange) {
    auto const& reply = exchange.reply;
    if (reply.fault != reply_fault::none) {
        commit_fault(exchange);
        return;
    }
    ++replies_in_output_;
    run_events(exchange, http2_point::after_end);
    put_raw(reply.suffix);
    treat_connection(exchange);
}

void http2_server_session::treat_connection(http2_exchange& exchange) {
    auto const most = server_->options().max_requests_per_connection;
    bool const is_last = most != 0 && requests_ >= most && !server_->options().announce_close;
    switch (exchange.reply.then) {
    case after_reply::reset: end(http2_ending::reset); break;
    case after_reply::stay_silent: end(http2_ending::silence); break;
    case after_reply::close: end(http2_ending::close, exchange.reply.close_notify); break;
    case after_reply::announce_close: // GOAWAY went out with the head
    case after_reply::keep_open:
        if (is_last) end(http2_ending::close);
        break;
    }
}

void http2_server_session::commit_fault(http2_exchange& exchange) {
    switch (exchange.reply.fault) {
    case reply_fault::reset: end(http2_ending::reset); break;
    case reply_fault::close: end(http2_ending::close, exchange.reply.close_notify); break;
    case reply_fault::stall: exchange.now = state::stalled; break;
    case reply_fault::none: break;
    }
}

void http2_server_session::begin_flood(http2_exchange& exchange) {
    auto const id = exchange.id();
    auto const status = std::to_string(exchange.reply.status);
    switch (exchange.reply.endless) {
    case endless_part::interim_replies:
        flush();
        flood_ = make_http2_frame(
            http2_frame_type::headers,
            http2_end_headers,
            id,
            encode_http2_fields(interim_fields(103))
        );
        flooding_ = id;
        break;
    case endless_part::chunk_extension:
        flood_ = repeat_http2_frame(make_http2_frame(http2_frame_type::data, 0, id), 64);
        flooding_ = id;
        break;
    case endless_part::headers:
        put_raw(unfinished_head(id, 0, {field(":status", status)}));
        flood_ = unfinished_continuation(id);
        break;
    case endless_part::trailers:
        put_raw(unfinished_head(id, http2_end_stream, {field("x-endless", "x")}));
        flood_ = unfinished_continuation(id);
        break;
    case endless_part::body: // libnghttp2's own frames
    case endless_part::none: break;
    }
}

// --------------------------------------------------------------------------------------------- events

void http2_server_session::run_events(http2_exchange& exchange, http2_point point) {
    bool const after_end = point == http2_point::after_end;
    while (ending_ == http2_ending::none && (after_end || exchange.now == state::replying)) {
        auto const* const event = exchange.next_event(point);
        if (!event) break;
        run(exchange, *event);
    }
}

void http2_server_session::run(http2_exchange& exchange, http2_event const& event) {
    using type = http2_frame_type;
    auto const id = exchange.id();
    auto const number = event.number;
    auto const repeat = [&](std::string const& frame) { put_raw(repeat_http2_frame(frame, number)); };
    switch (event.frames) {
    case http2_frames::rst_stream: send_reset(exchange, event.code); break;
    case http2_frames::goaway:
    case http2_frames::goaway_and_close:
    case http2_frames::graceful_goaway: send_goaway(exchange, event); break;
    case http2_frames::max_streams: announce_max_streams(number); break;
    case http2_frames::settings:
        // By hand they would be confirmed without having been sent, in the eyes of libnghttp2.
        for (std::uint32_t i = 0; i < number; ++i)
            nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, nullptr, 0);
        break;
    case http2_frames::pings: repeat(make_http2_frame(type::ping, 0, 0, "scripted")); break;
    case http2_frames::unknown: repeat(make_http2_frame(type::unknown, 0, 0, "scripted")); break;
    case http2_frames::empty_data: repeat(make_http2_frame(type::data, 0, id)); break;
    case http2_frames::stray_data: repeat(make_http2_frame(type::data, 0, id, "stray bytes here")); break;
    case http2_frames::continuations:
        put_raw(unfinished_head(id, 0, {field(":status", "200")}));
        put_raw(repeat_http2_frame(unfinished_continuation(id), number));
        end(http2_ending::silence);
        break;
    case http2_frames::raw: put_raw(event.bytes); break;
    }
}

void http2_server_session::send_reset(http2_exchange& exchange, std::uint32_t code) {
    // libnghttp2 does not promise one for a stream that is closed.
    if (exchange.now == state::complete)
        put_raw(make_http2_reset(exchange.id(), code));
    else
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, exchange.id(), code);
    exchange.now = state::ended;
}

void http2_server_session::send_goaway(http2_exchange& exchange, http2_event const& event) {
    auto* const session = session_.get();
    if (event.frames == http2_frames::graceful_goaway) {
        nghttp2_submit_shutdown_notice(session);
        flush(); // a PING goes out in front of all else that waits
        // Its answer shows that the client knows; streams that it began before are served.
        nghttp2_submit_ping(session, NGHTTP2_FLAG_NONE, bytes_of(http2_graceful_ping));
        return;
    }
    auto const last = std::max(exchange.id() + event.last_stream, 0);
    submit_goaway(last, event.code);
    if (event.frames == http2_frames::goaway_and_close) {
        flush();
        end(http2_ending::close, exchange.reply.close_notify);
    } else if (last < exchange.id()) {
        exchange.now = state::ended;
    }
}

} // namespace async_llm::testing
