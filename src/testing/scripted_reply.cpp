// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
#include <async_llm/testing/scripted_reply.hpp>

namespace async_llm::testing {

scripted_reply::scripted_reply() : scripted_reply(200, {}) { content = reply_content::echo; }

scripted_reply::scripted_reply(int code, std::string text, std::string type)
    : status(code),
      content_type(std::move(type)),
      body(std::move(text)),
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
