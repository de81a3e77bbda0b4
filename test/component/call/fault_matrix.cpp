// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Every fault, in every kind of call, without and with retries: the right result or the right error, and
// nothing sent that should not be. The rows are in test/support/fault_rows_*.cpp, what is checked of each in
// fault_table.cpp.

#include "support/faults/fault_table.hpp"
#include "support/streams/streams.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <array>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;
using testing::reply_fault;
using testing::scripted_reply;

auto const every_call = data::make(all_modes) * data::make(all_retrying);
auto const every_stream = data::make(call_mode::stream) * data::make(all_retrying);

} // namespace

BOOST_AUTO_TEST_SUITE(fault_matrix)

BOOST_DATA_TEST_CASE(connecting, data::make(connecting_faults()) * every_call, row, mode, how) {
    check_fault(row, mode, how);
}

BOOST_DATA_TEST_CASE(sending, data::make(request_faults()) * every_call, row, mode, how) {
    check_fault(row, mode, how);
}

BOOST_DATA_TEST_CASE(broken_replies, data::make(reply_faults()) * every_call, row, mode, how) {
    check_fault(row, mode, how);
}

BOOST_DATA_TEST_CASE(replies_that_say_no, data::make(told_faults()) * every_call, row, mode, how) {
    check_fault(row, mode, how);
}

BOOST_DATA_TEST_CASE(within_streams, data::make(stream_faults()) * every_stream, row, mode, how) {
    check_fault(row, mode, how);
}

BOOST_DATA_TEST_CASE(silence, data::make(stalls()) * every_call, row, mode, how) {
    check_fault(row, mode, how);
}

BOOST_DATA_TEST_CASE(silence_within_streams, data::make(stalled_streams()) * every_stream, row, mode, how) {
    check_fault(row, mode, how);
}

// Bytes that follow a reply belong to no call; the next call must not take it for its own.
BOOST_DATA_TEST_CASE(a_connection_with_surplus_is_not_used_again, data::make(all_modes), mode) {
    for (std::string const surplus : {"x", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}) {
        faulty_fixture w(scheme::http, mode, retrying::on);
        auto reply = scripted_reply::completion("Hello");
        reply.suffix = surplus;
        w.server->enqueue(reply);
        {
            auto const from = w.make_client();
            BOOST_TEST(!w.make_call(from).ec);
            auto const next = w.make_call(from);
            BOOST_TEST(!next.ec);
            BOOST_TEST(!next.info.connection_reused);
            BOOST_TEST(next.info.attempts == 1);
            BOOST_TEST(!next.info.replayed);
        }
        BOOST_TEST(w.server->stats().connections_accepted == 2U);
        BOOST_TEST(w.server->request_count() == 2U);
        w.settle_all();
    }
}

// An event that reports an error may carry some text; if the call goes on, that is no part of what it ends
// with.
BOOST_AUTO_TEST_CASE(nothing_of_an_earlier_attempt_is_told_with_the_last) {
    faulty_fixture w(scheme::http, call_mode::stream, retrying::on);
    auto const failing =
        event(R"({"choices":[{"index":0,"delta":{"content":"x"}}],"error":{"message":"busy","code":503}})");
    w.server->enqueue(scripted_reply::events({failing}));
    w.server->enqueue(std::vector<scripted_reply>(2, scripted_reply::error(500, "Down")));
    {
        auto const from = w.make_client();
        auto stream = open_well(w, from);
        auto const all = read_all(w, stream);
        BOOST_TEST((all.ec == make_http_error(500)));
        BOOST_TEST(!all.last);
        BOOST_TEST(all.text == "");
        BOOST_TEST(stream.completion().choices.empty());
        BOOST_TEST(stream.error().message == "Down");
        BOOST_TEST(stream.info().attempts == 3);
        BOOST_TEST(to_string(stream.info().retry_stop) == "attempts_exhausted");
    }
    w.settle_all();
}

// What comes before the first content is held back while the call may be sent again, and comes before it all
// the same.
BOOST_DATA_TEST_CASE(a_stream_without_its_label_keeps_its_order, data::make(all_retrying), how) {
    faulty_fixture w(scheme::http, call_mode::stream, how);
    auto const role = event(R"({"id":"c-1","choices":[{"index":0,"delta":{"role":"assistant"}}]})");
    w.server->enqueue(scripted_reply(200, role + says("a") + says("b") + finishes() + done(), "text/plain"));
    {
        auto const from = w.make_client();
        auto stream = open_well(w, from);
        auto const all = read_all(w, stream);
        BOOST_TEST(!all.ec);
        BOOST_TEST_REQUIRE(all.chunks.size() == 4U);
        BOOST_TEST(!all.chunks[0].has_content());
        BOOST_TEST(all.chunks[1].text() == "a");
        BOOST_TEST(all.chunks[2].text() == "b");
        BOOST_TEST(all.chunks[3].has_content());
    }
    w.settle_all();
}

BOOST_DATA_TEST_CASE(a_lookup_that_failed_is_not_remembered, data::make(all_modes), mode) {
    faulty_fixture w(scheme::http, mode, retrying::on);
    w.name.emplace(2);
    w.go_to_name("flaky.test");
    {
        auto const from = w.make_client();
        auto const first = w.make_call(from);
        BOOST_TEST(!first.ec);
        BOOST_TEST(first.info.attempts == 3);
        BOOST_TEST(from.stats().names_resolved == 3U);
        BOOST_TEST(!w.make_call(from).ec);
        BOOST_TEST(from.stats().names_resolved == 3U);
    }
    w.settle_all();
}

// Three attempts, and not two of them meet the same fault.
BOOST_DATA_TEST_CASE(what_is_told_is_of_the_last_attempt, data::make(all_modes), mode) {
    faulty_fixture w(scheme::http, mode, retrying::on);
    w.server->enqueue(scripted_reply::error(503, "Busy"));
    w.server->enqueue(cut("HTTP/1.1 200 OK", 8, reply_fault::close));
    // Runs at the first failure, but what is under way goes on.
    w.on_failure([&w] { w.server->stop_listening(); });
    {
        auto const from = w.make_client();
        auto const call = w.make_call(from);
        BOOST_TEST((call.ec == make_error_code(errc::connect_failed)), call.ec.message());
        BOOST_TEST(call.info.attempts == 3);
        BOOST_TEST(to_string(call.info.retry_stop) == "attempts_exhausted");
        BOOST_TEST(call.info.status == 0);
        BOOST_TEST(call.info.headers.empty());
        BOOST_TEST(call.info.remote_endpoint == "");
        BOOST_TEST(call.info.connection_reused == false);
        auto const& past = call.info.failed_attempts;
        BOOST_TEST_REQUIRE(past.size() == 2U);
        BOOST_TEST((past[0].ec == make_http_error(503)));
        BOOST_TEST((past[1].ec == make_error_code(errc::truncated_response)));
    }
    BOOST_TEST(w.server->request_count() == 2U);
    w.settle_all();
}

// One call after the other may be sent three times, but not one more than that in all.
BOOST_DATA_TEST_CASE(an_outage_costs_no_more_than_the_budget, data::make(all_modes), mode) {
    faulty_fixture w(scheme::http, mode, retrying::on);
    w.config.retry.budget_minimum = 5;
    w.config.retry.budget_ratio = 0;
    w.config.retry.budget_window = 600s;
    w.server->respond_with([](testing::received_request const&) { return scripted_reply::error(503, "Down"); }
    );
    {
        auto const from = w.make_client();
        for (int i = 0; i < 10; ++i) {
            auto const call = w.make_call(from);
            BOOST_TEST((call.ec == make_http_error(503)));
            auto const why = i < 2 ? retry_stop::attempts_exhausted : retry_stop::budget_exhausted;
            BOOST_TEST(to_string(call.info.retry_stop) == to_string(why));
        }
        BOOST_TEST(from.stats().retries == 5U);
        BOOST_TEST(from.stats().retries_refused == 8U);
    }
    BOOST_TEST(w.server->request_count() == 15U);
    w.settle_all();
}

BOOST_AUTO_TEST_SUITE_END()
