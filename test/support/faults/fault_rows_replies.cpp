// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The rows of the fault matrix that are about replies.

#include "support/faults/fault_table.hpp"
#include "support/streams/streams.hpp"

#include <utility>

namespace async_llm::test {
namespace {

using namespace std::chrono_literals;
using testing::reply_fault;
using testing::scripted_reply;
using ending = front_fault::ending;

/// Attempts are answered like this, so many.
fault_row::cause_function answering(scripted_reply reply, std::size_t times = 1) {
    return [reply = std::move(reply), times](faulty_fixture& w) {
        w.server->enqueue(std::vector<scripted_reply>(times, reply));
    };
}

/// Place where a reply is cut.
enum class place { head, before_content, after_content };

std::size_t offset_in(short_reply const& reply, place where) {
    switch (where) {
    case place::head: return reply.head / 2;
    case place::before_content: return reply.head + 10;
    // A completion has none before it is complete.
    case place::after_content: return std::min(reply.content, reply.bytes.size() - 1);
    }
    return 0;
}

fault_row::cause_function cutting(framing f, place where, reply_fault how, bool close_notify = true) {
    return [=](faulty_fixture& w) {
        auto const reply = make_short_reply(w.mode, f);
        w.server->enqueue(cut(reply.bytes, offset_in(reply, where), how, close_notify));
    };
}

/// A reply that lasts until the end of the connection, which comes too early.
fault_row::cause_function ending_early(bool close_notify) {
    return [=](faulty_fixture& w) {
        std::string const head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
        std::string const body = w.streaming() ? "Content-Type: text/event-stream\r\n\r\ndata: {\"choices\":"
                                               : "Content-Type: application/json\r\n\r\n{\"choices\":";
        auto reply = cut(head + body, head.size() + body.size(), reply_fault::close, close_notify);
        w.server->enqueue(std::move(reply));
    };
}

scripted_reply surrounded(std::string before, std::string after) {
    auto reply = scripted_reply::completion("Hello");
    reply.prefix = std::move(before);
    reply.suffix = std::move(after);
    return reply;
}

fault_row::cause_function answering_blank(scripted_reply reply, bool retried) {
    return [reply = std::move(reply), retried](faulty_fixture& w) {
        w.config.retry.retry_empty_replies = retried;
        w.server->enqueue(reply);
    };
}

/// A 429 that asks for a pause, which is longer than this client or this call can wait.
void asking_for_too_much(faulty_fixture& w) {
    w.server->enqueue(with_field(scripted_reply::error(429, "Later"), "Retry-After", "61"));
}

void asking_beyond_the_deadline(faulty_fixture& w) {
    w.options.total_timeout = 20s;
    w.server->enqueue(with_field(scripted_reply::error(503, "Later"), "Retry-After", "30"));
}

void asking_for_too_much_and_clamped(faulty_fixture& w) {
    w.config.retry.max_retry_after = 20ms;
    w.config.retry.on_long_retry_after = long_retry_after::clamp;
    w.server->enqueue(with_field(scripted_reply::error(429, "Later"), "Retry-After", "3600"));
}

// Functions, because the table is made before constants of this file may be there.
std::string role() {
    return event(R"({"id":"c-1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})");
}

std::string comment() { return ": OPENROUTER PROCESSING\n\n"; }

fault_row::cause_function streaming(std::vector<std::string> events) {
    return answering(scripted_reply::events(std::move(events)));
}

fault_end asked_for(int status) { return fault_end::refused(make_http_error(status)); }

fault_end told_finally(error_code ec) { return fault_end::last(ec, phase::finished); }

void add_statuses(fault_rows& rows) {
    auto const plain = scheme::http;
    for (int const value : {408, 409, 425, 429, 500, 502, 503, 504, 529}) {
        auto const name = "status " + std::to_string(value);
        auto const reply = scripted_reply::error(value, "Not now");
        rows.emplace_back(name, plain, answering(reply), asked_for(value));
    }
    for (int const value : {400, 401, 402, 403, 404, 413, 422}) {
        auto const name = "status " + std::to_string(value);
        auto const reply = scripted_reply::error(value, "Never");
        rows.emplace_back(name, plain, answering(reply), told_finally(make_http_error(value)));
    }
    scripted_reply const broke(
        429,
        R"({"error":{"message":"You exceeded your quota","code":"insufficient_quota"}})"
    );
    auto const no_quota = told_finally(errc::insufficient_credits);
    rows.emplace_back("no quota, told by 429", plain, answering(broke), no_quota);
}

void add_storms(fault_rows& rows) {
    for (int const value : {429, 500, 503}) {
        auto const reply = scripted_reply::error(value, "Not now");
        for (std::size_t const count : {2U, 3U, 7U}) {
            auto const name = std::to_string(count) + " times status " + std::to_string(value);
            fault_row row(name, scheme::http, answering(reply, count), asked_for(value));
            rows.push_back(std::move(row).times(count));
        }
    }
}

void add_wishes(fault_rows& rows) {
    auto const plain = scheme::http;
    auto const moment = scripted_reply::error(429, "Soon");
    auto const in_20_ms = answering(with_field(moment, "retry-after-ms", "20"));
    auto const in_a_second = answering(with_field(moment, "Retry-After", "1"));
    auto const too_long =
        fault_end::last(make_http_error(429), phase::finished, retry_stop::retry_after_too_long);
    auto const too_late = fault_end::last(make_http_error(503), phase::finished, retry_stop::deadline);
    rows.emplace_back("retry-after-ms", plain, in_20_ms, asked_for(429).waiting(20ms));
    rows.emplace_back("Retry-After", plain, in_a_second, asked_for(429).waiting(1s));
    rows.emplace_back("Retry-After beyond the limit", plain, asking_for_too_much, too_long);
    rows.emplace_back("Retry-After beyond the deadline", plain, asking_beyond_the_deadline, too_late);
    rows.emplace_back(
        "Retry-After beyond the limit, clamped",
        plain,
        asking_for_too_much_and_clamped,
        asked_for(429).waiting(20ms)
    );
    auto const wished = with_field(scripted_reply::error(400, "Odd"), "x-should-retry", "true");
    auto const unwanted = with_field(scripted_reply::error(503, "Odd"), "x-should-retry", "false");
    rows.emplace_back("x-should-retry: true", plain, answering(wished), asked_for(400));
    rows.emplace_back(
        "x-should-retry: false",
        plain,
        answering(unwanted),
        told_finally(make_http_error(503))
    );
}

void add_strange_successes(fault_rows& rows) {
    auto const plain = scheme::http;
    auto const empty = errc::empty_response;
    scripted_reply const down(200, R"({"error":{"message":"Upstream down","code":502}})");
    scripted_reply const odd(200, R"({"error":{"message":"No idea","code":"odd"}})");
    scripted_reply const blank(200, " \r\n\n ");
    scripted_reply const page(200, "<p>Hi</p>", "text/html");
    auto const no_json = told_finally(errc::unexpected_content_type);
    rows.emplace_back("status 502 within a 200", plain, answering(down), asked_for(502));
    rows.emplace_back("error within a 200", plain, answering(odd), told_finally(errc::error_in_response));
    rows.emplace_back("white space", plain, answering_blank(blank, false), told_finally(empty));
    rows.emplace_back(
        "white space, sent again",
        plain,
        answering_blank(blank, true),
        fault_end::refused(empty)
    );
    rows.emplace_back("a web page", plain, answering(page), no_json);
}

} // namespace

fault_rows reply_faults() {
    auto const cut_short = fault_end::lost(errc::truncated_response, phase::reading);
    auto const cut_late = fault_end::lost(errc::truncated_response, phase::reading).after("lost");
    auto const unfinished = fault_end::lost(errc::truncated_response, phase::finished);
    auto const half = fault_end::last(errc::invalid_json, phase::finished);
    auto const garbled = fault_end::last(errc::invalid_http, phase::reading);
    auto const s = scheme::https;
    fault_rows rows;
    for (auto const f : {framing::length, framing::chunked}) {
        std::string const kind = f == framing::length ? "Content-Length: " : "chunked: ";
        auto const add = [&](std::string const& name, reply_fault how, bool close_notify) {
            auto const at = [&](place where) { return cutting(f, where, how, close_notify); };
            rows.emplace_back(kind + name + " in the head", s, at(place::head), cut_short);
            rows.emplace_back(kind + name + " before content", s, at(place::before_content), cut_short);
            rows.emplace_back(
                kind + name + " after content",
                s,
                at(place::after_content),
                cut_short,
                cut_late
            );
        };
        add("close_notify", reply_fault::close, true);
        add("end without close_notify", reply_fault::close, false);
        add("reset", reply_fault::reset, true);
    }
    rows.emplace_back("until the end: close_notify", s, ending_early(true), half, unfinished);
    rows.emplace_back("until the end: end without close_notify", s, ending_early(false), cut_short);
    for (auto const over : {scheme::http, scheme::https}) {
        std::string const tls = over == scheme::http ? "" : " (TLS)";
        rows.emplace_back(
            "garbage before the reply" + tls,
            over,
            answering(surrounded("garbage", "")),
            garbled
        );
        rows.emplace_back(
            "garbage after the reply" + tls,
            over,
            answering(surrounded("", "garbage")),
            fault_end::unnoticed()
        );
        rows.emplace_back(
            "a second reply after the reply" + tls,
            over,
            answering(surrounded("", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")),
            fault_end::unnoticed()
        );
    }
    return rows;
}

fault_rows told_faults() {
    fault_rows rows;
    add_statuses(rows);
    add_storms(rows);
    add_wishes(rows);
    add_strange_successes(rows);
    return rows;
}

fault_rows stream_faults() {
    auto const busy = event(R"({"error":{"message":"busy","code":503}})");
    auto const odd = event(R"({"error":{"message":"No idea","code":"odd"}})");
    auto const told = [](error_code ec) { return fault_end::refused(ec).anywhere(); };
    auto const finally = [](error_code ec) { return fault_end::last(ec, phase::reading).anywhere(); };
    auto const cut_short = fault_end::lost(errc::truncated_response, phase::reading).anywhere();
    auto const plain = scheme::http;
    auto const unavailable = make_http_error(503);
    auto const blank = scripted_reply::events({comment(), "\n\n"});
    fault_rows rows;
    rows.emplace_back("error event at once", plain, streaming({busy}), told(unavailable));
    rows.emplace_back(
        "error event before content",
        plain,
        streaming({comment(), role(), comment(), busy}),
        told(unavailable).announced()
    );
    rows.emplace_back(
        "error event after content",
        plain,
        streaming({role(), says("a"), says("b"), busy}),
        told(unavailable).after("ab")
    );
    rows.emplace_back(
        "error event without a status",
        plain,
        streaming({role(), odd}),
        finally(errc::stream_error).announced()
    );
    rows.emplace_back(
        "error event without a status after content",
        plain,
        streaming({role(), says("a"), odd}),
        finally(errc::stream_error).after("a")
    );
    rows.emplace_back(
        "end before content",
        plain,
        streaming({comment(), role()}),
        fault_end(cut_short).announced()
    );
    rows.emplace_back(
        "end after content",
        plain,
        streaming({role(), says("a")}),
        fault_end(cut_short).after("a")
    );
    rows.emplace_back(
        "end within an event before content",
        plain,
        streaming({role(), "data: {\"choices\":[{\"del"}),
        fault_end(cut_short).announced()
    );
    rows.emplace_back(
        "malformed event before content",
        plain,
        streaming({role(), event("{\"choices\":")}),
        finally(errc::invalid_json).announced()
    );
    rows.emplace_back(
        "malformed event after content",
        plain,
        streaming({role(), says("a"), event("{\"choices\":")}),
        finally(errc::invalid_json).after("a")
    );
    rows.emplace_back("comments alone", plain, answering_blank(blank, false), finally(errc::empty_response));
    rows.emplace_back(
        "comments alone, sent again",
        plain,
        answering_blank(blank, true),
        told(errc::empty_response)
    );
    return rows;
}

} // namespace async_llm::test
