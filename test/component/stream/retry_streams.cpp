// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/retries.hpp"
#include "support/streams/streams.hpp"

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::reply_fault;
using testing::scripted_reply;

std::string error_event(int code) {
    return event(R"({"error":{"message":"Upstream is gone","code":)" + std::to_string(code) + "}}");
}

/// An event that announces an answer and has none of it.
std::string announces() {
    return event(R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"
    );
}

/// A stream that breaks off behind these events.
scripted_reply cut_after(std::vector<std::string> events) {
    auto reply = scripted_reply::events(std::move(events));
    reply.fault = reply_fault::reset;
    reply.fault_after_parts = reply.parts.size();
    return reply;
}

scripted_reply good() { return scripted_reply::events({announces(), says("Good"), finishes(), done()}); }

void check_good(client_fixture& w, chat_stream& stream, int attempts) {
    auto const all = read_all(w, stream);
    BOOST_TEST(all.ec == error_code());
    BOOST_TEST(all.text == "Good");
    BOOST_TEST_REQUIRE(all.chunks.size() == 3U);
    BOOST_TEST(!all.chunks[0].has_content());
    BOOST_TEST(all.chunks[1].has_content());
    BOOST_TEST(stream.info().attempts == attempts);
    BOOST_TEST(stream.completion().text() == "Good");
    BOOST_TEST(stream.info().failed_attempts.size() == static_cast<std::size_t>(attempts - 1));
}

} // namespace

BOOST_AUTO_TEST_SUITE(retry_streams)

BOOST_AUTO_TEST_CASE(a_stream_that_was_refused_is_asked_for_again) {
    retrying_fixture w;
    auto const client = w.make_client();
    enqueue_errors(*w.server, 2, 503);
    w.server->enqueue(good());
    auto stream = open_well(w, client);
    check_good(w, stream, 3);
    BOOST_TEST(w.server->request_count() == 3U);
    // What was read to its end gives its connection back, a refusal too.
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_that_fails_before_its_first_content_begins_anew) {
    retrying_fixture w;
    auto const client = w.make_client();
    std::vector<scripted_reply> const failing{
        scripted_reply::events({error_event(502)}),
        scripted_reply::events({announces(), error_event(429)}),
        scripted_reply::events({": OPENROUTER PROCESSING\n\n", announces(), announces(), error_event(500)}),
        cut_after({announces()}),
        cut_after({": OPENROUTER PROCESSING\n\n"}),
        scripted_reply::events({announces()})
    };
    for (auto const& each : failing) {
        BOOST_TEST_CONTEXT("parts " << each.parts.size() << ", fault " << static_cast<int>(each.fault)) {
            w.server->enqueue(each);
            w.server->enqueue(good());
            auto stream = open_well(w, client);
            check_good(w, stream, 2);
        }
    }
    BOOST_TEST(client.stats().calls_completed == failing.size());
    BOOST_TEST(client.stats().retries == failing.size());
    w.finish();
}

BOOST_AUTO_TEST_CASE(after_content_nothing_is_sent_again) {
    retrying_fixture w;
    auto const client = w.make_client();
    std::vector<scripted_reply> const failing{
        scripted_reply::events({announces(), says("Half"), error_event(502)}),
        cut_after({announces(), says("Half")}),
        scripted_reply::events({announces(), says("Half")})
    };
    for (auto const& each : failing) {
        auto const before = w.server->request_count();
        w.server->enqueue(each);
        auto stream = open_well(w, client);
        auto const all = read_all(w, stream);
        BOOST_TEST(all.ec);
        BOOST_TEST(all.text == "Half");
        BOOST_TEST(all.chunks.size() == 2U);
        BOOST_TEST(to_string(stream.info().retry_stop) == "content_delivered");
        BOOST_TEST(w.server->request_count() == before + 1);
    }
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_that_fails_for_good_says_how_often_it_was_tried) {
    retrying_fixture w;
    auto const client = w.make_client();
    for (int i = 0; i < 3; ++i) w.server->enqueue(scripted_reply::events({announces(), error_event(502)}));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(all.ec == make_http_error(502));
    BOOST_TEST(all.chunks.empty());
    BOOST_TEST(stream.info().attempts == 3);
    BOOST_TEST(to_string(stream.info().retry_stop) == "attempts_exhausted");
    BOOST_TEST(stream.error().message == "Upstream is gone");
    BOOST_TEST(client.stats().calls_failed == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(silence_before_the_first_content_is_tried_again) {
    retrying_fixture w;
    w.config.timeouts.first_content = 60ms;
    auto const client = w.make_client();
    auto silent = scripted_reply::events({announces()});
    silent.fault = reply_fault::stall;
    silent.fault_after_parts = 1;
    w.server->enqueue(silent);
    w.server->enqueue(good());
    auto stream = open_well(w, client);
    check_good(w, stream, 2);
    BOOST_TEST(stream.info().failed_attempts.front().ec == errc::first_content_timeout);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_time_of_one_try_is_not_that_of_the_next) {
    retrying_fixture w;
    w.config.timeouts.first_content = 1500ms;
    auto const client = w.make_client();
    // Each try takes more than half of the limit.
    for (auto reply : {scripted_reply::events({announces(), error_event(502)}), good()}) {
        reply.parts[1].delay = 900ms;
        w.server->enqueue(std::move(reply));
    }
    auto stream = open_well(w, client);
    check_good(w, stream, 2);
    w.finish();
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_chunks_are_held_back) {
    retrying_fixture w;
    w.config.timeouts.first_content = 5s;
    auto const client = w.make_client();
    for (std::size_t const count : {31U, 32U}) {
        auto endless = scripted_reply::events(std::vector<std::string>(count, announces()));
        endless.fault = reply_fault::stall;
        endless.fault_after_parts = count;
        w.server->enqueue(endless);
        auto stream = open_well(w, client);
        auto const waiting = start_next(stream);
        if (count == 32U)
            w.run_until([&] { return waiting->done; });
        else
            let_pass(w, 50ms);
        BOOST_TEST(waiting->done == (count == 32U));
        BOOST_TEST(!waiting->ec);
        stream = chat_stream();
        w.run_until([&] { return waiting->done; });
    }
    BOOST_TEST(client.stats().retries == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(collecting_goes_through_retries_too) {
    retrying_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events({announces(), error_event(502)}));
    w.server->enqueue(good());
    auto stream = open_well(w, client);
    bool done = false;
    stream.async_collect([&](error_code ec, chat_response response) {
        BOOST_TEST(!ec);
        BOOST_TEST(response.text() == "Good");
        BOOST_TEST(response.info.attempts == 2);
        done = true;
    });
    w.run_until([&] { return done; });
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_second_try_that_is_refused_ends_the_stream_with_that) {
    retrying_fixture w(2);
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events({announces(), error_event(502)}));
    w.server->enqueue(scripted_reply::error(401, "Bad key"));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(all.ec == make_http_error(401));
    BOOST_TEST(stream.info().status == 401);
    BOOST_TEST(stream.error().message == "Bad key");
    w.finish();
}

BOOST_AUTO_TEST_CASE(destroying_or_cancelling_it_between_attempts_ends_it) {
    retrying_fixture w;
    w.config.retry.initial_backoff = w.config.retry.max_backoff = 30s;
    auto const client = w.make_client();
    for (bool const destroys : {true, false}) {
        auto const before = w.server->request_count();
        w.server->enqueue(scripted_reply::events({announces(), error_event(502)}));
        auto stream = open_well(w, client);
        auto const waiting = start_next(stream);
        w.run_until([&] { return client.stats().connections_in_use == 0; });
        BOOST_TEST(!waiting->done);
        if (destroys)
            stream = chat_stream();
        else
            waiting->cancel.emit(asio::cancellation_type::terminal);
        w.run_until([&] { return waiting->done; });
        BOOST_TEST(waiting->ec == asio::error::operation_aborted);
        BOOST_TEST(w.server->request_count() == before + 1);
    }
    w.finish();
}

BOOST_AUTO_TEST_CASE(try_next_gives_nothing_that_might_be_taken_back) {
    retrying_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events({announces(), announces(), error_event(502)}));
    w.server->enqueue(good());
    auto stream = open_well(w, client);
    w.run_until([&] { return w.server->stats().replies_sent == 1; });
    BOOST_TEST(!stream.try_next());
    check_good(w, stream, 2);
    BOOST_TEST(!stream.try_next());
    w.finish();
}

BOOST_AUTO_TEST_CASE(an_answer_that_only_ends_is_an_answer) {
    retrying_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events({announces(), finishes("content_filter"), done()}));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.chunks.size() == 2U);
    BOOST_TEST(w.server->request_count() == 1U);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
