// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/stream_collector.hpp"

#include "codec/calls/cut_calls.hpp"

#include <utility>

namespace async_llm::codec {
namespace {

// Events that are read in one step. Large ones take steps of their own.
constexpr int max_events_in_one_step = 64;

chunk_limits limits_of_events(decode_limits const& limits, bool one_choice) {
    chunk_limits result;
    // The body is bounded as a whole.
    result.max_event_size = 0;
    result.max_document_size = 0;
    result.decode = limits;
    result.one_choice = one_choice;
    return result;
}

} // namespace

stream_collector::stream_collector(int status, decode_limits const& limits, bool one_choice)
    : reader_(status, "text/event-stream", limits_of_events(limits, one_choice)), builder_(0) {}

stream_collector::outcome stream_collector::step() {
    using progress = chunk_reader::outcome;
    for (int i = 0; i < max_events_in_one_step; ++i) {
        auto const found = reader_.next(chunk_);
        if (found == progress::busy) return outcome::busy;
        if (found == progress::need_more) return outcome::need_more;
        if (found == progress::chunk || found == progress::failed) ec_ = builder_.add(chunk_);
        if (found == progress::chunk && !ec_) continue;
        if (found == progress::failed) {
            ec_ = reader_.ec();
            detail_ = std::move(reader_.detail());
        } else if (ec_) {
            detail_ = builder_.detail();
        } else if (detail_ = find_nameless_call(builder_.completion().choices); !detail_.empty()) {
            ec_ = errc::invalid_response;
        }
        return outcome::ended;
    }
    return outcome::busy;
}

} // namespace async_llm::codec
