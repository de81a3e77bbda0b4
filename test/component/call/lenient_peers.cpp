// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Peers whose HTTP, JSON, events and characters are not quite as they ought to be.

#include "support/fixtures/told.hpp"
#include "support/streams/streams.hpp"

#include <chrono>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

std::string whole(std::string const& content, std::string const& more = "") {
    return R"({"choices":[{"index":0,"message":{"role":"assistant","content":")" + content +
        R"("},"finish_reason":"stop"}])" + more + "}";
}

/// A chunk whose text is what stands between the quotes.
std::string says_as_is(std::string const& text) {
    return event(R"({"choices":[{"index":0,"delta":{"content":")" + text + R"("}}]})");
}

whole_stream read_events(client_fixture& w, client const& from, std::vector<std::string> events) {
    w.server->enqueue(scripted_reply::events(std::move(events)));
    auto stream = open_well(w, from);
    return read_all(w, stream);
}

/// Line feeds in place of all ends of lines.
std::string with_line_feeds(std::string text) {
    std::erase(text, '\r');
    return text;
}

/// A chunk with padding behind its size.
std::string chunk(std::string const& bytes, std::string const& padding = "") {
    std::ostringstream size;
    size << std::hex << bytes.size();
    return size.str() + padding + "\r\n" + bytes + "\r\n";
}

/// Replies with the text "Hi", none of them strict.
std::vector<std::string> deviating_replies() {
    auto const body = whole("Hi");
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    auto const length = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    auto const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    return {
        "HTTP/1.1 200\r\n" + length,
        ok + "Content-Type : application/json\r\n" + length,
        with_line_feeds(ok + length),
        ok + "X: y\n" + length,
        chunked + chunk(body, "  ") + chunk(""),
        chunked + with_line_feeds(chunk(body) + chunk("")),
        with_line_feeds("HTTP/1.1 200\nTransfer-Encoding : chunked\n\n" + chunk(body, "\t") + chunk(""))
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(lenient_peers)

// A peer that frames replies in a way of its own may frame the next one in another.
BOOST_AUTO_TEST_CASE(a_reply_in_http_that_deviates_is_the_last_of_its_connection) {
    client_fixture w;
    auto const client = w.make_client();
    for (auto const& wire : deviating_replies()) {
        w.server->enqueue(scripted_reply::raw(wire));
        auto const c = ask(w, client);
        require_success(*c);
        BOOST_TEST(c->response.completion.text() == "Hi", wire);
        await_no_connections(w);
        BOOST_TEST(client.stats().connections_idle == 0u);
    }
    auto const body = whole("Hi");
    w.server->enqueue(scripted_reply::raw(
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body
    ));
    require_success(*ask(w, client));
    BOOST_TEST(client.stats().connections_idle == 1u);
}

BOOST_AUTO_TEST_CASE(a_stream_in_http_that_deviates) {
    client_fixture w;
    auto const client = w.make_client();
    auto const head = "HTTP/1.1 200\nContent-Type : text/event-stream\nTransfer-Encoding: chunked\n\n";
    for (auto const* padding : {"", " ", "\t "}) {
        auto reply = scripted_reply::raw(head);
        for (auto const& each : {says("a"), says("\\r\\n"), says("b"), finishes(), done(), std::string()})
            reply.parts.emplace_back(1ms, with_line_feeds(chunk(each, padding)));
        w.server->enqueue(std::move(reply));
        auto stream = open_well(w, client);
        auto const all = read_all(w, stream);
        BOOST_TEST(!all.ec);
        BOOST_TEST(all.text == "a\r\nb");
        await_no_connections(w);
    }
}

BOOST_AUTO_TEST_CASE(a_reply_with_bare_control_characters) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, whole("a\tb\x1b[0m\xff", R"(,"timings":{"x":NaN})")));
    auto const c = ask(w, client);
    require_success(*c);
    BOOST_TEST(c->response.completion.text() == "a\tb\x1b[0m\xef\xbf\xbd");
}

// Rewritten and parsed in steps, between which other operations have their turn.
BOOST_AUTO_TEST_CASE(a_large_reply_with_bare_control_characters) {
    client_fixture w;
    auto const client = w.make_client();
    std::string text;
    while (text.size() < 3u * 1024 * 1024) text += "some words, a\ttab\n";
    w.server->enqueue(scripted_reply(200, whole(text)));
    auto const c = ask(w, client);
    require_success(*c);
    BOOST_TEST((c->response.completion.text() == text));
}

BOOST_AUTO_TEST_CASE(an_error_shows_the_place) {
    client_fixture w;
    auto const client = w.make_client();
    auto const filler = std::string(500, 'f');
    w.server->enqueue(scripted_reply(200, whole(filler, R"(,"here":oops)")));
    auto const c = ask(w, client);
    check_failure(*c, errc::invalid_json, phase::finished);
    check_detail(*c, "\"here\":oops");
}

// With a key in front of the place, of which only the end would be seen.
BOOST_AUTO_TEST_CASE(an_error_shows_no_part_of_a_key) {
    std::string const secret = "KfsQxVmLpRtYbNwZcHg";
    client_fixture w;
    w.endpoint.key = secret;
    auto const client = w.make_client();
    for (std::size_t distance = 0; distance < 60; ++distance) {
        for (auto const* quote : {"\"", ""}) {
            auto const filler = std::string(distance, ' ');
            w.server->enqueue(scripted_reply(
                200,
                "{\"error\":\"" + std::string(100, '-') + secret + quote + filler + (*quote ? ":" : "\\x\"") +
                    "}"
            ));
            auto const c = ask(w, client);
            auto const all = told(c->ec, c->response);
            for (std::size_t i = 0; i + 8 <= secret.size(); ++i)
                BOOST_TEST(all.find(secret.substr(i, 8)) == std::string::npos, all);
        }
    }
}

BOOST_AUTO_TEST_CASE(characters_cut_between_chunks) {
    client_fixture w;
    auto const client = w.make_client();
    auto const all = read_events(
        w,
        client,
        {says_as_is("Hi \\ud83d"),
         says_as_is("\\ude00 \xf0\x9f"),
         says_as_is("\x98\x80\tx"),
         finishes(),
         done()}
    );
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.text == "Hi \xf0\x9f\x98\x80 \xf0\x9f\x98\x80\tx");
    BOOST_TEST(all.chunks.at(0).text() == "Hi ");
    auto const open = read_events(w, client, {says_as_is("Hi \\ud83d"), done()});
    BOOST_TEST(!open.ec);
    BOOST_TEST(open.text == "Hi \xef\xbf\xbd");
}

BOOST_AUTO_TEST_CASE(events_without_a_blank_line) {
    client_fixture w;
    auto const client = w.make_client();
    std::string lines;
    for (auto const& each : {says("a"), says("b"), finishes(), done()})
        lines += each.substr(0, each.size() - 1);
    for (auto const& body : {lines, lines + "\n"}) {
        auto const all = read_events(w, client, {body});
        BOOST_TEST(!all.ec);
        BOOST_TEST(all.text == "ab");
    }
}

BOOST_AUTO_TEST_CASE(usage_behind_the_end_mark) {
    client_fixture w;
    auto const client = w.make_client();
    auto const usage = event(R"({"choices":[],"usage":{"prompt_tokens":5,"total_tokens":6}})");
    w.server->enqueue(scripted_reply(200, says("a") + finishes() + done() + usage, "text/event-stream"));
    auto stream = open_well(w, client);
    BOOST_TEST(!read_all(w, stream).ec);
    BOOST_TEST_REQUIRE(stream.completion().usage.has_value());
    BOOST_TEST(stream.completion().usage->total_tokens == 6);
    // It is not waited for.
    auto reply = scripted_reply::events({says("a"), finishes(), done(), usage});
    reply.parts.back().delay = 20s;
    w.server->enqueue(reply);
    auto late = open_well(w, client);
    auto taken = next(w, late);
    auto const begin = std::chrono::steady_clock::now();
    while (taken->chunk || taken->more) taken = next(w, late);
    BOOST_TEST(!taken->ec);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 10s));
    BOOST_TEST(!late.completion().usage);
}

BOOST_AUTO_TEST_SUITE_END()
