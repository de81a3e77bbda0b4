// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include <async_llm/testing/scripted_reply.hpp>

namespace async_llm::testing {

body_part::body_part(duration wait, std::string text) : delay(wait), bytes(std::move(text)) {}

http2_event::http2_event(http2_frames kind, std::uint32_t count) : frames(kind), number(count) {}

http2_event http2_event::in_body(std::size_t after, http2_frames kind, std::uint32_t count) {
    http2_event result(kind, count);
    result.point = http2_point::in_body;
    result.after = after;
    return result;
}

http2_event http2_event::at_end(http2_frames kind, std::uint32_t count) {
    http2_event result(kind, count);
    result.point = http2_point::after_end;
    return result;
}

http2_event http2_event::raw(std::string bytes) {
    http2_event result(http2_frames::raw);
    result.bytes = std::move(bytes);
    return result;
}

scripted_reply::scripted_reply() : scripted_reply(200, {}) { content = reply_content::echo; }

scripted_reply::scripted_reply(int code, std::string text, std::string type)
    : status(code),
      content_type(std::move(type)),
      body(std::move(text)),
      event_interval(0),
      content(reply_content::verbatim),
      framing(reply_framing::content_length),
      chunk_size(0),
      latency(0),
      padding_lines(0),
      padding_interval(0),
      trickle_bytes(0),
      trickle_interval(0),
      trickle_head(false),
      fault(reply_fault::none),
      fault_after(0),
      fault_after_parts(0),
      endless(endless_part::none),
      then(after_reply::keep_open),
      close_notify(true) {}

scripted_reply scripted_reply::completion(std::string text) {
    scripted_reply result(200, std::move(text));
    result.content = reply_content::completion;
    return result;
}

scripted_reply scripted_reply::echo() { return scripted_reply(); }

scripted_reply scripted_reply::recorded() { return recorded(std::string()); }

scripted_reply scripted_reply::recorded(std::string model) {
    scripted_reply result(200, std::move(model));
    result.content = reply_content::recorded;
    return result;
}

scripted_reply scripted_reply::stream(std::string text) {
    scripted_reply result(200, std::move(text), "text/event-stream");
    result.content = reply_content::stream;
    result.framing = reply_framing::chunked;
    return result;
}

scripted_reply scripted_reply::events(std::vector<std::string> events) {
    scripted_reply result(200, {}, "text/event-stream");
    result.framing = reply_framing::chunked;
    result.parts.reserve(events.size());
    for (auto& event : events) result.parts.emplace_back(duration::zero(), std::move(event));
    return result;
}

scripted_reply scripted_reply::error(int status, std::string message) {
    scripted_reply result(status, std::move(message));
    result.content = reply_content::error;
    return result;
}

scripted_reply scripted_reply::raw(std::string bytes) {
    scripted_reply result(200, std::move(bytes));
    result.framing = reply_framing::raw;
    return result;
}

} // namespace async_llm::testing
