// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include <async_llm/completion_error.hpp>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

// One call that is answered like this.
call_ptr answered_with(client_fixture& w, client const& from, scripted_reply reply) {
    w.server->enqueue(std::move(reply));
    return ask(w, from);
}

struct status_case {
    int status;
    condition expected;
    bool retryable;
};

constexpr status_case status_cases[] = {
    {400, condition::invalid_request, false},
    {401, condition::authentication, false},
    {402, condition::insufficient_credits, false},
    {403, condition::permission_denied, false},
    {404, condition::not_found, false},
    {413, condition::invalid_request, false},
    {422, condition::invalid_request, false},
    {429, condition::rate_limited, true},
    {500, condition::server_error, true},
    {502, condition::server_error, true},
    {503, condition::server_error, true},
    {504, condition::timeout, true},
    {524, condition::timeout, true},
    {529, condition::server_error, true}
};

asio::awaitable<void> complete_and_catch(client const& from, std::vector<completion_error>& caught) {
    try {
        co_await from.complete(hello());
    } catch (completion_error const& e) {
        caught.push_back(e);
    }
}

std::string thrown_line(client_fixture& w, client const& from, error_code expected) {
    std::vector<completion_error> caught;
    w.run(complete_and_catch(from, caught));
    BOOST_TEST_REQUIRE(caught.size() == 1U);
    BOOST_TEST(caught.front().code() == expected);
    return caught.front().what();
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(http_errors)

BOOST_AUTO_TEST_CASE(every_status_in_every_dialect) {
    using dialect = testing::provider_dialect;
    for (auto const manners : {dialect::openai, dialect::openrouter}) {
        client_fixture w(scheme::https, testing::mock_options(manners));
        w.endpoint.base_url = w.server->base_url();
        auto const client = w.make_client();
        for (auto const& [status, expected, retryable] : status_cases) {
            BOOST_TEST_CONTEXT("status " << status) {
                auto const result = answered_with(w, client, scripted_reply::error(status, "Some words"));
                check_failure(*result, make_http_error(status), phase::finished);
                BOOST_TEST((result->ec == expected));
                BOOST_TEST((result->ec == condition::client_error) == (status < 500));
                BOOST_TEST((result->ec == condition::server_error) == (status >= 500));
                BOOST_TEST((result->ec == condition::retryable) == retryable);
                BOOST_TEST(result->info().status == status);
                BOOST_TEST(result->info().request_id != "");
                BOOST_TEST(result->response.error.message == "Some words");
                BOOST_TEST(result->response.error.raw.is_object());
                BOOST_TEST(result->response.completion.choices.empty());
            }
        }
        // An error is a complete reply, so the connection lives on.
        BOOST_TEST(w.server->stats().connections_accepted == 1U);
        BOOST_TEST(client.stats().calls_failed == std::size(status_cases));
    }
}

BOOST_AUTO_TEST_CASE(aimlapi_out_of_credits) {
    client_fixture w(scheme::https, testing::mock_options(testing::provider_dialect::aimlapi));
    auto const client = w.make_client();
    auto const result = answered_with(w, client, scripted_reply::error(403, "You have run out"));
    check_failure(*result, errc::insufficient_credits, phase::finished);
    BOOST_TEST((result->ec == condition::insufficient_credits));
    BOOST_TEST((result->ec != condition::retryable));
    BOOST_TEST(result->info().status == 403);
    BOOST_TEST(result->response.error.message == "You have run out");
    BOOST_TEST(result->response.error.code == "err_insufficent_credits");
    BOOST_TEST(result->response.error.status == 403);
}

BOOST_AUTO_TEST_CASE(too_many_requests) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::error(429, "Slow down");
    reply.headers.emplace_back("Retry-After", "2");
    auto const slow = answered_with(w, client, reply);
    check_failure(*slow, make_http_error(429), phase::finished);
    BOOST_TEST((slow->info().rate_limit.retry_after == 2s));

    scripted_reply const quota(
        429,
        R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,)"
        R"("code":"insufficient_quota"}})"
    );
    auto const broke = answered_with(w, client, quota);
    check_failure(*broke, errc::insufficient_credits, phase::finished);
    BOOST_TEST((broke->ec != condition::retryable));
    BOOST_TEST(broke->response.error.code == "insufficient_quota");
}

BOOST_AUTO_TEST_CASE(web_page_in_place_of_an_error) {
    client_fixture w;
    auto const client = w.make_client();
    scripted_reply const page(
        502,
        "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>",
        "text/html"
    );
    auto const result = answered_with(w, client, page);
    check_failure(*result, make_http_error(502), phase::finished);
    BOOST_TEST(contains(result->response.error.message, "502 Bad Gateway"));
    BOOST_TEST(!contains(result->response.error.message, "<"));
    BOOST_TEST(result->response.error.raw.is_null());

    auto const good_page = answered_with(w, client, scripted_reply(200, "<html>Hi</html>", "text/html"));
    check_failure(*good_page, errc::unexpected_content_type, phase::finished);
}

BOOST_AUTO_TEST_CASE(redirects_are_not_followed) {
    for (int const status : {301, 302, 307, 308}) {
        client_fixture w;
        client_fixture elsewhere;
        auto const client = w.make_client();
        auto reply = scripted_reply(status, "", "");
        reply.headers.emplace_back("Location", elsewhere.server->base_url() + "/chat/completions");
        auto const result = answered_with(w, client, reply);
        check_failure(*result, make_http_error(status), phase::finished);
        elsewhere.io.poll();
        BOOST_TEST(elsewhere.server->stats().connections_accepted == 0U);
        BOOST_TEST(w.server->request_count() == 1U);
        BOOST_TEST(result->info().field("Location") != "");
    }
}

BOOST_AUTO_TEST_CASE(success_without_content) {
    client_fixture w;
    auto const client = w.make_client();
    auto padded = scripted_reply(200, "  \n");
    padded.padding_lines = 50;
    for (auto const& reply :
         {scripted_reply(204, "", ""), scripted_reply(200, ""), scripted_reply(200, " \r\n\t"), padded}) {
        auto const result = answered_with(w, client, reply);
        check_failure(*result, errc::empty_response, phase::finished);
        BOOST_TEST((result->ec == condition::invalid_reply));
    }
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
}

BOOST_AUTO_TEST_CASE(errors_inside_of_a_success) {
    client_fixture w;
    auto const client = w.make_client();
    auto const with_status =
        answered_with(w, client, scripted_reply(200, R"({"error":{"message":"Upstream down","code":502}})"));
    check_failure(*with_status, make_http_error(502), phase::finished);
    BOOST_TEST(with_status->info().status == 200);
    BOOST_TEST(with_status->response.error.status == 502);
    BOOST_TEST(with_status->response.error.message == "Upstream down");

    auto const without =
        answered_with(w, client, scripted_reply(200, R"({"error":{"message":"No idea","code":"odd"}})"));
    check_failure(*without, errc::error_in_response, phase::finished);
    BOOST_TEST(without->response.error.code == "odd");

    auto const odd = answered_with(w, client, scripted_reply(200, R"({"hello":"world"})"));
    check_failure(*odd, errc::invalid_response, phase::finished);
    check_detail(*odd, "choices");
}

BOOST_AUTO_TEST_CASE(generation_that_failed_half_way) {
    client_fixture w;
    auto const client = w.make_client();
    std::string const start =
        R"({"id":"g","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"error",)"
        R"("message":{"role":"assistant","content":"Once upon a")";
    auto const plain = answered_with(w, client, scripted_reply(200, start + "}}]}"));
    check_failure(*plain, errc::generation_failed, phase::finished);
    BOOST_TEST(plain->response.text() == "Once upon a");

    auto const coded = answered_with(
        w,
        client,
        scripted_reply(200, start + R"(},"error":{"message":"Overloaded","code":503}}]})")
    );
    check_failure(*coded, make_http_error(503), phase::finished);
    BOOST_TEST(coded->response.text() == "Once upon a");
    BOOST_TEST(coded->response.error.message == "Overloaded");
}

BOOST_AUTO_TEST_CASE(wrong_key) {
    testing::mock_options options;
    options.accepted_keys = {"right"};
    client_fixture w(scheme::https, options);
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, make_http_error(401), phase::finished);
    BOOST_TEST((result->ec == condition::authentication));
    BOOST_TEST(result->response.error.message == "Incorrect API key provided.");
    BOOST_TEST(result->response.error.code == "invalid_api_key");
    BOOST_TEST(result->response.error.type == "invalid_request_error");
}

BOOST_AUTO_TEST_CASE(what_the_exception_says) {
    std::string const key = "sk-or-v1-0123456789abcdef0123456789abcdef";
    client_fixture w;
    w.endpoint.key = key;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::error(401, "Incorrect API key provided: " + key));
    auto line = thrown_line(w, client, make_http_error(401));
    for (std::string_view const part : {"aimlapi", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "HTTP 401"})
        BOOST_TEST(contains(line, part), line);
    BOOST_TEST(contains(line, "Incorrect API key provided"), line);
    BOOST_TEST(!contains(line, key), line);
    BOOST_TEST(!contains(line, "\n"));

    w.server->stop();
    w.io.poll();
    line = thrown_line(w, client, errc::connect_failed);
    for (std::string_view const part : {"aimlapi", "Llama-3.3-70B", "connecting", "127.0.0.1"})
        BOOST_TEST(contains(line, part), line);
    BOOST_TEST(!contains(line, key), line);
}

BOOST_AUTO_TEST_CASE(error_that_ends_the_connection) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::error(500, "Good-bye");
    reply.then = testing::after_reply::announce_close;
    auto const result = answered_with(w, client, reply);
    check_failure(*result, make_http_error(500), phase::finished);
    BOOST_TEST(!ask_well(w, client)->info().connection_reused);
    BOOST_TEST(client.stats().replays == 0U);
}

// The server answers as soon as it has read the head, and closes without waiting for the rest.
BOOST_AUTO_TEST_CASE(answer_that_comes_before_the_end_of_the_request) {
    for (auto const s : {scheme::http, scheme::https}) {
        testing::mock_options options;
        options.max_body_size = 1000;
        client_fixture w(s, options);
        auto const client = w.make_client();
        auto const result = ask(w, client, saying(std::string(4 * 1024 * 1024, 'x')));
        check_failure(*result, make_http_error(413), phase::finished);
        ask_well(w, client);
    }
}

BOOST_AUTO_TEST_SUITE_END()
