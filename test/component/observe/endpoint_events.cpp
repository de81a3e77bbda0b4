// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/endpoint_calls.hpp"
#include "support/fixtures/retries.hpp"
#include "support/fixtures/told.hpp"
#include <async_llm/debug_log.hpp>
#include <async_llm/observer.hpp>
#include <async_llm/telemetry.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Events of calls of endpoints.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using testing::scripted_reply;

/// Keeps a line of each event, and what telemetry makes of the last.
class recorder final : public observer {
public:
    void call_started(call_started_event const& e) noexcept override {
        add("call_started", e);
        attributes = telemetry::attributes_of(e);
        span = telemetry::span_name(e);
        BOOST_TEST(e.request.messages.empty() == e.endpoint);
    }
    void attempt_started(attempt_started_event const& e) noexcept override {
        add("attempt_started", e);
        body = e.body;
    }
    void connection_obtained(connection_obtained_event const& e) noexcept override {
        add("connection_obtained", e);
    }
    void request_sent(request_sent_event const& e) noexcept override {
        add("request_sent", e);
        bytes = e.bytes;
    }
    void first_byte(first_byte_event const& e) noexcept override { add("first_byte", e); }
    void attempt_finished(attempt_finished_event const& e) noexcept override { add("attempt_finished", e); }
    void call_finished(call_finished_event const& e) noexcept override {
        add("call_finished", e);
        text = e.text;
        response = e.response;
        ec = e.ec;
        measurements = telemetry::measurements_of(e);
    }

    std::string names() const {
        std::string result;
        for (auto const& each : events) result += (result.empty() ? "" : " ") + each;
        return result;
    }

    std::vector<std::string> events;
    std::vector<std::string> places;
    std::string body;
    std::string text;
    std::string span;
    std::size_t bytes = 0;
    chat_response response;
    error_code ec;
    std::vector<telemetry::attribute> attributes;
    std::vector<telemetry::measurement> measurements;

private:
    void add(std::string_view name, call_event const& e) {
        events.emplace_back(name);
        places.push_back(std::string(e.method) + ' ' + std::string(e.path) + (e.endpoint ? "" : " (chat)"));
    }
};

struct watched_fixture : endpoint_fixture {
    watched_fixture() { config.observer = events; }

    std::shared_ptr<recorder> events = std::make_shared<recorder>();
};

std::string text_of(std::vector<telemetry::attribute> const& list, std::string_view name) {
    for (auto const& each : list) {
        if (each.name == name) return std::get<std::string>(each.value);
    }
    return "(none)";
}

constexpr std::string_view whole_call =
    "call_started attempt_started connection_obtained request_sent first_byte attempt_finished call_finished";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(endpoint_events)

BOOST_AUTO_TEST_CASE(each_tells_method_and_path) {
    watched_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, R"({"data":[1],"model":"m-1","usage":{"total_tokens":3}})"));
    require_success(*post(w, client, "embeddings?dim=2", "[1]"));
    auto const& seen = *w.events;
    BOOST_TEST(seen.names() == whole_call);
    for (auto const& each : seen.places) BOOST_TEST(each == "POST /embeddings");
    BOOST_TEST(seen.body == "[1]");
    BOOST_TEST(seen.text == R"({"data":[1],"model":"m-1","usage":{"total_tokens":3}})");
    BOOST_TEST(seen.response.completion.model == "m-1");
    BOOST_TEST_REQUIRE(seen.response.completion.usage.has_value());
    BOOST_TEST(seen.response.completion.usage->total_tokens == 3);
    BOOST_TEST(seen.response.info.status == 200);
    BOOST_TEST(!seen.ec);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_long_body_is_told_as_well) {
    watched_fixture w;
    auto const client = w.make_client();
    auto const body = "[" + std::string(100'000, ' ') + "]";
    w.server->enqueue(scripted_reply(200, "[]"));
    require_success(*post(w, client, "embeddings", body));
    BOOST_TEST((w.events->body == body));
    BOOST_TEST(w.events->bytes > body.size());
    w.finish();
}

BOOST_AUTO_TEST_CASE(chat_tells_its_own_place) {
    watched_fixture w;
    auto const client = w.make_client();
    bool done = false;
    client.async_complete(hello(), [&done](error_code ec, chat_response const&) { done = !ec; });
    w.run_until([&done] { return done; });
    for (auto const& each : w.events->places) BOOST_TEST(each == "POST /chat/completions (chat)");
    BOOST_TEST(text_of(w.events->attributes, telemetry::gen_ai_operation_name) == "chat");
    BOOST_TEST(text_of(w.events->attributes, telemetry::async_llm_path) == "(none)");
    w.finish();
}

BOOST_AUTO_TEST_CASE(retries_are_told) {
    watched_fixture w;
    w.config.retry = quick_retries();
    auto const client = w.make_client();
    enqueue_errors(*w.server, 1, 503);
    w.server->enqueue(scripted_reply(200, "[]"));
    require_success(*get(w, client, "models"));
    auto const& names = w.events->events;
    BOOST_TEST(std::count(names.begin(), names.end(), "attempt_finished") == 2);
    BOOST_TEST(std::count(names.begin(), names.end(), "call_finished") == 1);
    for (auto const& each : w.events->places) BOOST_TEST(each == "GET /models");
    w.finish();
}

BOOST_AUTO_TEST_CASE(one_that_is_refused_is_told) {
    watched_fixture w;
    auto const client = w.make_client();
    check_failure(*get(w, client, "../x"), errc::invalid_request, phase::preparing);
    BOOST_TEST(w.events->names() == "call_started call_finished");
    BOOST_TEST((w.events->ec == errc::invalid_request));
    w.finish();
}

BOOST_AUTO_TEST_CASE(telemetry_names_the_operation) {
    struct row {
        std::string_view path;
        std::string_view operation;
    };
    constexpr row rows[] = {
        {"embeddings", "embeddings"},
        {"/embeddings?x=y", "embeddings"},
        {"completions", "text_completion"},
        {"files/f-1/content", "files"},
        {"models", "models"},
    };
    watched_fixture w;
    auto const client = w.make_client();
    for (auto const& [path, operation] : rows) {
        w.server->enqueue(scripted_reply(200, R"({"usage":{"prompt_tokens":3,"total_tokens":3}})"));
        require_success(*get(w, client, std::string(path)));
        auto const& seen = *w.events;
        BOOST_TEST(text_of(seen.attributes, telemetry::gen_ai_operation_name) == operation);
        BOOST_TEST(text_of(seen.attributes, telemetry::http_request_method) == "GET");
        BOOST_TEST(text_of(seen.attributes, telemetry::async_llm_path).starts_with('/'));
        BOOST_TEST(seen.span == operation);
        // All of a path has too many values for a metric.
        BOOST_TEST(seen.measurements.size() == 3U);
        for (auto const& each : seen.measurements) {
            BOOST_TEST(text_of(each.attributes, telemetry::gen_ai_operation_name) == operation);
            BOOST_TEST(text_of(each.attributes, telemetry::async_llm_path) == "(none)");
        }
    }
    w.finish();
}

BOOST_AUTO_TEST_CASE(no_key_is_told) {
    std::string const secret = "KfsQxVmLpRtYbNwZcHg";
    std::string const of_query = "DjWuXsEaTvGyMkPqBnFr";
    endpoint_fixture w;
    auto const ear = std::make_shared<listener>();
    w.endpoint.key = secret;
    w.config.observer = ear;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::error(404, "Who is " + secret + " and " + of_query + "?"));
    auto const path = "users/" + secret + "/files?api_key=" + of_query;
    auto const c = get(w, client, path);
    check_failure(*c, make_http_error(404), phase::finished);
    BOOST_TEST(w.server->last_request().target == "/v1/" + path);
    chat_response story;
    story.info = c->response.info;
    story.error = c->response.error;
    auto const all = ear->text() + told(c->ec, story) + explain(c->ec, c->response);
    BOOST_TEST(contains(all, "/users/***/files"), all);
    for (auto const& hidden : {secret, of_query}) {
        for (std::size_t i = 0; i + 8 <= hidden.size(); ++i)
            BOOST_TEST(!holds(all, hidden.substr(i, 8)), all);
    }
    w.finish();
}

BOOST_AUTO_TEST_CASE(events_have_no_key_in_their_path) {
    std::string const secret = "KfsQxVmLpRtYbNwZcHg";
    watched_fixture w;
    w.endpoint.key = secret;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, "[]"));
    require_success(*get(w, client, "users/" + secret + "/files?x=" + secret));
    BOOST_TEST(w.server->last_request().target == "/v1/users/" + secret + "/files?x=" + secret);
    for (auto const& each : w.events->places) BOOST_TEST(each == "GET /users/***/files");
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_debug_log_has_lines_of_it) {
    endpoint_fixture w;
    std::string log;
    debug_log_options options;
    options.content = true;
    w.config.observer = std::make_shared<debug_log>(
        [&log](std::string_view line) { log.append(line).append("\n"); },
        options
    );
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, R"({"answer":42})"));
    require_success(*post(w, client, "rerank", "[7]"));
    BOOST_TEST(contains(log, "call_started provider=aimlapi server="), log);
    BOOST_TEST(contains(log, " method=POST path=/rerank\n"), log);
    BOOST_TEST(contains(log, "body=[7]"), log);
    BOOST_TEST(contains(log, R"(text="{\"answer\":42}")"), log);
    BOOST_TEST(!contains(log, "messages="), log);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
