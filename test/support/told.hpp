// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

/// \file
/// All that is said about a call to its caller and its observer, as one text to be searched for secrets.

#ifndef ASYNC_LLM_TEST_SUPPORT_TOLD_HPP
#define ASYNC_LLM_TEST_SUPPORT_TOLD_HPP

#include <async_llm/chat_response.hpp>
#include <async_llm/debug_log.hpp>
#include <async_llm/error.hpp>
#include <async_llm/observer.hpp>

#include <string>
#include <string_view>

namespace async_llm::test {

/// Whether the text contains this, in whatever case its letters are.
bool holds(std::string_view text, std::string_view part);

/// All diagnostics of a response, but not what the model said nor a body that was kept.
std::string told(error_code ec, chat_response const& response);

/// An observer that keeps all that it hears, and a debug log with content and all fields of replies.
class listener final : public observer {
public:
    listener();

    /// The lines of the log.
    std::string const& log() const noexcept { return log_; }
    /// Those, what else the events have, and what telemetry makes of them.
    std::string text() const { return text_ + log_; }

    void call_started(call_started_event const& e) noexcept override { hear(e, &debug_log::call_started); }
    void attempt_started(attempt_started_event const& e) noexcept override {
        hear(e, &debug_log::attempt_started);
    }
    void connection_obtained(connection_obtained_event const& e) noexcept override {
        hear(e, &debug_log::connection_obtained);
    }
    void request_sent(request_sent_event const& e) noexcept override { hear(e, &debug_log::request_sent); }
    void first_byte(first_byte_event const& e) noexcept override { hear(e, &debug_log::first_byte); }
    void first_content(first_content_event const& e) noexcept override { hear(e, &debug_log::first_content); }
    void attempt_finished(attempt_finished_event const& e) noexcept override {
        hear(e, &debug_log::attempt_finished);
    }
    void call_finished(call_finished_event const& e) noexcept override { hear(e, &debug_log::call_finished); }

private:
    template <class Event>
    void hear(Event const& event, void (debug_log::*write)(Event const&) noexcept) {
        text_ += told_by(event);
        (writer_.*write)(event);
    }

    static std::string told_by(call_event const& event);
    static std::string told_by(attempt_started_event const& event);
    static std::string told_by(call_finished_event const& event);

    std::string log_;
    std::string text_;
    debug_log writer_;
};

} // namespace async_llm::test

#endif
