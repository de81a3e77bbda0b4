// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/fixtures/endpoint_calls.hpp"
#include "support/fixtures/retries.hpp"
#include <async_llm/completion_error.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Calls of endpoints other than chat completions, whose bodies go out and come back as they are.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::reply_fault;
using testing::scripted_reply;

scripted_reply answer(std::string body = R"({"object":"list","data":[1]})") {
    return scripted_reply(200, std::move(body));
}

std::string key_of(testing::received_request const& request) {
    return std::string(request.header("Authorization").substr(std::string_view("Bearer ").size()));
}

/// Two mock providers that answer every path, each a provider of its own name.
struct two_providers : endpoint_fixture {
    two_providers() : second(io.get_executor(), second_options()) {
        targets.emplace_back(named("first", server->base_url() + "?version=1"), "model-a");
        targets.emplace_back(named("second", second.base_url() + "/chat/completions"), "model-b");
    }

    static testing::mock_options second_options() {
        auto options = any_endpoint();
        options.http2 = over_http2();
        return options;
    }

    static provider named(std::string name, std::string url) {
        auto result = provider::openai_compatible(std::move(url), "key-of-" + name);
        result.name = std::move(name);
        result.http2_prior_knowledge = over_http2();
        return result;
    }

    client make_client() { return client(io.get_executor(), targets, config); }

    void finish() {
        second.stop();
        client_fixture::finish();
    }

    testing::mock_provider second;
    std::vector<target> targets;
};

asio::awaitable<void> post_and_get(client const& from, std::vector<api_response>& replies) {
    std::string path = "embeddings";
    std::string body = "[]";
    replies.push_back(co_await from.post(path, body));
    replies.push_back(co_await from.get(path));
    replies.push_back(co_await from.async_post(path, body));
    request_options options;
    replies.push_back(co_await from.async_get(path, options));
}

asio::awaitable<void> get_and_catch(client const& from, std::vector<completion_error>& caught) {
    std::string path = "models";
    try {
        co_await from.get(path);
    } catch (completion_error const& e) {
        caught.push_back(e);
    }
    try {
        co_await from.async_get(path);
    } catch (completion_error const& e) {
        caught.push_back(e);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(endpoints)

BOOST_AUTO_TEST_CASE(a_body_goes_out_byte_for_byte) {
    endpoint_fixture w;
    auto const client = w.make_client();
    std::string const bodies[] = {
        "{ \"a\" : 1 ,\r\n\t\"a\":2, \"n\":123456789012345678901234567890.5e+300 }\n",
        "[]",
        " \"text\" ",
        "{\"u\":\"\\u00e9 \\/ \xc3\xa9\"}",
        "[" + std::string(16'382, ' ') + "]",
        "[" + std::string(16'383, ' ') + "]",
        "[" + std::string(3'000'000, ' ') + "]",
    };
    for (auto const& body : bodies) {
        w.server->enqueue(answer());
        auto const c = post(w, client, "embeddings", body);
        require_success(*c);
        auto const request = w.server->last_request();
        BOOST_TEST((request.body == body));
        BOOST_TEST(request.method == "POST");
        BOOST_TEST(request.target == "/v1/embeddings");
        BOOST_TEST(request.header("Content-Type") == "application/json");
        BOOST_TEST(request.header("Content-Length") == std::to_string(body.size()));
        BOOST_TEST(request.header("Authorization") == "Bearer test-key");
        BOOST_TEST(request.header("Accept") == "application/json");
    }
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_sent_as_well) {
    auto options = any_endpoint();
    options.check_body = false;
    client_fixture w(scheme::http, options);
    auto const client = w.make_client();
    std::string const body("no JSON, \0 and more", 19);
    w.server->enqueue(answer());
    require_success(*post(w, client, "embeddings", body));
    BOOST_TEST((w.server->last_request().body == body));
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_get_has_no_body) {
    endpoint_fixture w;
    w.config.retry.generate_idempotency_key = true;
    auto const client = w.make_client();
    w.server->enqueue(answer());
    auto const c = get(w, client, "/files?limit=2");
    require_success(*c);
    BOOST_TEST(c->response.text() == R"({"object":"list","data":[1]})");
    BOOST_TEST(c->response.json().at("data").as_array().size() == 1U);
    BOOST_TEST(c->response.status() == 200);
    BOOST_TEST(c->info().attempts == 1);
    auto const request = w.server->last_request();
    BOOST_TEST(request.method == "GET");
    BOOST_TEST(request.target == "/v1/files?limit=2");
    for (auto const* field : {"Content-Type", "Content-Length", "Transfer-Encoding", "Idempotency-Key"})
        BOOST_TEST(request.header_count(field) == 0U, field);
    BOOST_TEST(request.header("Authorization") == "Bearer test-key");
    w.server->enqueue(answer());
    require_success(*post(w, client, "files"));
    BOOST_TEST(w.server->last_request().header_count("Idempotency-Key") == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_base_url_that_names_chat_completions) {
    endpoint_fixture w;
    w.endpoint.base_url += "/chat/completions?api-version=1";
    auto const client = w.make_client();
    for (int i = 0; i < 2; ++i) w.server->enqueue(answer());
    require_success(*post(w, client, "embeddings"));
    BOOST_TEST(w.server->last_request().target == "/v1/embeddings?api-version=1");
    require_success(*get(w, client, "models?x=y"));
    BOOST_TEST(w.server->last_request().target == "/v1/models?api-version=1&x=y");
    require_success(*ask(w, client));
    BOOST_TEST(w.server->last_request().target == "/v1/chat/completions?api-version=1");
    w.finish();
}

BOOST_AUTO_TEST_CASE(chat_completions_can_be_asked_for_as_text) {
    endpoint_fixture w;
    auto const client = w.make_client();
    auto const body = R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})";
    auto const c = post(w, client, "chat/completions", body);
    require_success(*c);
    BOOST_TEST(c->response.json().at("object").as_string() == "chat.completion");
    BOOST_TEST_REQUIRE(c->response.usage.has_value());
    BOOST_TEST(c->response.usage->total_tokens > 0);
    w.finish();
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_of_what_is_refused) {
    endpoint_fixture w;
    auto const client = w.make_client();
    for (auto const* path : {"", "https://evil.example/v1", "../admin", "a b", "files\r\nX: y", "files#x"}) {
        check_failure(*post(w, client, path), errc::invalid_request, phase::preparing);
        auto const c = get(w, client, path);
        check_failure(*c, errc::invalid_request, phase::preparing);
        BOOST_TEST(c->info().detail.starts_with("path: "), c->info().detail);
    }
    auto const empty = post(w, client, "embeddings", "");
    check_failure(*empty, errc::invalid_request, phase::preparing);
    BOOST_TEST(empty->info().detail == "body: empty");
    auto const field = finish(w, start_get(client, "models", with_header("X-A", "b\r\nX-Evil: c")));
    check_failure(*field, errc::invalid_request, phase::preparing);
    BOOST_TEST(w.server->request_count() == 0U);
    BOOST_TEST(w.server->stats().connections_accepted == 0U);
    BOOST_TEST(client.stats().calls_failed == 14U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(errors_are_those_of_completions) {
    endpoint_fixture w;
    auto const client = w.make_client();
    for (int const status : {400, 401, 403, 404, 405, 422, 429, 500, 503}) {
        BOOST_TEST_CONTEXT("status " << status) {
            w.server->enqueue(scripted_reply::error(status, "Some words"));
            auto const c = post(w, client, "embeddings");
            check_failure(*c, make_http_error(status), phase::finished);
            BOOST_TEST(c->response.error.message == "Some words");
            BOOST_TEST(c->response.status() == status);
            BOOST_TEST(c->response.text().find("Some words") != std::string::npos);
            BOOST_TEST(c->response.json().is_object());
        }
    }
    w.server->enqueue(scripted_reply::error(404, "Not here"));
    auto const missing = get(w, client, "models/unknown?key=x");
    auto const place = "http://127.0.0.1:" + std::to_string(w.server->port()) + "/v1/models/unknown";
    BOOST_TEST(missing->info().detail.ends_with(" for " + place), missing->info().detail);
    w.server->enqueue(scripted_reply(403, R"({"error":{"message":"pay","code":"insufficient_quota"}})"));
    check_failure(*get(w, client, "models"), errc::insufficient_credits, phase::finished);
    w.finish();
}

BOOST_AUTO_TEST_CASE(no_redirect_is_followed) {
    endpoint_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply(307, "");
    reply.headers.emplace_back("Location", w.server->base_url() + "/elsewhere");
    w.server->enqueue(reply);
    auto const c = get(w, client, "models");
    check_failure(*c, make_http_error(307), phase::finished);
    BOOST_TEST(w.server->request_count() == 1U);
    BOOST_TEST(c->info().detail.find("/elsewhere") != std::string::npos, c->info().detail);
    w.finish();
}

BOOST_AUTO_TEST_CASE(what_may_pass_is_sent_again_as_it_was) {
    endpoint_fixture w;
    w.config.retry = quick_retries();
    w.config.retry.generate_idempotency_key = true;
    auto const client = w.make_client();
    // Of a length that is joined to the head, and of one that is not.
    for (std::size_t const size : {100U, 100'000U}) {
        auto const body = "[" + std::string(size, ' ') + "]";
        auto const before = w.server->request_count();
        enqueue_errors(*w.server, 1, 429);
        enqueue_errors(*w.server, 1, 503);
        w.server->enqueue(answer());
        auto const c = post(w, client, "embeddings", body);
        require_success(*c);
        BOOST_TEST(c->info().attempts == 3);
        BOOST_TEST(c->info().failed_attempts.size() == 2U);
        auto const requests = w.server->requests();
        BOOST_TEST_REQUIRE(requests.size() == before + 3);
        for (auto i = before; i < requests.size(); ++i) {
            BOOST_TEST((requests[i].body == body));
            auto const key = requests[i].header("Idempotency-Key");
            BOOST_TEST(!key.empty());
            BOOST_TEST(key == requests[before].header("Idempotency-Key"));
        }
    }
    enqueue_errors(*w.server, 3, 500);
    auto const failed = get(w, client, "models");
    check_failure(*failed, make_http_error(500), phase::finished);
    BOOST_TEST(failed->info().attempts == 3);
    BOOST_TEST(to_string(failed->info().retry_stop) == "attempts_exhausted");
    BOOST_TEST(client.stats().retries == 6U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(an_error_in_a_200_is_one_and_may_be_sent_again) {
    endpoint_fixture w;
    w.config.retry = quick_retries();
    auto const client = w.make_client();
    w.server->enqueue(answer(R"({"error":{"message":"overloaded","code":503}})"));
    w.server->enqueue(answer());
    auto const c = post(w, client, "embeddings");
    require_success(*c);
    BOOST_TEST(c->info().attempts == 2);
    BOOST_TEST(c->info().failed_attempts.front().ec == make_http_error(503));
    w.server->enqueue(answer(R"({"error":{"message":"never"}})"));
    auto const failed = post(w, client, "embeddings");
    check_failure(*failed, errc::error_in_response, phase::finished);
    BOOST_TEST(failed->response.text() == R"({"error":{"message":"never"}})");
    BOOST_TEST(failed->response.error.message == "never");
    BOOST_TEST(failed->response.status() == 200);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_broken_connection_is_retried) {
    endpoint_fixture w;
    w.config.retry = quick_retries(2);
    auto const client = w.make_client();
    auto broken = answer();
    broken.fault = reply_fault::reset;
    broken.fault_after = 0;
    w.server->enqueue(broken);
    w.server->enqueue(answer());
    auto const c = post(w, client, "embeddings");
    require_success(*c);
    BOOST_TEST(c->info().attempts == 2);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_next_target_gets_the_body_as_it_is) {
    for (std::size_t const size : {100U, 100'000U}) {
        two_providers w;
        auto const client = w.make_client();
        auto const body = R"({"model":"mine","input":")" + std::string(size, 'x') + R"("})";
        w.server->enqueue(scripted_reply::error(401, "Unknown key"));
        w.second.enqueue(answer());
        auto const c = post(w, client, "embeddings?dim=2", body);
        require_success(*c);
        BOOST_TEST(c->info().provider == "second");
        BOOST_TEST(c->info().model == "");
        BOOST_TEST(c->info().attempts == 2);
        auto const first = w.server->last_request();
        auto const second = w.second.last_request();
        BOOST_TEST((first.body == body));
        BOOST_TEST((second.body == body));
        BOOST_TEST(first.target == "/v1/embeddings?version=1&dim=2");
        BOOST_TEST(second.target == "/v1/embeddings?dim=2");
        BOOST_TEST(key_of(first) == "key-of-first");
        BOOST_TEST(key_of(second) == "key-of-second");
        w.finish();
    }
}

BOOST_AUTO_TEST_CASE(keys_are_used_in_turn) {
    endpoint_fixture w;
    w.endpoint.more_keys = {"second-key"};
    auto const client = w.make_client();
    std::vector<std::string> keys;
    for (int i = 0; i < 4; ++i) {
        w.server->enqueue(answer());
        require_success(*get(w, client, "models"));
        keys.push_back(key_of(w.server->last_request()));
    }
    BOOST_TEST(keys[0] != keys[1]);
    BOOST_TEST(keys[0] == keys[2]);
    BOOST_TEST(keys[1] == keys[3]);
    w.finish();
}

BOOST_AUTO_TEST_CASE(cancellation_ends_it) {
    endpoint_fixture w;
    auto const client = w.make_client();
    auto held = answer();
    held.latency = 60s;
    w.server->enqueue(held);
    auto const c = start_post(client, "embeddings", "[]");
    w.run_until([&] { return w.server->request_count() == 1; });
    // Too late for a cancellation that promises no effect.
    c->cancel.emit(asio::cancellation_type::total);
    let_pass(w, 20ms);
    BOOST_TEST(!c->done);
    c->cancel.emit(asio::cancellation_type::terminal);
    finish(w, c);
    check_failure(*c, asio::error::operation_aborted, phase::waiting);
    BOOST_TEST(c->response.text().empty());
    w.finish();
}

BOOST_AUTO_TEST_CASE(limits_of_time_hold) {
    endpoint_fixture w;
    auto const client = w.make_client();
    auto held = answer();
    held.latency = 60s;
    w.server->enqueue({held, held});
    check_failure(
        *finish(w, start_get(client, "models", limited_to(50ms))),
        errc::deadline_exceeded,
        phase::waiting
    );
    request_options options;
    options.first_byte_timeout = 50ms;
    check_failure(*finish(w, start_get(client, "models", options)), errc::first_byte_timeout, phase::waiting);
    w.finish();
}

BOOST_AUTO_TEST_CASE(they_wait_for_the_rate_limits_of_all_calls) {
    endpoint_fixture w;
    w.config.rates.limits.emplace_back("", 1'200, std::nullopt); // one each 50 ms
    w.config.rates.burst = 1ms;
    auto const client = w.make_client();
    w.server->enqueue({answer(), answer()});
    auto const began = std::chrono::steady_clock::now();
    auto const first = start_get(client, "models");
    auto const second = start_post(client, "embeddings", "[]");
    finish(w, first);
    require_success(*finish(w, second));
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 45ms));
    w.finish();
}

BOOST_AUTO_TEST_CASE(tokens_are_those_of_the_reply) {
    endpoint_fixture w;
    // 100 at a time, and none that comes back soon.
    w.config.rates.limits.emplace_back("", std::nullopt, 100);
    w.config.rates.burst = 60s;
    w.config.rates.expected_reply_tokens = 10;
    w.config.rates.on_limited = when_limited::refuse;
    auto const client = w.make_client();
    auto const used = [](int tokens) {
        return answer(R"({"data":[1],"usage":{"total_tokens":)" + std::to_string(tokens) + "}}");
    };
    w.server->enqueue({used(5), used(90), answer()});
    // Four bytes are a token, so that each of these would take 60 if the reply did not say better.
    std::string const body = "[" + std::string(198, ' ') + "]";
    require_success(*post(w, client, "embeddings", body));
    require_success(*post(w, client, "embeddings", body));
    auto const refused = post(w, client, "embeddings", body);
    check_failure(*refused, errc::rate_limit_reached, phase::limited);
    // What has no body is expected to take none.
    require_success(*get(w, client, "models"));
    BOOST_TEST(w.server->request_count() == 3U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_closed_client_takes_none) {
    endpoint_fixture w;
    auto const client = w.make_client();
    client.cancel();
    check_failure(*get(w, client, "models"), errc::client_closed, phase::preparing);
    w.finish();
}

BOOST_AUTO_TEST_CASE(they_can_be_awaited) {
    endpoint_fixture w;
    auto const client = w.make_client();
    w.server->enqueue({answer("1"), answer("2"), answer("3"), answer("4")});
    std::vector<api_response> replies;
    w.run(post_and_get(client, replies));
    BOOST_TEST_REQUIRE(replies.size() == 4U);
    for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(replies[i].text() == std::to_string(i + 1));
    auto const requests = w.server->requests();
    BOOST_TEST(requests[0].method == "POST");
    BOOST_TEST(requests[1].method == "GET");
    BOOST_TEST(requests[2].method == "POST");
    BOOST_TEST(requests[3].method == "GET");
    w.finish();
}

BOOST_AUTO_TEST_CASE(what_is_thrown_has_the_reply) {
    endpoint_fixture w;
    auto const client = w.make_client();
    w.server->enqueue({scripted_reply(500, "Oops"), scripted_reply(500, "Oops")});
    std::vector<completion_error> caught;
    w.run(get_and_catch(client, caught));
    BOOST_TEST_REQUIRE(caught.size() == 2U);
    for (auto const& each : caught) {
        BOOST_TEST(each.code() == make_http_error(500));
        BOOST_TEST_REQUIRE(each.endpoint_response() != nullptr);
        BOOST_TEST(each.endpoint_response()->text() == "Oops");
        BOOST_TEST(each.info().status == 500);
        BOOST_TEST(each.error().message == "Oops");
    }
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
