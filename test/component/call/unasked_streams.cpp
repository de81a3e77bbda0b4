// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Streams that answer a request for a whole reply, and end in ways in which streams that were asked for may
// end too.

#include "support/streams/streams.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::reply_fault;
using testing::scripted_reply;

/// Events, behind which the connection breaks, or falls silent.
scripted_reply cut_behind(std::vector<std::string> events, reply_fault fault) {
    auto const count = events.size();
    // One more, or the fault would come behind the end of the body.
    events.push_back(": never sent\n\n");
    auto reply = scripted_reply::events(std::move(events));
    reply.fault = fault;
    reply.fault_after_parts = count;
    return reply;
}

constexpr auto all_faults = {reply_fault::close, reply_fault::reset, reply_fault::stall};
constexpr auto breaks = {reply_fault::close, reply_fault::reset};

request_options patient() {
    request_options options;
    // Far more than any of it takes, and the test fails if it is waited for.
    options.total_timeout = 60s;
    options.content_idle_timeout = 100ms;
    return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(unasked_streams)

BOOST_AUTO_TEST_CASE(the_end_mark_ends_the_reply) {
    client_fixture w;
    auto const client = w.make_client();
    for (auto const fault : all_faults) {
        w.server->enqueue(cut_behind({says("Hi"), finishes(), done()}, fault));
        auto const c = ask(w, client, hello(), patient());
        require_success(*c);
        BOOST_TEST(c->response.text() == "Hi");
        BOOST_TEST((c->response.info.timings.total < 10s));
    }
}

BOOST_AUTO_TEST_CASE(a_finish_need_not_be_followed_by_anything) {
    client_fixture w;
    auto const client = w.make_client();
    for (auto const fault : all_faults) {
        w.server->enqueue(cut_behind({says("Hi"), finishes()}, fault));
        auto const c = ask(w, client, hello(), patient());
        require_success(*c);
        BOOST_TEST(c->response.text() == "Hi");
        BOOST_TEST((c->response.info.timings.total < 10s));
    }
}

BOOST_AUTO_TEST_CASE(what_breaks_before_its_finish_is_no_reply) {
    client_fixture w;
    w.config.retry.max_attempts = 1;
    auto const client = w.make_client();
    for (auto const fault : breaks) {
        w.server->enqueue(cut_behind({says("Hi"), says(" you")}, fault));
        auto const c = ask(w, client, hello(), patient());
        BOOST_TEST((c->ec == errc::truncated_response || c->ec == errc::connection_lost), c->ec.message());
        BOOST_TEST(c->response.info.detail != "");
    }
    w.server->enqueue(cut_behind({says("Hi"), says(" you")}, reply_fault::stall));
    auto options = patient();
    options.total_timeout = 300ms;
    BOOST_TEST(ask(w, client, hello(), options)->ec == errc::deadline_exceeded);
}

BOOST_AUTO_TEST_CASE(an_error_ends_the_reply) {
    client_fixture w;
    w.config.retry.max_attempts = 1;
    auto const client = w.make_client();
    auto const error = event(R"({"error":{"code":502,"message":"the worker is gone"}})");
    for (auto const fault : all_faults) {
        w.server->enqueue(cut_behind({says("Hi"), error}, fault));
        auto const c = ask(w, client, hello(), patient());
        BOOST_TEST(c->ec == make_http_error(502));
        BOOST_TEST(c->response.error.message == "the worker is gone");
        BOOST_TEST((c->response.info.timings.total < 10s));
    }
}

BOOST_AUTO_TEST_CASE(its_connection_serves_again_if_the_body_ends_too) {
    client_fixture w;
    auto const client = w.make_client();
    for (int i = 0; i < 3; ++i) {
        auto reply = scripted_reply::events({says("Hi"), finishes(), done(), ": bye\n\n"});
        reply.event_interval = 5ms;
        w.server->enqueue(std::move(reply));
        require_success(*ask(w, client, hello(), patient()));
    }
    BOOST_TEST(client.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(its_connection_is_dropped_if_the_body_goes_on, *http1_only()) {
    client_fixture w;
    auto const client = w.make_client();
    for (int i = 0; i < 2; ++i) {
        w.server->enqueue(cut_behind({says("Hi"), done()}, reply_fault::stall));
        require_success(*ask(w, client, hello(), patient()));
    }
    BOOST_TEST(client.stats().connections_opened == 2u);
}

BOOST_AUTO_TEST_CASE(large_events_are_read_in_steps) {
    client_fixture w;
    auto const client = w.make_client();
    std::string const text(1024u * 1024, 'x');
    for (auto const fault : all_faults) {
        w.server->enqueue(cut_behind({": padding\n\n", says(text), says(text), finishes(), done()}, fault));
        auto options = patient();
        options.keep_body = true;
        auto const c = ask(w, client, hello(), options);
        require_success(*c);
        BOOST_TEST((c->response.text() == text + text));
        BOOST_TEST(c->response.info.body.size() > 2 * text.size());
    }
    BOOST_TEST(client.stats().reply_memory == 0u);
}

BOOST_AUTO_TEST_CASE(a_document_behind_comments_is_no_stream) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::events({
        ": PROCESSING\n\n",
        ": PROCESSING\n\n",
        R"({"choices":[{"index":0,"message":)",
        R"({"role":"assistant","content":"Hi"},"finish_reason":"stop"}]})",
    });
    reply.event_interval = 5ms;
    for (auto const* type : {"application/json", "text/event-stream", ""}) {
        reply.content_type = type;
        w.server->enqueue(reply);
        auto const c = ask(w, client, hello(), patient());
        require_success(*c);
        BOOST_TEST(c->response.text() == "Hi");
    }
}

BOOST_AUTO_TEST_SUITE_END()
