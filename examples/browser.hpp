// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The browser's side of sse_relay: HTTP and server-sent events, nothing of chat.
#ifndef ASYNC_LLM_EXAMPLES_BROWSER_HPP
#define ASYNC_LLM_EXAMPLES_BROWSER_HPP

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

/// A connected browser, for one question.
struct browser {
    explicit browser(tcp::socket socket) : stream(std::move(socket)) {}

    boost::beast::tcp_stream stream;
    bool gone = false;
    asio::cancellation_signal leaving; ///< emitted when it is
};

/// A completion token for what is to end when the browser leaves.
inline auto until_gone(browser& b) {
    return asio::as_tuple(asio::bind_cancellation_slot(b.leaving.slot(), asio::use_awaitable));
}

/// Notices that the browser leaves. A read has to be pending for that, since while the provider is silent
/// there is nothing to write that could fail.
inline asio::awaitable<void> watch(std::shared_ptr<browser> b) {
    std::array<char, 512> ignored; // it has asked; what it may still send is of no interest
    boost::system::error_code ec;
    while (!ec) {
        auto const read =
            co_await b->stream.async_read_some(asio::buffer(ignored), asio::as_tuple(asio::deferred));
        ec = std::get<0>(read);
    }
    b->gone = true;
    b->stream.close(); // a write may be waiting for it to read
    b->leaving.emit(asio::cancellation_type::terminal);
}

/// Decodes a value of a query (application/x-www-form-urlencoded).
inline std::string form_decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        auto const digits = text.substr(i + 1, 2);
        auto const* const end = digits.data() + digits.size();
        bool const encoded =
            text[i] == '%' && digits.size() == 2 && std::from_chars(digits.data(), end, byte, 16).ptr == end;
        result += encoded ? static_cast<char>(byte) : text[i] == '+' ? ' ' : text[i];
        i += encoded ? 2 : 0;
    }
    return result;
}

constexpr char const* how_to_ask = "Ask with POST /chat {\"message\":\"...\"}, or GET /chat?q=...\n";

/// `POST /chat` with `{"message": "..."}`, or `GET /chat?q=...`, which is all that an EventSource can send.
inline std::optional<std::string> question_in(http::request<http::string_body> const& request) {
    constexpr std::string_view query = "/chat?q=";
    std::string_view const target(request.target().data(), request.target().size());
    if (request.method() == http::verb::get && target.starts_with(query))
        return form_decoded(target.substr(query.size(), target.find('&') - query.size()));
    if (request.method() != http::verb::post || target != "/chat") return std::nullopt;
    boost::system::error_code ec;
    auto const body = boost::json::parse(request.body(), ec);
    auto const* const message = ec ? nullptr : body.find_pointer("/message", ec);
    if (!message || !message->is_string()) return std::nullopt;
    return std::string(message->get_string());
}

/// Nothing if the browser sent something that is no question.
inline asio::awaitable<std::optional<std::string>> read_question(browser& b) {
    boost::beast::flat_buffer buffer;
    http::request_parser<http::string_body> parser;
    parser.body_limit(64 * 1024);
    b.stream.expires_after(std::chrono::seconds(30));
    co_await http::async_read(b.stream, buffer, parser, asio::deferred);
    b.stream.expires_never();
    co_return question_in(parser.get());
}

inline asio::awaitable<void> refuse(browser& b, http::status status, std::string text) {
    http::response<http::string_body> reply(status, 11);
    reply.set(http::field::content_type, "text/plain");
    reply.body() = std::move(text);
    reply.keep_alive(false);
    reply.prepare_payload();
    co_await http::async_write(b.stream, reply, asio::deferred);
}

inline asio::awaitable<void> begin_events(browser& b) {
    http::response<http::empty_body> head(http::status::ok, 11);
    head.set(http::field::content_type, "text/event-stream");
    head.set(http::field::cache_control, "no-store");
    head.keep_alive(false);
    head.chunked(true);
    http::response_serializer<http::empty_body> serializer(head);
    co_await http::async_write_header(b.stream, serializer, asio::deferred);
}

/// One event with the data `{"key": "value"}`. Without a name it is a `message` to an EventSource.
inline asio::awaitable<void>
send_event(browser& b, std::string name, std::string key, std::string_view value) {
    boost::json::object data;
    data[key] = boost::json::string_view(value.data(), value.size());
    std::string event = name.empty() ? "" : "event: " + name + "\n";
    event += "data: " + boost::json::serialize(data) + "\n\n";
    co_await asio::async_write(b.stream, http::make_chunk(asio::buffer(event)), asio::deferred);
}

inline asio::awaitable<void> end_events(browser& b) {
    co_await asio::async_write(b.stream, http::make_chunk_last(), asio::deferred);
}

#endif
