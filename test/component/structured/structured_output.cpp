// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/client_fixture.hpp"
#include "support/fixtures/described_types.hpp"
#include <async_llm/completion_error.hpp>
#include <async_llm/structured_output.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace described_types;
using testing::provider_dialect;
using testing::scripted_reply;
namespace json = boost::json;

constexpr std::string_view monday = R"({"name":"Mon","high":12.5,"low":null})";

structured_options with_reasks(int count) {
    structured_options options;
    options.max_reasks = count;
    return options;
}

structured_options in_mode(schema_mode mode) {
    structured_options options;
    options.mode = mode;
    return options;
}

/// A reply whose one choice ends like this and has this message (JSON).
scripted_reply reply_with(std::string_view finish_reason, std::string_view message) {
    std::string body = R"({"id":"x","choices":[{"index":0,"finish_reason":")";
    body.append(finish_reason).append(R"(","message":)").append(message).append("}]}");
    return scripted_reply(200, std::move(body));
}

/// Result of a call.
template <class T>
struct outcome {
    std::optional<structured_reply<T>> reply;
    std::optional<completion_error> error;

    std::string const& detail() const { return error.value().info().detail; }
};

template <class T>
asio::awaitable<void>
ask_as(client const& from, chat_request request, structured_options options, outcome<T>& result) {
    try {
        result.reply.emplace(co_await from.complete_as<T>(std::move(request), std::move(options)));
    } catch (completion_error const& e) {
        result.error.emplace(e);
    }
}

template <class T>
outcome<T>
ask(client_fixture& w, structured_options options = structured_options(), chat_request request = hello()) {
    outcome<T> result;
    auto const client = w.make_client();
    w.run(ask_as<T>(client, std::move(request), std::move(options), result));
    return result;
}

template <class T>
outcome<T>
answered(client_fixture& w, std::string_view text, structured_options options = structured_options()) {
    w.server->enqueue(scripted_reply::completion(std::string(text)));
    return ask<T>(w, std::move(options));
}

json::value sent(client_fixture& w, std::size_t index = 0) { return w.server->requests().at(index).json(); }

json::value message_of(client_fixture& w, std::size_t request, std::size_t index) {
    return sent(w, request).at("messages").get_array().at(index);
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(structured_output)

BOOST_AUTO_TEST_CASE(the_schema_is_sent_and_the_answer_decoded) {
    for (auto const manners :
         {provider_dialect::openai, provider_dialect::openrouter, provider_dialect::aimlapi}) {
        client_fixture w(scheme::http, testing::mock_options(manners));
        auto const result = answered<day>(w, monday);
        BOOST_TEST_REQUIRE(result.reply.has_value());
        BOOST_TEST(result.reply->value.name == "Mon");
        BOOST_TEST(result.reply->value.high == 12.5);
        BOOST_TEST(!result.reply->value.low);
        BOOST_TEST(result.reply->attempts == 1);
        BOOST_TEST(result.reply->response.text() == monday);
        BOOST_TEST(result.reply->response.info.status == 200);
        json::object inner;
        inner["name"] = "day";
        inner["schema"] = json_schema_of<day>();
        inner["strict"] = true;
        json::object format;
        format["type"] = "json_schema";
        format["json_schema"] = inner;
        BOOST_TEST((sent(w).at("response_format") == json::value(format)));
        BOOST_TEST(sent(w).at("messages").get_array().size() == 1U);
        BOOST_TEST(w.server->stats().requests_refused == 0U);
    }
}

BOOST_AUTO_TEST_CASE(options_choose_name_and_form) {
    client_fixture w(scheme::http);
    structured_options options;
    options.name = "one-day";
    options.form = schema_form::open;
    BOOST_TEST(answered<day>(w, monday, options).reply.has_value());
    auto const format = sent(w).at("response_format").at("json_schema");
    BOOST_TEST(format.at("name").get_string() == "one-day");
    BOOST_TEST(format.at("strict").get_bool() == false);
    BOOST_TEST((format.at("schema") == json::value(json_schema_of<day>(schema_form::open))));
}

BOOST_AUTO_TEST_CASE(request_options_are_those_of_each_call) {
    client_fixture w(scheme::http);
    auto options = with_reasks(1);
    options.request.headers.emplace_back("X-Mine", "yes");
    w.server->enqueue(scripted_reply::completion("no"));
    BOOST_TEST(answered<day>(w, monday, options).reply.has_value());
    BOOST_TEST(w.server->requests().at(0).header("X-Mine") == "yes");
    BOOST_TEST(w.server->requests().at(1).header("X-Mine") == "yes");
}

BOOST_AUTO_TEST_CASE(what_is_no_struct_is_asked_for_within_an_object) {
    client_fixture w(scheme::http);
    auto const wrapped = answered<std::vector<int>>(w, R"({"value":[1,2]})");
    BOOST_TEST_REQUIRE(wrapped.reply.has_value());
    BOOST_TEST((wrapped.reply->value == std::vector<int>{1, 2}));
    auto const format = sent(w).at("response_format").at("json_schema");
    BOOST_TEST(format.at("name").get_string() == "answer");
    BOOST_TEST(
        json::serialize(format.at("schema")) ==
        R"({"type":"object","properties":{"value":{"type":"array","items":{"type":"integer"}}},)"
        R"("required":["value"],"additionalProperties":false})"
    );
    BOOST_TEST((answered<unit>(w, R"({"value":"celsius"})").reply.value().value == unit::celsius));
    BOOST_TEST(answered<std::vector<int>>(w, R"({"value":[1,"x"]})")
                   .detail()
                   .starts_with(R"(value[1]: expected an integer, got "x"; the answer: )"));
    // Models forget the object around it.
    BOOST_TEST(answered<std::vector<int>>(w, "[3]").reply.value().value.front() == 3);
    structured_options exact;
    exact.decoding = decode_mode::strict;
    BOOST_TEST(answered<std::vector<int>>(w, "[3]", exact).error.has_value());
}

BOOST_AUTO_TEST_CASE(a_type_that_no_strict_server_takes_goes_in_the_open_form) {
    client_fixture w(scheme::http);
    BOOST_TEST(!answered<everything>(w, "{}").reply.has_value());
    auto const format = sent(w).at("response_format").at("json_schema");
    BOOST_TEST(format.at("strict").get_bool() == false);
    BOOST_TEST(!format.at("schema").get_object().contains("additionalProperties"));
}

BOOST_AUTO_TEST_CASE(a_mismatch_names_the_path_and_shows_the_text) {
    client_fixture w(scheme::http);
    auto const text = R"({"city":"Oslo","scale":"celsius","days":[{"name":"Mon","high":"warm"}]})";
    auto const result = answered<forecast>(w, text);
    BOOST_TEST_REQUIRE(result.error.has_value());
    BOOST_TEST(result.error->code() == errc::schema_mismatch);
    BOOST_TEST(
        result.detail() ==
        "days[0].high: expected a number, got \"warm\"; the answer: " + json::serialize(json::string(text))
    );
    BOOST_TEST(contains(result.error->what(), "days[0].high: expected a number"));
    BOOST_TEST(result.error->response().text() == text);
    BOOST_TEST(result.error->info().status == 200);
    BOOST_TEST((result.error->info().phase == phase::finished));
}

BOOST_AUTO_TEST_CASE(text_that_is_no_json_is_a_mismatch_too) {
    client_fixture w(scheme::http);
    auto const result = answered<day>(w, "It will rain.\nA lot." + std::string(10'000, '!'));
    BOOST_TEST(result.error.value().code() == errc::schema_mismatch);
    BOOST_TEST(result.detail().starts_with("the answer is not JSON from byte 0 of "));
    BOOST_TEST(contains(result.detail(), R"(the answer: "It will rain. A lot.!!!)"));
    BOOST_TEST(result.detail().size() < 600U);
    BOOST_TEST(answered<day>(w, "").detail() == "the answer is empty");
}

BOOST_AUTO_TEST_CASE(decoding_is_lenient_or_strict) {
    client_fixture w(scheme::http);
    auto const text = "```json\n{\"name\":\"Mon\",\"high\":\"12.5\",\"wind\":3}\n```";
    BOOST_TEST(answered<day>(w, text).reply.value().value.high == 12.5);
    structured_options exact;
    exact.decoding = decode_mode::strict;
    BOOST_TEST(answered<day>(w, text, exact).error.value().code() == errc::schema_mismatch);
    BOOST_TEST(answered<day>(w, monday, exact).reply.has_value());
}

BOOST_AUTO_TEST_CASE(a_refusal_is_final) {
    client_fixture w(scheme::http);
    w.server->enqueue(
        reply_with("stop", R"({"role":"assistant","content":null,"refusal":"I can't help\nwith that."})")
    );
    auto const result = ask<day>(w, with_reasks(3));
    BOOST_TEST(result.error.value().code() == errc::model_refused);
    BOOST_TEST(result.detail() == R"(the model refused; the answer: "I can't help with that.")");
    BOOST_TEST(w.server->request_count() == 1U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_cut_off_says_so_and_is_final) {
    client_fixture w(scheme::http);
    w.server->enqueue(reply_with("length", R"({"role":"assistant","content":"{\"name\":\"Mon\",\"hi"})"));
    auto const result = ask<day>(w, with_reasks(3));
    BOOST_TEST(result.error.value().code() == errc::schema_mismatch);
    BOOST_TEST(result.detail().starts_with(
        "the answer was cut off (finish_reason length): the answer is not JSON from byte 17 of 17: incomplete"
    ));
    BOOST_TEST(w.server->request_count() == 1U);
    w.server->enqueue(reply_with("content_filter", R"({"role":"assistant","content":""})"));
    BOOST_TEST(
        ask<day>(w).detail() == "the answer was cut off (finish_reason content_filter): the answer is empty"
    );
    // Models that fill up with white space have answered all the same.
    w.server->enqueue(
        reply_with("length", R"({"role":"assistant","content":"{\"name\":\"Mon\",\"high\":1}\n\n\n"})")
    );
    BOOST_TEST(ask<day>(w).reply.has_value());
}

BOOST_AUTO_TEST_CASE(a_tool_call_is_no_answer) {
    client_fixture w(scheme::http);
    w.server->enqueue(reply_with(
        "tool_calls",
        R"({"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function",)"
        R"("function":{"name":"look","arguments":"{}"}}]})"
    ));
    auto const result = ask<day>(w, with_reasks(3));
    BOOST_TEST(result.error.value().code() == errc::schema_mismatch);
    BOOST_TEST(result.detail() == "the model called the tool look");
    BOOST_TEST(w.server->request_count() == 1U);
}

BOOST_AUTO_TEST_CASE(errors_of_the_call_pass) {
    client_fixture w(scheme::http);
    w.server->enqueue(scripted_reply::error(401, "No such key"));
    auto const result = ask<day>(w, with_reasks(3));
    BOOST_TEST(result.error.value().code() == make_http_error(401));
    BOOST_TEST(w.server->request_count() == 1U);
    auto const refused = ask<day>(w, with_reasks(-1));
    BOOST_TEST(refused.error.value().code() == errc::invalid_request);
    BOOST_TEST(refused.detail() == "max_reasks: -1 is less than 0");
    structured_options misnamed;
    misnamed.name = "no good";
    BOOST_TEST(ask<day>(w, misnamed).detail().starts_with("response_format.json_schema.name: "));
    BOOST_TEST(w.server->request_count() == 1U);
}

BOOST_AUTO_TEST_CASE(asking_again_sends_the_answer_and_what_is_wrong_with_it) {
    client_fixture w(scheme::http);
    std::string const first = R"({"name":"Mon","high":"warm"})";
    w.server->enqueue(scripted_reply::completion(first));
    w.server->enqueue(scripted_reply::completion(""));
    auto const result = answered<day>(w, monday, with_reasks(2));
    BOOST_TEST_REQUIRE(result.reply.has_value());
    BOOST_TEST(result.reply->attempts == 3);
    BOOST_TEST(result.reply->value.name == "Mon");
    BOOST_TEST(result.reply->response.text() == monday);
    BOOST_TEST(sent(w, 1).at("messages").get_array().size() == 3U);
    BOOST_TEST(message_of(w, 1, 1).at("role").get_string() == "assistant");
    BOOST_TEST(message_of(w, 1, 1).at("content").get_string() == first);
    BOOST_TEST(message_of(w, 1, 2).at("role").get_string() == "user");
    BOOST_TEST(
        message_of(w, 1, 2).at("content").get_string() ==
        R"(Your answer does not follow the JSON schema: high: expected a number, got "warm". )"
        "Answer again, with the corrected JSON object and nothing else."
    );
    BOOST_TEST((sent(w, 1).at("response_format") == sent(w, 0).at("response_format")));
    // An empty answer is not sent back.
    BOOST_TEST(sent(w, 2).at("messages").get_array().size() == 4U);
    BOOST_TEST(message_of(w, 2, 3).at("role").get_string() == "user");
}

BOOST_AUTO_TEST_CASE(asking_again_has_a_limit) {
    client_fixture w(scheme::http);
    w.server->respond_with([](auto const&) { return scripted_reply::completion(R"({"name":"Mon"})"); });
    auto const result = ask<day>(w, with_reasks(2));
    BOOST_TEST(result.error.value().code() == errc::schema_mismatch);
    BOOST_TEST(result.detail().starts_with("high: missing; the answer: "));
    BOOST_TEST(result.detail().ends_with(" (asked 3 times)"));
    BOOST_TEST(w.server->request_count() == 3U);
}

BOOST_AUTO_TEST_CASE(a_value_keeps_nothing_of_an_answer_that_did_not_fit) {
    client_fixture w(scheme::http);
    w.server->enqueue(scripted_reply::completion(
        R"({"city":"Oslo","scale":"celsius","days":[],"best":{"name":"a","high":1},"also":7})"
    ));
    auto const result =
        answered<forecast>(w, R"({"city":"Rome","scale":"celsius","days":[]})", with_reasks(1));
    BOOST_TEST(result.reply.value().value.city == "Rome");
    BOOST_TEST(!result.reply.value().value.best);
}

BOOST_AUTO_TEST_CASE(servers_without_schemas_get_it_in_a_message) {
    auto const schema = json::serialize(json_schema_of<day>(schema_form::open));
    for (auto const mode : {schema_mode::automatic, schema_mode::json_object, schema_mode::prompt}) {
        client_fixture w(scheme::http);
        w.endpoint.dialect.allows_json_schema = mode != schema_mode::automatic;
        BOOST_TEST(answered<day>(w, monday, in_mode(mode)).reply.has_value());
        auto const body = sent(w);
        if (mode == schema_mode::prompt)
            BOOST_TEST(!body.get_object().contains("response_format"));
        else
            BOOST_TEST(json::serialize(body.at("response_format")) == R"({"type":"json_object"})");
        BOOST_TEST(body.at("messages").get_array().size() == 2U);
        BOOST_TEST(message_of(w, 0, 0).at("role").get_string() == "system");
        auto const text = message_of(w, 0, 0).at("content").get_string();
        BOOST_TEST(contains(text, "JSON"));
        BOOST_TEST(text.ends_with(schema));
    }
}

BOOST_AUTO_TEST_CASE(a_system_message_that_is_there_takes_the_schema) {
    client_fixture w(scheme::http);
    w.server->enqueue(scripted_reply::completion(std::string(monday)));
    auto request = chat_request("m").system("Be brief.").user("Hello");
    request.response_format = response_format::text();
    BOOST_TEST(ask<day>(w, in_mode(schema_mode::json_object), request).reply.has_value());
    BOOST_TEST(sent(w).at("messages").get_array().size() == 2U);
    BOOST_TEST(message_of(w, 0, 0).at("content").get_string().starts_with("Be brief.\n\nAnswer with one JSON")
    );
}

BOOST_AUTO_TEST_CASE(a_format_of_the_request_gives_way_to_the_mode) {
    for (auto const mode : {schema_mode::json_schema, schema_mode::json_object, schema_mode::prompt}) {
        client_fixture w(scheme::http);
        w.server->enqueue(scripted_reply::completion(std::string(monday)));
        auto request = hello();
        request.response_format = response_format::text();
        BOOST_TEST(ask<day>(w, in_mode(mode), request).reply.has_value());
        auto const body = sent(w).get_object();
        auto const* const format = body.if_contains("response_format");
        BOOST_TEST((format != nullptr) == (mode != schema_mode::prompt));
        if (format) BOOST_TEST(format->at("type").get_string() != "text");
    }
}

BOOST_AUTO_TEST_CASE(a_dialect_does_not_overrule_the_user) {
    client_fixture w(scheme::http);
    w.endpoint.dialect.allows_json_schema = false;
    BOOST_TEST(answered<day>(w, monday, in_mode(schema_mode::json_schema)).reply.has_value());
    BOOST_TEST(sent(w).at("response_format").at("type").get_string() == "json_schema");
}

BOOST_AUTO_TEST_CASE(without_options) {
    client_fixture w(scheme::http);
    w.server->enqueue(scripted_reply::completion(std::string(monday)));
    std::string name;
    auto const client = w.make_client();
    auto const ask_plainly = [&]() -> asio::awaitable<void> {
        name = (co_await client.complete_as<day>(hello())).value.name;
    };
    w.run(ask_plainly());
    BOOST_TEST(name == "Mon");
}

BOOST_AUTO_TEST_CASE(the_client_may_go_and_a_cancelled_call_ends) {
    client_fixture w(scheme::http);
    auto stalled = scripted_reply::completion(std::string(monday));
    stalled.fault = testing::reply_fault::stall;
    w.server->enqueue(stalled);
    outcome<day> result;
    std::optional<client> going(w.make_client());
    auto call = ask_as<day>(*going, hello(), structured_options(), result);
    asio::cancellation_signal cancel;
    bool done = false;
    asio::co_spawn(
        w.io,
        std::move(call),
        asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { done = true; })
    );
    w.run_until([&] { return w.server->request_count() == 1; });
    cancel.emit(asio::cancellation_type::terminal);
    w.run_until([&] { return done; });
    BOOST_TEST((result.error.value().code() == asio::error::operation_aborted));

    w.server->enqueue(stalled);
    result = outcome<day>();
    done = false;
    asio::co_spawn(w.io, ask_as<day>(*going, hello(), structured_options(), result), [&](auto) {
        done = true;
    });
    w.run_until([&] { return w.server->request_count() == 2; });
    going.reset();
    w.run_until([&] { return done; });
    BOOST_TEST(result.error.value().code() == errc::client_closed);
}

BOOST_AUTO_TEST_SUITE_END()
