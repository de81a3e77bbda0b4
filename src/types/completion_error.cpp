// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/sanitize.hpp"
#include <async_llm/completion_error.hpp>

#include <utility>

namespace async_llm {
namespace {

constexpr std::size_t name_chars = 100;
constexpr std::size_t message_chars = 300;

/// Everything in a line may come from outside.
std::string shown(std::string_view text, std::size_t max_chars) {
    // Cut first, with some room: a key that is replaced makes a text shorter, and a body may have megabytes.
    return codec::sanitize(codec::redact_keys(codec::sanitize(text, 2 * max_chars)), max_chars);
}

std::string quoted_excerpt(std::string_view text) { return '"' + shown(text, message_chars) + '"'; }

std::string_view doing(phase value) noexcept {
    switch (value) {
    case phase::queued: return "waiting for a connection";
    case phase::proxy: return "asking the proxy";
    case phase::tls_handshake: return "agreeing on TLS";
    case phase::finished: return {};
    default: return to_string(value);
    }
}

std::string what_happened(error_code ec) {
    auto message = ec.message();
    if (ec.category() != http_status_category() || message.starts_with("HTTP")) return message;
    return "HTTP " + std::to_string(ec.value()) + ' ' + message;
}

class item_list {
public:
    void add(std::string_view name, std::string_view text) {
        if (text.empty()) return;
        if (!items_.empty()) items_ += ", ";
        items_ += name;
        items_ += text;
    }

    std::string enclosed(char open, char close) && {
        return items_.empty() ? std::string() : std::string(" ") + open + items_ + close;
    }

private:
    std::string items_;
};

/// The provider's words in short form.
std::string facts(error_code ec, api_error const& error) {
    item_list items;
    // A code that repeats the status says nothing new.
    if (error.code != std::to_string(ec.value())) items.add("code ", shown(error.code, name_chars));
    if (error.type != error.code) items.add("type ", shown(error.type, name_chars));
    items.add("param ", shown(error.param, name_chars));
    items.add("from ", shown(error.provider_name, name_chars));
    if (!error.upstream.empty() && error.upstream != error.message)
        items.add("upstream ", quoted_excerpt(error.upstream));
    return std::move(items).enclosed('[', ']');
}

/// Says why nothing more was tried, where that is not plain from the error.
std::string_view why_no_more(retry_stop reason) noexcept {
    switch (reason) {
    case retry_stop::budget_exhausted: return "not sent again: the client's retry budget is used up";
    case retry_stop::deadline: return "not sent again: the wait would pass the call's deadline";
    case retry_stop::retry_after_too_long:
        return "not sent again: the provider asks for a longer wait than is allowed";
    case retry_stop::maybe_processed: return "not sent again: the provider may have begun to work on it";
    default: return {};
    }
}

/// Returns whether the library's sentence is of use beside the provider's words.
/**
 * Of a reply whose status says all it is only if it shows where the request went, or should go. Elsewhere it
 * says in which part of the reply the words were, and whose API that is of.
 */
bool is_of_use(error_code ec, response_info const& info) noexcept {
    if (ec.category() != http_status_category() || ec.value() != info.status) return true;
    return ec.value() / 100 == 3 || ec.value() == 404 || ec.value() == 405;
}

/// Returns whether the library's sentence quotes the provider's words.
bool has_words(std::string_view sentence, std::string_view words) {
    constexpr std::size_t enough = 60;
    return sentence.find('"' + std::string(words.substr(0, enough))) != std::string_view::npos;
}

/// The provider's words, or the library's sentence; empty: neither is known.
std::string summary(response_info const& info, api_error const& error) {
    auto const& words = error.message;
    auto const& sentence = info.detail;
    if (words.empty() || has_words(sentence, words)) return shown(sentence, message_chars);
    return quoted_excerpt(words);
}

std::string circumstances(error_code ec, response_info const& info, api_error const& error) {
    item_list items;
    auto const& words = error.message;
    if (!words.empty() && !has_words(info.detail, words) && is_of_use(ec, info))
        items.add("", shown(info.detail, message_chars));
    if (info.cause) items.add("cause: ", shown(info.cause.message(), message_chars));
    items.add("request id ", shown(info.request_id, name_chars));
    if (info.attempts > 0) items.add("attempt ", std::to_string(info.attempts));
    items.add("", why_no_more(info.retry_stop));
    return std::move(items).enclosed('(', ')');
}

std::string line_about(error_code ec, response_info const& info, api_error const& error) {
    std::string line;
    for (auto const& name : {info.provider, info.model}) {
        if (!name.empty()) line += shown(name, name_chars) + ": ";
    }
    line += what_happened(ec);
    if (auto const phase = doing(info.phase); !phase.empty()) line.append(" while ").append(phase);
    if (auto const text = summary(info, error); !text.empty()) line.append(": ").append(text);
    return line + facts(ec, error) + circumstances(ec, info, error);
}

/// Returns what a response of any endpoint has in common with that of a chat completion.
chat_response in_common(api_response const& response) {
    chat_response result;
    result.info = response.info;
    result.error = response.error;
    result.completion.usage = response.usage;
    return result;
}

template <class Response>
std::exception_ptr make_exception(error_code ec, Response&& response) noexcept {
    try {
        return std::make_exception_ptr(completion_error(ec, std::forward<Response>(response)));
    } catch (...) {
        return std::current_exception();
    }
}

} // namespace

std::string explain(error_code ec, chat_response const& response) {
    return line_about(ec, response.info, response.error);
}

std::string explain(error_code ec, api_response const& response) {
    return line_about(ec, response.info, response.error);
}

completion_error::completion_error(error_code ec, chat_response response)
    : boost::system::system_error(ec),
      what_(std::make_shared<std::string const>(explain(ec, response))),
      response_(std::make_shared<chat_response const>(std::move(response))) {}

completion_error::completion_error(error_code ec, api_response response)
    : boost::system::system_error(ec),
      what_(std::make_shared<std::string const>(explain(ec, response))),
      response_(std::make_shared<chat_response const>(in_common(response))),
      endpoint_response_(std::make_shared<api_response const>(std::move(response))) {}

completion_error::~completion_error() = default;

char const* completion_error::what() const noexcept { return what_->c_str(); }

std::exception_ptr to_exception(error_code ec, chat_response&& response) noexcept {
    return make_exception(ec, std::move(response));
}

std::exception_ptr to_exception(error_code ec, api_response&& response) noexcept {
    return make_exception(ec, std::move(response));
}

} // namespace async_llm
