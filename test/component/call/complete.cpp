// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"

#include <boost/json/parse.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::reply_framing;
using testing::scripted_reply;

using fields = std::vector<std::pair<std::string, std::string>>;

asio::awaitable<void> complete_twice(client const& from, std::vector<std::string>& texts) {
    auto const first = co_await from.complete(saying("one"));
    texts.emplace_back(first.text());
    request_options options;
    options.keep_body = true;
    auto const second = co_await from.complete(saying("two"), options);
    texts.emplace_back(second.text());
    BOOST_TEST(second.info.body.find("two") != std::string::npos);
}

} // namespace

BOOST_AUTO_TEST_SUITE(complete)

BOOST_AUTO_TEST_CASE(decodes_the_reply) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::recorded());
    auto const result = ask_well(w, client);
    auto const& completion = result->response.completion;
    std::string const text =
        "Hello. It's nice to meet you. Is there something I can help you with or would you like to chat?";
    BOOST_TEST(result->response.text() == text);
    BOOST_TEST(result->response.tool_calls().empty());
    BOOST_TEST(completion.id == "npQ5s8C-2j9zxn-92d9f3c84a529790");
    BOOST_TEST(completion.object == "chat.completion");
    BOOST_TEST(completion.created == 1744201161);
    BOOST_TEST(completion.model == "meta-llama/Llama-3.3-70B-Instruct-Turbo");
    BOOST_TEST_REQUIRE(completion.choices.size() == 1U);
    auto const& choice = completion.choices.front();
    BOOST_TEST(choice.index == 0);
    BOOST_TEST((choice.finish_reason == finish_reason::stop));
    BOOST_TEST((choice.message.role == role::assistant));
    BOOST_TEST((choice.message.content == text));
    BOOST_TEST_REQUIRE(completion.usage.has_value());
    BOOST_TEST(completion.usage->prompt_tokens == 67);
    BOOST_TEST(completion.usage->completion_tokens == 46);
    BOOST_TEST(completion.usage->total_tokens == 113);
}

BOOST_AUTO_TEST_CASE(sends_what_the_provider_wants, *http1_only()) {
    client_fixture w;
    auto const client = w.make_client();
    ask_well(w, client);
    auto const request = w.server->last_request();
    std::string const body =
        R"({"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","messages":[{"role":"user","content":"Hello"}]})";
    fields const expected{
        {"Host", "127.0.0.1:" + std::to_string(w.server->port())},
        {"User-Agent", "async_llm/" ASYNC_LLM_VERSION_STRING},
        {"Accept", "application/json"},
        {"Accept-Encoding", "identity"},
        {"Content-Type", "application/json"},
        {"Authorization", "Bearer test-key"},
        {"Content-Length", std::to_string(body.size())}
    };
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.target == "/v1/chat/completions");
    BOOST_TEST(request.http_version == 11U);
    BOOST_TEST((request.headers == expected));
    BOOST_TEST(request.body == body);
    BOOST_TEST(request.refused_with == 0);
    BOOST_TEST(request.tls);
}

BOOST_AUTO_TEST_CASE(sends_neither_key_nor_user_agent_if_there_is_none) {
    testing::mock_options options;
    options.check_authorization = false;
    client_fixture w(scheme::http, options);
    w.endpoint = provider::openai_compatible(w.server->base_url());
    w.config.user_agent.clear();
    auto const client = w.make_client();
    ask_well(w, client);
    auto const request = w.server->last_request();
    BOOST_TEST(request.header_count("Authorization") == 0U);
    BOOST_TEST(request.header_count("User-Agent") == 0U);
}

BOOST_AUTO_TEST_CASE(speaks_to_openrouter) {
    client_fixture w(scheme::https, testing::mock_options(testing::provider_dialect::openrouter));
    w.endpoint = provider::openrouter("test-key").app("https://app.example", "My app");
    w.endpoint.base_url = w.server->base_url();
    auto const client = w.make_client();
    auto const result = ask_well(w, client);
    auto const request = w.server->last_request();
    BOOST_TEST(request.target == "/api/v1/chat/completions");
    BOOST_TEST(request.header("HTTP-Referer") == "https://app.example");
    BOOST_TEST(request.header("X-Title") == "My app");
    BOOST_TEST(result->response.completion.provider == "Mock");
    BOOST_TEST(result->info().provider == "openrouter");
    BOOST_TEST(result->info().request_id == result->info().field("x-generation-id"));
    BOOST_TEST(result->info().request_id != "");
}

BOOST_AUTO_TEST_CASE(obeys_request_options) {
    client_fixture w;
    w.endpoint.add_header("X-Team", "red").add_header("X-Kept", "yes");
    auto const client = w.make_client();
    request_options options;
    options.headers.emplace_back("x-team", "blue");
    options.headers.emplace_back("X-Trace", "42");
    options.total_timeout = 30s;
    options.idempotency_key = "once";
    options.keep_body = true;
    auto const result = ask(w, client, hello(), options);
    require_success(*result);
    auto const request = w.server->last_request();
    BOOST_TEST(request.header_count("X-Team") == 1U);
    BOOST_TEST(request.header("X-Team") == "blue");
    BOOST_TEST(request.header("X-Kept") == "yes");
    BOOST_TEST(request.header("X-Trace") == "42");
    BOOST_TEST(request.header("Idempotency-Key") == "once");
    auto const kept = boost::json::parse(result->info().body);
    BOOST_TEST(kept.at("model").as_string() == result->response.completion.model);

    ask_well(w, client);
    auto const next = w.server->last_request();
    BOOST_TEST(next.header("X-Team") == "red");
    BOOST_TEST(next.header_count("Idempotency-Key") == 0U);
}

BOOST_AUTO_TEST_CASE(tells_what_is_known_of_the_call) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::echo();
    reply.headers = {
        {"x-request-id", "req-7"},
        {"x-ratelimit-limit-requests", "100"},
        {"x-ratelimit-remaining-requests", "99"},
        {"x-ratelimit-reset-requests", "1m30s"},
        {"x-ratelimit-limit-tokens", "5000"},
        {"x-ratelimit-remaining-tokens", "4000"},
        {"x-ratelimit-reset-tokens", "250ms"}
    };
    w.server->enqueue(reply);
    auto const first = ask_well(w, client);
    auto const& info = first->info();
    BOOST_TEST(info.status == 200);
    BOOST_TEST(info.request_id == "req-7");
    BOOST_TEST(info.field("X-Request-Id") == "req-7");
    BOOST_TEST((info.rate_limit.limit_requests == 100));
    BOOST_TEST((info.rate_limit.remaining_requests == 99));
    BOOST_TEST((info.rate_limit.reset_requests == 90s));
    BOOST_TEST((info.rate_limit.limit_tokens == 5000));
    BOOST_TEST((info.rate_limit.remaining_tokens == 4000));
    BOOST_TEST((info.rate_limit.reset_tokens == 250ms));
    BOOST_TEST(!info.rate_limit.retry_after.has_value());
    BOOST_TEST(info.provider == "aimlapi");
    BOOST_TEST(info.model == hello().model);
    BOOST_TEST(info.attempts == 1);
    BOOST_TEST(!info.connection_reused);
    BOOST_TEST(!info.replayed);
    BOOST_TEST(info.remote_endpoint == "127.0.0.1:" + std::to_string(w.server->port()));
    BOOST_TEST(info.tls_version == "TLSv1.3");
    BOOST_TEST(!info.cause);
    BOOST_TEST(info.body == "");
    auto const& spent = info.timings;
    BOOST_TEST((spent.pool > 0ns && spent.write > 0ns && spent.first_byte > 0ns));
    BOOST_TEST((spent.total >= spent.pool + spent.write + spent.first_byte));

    auto const second = ask_well(w, client);
    BOOST_TEST(second->info().connection_reused);
    BOOST_TEST(second->info().remote_endpoint == info.remote_endpoint);
    BOOST_TEST(second->info().tls_version == info.tls_version);
    BOOST_TEST(second->info().request_id != "req-7");
}

BOOST_AUTO_TEST_CASE(works_over_plain_http) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto const result = ask_well(w, client);
    BOOST_TEST(result->response.text() == "Hello");
    BOOST_TEST(result->info().tls_version == "");
    BOOST_TEST(!w.server->last_request().tls);
}

BOOST_AUTO_TEST_CASE(works_over_ipv6) {
    testing::mock_options options;
    options.address = "::1";
    client_fixture w(scheme::https, options);
    w.endpoint.base_url = w.server->base_url("::1");
    auto const client = w.make_client();
    auto const result = ask_well(w, client);
    auto const port = std::to_string(w.server->port());
    BOOST_TEST(result->info().remote_endpoint == "[::1]:" + port);
    BOOST_TEST(w.server->last_request().header("Host") == "[::1]:" + port);
}

BOOST_AUTO_TEST_CASE(a_coroutine_awaits_it) {
    client_fixture w;
    auto const client = w.make_client();
    std::vector<std::string> texts;
    w.run(complete_twice(client, texts));
    BOOST_TEST((texts == std::vector<std::string>{"one", "two"}));
}

BOOST_AUTO_TEST_CASE(a_call_that_is_kept_for_later_can_be_made_more_than_once) {
    client_fixture w;
    auto const client = w.make_client();
    auto const call = client.async_complete(chat_request("m").user("once more"));
    int answered = 0;
    auto const count = [&](std::exception_ptr const& thrown, chat_response const& response) {
        BOOST_TEST(!thrown);
        BOOST_TEST(response.text() == "once more");
        ++answered;
    };
    for (int i = 0; i < 3; ++i) call(count);
    w.run_until([&] { return answered == 3; });
    BOOST_TEST(w.server->request_count() == 3u);
}

BOOST_AUTO_TEST_CASE(large_requests_and_replies) {
    for (auto const s : {scheme::http, scheme::https}) {
        client_fixture w(s);
        auto const client = w.make_client();
        std::string const prompt(1024 * 1024, 'p');
        auto const asked = ask(w, client, saying(prompt));
        require_success(*asked);
        BOOST_TEST((asked->response.text() == prompt));

        std::string const answer(8 * 1024 * 1024, 'a');
        w.server->enqueue(scripted_reply::completion(answer));
        auto const answered = ask_well(w, client);
        BOOST_TEST((answered->response.text() == answer));
        BOOST_TEST(answered->info().connection_reused);
    }
}

BOOST_AUTO_TEST_CASE(blank_lines_keep_the_connection_alive) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::echo();
    reply.padding_lines = 700;
    reply.padding_interval = 200us;
    for (auto const framing : {reply_framing::content_length, reply_framing::chunked}) {
        reply.framing = framing;
        w.server->enqueue(reply);
        auto const result = ask_well(w, client);
        BOOST_TEST(result->response.text() == "Hello");
        BOOST_TEST((result->info().timings.total >= 700 * 200us));
    }
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
}

BOOST_AUTO_TEST_CASE(chunked_replies, *http1_only()) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::recorded();
    reply.framing = reply_framing::chunked;
    reply.trailers.emplace_back("X-Trailer", "1");
    for (std::size_t const size : {1U, 7U, 0U}) {
        reply.chunk_size = size;
        w.server->enqueue(reply);
        auto const result = ask_well(w, client);
        BOOST_TEST(result->response.text().starts_with("Hello. It's nice"));
        BOOST_TEST(result->info().field("Transfer-Encoding") == "chunked");
        BOOST_TEST(result->info().field("X-Trailer") == "");
    }
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
}

BOOST_AUTO_TEST_CASE(passes_over_interim_replies) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::echo();
    reply.interim = {100, 103, 102};
    w.server->enqueue(reply);
    auto const result = ask_well(w, client);
    BOOST_TEST(result->info().status == 200);
    BOOST_TEST(result->response.text() == "Hello");
    BOOST_TEST(result->info().field("Link") == "");
    ask_well(w, client);
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
}

BOOST_AUTO_TEST_CASE(replies_that_last_until_the_end_of_the_connection, *http1_only()) {
    for (auto const s : {scheme::http, scheme::https}) {
        client_fixture w(s);
        auto const client = w.make_client();
        auto reply = scripted_reply::echo();
        reply.framing = reply_framing::until_close;
        w.server->enqueue(reply);
        BOOST_TEST(ask_well(w, client)->response.text() == "Hello");
        auto const second = ask_well(w, client);
        BOOST_TEST(!second->info().connection_reused);
        BOOST_TEST(w.server->stats().connections_accepted == 2U);
    }
}

BOOST_AUTO_TEST_CASE(one_connection_serves_one_call_after_the_other) {
    client_fixture w;
    auto const client = w.make_client();
    for (int i = 0; i < 20; ++i) {
        auto const result = ask_well(w, client);
        BOOST_TEST(result->info().connection_reused == (i > 0));
    }
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
    BOOST_TEST(w.server->stats().requests == 20U);
    auto const stats = client.stats();
    BOOST_TEST(stats.calls_completed == 20U);
    BOOST_TEST(stats.connections_opened == 1U);
    BOOST_TEST(stats.connections_reused == 19U);
    BOOST_TEST(stats.connections_idle == 1U);
    BOOST_TEST(stats.connections_in_use == 0U);
    BOOST_TEST(stats.calls_in_flight == 0U);
}

BOOST_AUTO_TEST_CASE(recorded_replies_of_all_models) {
    client_fixture w;
    auto const client = w.make_client();
    for (auto const& model : testing::recorded_models()) {
        w.server->enqueue(scripted_reply::recorded());
        auto const result = ask(w, client, chat_request(model).user("Hello"));
        require_success(*result);
        auto const recorded = boost::json::parse(testing::recorded_reply(model));
        auto const& message = recorded.at("choices").at(0).at("message");
        BOOST_TEST(result->response.text() == message.at("content").as_string());
        BOOST_TEST(result->response.completion.model == model);
        BOOST_TEST_REQUIRE(result->response.completion.usage.has_value());
        auto const total = recorded.at("usage").at("total_tokens").as_int64();
        BOOST_TEST(result->response.completion.usage->total_tokens == total);
    }
}

BOOST_AUTO_TEST_SUITE_END()
