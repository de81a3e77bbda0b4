// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Peers that repeat the credentials that they got, wherever they can.

#include "base/base64.hpp"
#include "support/faults/reflecting_replies.hpp"
#include "support/fixtures/retries.hpp"
#include "support/fixtures/told.hpp"
#include "support/fixtures/tool_turns.hpp"
#include "support/servers/echoing_proxy.hpp"
#include "support/streams/streams.hpp"
#include <async_llm/completion_error.hpp>
#include <async_llm/structured_output.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/describe/class.hpp>
#include <boost/json/serialize.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using codec::base64_encode;
using testing::scripted_reply;
namespace json = boost::json;

// Nothing about it looks like a key. It has letters alone, so that all forms of escaping leave it as it is.
std::string const secret = "KfsQxVmLpRtYbNwZcHg";
std::string const other_secret = "DjWuXsEaTvGyMkPqBnFr";

/// A fixture whose client has the secret, and of which everything is heard.
struct listened_fixture : client_fixture {
    explicit listened_fixture(std::string key = secret) : client_fixture(scheme::http) {
        endpoint.key = std::move(key);
        config.observer = ear;
    }

    /// Everything that was said about a call, in one text.
    std::string all(call const& c) const { return ear->text() + told(c.ec, c.response); }

    std::shared_ptr<listener> ear = std::make_shared<listener>();
};

/// Nothing of it, nor of its base 64, that has eight characters or more.
void check_hidden(std::string_view text, std::string_view hidden) {
    for (auto const& form :
         {std::string(hidden),
          base64_encode(hidden),
          base64_encode(':' + std::string(hidden)).substr(2),
          base64_encode("::" + std::string(hidden)).substr(3)}) {
        for (std::size_t i = 0; i + 8 <= form.size(); ++i) BOOST_TEST(!holds(text, form.substr(i, 8)), text);
    }
}

asio::awaitable<void> stream_once(client const& from, call& result) {
    try {
        auto stream = co_await from.stream(hello());
        try {
            result.response = co_await stream.collect();
        } catch (completion_error const& e) {
            result.ec = e.code();
            result.response = e.response();
        }
    } catch (completion_error const& e) {
        result.ec = e.code();
        result.response = e.response();
    }
    result.done = true;
}

/// Asks for a stream and gathers it.
call_ptr stream_of(client_fixture& w, client const& from) {
    auto result = std::make_shared<call>();
    w.run(stream_once(from, *result));
    return result;
}

/// Answers as `where` does, repeating the text, and checks that nothing that is reported has one of the
/// secrets.
void check_place(place const& where, listened_fixture& w, std::string const& repeated, bool streaming) {
    // Each time, because a refused key is followed by the next.
    w.server->respond_with([&](auto const&) { return where.reply(repeated); });
    auto const c = w.make_client();
    auto const result = streaming ? stream_of(w, c) : ask(w, c);
    auto const all = w.all(*result);
    BOOST_TEST(result->ec.failed());
    for (auto const& each : {secret, other_secret}) check_hidden(all, each);
    // A reason alone is reported nowhere.
    auto const seen = where.name != std::string_view("the reason of a status");
    BOOST_TEST(holds(all, "***") == seen, all);
    if (streaming && where.is_stream) BOOST_TEST(result->response.text() == "Hi");
}

toolbox one_tool(tool_function function) {
    toolbox result;
    result.add("t", "", json::object(), std::move(function));
    return result;
}

asio::awaitable<std::string> throw_secret(tool_invocation) {
    co_await asio::post(asio::deferred);
    throw std::runtime_error("refused with " + secret);
}

struct weather {
    int degrees = 0;
};
BOOST_DESCRIBE_STRUCT(weather, (), (degrees))

asio::awaitable<void> ask_for_weather(client& from, call& result) {
    try {
        co_await from.complete_as<weather>(hello());
    } catch (completion_error const& e) {
        result.ec = e.code();
        result.response = e.response();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(reflected_credentials)

BOOST_AUTO_TEST_CASE(no_key_in_whatever_is_told_of_a_failure) {
    for (auto const& where : places()) {
        for (bool const streaming : {false, true}) {
            if (where.is_stream && !streaming) continue;
            BOOST_TEST_CONTEXT(where.name << (streaming ? " of a stream" : "")) {
                for (auto const& written :
                     {secret, base64_encode(secret), base64_encode("user:" + secret), other_secret}) {
                    listened_fixture w;
                    w.endpoint.more_keys = {other_secret};
                    check_place(where, w, written, streaming);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(without_an_observer_either) {
    for (auto const& where : places()) {
        BOOST_TEST_CONTEXT(where.name) {
            listened_fixture w;
            w.config.observer = nullptr;
            check_place(where, w, secret, where.is_stream);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_key_that_is_short_stays) {
    for (auto const& where : places()) {
        BOOST_TEST_CONTEXT(where.name) {
            listened_fixture w("EMPTY");
            w.server->enqueue(where.reply("EMPTY is no key"));
            auto const c = w.make_client();
            auto const result = where.is_stream ? stream_of(w, c) : ask(w, c);
            auto const all = w.all(*result);
            BOOST_TEST(result->ec.failed());
            BOOST_TEST(!holds(all, "***"), all);
        }
    }
    listened_fixture w("EMPTY");
    w.server->enqueue(scripted_reply::error(401, "EMPTY is no key"));
    auto const result = ask(w, w.make_client());
    BOOST_TEST(holds(explain(result->ec, result->response), "\"EMPTY is no key\""));
}

BOOST_AUTO_TEST_CASE(what_the_model_says_stays_as_it_is) {
    listened_fixture w;
    auto const c = w.make_client();
    w.server->enqueue(scripted_reply::completion("My key is " + secret));
    auto const whole = ask(w, c);
    require_success(*whole);
    BOOST_TEST(whole->response.text() == "My key is " + secret);
    w.server->enqueue(scripted_reply::stream("My key is " + secret));
    auto stream = open_well(w, c);
    auto const read = read_all(w, stream);
    BOOST_TEST(!read.ec);
    BOOST_TEST(read.text == "My key is " + secret);
    BOOST_TEST(stream.completion().text() == "My key is " + secret);
    w.server->enqueue(asking_for({tool_call("1", "t", json_string(secret))}));
    auto const called = ask(w, c);
    require_success(*called);
    BOOST_TEST(called->response.tool_calls().front().arguments == json_string(secret));
    // Also if the call fails after it.
    w.server->enqueue(
        scripted_reply::events({says("My key is " + secret), event(R"({"error":{"message":"No"}})")})
    );
    auto const failed = stream_of(w, c);
    BOOST_TEST(failed->ec.failed());
    BOOST_TEST(failed->response.text() == "My key is " + secret);
    // The log has what is said too, because it was asked for, and masks it.
    check_hidden(w.ear->log(), secret);
    BOOST_TEST(holds(w.ear->log(), "text=\"My key is ***\""));
}

BOOST_AUTO_TEST_CASE(an_observer_of_a_success_sees_no_key_either) {
    for (bool const streaming : {false, true}) {
        listened_fixture w;
        auto reply = with_field(scripted_reply::echo(), "x-request-id", "req-" + secret);
        reply.headers.emplace_back("x-ratelimit-key", base64_encode(secret));
        w.server->enqueue(reply);
        auto const c = w.make_client();
        auto const result = streaming ? stream_of(w, c) : ask(w, c);
        require_success(*result);
        check_hidden(w.all(*result), secret);
        BOOST_TEST(result->info().request_id == "req-***");
        BOOST_TEST(holds(w.ear->log(), "x-request-id=req-***"));
    }
}

BOOST_AUTO_TEST_CASE(the_id_and_the_model_of_a_reply_are_masked_where_they_are_exported) {
    for (bool const hedged : {false, true}) {
        listened_fixture w;
        if (hedged) w.config.hedging.delay = patience;
        w.server->enqueue(scripted_reply(
            200,
            R"({"id":)" + json_string(secret) + R"(,"model":)" + json_string(secret) +
                R"(,"choices":[{"message":{"content":"Hi"},"finish_reason":)" + json_string(secret) + "}]}"
        ));
        auto const result = ask(w, w.make_client());
        require_success(*result);
        BOOST_TEST(result->response.completion.id == secret);
        check_hidden(w.ear->text(), secret);
        BOOST_TEST(holds(w.ear->log(), " id=*** model=*** finish_reason=***"));
        BOOST_TEST(holds(w.ear->text(), "gen_ai.response.id=***"));
        BOOST_TEST(holds(w.ear->text(), "gen_ai.response.model=***"));
    }
}

BOOST_AUTO_TEST_CASE(a_key_in_a_harmless_field_of_the_request_is_not_told) {
    listened_fixture w;
    w.endpoint.add_header("X-Title", "App of " + secret);
    auto const result = ask(w, w.make_client());
    require_success(*result);
    check_hidden(w.all(*result), secret);
    BOOST_TEST(holds(w.ear->text(), "X-Title: App of ***"));
    BOOST_TEST(w.server->last_request().header("X-Title") == "App of " + secret);
}

BOOST_AUTO_TEST_CASE(without_an_observer_the_fields_of_a_success_are_as_they_came) {
    listened_fixture w;
    w.config.observer = nullptr;
    w.server->enqueue(with_field(scripted_reply::echo(), "x-request-id", secret));
    auto const result = ask(w, w.make_client());
    require_success(*result);
    BOOST_TEST(result->info().request_id == secret);
}

BOOST_AUTO_TEST_CASE(a_failure_of_the_caller_hides_what_the_reply_had_before_it) {
    // A success so far, so that nothing was masked when its head came.
    listened_fixture w;
    w.config.observer = nullptr;
    w.server->enqueue(with_field(scripted_reply::stream(std::string(1'000, 'x')), "x-request-id", secret));
    request_options options;
    options.max_response_size = 100;
    auto const c = w.make_client();
    auto stream = open_well(w, c, hello(), options);
    BOOST_TEST(stream.info().request_id == secret);
    error_code ec;
    chat_response response;
    bool done = false;
    stream.async_collect([&](error_code why, chat_response all) {
        ec = why;
        response = std::move(all);
        done = true;
    });
    w.run_until([&done] { return done; });
    BOOST_TEST(ec == errc::response_too_large);
    check_hidden(told(ec, response), secret);
    BOOST_TEST(response.info.request_id == "***");
}

BOOST_AUTO_TEST_CASE(the_body_that_is_kept_is_as_it_came) {
    listened_fixture w;
    request_options options;
    options.keep_body = true;
    w.server->enqueue(scripted_reply(401, "<p>" + secret + "</p>", "text/html"));
    auto const result = ask(w, w.make_client(), hello(), options);
    BOOST_TEST(holds(result->info().body, secret));
    check_hidden(w.all(*result), secret);
}

BOOST_AUTO_TEST_CASE(the_keys_of_all_targets_are_hidden_in_all_replies) {
    for (bool const first_fails : {false, true}) {
        listened_fixture w;
        w.config.retry = quick_retries(2);
        auto second = w.endpoint;
        second.key = other_secret;
        w.server->enqueue(scripted_reply(503, "No", "text/" + other_secret));
        w.server->enqueue(
            first_fails ? scripted_reply::error(401, secret + ' ' + other_secret) : scripted_reply::echo()
        );
        std::vector<target> targets;
        targets.emplace_back(w.endpoint);
        targets.emplace_back(second);
        client const c(w.io.get_executor(), targets, w.config);
        auto const result = ask(w, c);
        auto const all = w.all(*result);
        for (auto const& each : {secret, other_secret}) check_hidden(all, each);
        BOOST_TEST_REQUIRE(result->info().failed_attempts.size() == 1U);
        BOOST_TEST(holds(result->info().failed_attempts.front().detail, "(text/***)"));
        BOOST_TEST(result->ec.failed() == first_fails);
    }
}

BOOST_AUTO_TEST_CASE(who_decides_about_the_next_target_sees_no_key) {
    listened_fixture w;
    std::string seen;
    w.config.fallback.moves_on = [&seen](error_code, api_error const& error) {
        seen += error.message;
        return false;
    };
    std::vector<target> targets(2, target(w.endpoint));
    w.server->enqueue(scripted_reply::error(401, "No: " + secret));
    ask(w, client(w.io.get_executor(), targets, w.config));
    BOOST_TEST(seen == "No: ***");
}

BOOST_AUTO_TEST_CASE(credentials_in_fields_are_hidden) {
    for (bool const hedged : {false, true}) {
        listened_fixture w;
        w.endpoint.add_header("Cookie", "session=" + other_secret);
        if (hedged) w.config.hedging.delay = patience;
        std::string const of_call = "VbRnTyUiOpAsDfGhJk";
        request_options options;
        options.headers.emplace_back("X-Api-Key", of_call);
        options.headers.emplace_back("X-Region", "a-region-of-mine");
        auto const words = secret + ", " + other_secret + ", " + of_call + ", a-region-of-mine";
        w.server->enqueue(with_field(scripted_reply::error(401, words), "x-request-id", of_call));
        auto const result = ask(w, w.make_client(), hello(), options);
        auto const all = w.all(*result);
        for (auto const& each : {secret, other_secret, of_call}) check_hidden(all, each);
        BOOST_TEST(result->response.error.message == "***, ***, ***, a-region-of-mine");
    }
}

BOOST_AUTO_TEST_CASE(credentials_in_the_query_are_hidden) {
    listened_fixture w;
    w.endpoint.base_url += "?region=a-region-of-mine&api-key=" + other_secret;
    w.server->enqueue(scripted_reply::error(401, "a-region-of-mine, " + other_secret));
    auto const result = ask(w, w.make_client());
    BOOST_TEST(w.server->last_request().target.ends_with("&api-key=" + other_secret));
    check_hidden(w.all(*result), other_secret);
    BOOST_TEST(result->response.error.message == "a-region-of-mine, ***");
}

BOOST_AUTO_TEST_CASE(a_proxys_reason_has_no_password, *http1_only()) {
    std::string const password = "Pq/Zx9cVb3n@M5q";
    std::string const login = "user:Pq%2FZx9cVb3n%40M5q";
    std::vector<std::string> const forms{
        base64_encode("user:" + password),
        "Basic " + base64_encode("user:" + password),
        password,
        "user:" + password,
        login,
        "Pq%2fZx9cVb3n%40M5q",
        secret
    };
    for (auto const& repeated : forms) {
        for (bool const listening : {false, true}) {
            BOOST_TEST_CONTEXT(repeated) {
                listened_fixture w;
                if (!listening) w.config.observer = nullptr;
                w.endpoint.base_url = "https://provider.example/v1";
                echoing_proxy const proxy(w.io, repeated);
                w.config.proxy = proxy.url(login);
                auto const result = ask(w, w.make_client());
                BOOST_TEST((result->ec == errc::proxy_failed));
                auto const all = w.all(*result);
                for (auto const& each : {password, secret}) check_hidden(all, each);
                check_hidden(all, base64_encode("user:" + password));
                BOOST_TEST(!holds(all, "Zx9cVb3n"), all);
                BOOST_TEST(holds(result->info().detail, "it answered 407 "));
                BOOST_TEST(result->info().detail.ends_with("***"), result->info().detail);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_tool_that_throws_the_key_tells_it_to_nobody) {
    for (auto const policy : {tool_failure_policy::report_to_model, tool_failure_policy::end_run}) {
        listened_fixture w;
        run_tools_options options;
        options.on_failure = policy;
        w.server->enqueue(asking_for({tool_call("1", "t", "{}")}));
        auto const c = w.make_client();
        auto const r = use_tools(w, c, one_tool(&throw_secret), options);
        auto all = told(r->ec, r->run.response) + w.server->last_request().body;
        for (auto const& each : r->steps) all += each;
        check_hidden(all, secret);
        BOOST_TEST(holds(all, "refused with ***"), all);
    }
}

BOOST_AUTO_TEST_CASE(a_part_that_looks_like_a_key_does_not_save_the_rest_of_one) {
    std::string const key = "KfsQxVmLpRtY.sk-0123456789.bNwZcHgDjWuX";
    listened_fixture w(key);
    w.server->enqueue(asking_for({tool_call("1", "t", "{}")}));
    w.server->enqueue(scripted_reply::error(401, "No: " + key));
    auto const thrower = [&key](tool_invocation) -> asio::awaitable<std::string> {
        throw std::runtime_error("refused with " + key);
        co_return std::string();
    };
    auto const c = w.make_client();
    auto const r = use_tools(w, c, one_tool(thrower));
    auto const all = told(r->ec, r->run.response) + w.ear->text() + w.server->last_request().body;
    check_hidden(all, key);
    BOOST_TEST(holds(all, "refused with ***"), all);
    BOOST_TEST(holds(all, "No: ***"), all);
}

BOOST_AUTO_TEST_CASE(a_tool_that_does_not_exist_is_named_without_the_key) {
    for (auto const policy : {tool_failure_policy::report_to_model, tool_failure_policy::end_run}) {
        listened_fixture w;
        run_tools_options options;
        options.on_failure = policy;
        w.server->enqueue(asking_for({tool_call("1", secret, "{}")}));
        auto const c = w.make_client();
        auto const r = use_tools(w, c, one_tool(&throw_secret), options);
        check_hidden(told(r->ec, r->run.response), secret);
        if (!r->ec) BOOST_TEST(r->run.messages.at(2).content.value() == "error: there is no tool \"***\"");
    }
}

BOOST_AUTO_TEST_CASE(arguments_reach_the_tool_as_they_are_and_a_complaint_about_them_has_no_key) {
    listened_fixture w;
    std::string got;
    auto const keep = [&got](tool_invocation invocation) -> asio::awaitable<std::string> {
        got = invocation.call.arguments;
        co_return "well";
    };
    run_tools_options options;
    options.on_failure = tool_failure_policy::end_run;
    w.server->enqueue(asking_for({tool_call("1", "t", json_string(secret))}));
    w.server->enqueue(asking_for({tool_call("2", "t", '{' + secret)}));
    auto const c = w.make_client();
    auto const r = use_tools(w, c, one_tool(keep), options);
    BOOST_TEST(got == json_string(secret));
    BOOST_TEST((r->ec == errc::invalid_json));
    BOOST_TEST(holds(r->run.response.info.detail, "{***"));
    check_hidden(r->run.response.info.detail, secret);
}

BOOST_AUTO_TEST_CASE(an_answer_that_does_not_fit_is_quoted_without_the_key) {
    listened_fixture w;
    auto c = w.make_client();
    w.server->enqueue(scripted_reply::completion(R"({"degrees":)" + json_string("is " + secret) + "}"));
    call result;
    w.run(ask_for_weather(c, result));
    BOOST_TEST((result.ec == errc::schema_mismatch));
    BOOST_TEST(holds(result.info().detail, "is ***"));
    check_hidden(told(result.ec, result.response), secret);
    // What the model said is the caller's.
    BOOST_TEST(holds(result.response.text(), secret));
}

BOOST_AUTO_TEST_SUITE_END()
