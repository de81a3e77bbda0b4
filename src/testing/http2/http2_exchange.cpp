// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "testing/http2/http2_exchange.hpp"

#include "testing/http2/http2_frames.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

namespace async_llm::testing {
namespace {

constexpr auto no_point = std::numeric_limits<std::size_t>::max();

// RFC 9113, 6.5.2: what a field counts beside its bytes.
constexpr std::size_t field_overhead = 32;

} // namespace

http2_exchange::http2_exchange(std::int32_t own_id, received_request connection)
    : request(std::move(connection)) {
    request.http_version = 20;
    request.stream_id = own_id;
}

void http2_exchange::take_field(std::string_view name, std::string_view value, std::size_t max_head_size) {
    head_size_ += name.size() + value.size() + field_overhead;
    if (head_size_ > max_head_size) {
        error_status = 431;
        return;
    }
    if (name == ":method")
        request.method = value;
    else if (name == ":path")
        request.target = value;
    else if (name == ":authority")
        request.headers.emplace_back("host", value);
    else if (!name.starts_with(':'))
        request.headers.emplace_back(name, value);
}

void http2_exchange::take_body(std::string_view bytes, std::size_t max_body_size) {
    if (error_status == 0 && bytes.size() > max_body_size - request.body.size()) error_status = 413;
    if (error_status == 0) request.body += bytes;
}

void http2_exchange::begin(scripted_reply rendered) {
    reply = std::move(rendered);
    plan = plan_http2_reply(reply);
    // The plan has all of it; a long stream would keep both.
    reply.body = std::string();
    reply.parts = std::vector<body_part>();
    auto const comes_first = [](auto const& a, auto const& b) {
        return std::make_pair(a.point, a.after) < std::make_pair(b.point, b.after);
    };
    // Not std::stable_sort: its buffer is deprecated in C++20.
    auto& events = reply.http2;
    for (auto it = events.begin(); it != events.end(); ++it)
        std::rotate(std::upper_bound(events.begin(), it, *it, comes_first), it, std::next(it));
    now = state::replying;
}

http2_exchange::piece http2_exchange::next_piece(std::size_t size) {
    piece result;
    auto const& steps = plan.steps;
    auto const skip_empty = [&] {
        while (step_ < released && offset_ == steps[step_].bytes.size()) {
            ++step_;
            offset_ = 0;
        }
    };
    skip_empty();
    bool const endless = !plan.endless_bytes.empty() && step_ == steps.size();
    result.is_due = next_point() <= body_sent_ || is_flood_due();
    if (now != state::replying || result.is_due || (step_ == released && !endless && !is_exhausted()))
        return result;
    size = std::min({size, next_point() - body_sent_, frame_room()});
    if (size == 0 && reply.fault == reply_fault::stall) now = state::stalled;
    if (now == state::stalled) return result;
    if (!is_exhausted()) {
        auto const source = std::string_view(endless ? plan.endless_bytes : steps[step_].bytes);
        result.bytes = source.substr(endless ? 0 : offset_, size);
        if (!endless) offset_ += result.bytes.size();
        body_sent_ += result.bytes.size();
        skip_empty();
    }
    result.ends_body = is_exhausted() && next_point() == no_point && !is_flood_due();
    return result;
}

http2_event const* http2_exchange::next_event(http2_point point) {
    if (events_done_ == reply.http2.size()) return nullptr;
    auto const& event = reply.http2[events_done_];
    // An event of a part that the reply does not have happens at the end of the parts that it has.
    if (event.point > point) return nullptr;
    bool const early = point == http2_point::in_body && event.point == http2_point::in_body &&
        event.after > body_sent_ && !is_exhausted();
    if (early) return nullptr;
    ++events_done_;
    return &event;
}

bool http2_exchange::is_cut_by_frames() const noexcept {
    bool const ends_connection = reply.fault == reply_fault::reset || reply.fault == reply_fault::close;
    return now == state::replying && ends_connection && !plan.fault_in_body;
}

bool http2_exchange::is_fault_due() const noexcept {
    return reply.fault != reply_fault::none && plan.fault_in_body && *plan.fault_in_body <= body_sent_;
}

bool http2_exchange::is_exhausted() const noexcept {
    return step_ == plan.steps.size() && plan.endless_bytes.empty();
}

bool http2_exchange::is_flood_due() const noexcept {
    return is_exhausted() &&
        (reply.endless == endless_part::trailers || reply.endless == endless_part::chunk_extension);
}

// Bytes of the body behind which something has to happen.
std::size_t http2_exchange::next_point() const noexcept {
    auto result = no_point;
    if (events_done_ < reply.http2.size() && reply.http2[events_done_].point == http2_point::in_body)
        result = is_exhausted() ? body_sent_ : reply.http2[events_done_].after;
    if (reply.fault != reply_fault::none && plan.fault_in_body)
        result = std::min(result, *plan.fault_in_body);
    return result;
}

// Bytes of DATA up to which a reply goes that stalls after a number of bytes of frames.
std::size_t http2_exchange::frame_room() const noexcept {
    if (reply.fault != reply_fault::stall || plan.fault_in_body) return no_point;
    auto const used = put_out + http2_frame_head_size;
    return plan.fault_after > used ? plan.fault_after - used : 0;
}

} // namespace async_llm::testing
