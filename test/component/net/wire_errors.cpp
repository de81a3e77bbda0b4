// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/retries.hpp"
#include "support/streams/streams.hpp"
#include <async_llm/completion_error.hpp>

#include <string>
#include <string_view>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

void check_stop(call const& c, retry_stop expected) {
    BOOST_TEST(to_string(c.info().retry_stop) == to_string(expected));
}

call_ptr answered_with(client_fixture& w, client const& from, scripted_reply reply) {
    w.server->enqueue(std::move(reply));
    return ask(w, from);
}

/// Raw bytes of a reply, behind which the connection ends.
call_ptr answered_raw(client_fixture& w, client const& from, std::string bytes) {
    auto reply = scripted_reply::raw(std::move(bytes));
    reply.then = testing::after_reply::close;
    return answered_with(w, from, std::move(reply));
}

std::string line_of(call const& c) { return explain(c.ec, c.response); }

} // namespace

BOOST_AUTO_TEST_SUITE(wire_errors)

BOOST_AUTO_TEST_CASE(a_refused_line_is_shown) {
    client_fixture w;
    auto const client = w.make_client();
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    struct row {
        std::string bytes;
        std::string shown;
    };
    for (auto const& [bytes, shown] :
         {row{"HTTP/1.1 20x OK\r\nContent-Length: 0\r\n\r\n", "\"HTTP/1.1 20x OK\""},
          row{ok + "Content-Length: 1\r\nBad Name: x\r\n\r\n", "\"Bad Name: x\""},
          row{ok + "Bad\x01Name: x\r\n\r\n", "\"Bad?Name: x\""},
          row{ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "\"zz\""},
          row{"HTTP/1.1 200\nBad Name: x\n\n", "\"Bad Name: x\""},
          row{ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "\"Transfer-Encoding: gzip, chunked\""
          },
          row{ok + "Transfer-Encoding: identity\r\n\r\n{}", "\"Transfer-Encoding: identity\""},
          row{ok + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nyy\r\n", "\"yy\""}}) {
        auto const c = answered_raw(w, client, bytes);
        check_failure(*c, errc::invalid_http, phase::reading);
        BOOST_TEST(contains(c->info().detail, shown), c->info().detail);
    }
    auto const long_line = answered_raw(w, client, "HTTP/1.1 20x " + std::string(5000, 'x') + "\r\n\r\n");
    check_failure(*long_line, errc::invalid_http, phase::reading);
    BOOST_TEST(long_line->info().detail.size() < 250u);
}

BOOST_AUTO_TEST_CASE(a_key_in_a_refused_line_is_masked) {
    client_fixture w;
    w.endpoint.key = "sk-0123456789abcdef";
    auto const client = w.make_client();
    auto const c = answered_raw(w, client, "HTTP/1.1 200 OK\r\nBad Name: sk-0123456789abcdef\r\n\r\n");
    check_failure(*c, errc::invalid_http, phase::reading);
    BOOST_TEST(contains(c->info().detail, "Bad Name: ***"), c->info().detail);
}

BOOST_AUTO_TEST_CASE(a_redirect_names_its_target) {
    client_fixture w;
    auto const client = w.make_client();
    for (int const status : {301, 302, 307, 308}) {
        auto const reply =
            with_field(scripted_reply(status, "", ""), "Location", "https://elsewhere.example/v1/x?secret=1");
        auto const c = answered_with(w, client, reply);
        check_failure(*c, make_http_error(status), phase::finished);
        BOOST_TEST(contains(c->info().detail, "https://elsewhere.example/v1/x"), c->info().detail);
        BOOST_TEST(contains(line_of(*c), "https://elsewhere.example/v1/x"), line_of(*c));
        BOOST_TEST(!contains(c->info().detail, "secret"));
    }
    // With words of the provider's it is reported as well.
    auto const words = with_field(scripted_reply(308, R"({"message":"moved"})"), "Location", "/v2");
    auto const c = answered_with(w, client, words);
    BOOST_TEST(contains(line_of(*c), "moved"), line_of(*c));
    BOOST_TEST(contains(line_of(*c), "points to /v2"), line_of(*c));
}

BOOST_AUTO_TEST_CASE(not_found_names_what_was_asked) {
    client_fixture w;
    auto const client = w.make_client();
    for (auto const& reply :
         {scripted_reply(404, "", ""), scripted_reply(404, R"({"detail":"Not Found"})")}) {
        auto const c = answered_with(w, client, reply);
        check_failure(*c, make_http_error(404), phase::finished);
        auto const url = w.server->base_url() + "/chat/completions";
        BOOST_TEST(contains(c->info().detail, url), c->info().detail);
        BOOST_TEST(contains(line_of(*c), url), line_of(*c));
        w.server->enqueue(reply);
        auto const opened = open_stream(w, client);
        BOOST_TEST((opened->ec == make_http_error(404)));
        BOOST_TEST(contains(opened->stream.info().detail, url));
    }
}

BOOST_AUTO_TEST_CASE(accepted_is_no_answer) {
    client_fixture w;
    auto const client = w.make_client();
    scripted_reply const pending(202, R"({"requestId":"11","status":"pending-evaluation"})");
    auto const c = answered_with(w, client, pending);
    check_failure(*c, errc::invalid_response, phase::finished);
    BOOST_TEST(contains(c->info().detail, "202"));
    BOOST_TEST(contains(line_of(*c), "pending-evaluation"), line_of(*c));
    w.server->enqueue(pending);
    auto const opened = open_stream(w, client);
    BOOST_TEST((opened->ec == errc::invalid_response));
    BOOST_TEST(contains(opened->stream.info().detail, "202"));
}

BOOST_AUTO_TEST_CASE(a_wait_in_the_body_is_obeyed) {
    for (auto const* body :
         {R"([{"error":{"code":429,"message":"m","details":[{"@type":"x.RetryInfo","retryDelay":"0.05s"}]}}])",
          R"({"error":{"message":"Please try again in 50ms."}})",
          R"({"error":{"message":"m","retry_after":0.05}})"}) {
        retrying_fixture w;
        w.config.retry.initial_backoff = w.config.retry.max_backoff = 0ms;
        auto const client = w.make_client();
        w.server->enqueue(scripted_reply(429, body));
        auto const c = ask(w, client);
        check_recovered(*c, 2, make_http_error(429));
        BOOST_TEST((c->info().failed_attempts.front().wait == 50ms), body);
    }
}

BOOST_AUTO_TEST_CASE(a_header_field_counts_before_the_body) {
    client_fixture w;
    auto const client = w.make_client();
    auto const reply = scripted_reply(429, R"({"error":{"message":"Please try again in 9 s"}})");
    auto const both = answered_with(w, client, with_field(reply, "Retry-After", "2"));
    BOOST_TEST((both->info().rate_limit.retry_after == 2s));
    BOOST_TEST((both->response.error.retry_after == 9s));
    // Zero means nothing.
    auto const zero = answered_with(w, client, with_field(reply, "Retry-After", "0"));
    BOOST_TEST((zero->info().rate_limit.retry_after == 9s));
    BOOST_TEST((answered_with(w, client, reply)->info().rate_limit.retry_after == 9s));
}

BOOST_AUTO_TEST_CASE(words_for_statuses_are_sent_again) {
    struct row {
        char const* error;
        int status;
    };
    for (auto const& [error, status] :
         {row{R"({"error":{"type":"overloaded_error","message":"Overloaded"}})", 529},
          row{R"({"error":{"code":"server_error","message":"It broke"}})", 500},
          row{R"({"error":{"code":"rate_limit_exceeded","type":"requests","message":"Slow down"}})", 429}}) {
        retrying_fixture w;
        auto const client = w.make_client();
        w.server->enqueue(scripted_reply(200, error));
        check_recovered(*ask(w, client), 2, make_http_error(status));
        w.server->enqueue(scripted_reply::events({"event: error\n" + event(error)}));
        w.server->enqueue(scripted_reply::events({says("Hi"), finishes(), done()}));
        auto stream = open_well(w, client);
        auto const all = read_all(w, stream);
        BOOST_TEST(!all.ec, error);
        BOOST_TEST(all.text == "Hi");
        BOOST_TEST(stream.info().attempts == 2);
    }
}

BOOST_AUTO_TEST_CASE(broken_json_is_sent_again_by_option_alone) {
    for (bool const wanted : {false, true}) {
        retrying_fixture w;
        w.config.retry.retry_broken_replies = wanted;
        auto const client = w.make_client();
        w.server->enqueue(scripted_reply(200, R"({"choices":[{"message":)"));
        auto const c = ask(w, client);
        if (wanted) {
            check_recovered(*c, 2, errc::invalid_json);
        } else {
            check_failure(*c, errc::invalid_json, phase::finished);
            check_stop(*c, retry_stop::final_error);
        }
        w.server->enqueue(scripted_reply::events({event("{"), done()}));
        w.server->enqueue(scripted_reply::events({says("Hi"), finishes(), done()}));
        auto stream = open_well(w, client);
        auto const all = read_all(w, stream);
        BOOST_TEST((all.ec == (wanted ? error_code() : make_error_code(errc::invalid_json))));
    }
}

BOOST_AUTO_TEST_CASE(a_call_that_the_budget_refuses_says_so) {
    retrying_fixture w(2);
    w.config.retry.budget_ratio = 0;
    w.config.retry.budget_minimum = 1;
    auto const client = w.make_client();
    enqueue_errors(*w.server, 4, 503);
    for (int i = 0; i < 3; ++i) {
        auto const c = ask(w, client);
        BOOST_TEST((c->ec == make_http_error(503)));
        bool const refused = c->info().retry_stop == retry_stop::budget_exhausted;
        BOOST_TEST(refused == (i != 0));
        BOOST_TEST(contains(line_of(*c), "retry budget") == refused, line_of(*c));
    }
}

BOOST_AUTO_TEST_CASE(an_event_over_the_limit_names_the_setting) {
    client_fixture w;
    w.config.max_event_size = 1024;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events({says(std::string(2000, 'x'))}));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST((all.ec == errc::invalid_sse));
    BOOST_TEST(contains(stream.info().detail, "client_config::max_event_size"), stream.info().detail);
}

BOOST_AUTO_TEST_SUITE_END()
