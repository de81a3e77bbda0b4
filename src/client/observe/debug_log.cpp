// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/ascii.hpp"
#include "base/sanitize.hpp"
#include <async_llm/debug_log.hpp>
#include <async_llm/telemetry.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <utility>

namespace async_llm {
namespace {

constexpr std::size_t max_value = 200;

constexpr std::array<std::string_view, 9> never_written{
    "authorization",
    "proxy-authorization",
    "authentication-info",
    "proxy-authentication-info",
    "cookie",
    "set-cookie",
    "set-cookie2",
    "x-api-key",
    "api-key",
};

bool matches(std::string_view pattern, std::string_view name) noexcept {
    if (!pattern.ends_with('*')) return codec::iequals(pattern, name);
    pattern.remove_suffix(1);
    return codec::istarts_with(name, pattern);
}

bool is_any_of(std::string_view name, std::array<std::string_view, 9> const& names) noexcept {
    return std::ranges::any_of(names, [name](auto each) { return codec::iequals(each, name); });
}

void replace_all(std::string& text, std::string const& secret) {
    constexpr std::string_view stars = "***";
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + stars.size()))
        text.replace(at, secret.size(), stars);
}

bool is_plain(char c) noexcept {
    return codec::is_alphanumeric(c) || std::string_view("-._~:/@+*[]%?").find(c) != std::string_view::npos;
}

std::string quoted_value(std::string_view text) {
    std::string result = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result += '"';
}

/// As `25.1ms`, whatever the locale.
std::string in_milliseconds(std::chrono::nanoseconds time) {
    std::array<char, 64> text;
    auto const value = std::chrono::duration<double, std::milli>(time).count();
    auto const end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 1).ptr;
    return std::string(text.data(), end) + "ms";
}

/// A proxy's reason for its refusal may be anything, even the password that it got; its status is enough.
std::string_view without_reason(std::string_view detail) noexcept {
    constexpr std::string_view before = "it answered ";
    constexpr std::size_t digits = 3;
    auto const at = detail.find(before);
    return at == std::string_view::npos ? detail : detail.substr(0, at + before.size() + digits);
}

std::string_view name_of(connection_origin origin) noexcept {
    switch (origin) {
    case connection_origin::fresh: return "fresh";
    case connection_origin::resumed: return "resumed";
    case connection_origin::reused: return "reused";
    }
    return {};
}

} // namespace

debug_log_options::debug_log_options()
    : reply_headers{
          "content-type",
          "content-length",
          "content-encoding",
          "date",
          "server",
          "server-timing",
          "via",
          "cf-ray",
          "retry-after",
          "retry-after-ms",
          "x-should-retry",
          "x-request-id",
          "x-inference-id",
          "x-generation-id",
          "request-id",
          "x-ratelimit-*",
          "openai-processing-ms",
          "openai-version"
      } {}

/// One line in the making.
class debug_log::line {
public:
    line(debug_log_options const& options, call_event const& event, std::string_view name)
        : options_(options), event_(event), text_("call " + std::to_string(event.call)) {
        text_.append(event.hedge ? " (hedge): " : ": ").append(name);
    }

    /// Empty: not written, as there is nothing to say.
    void add(std::string_view name, std::string_view value) {
        append(name, without_secrets(value), max_value);
    }
    void add(std::string_view name, std::int64_t value) { append(name, std::to_string(value), max_value); }
    void add(std::string_view name, std::chrono::nanoseconds value) {
        append(name, in_milliseconds(value), max_value);
    }

    /// Free words of others, in which they may repeat secrets.
    void add_words(std::string_view name, std::string_view value, std::size_t max_chars = max_value) {
        auto const known = without_secrets(value);
        // Cut first, with some room: what is replaced makes a text shorter, and a body may have megabytes.
        append(name, codec::redact_keys(codec::sanitize(known, 2 * max_chars)), max_chars);
    }

    void add_content(std::string_view name, std::string_view value) {
        if (options_.content) add_words(name, value, options_.max_content);
    }

    void add_server(call_event const& event) {
        if (event.server_address.empty()) return;
        auto const port = event.server_port == 0 ? std::string() : ':' + std::to_string(event.server_port);
        bool const brackets = event.server_address.find(':') != std::string_view::npos;
        auto const host = std::string(event.server_address);
        add("server", (brackets ? '[' + host + ']' : host) + port);
    }

    void add_headers(std::vector<http_header> const& headers) {
        for (auto const& each : headers) add(codec::lower_case(each.name), each.value);
    }

    void add_reply_headers(std::vector<http_header> const& headers) {
        auto const& wanted = options_.reply_headers;
        for (auto const& each : headers) {
            auto const allows = [&each](std::string const& pattern) { return matches(pattern, each.name); };
            if (is_any_of(each.name, never_written)) continue;
            if (std::ranges::any_of(wanted, allows)) add(codec::lower_case(each.name), each.value);
        }
    }

    void add_error(error_code const& ec) {
        if (!ec) return;
        add("error", telemetry::error_type_of(ec));
        add("message", ec.message());
    }

    void add_failure(error_code const& ec, chat_response const& response) {
        if (!ec) return;
        auto const& info = response.info;
        add_error(ec);
        add("phase", to_string(info.phase));
        add("retry_stop", to_string(info.retry_stop));
        if (info.cause) add("cause", info.cause.message());
        add_words("code", response.error.code);
        add_words("type", response.error.type);
        // Before there is a reply, the words are ours.
        if (info.status == 0)
            add_words("detail", ec == errc::proxy_failed ? without_reason(info.detail) : info.detail);
        else
            add_content("detail", info.detail);
        add_content("said", response.error.message);
    }

    std::string const& text() const noexcept { return text_; }

private:
    std::string without_secrets(std::string_view value) const {
        auto result = event_.without_credentials(value);
        for (auto const& each : options_.secrets) {
            if (!each.empty()) replace_all(result, each.reveal());
        }
        return result;
    }

    void append(std::string_view name, std::string_view value, std::size_t max_chars) {
        auto const shown = codec::sanitize(value, max_chars);
        if (shown.empty()) return;
        text_ += ' ';
        text_ += codec::sanitize(name, max_value);
        text_ += '=';
        text_ += std::ranges::all_of(shown, is_plain) ? shown : quoted_value(shown);
    }

    debug_log_options const& options_;
    call_event const& event_;
    std::string text_;
};

debug_log::debug_log(sink output, debug_log_options options)
    : sink_(std::move(output)), options_(std::move(options)) {}

debug_log::~debug_log() = default;

template <class Describe>
void debug_log::write(call_event const& event, std::string_view name, Describe describe) noexcept {
    try {
        line l(options_, event, name);
        describe(l);
        std::lock_guard const lock(mutex_);
        sink_(l.text());
    } catch (...) {
        // A log that is in trouble must not get the calls into trouble.
    }
}

void debug_log::call_started(call_started_event const& event) noexcept {
    write(event, "call_started", [&event](line& l) {
        l.add("provider", event.info.provider);
        l.add("model", event.info.model);
        l.add_server(event);
        if (event.streaming) l.add("stream", "true");
        if (event.endpoint) {
            l.add("method", event.method);
            return l.add("path", event.path);
        }
        l.add("messages", static_cast<std::int64_t>(event.request.messages.size()));
        if (!event.request.tools.empty())
            l.add("tools", static_cast<std::int64_t>(event.request.tools.size()));
    });
}

void debug_log::attempt_started(attempt_started_event const& event) noexcept {
    write(event, "attempt_started", [&event](line& l) {
        l.add("attempt", event.info.attempts);
        l.add("provider", event.info.provider);
        l.add("model", event.info.model);
        l.add_server(event);
        l.add_headers(event.headers);
        l.add_content("body", event.body);
    });
}

void debug_log::connection_obtained(connection_obtained_event const& event) noexcept {
    write(event, "connection_obtained", [&event](line& l) {
        l.add("origin", name_of(event.origin));
        l.add("waited", event.waited);
        l.add("peer", event.info.remote_endpoint);
        l.add("tls", event.info.tls_version);
    });
}

void debug_log::request_sent(request_sent_event const& event) noexcept {
    write(event, "request_sent", [&event](line& l) {
        l.add("bytes", static_cast<std::int64_t>(event.bytes));
    });
}

void debug_log::first_byte(first_byte_event const& event) noexcept {
    write(event, "first_byte", [&event](line& l) {
        l.add("status", event.info.status);
        l.add("after", event.info.timings.first_byte);
        l.add_reply_headers(event.info.headers);
    });
}

void debug_log::first_content(first_content_event const& event) noexcept {
    write(event, "first_content", [&event](line& l) { l.add("after", event.info.timings.first_content); });
}

void debug_log::attempt_finished(attempt_finished_event const& event) noexcept {
    write(event, "attempt_finished", [&event](line& l) {
        l.add("attempt", event.info.attempts);
        if (event.info.status != 0) l.add("status", event.info.status);
        l.add_error(event.ec);
        if (event.retried) l.add("retried_after", event.wait);
    });
}

void debug_log::call_finished(call_finished_event const& event) noexcept {
    write(event, "call_finished", [&event](line& l) {
        auto const& info = event.info;
        auto const& completion = event.response.completion;
        l.add("total", info.timings.total);
        l.add("attempts", info.attempts);
        if (info.status != 0) l.add("status", info.status);
        l.add_failure(event.ec, event.response);
        l.add("id", completion.id);
        l.add("model", completion.model);
        if (!completion.choices.empty())
            l.add("finish_reason", completion.choices.front().finish_reason.text());
        if (completion.usage) {
            l.add("input_tokens", completion.usage->prompt_tokens);
            l.add("output_tokens", completion.usage->completion_tokens);
        }
        l.add_content("text", event.endpoint ? event.text : completion.text());
    });
}

} // namespace async_llm
