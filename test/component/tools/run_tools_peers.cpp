// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/tool_turns.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

// Turns with tool calls as servers were reported to send them: which tools run, and what goes back.

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace json = boost::json;

using lines = std::vector<std::string>;

/// A turn of a model, and what it has to lead to.
struct turn {
    turn(char const* t, lines d, lines r, std::string b)
        : title(t), said(std::move(d)), runs(std::move(r)), goes_back(std::move(b)) {}

    char const* title;
    /// The message (JSON) of a whole reply, or the deltas of a stream.
    lines said;
    /// The tools that run, with their arguments.
    lines runs;
    /// The message of the next request that says it. Empty: the run ends with `errc::invalid_response`.
    std::string goes_back;
};

std::string with_choice(std::string const& object, std::string const& choice) {
    return R"({"id":"c-1","object":")" + object +
        R"(","created":1790000000,"model":"m-1","choices":[{"index":0,)" + choice + "}]}";
}

testing::scripted_reply whole(lines const& said) {
    auto const choice = R"("message":)" + said.front() + R"(,"finish_reason":"tool_calls")";
    return testing::scripted_reply(200, with_choice("chat.completion", choice));
}

testing::scripted_reply stream_of(lines const& deltas) {
    lines events;
    auto const add = [&events](std::string const& choice) {
        events.push_back("data: " + with_choice("chat.completion.chunk", choice) + "\n\n");
    };
    for (auto const& delta : deltas) add(R"("delta":)" + delta + R"(,"finish_reason":null)");
    add(R"("delta":{},"finish_reason":"tool_calls")");
    events.emplace_back("data: [DONE]\n\n");
    return testing::scripted_reply::events(std::move(events));
}

/// A tool that notes how it was called.
tool_function noting(lines& log) {
    return [&log](tool_invocation invocation) -> asio::awaitable<std::string> {
        log.push_back(invocation.call.name + ' ' + json::serialize(invocation.arguments));
        co_return "done";
    };
}

toolbox noting_tools(lines& log) {
    toolbox tools;
    tools.add("get_time", "Time", json::object(), noting(log));
    tools.add("get_weather", "Weather", json::object(), noting(log));
    return tools;
}

void check(std::vector<turn> const& turns, bool is_streamed, provider const& like = provider()) {
    for (auto const& each : turns) {
        BOOST_TEST_CONTEXT(each.title) {
            client_fixture w(scheme::http);
            w.endpoint = provider::openai_compatible(w.server->base_url(), "test-key");
            if (!like.name.empty()) w.endpoint.dialect = like.dialect;
            w.server->enqueue(is_streamed ? stream_of(each.said) : whole(each.said));
            w.server->enqueue(answering("It is cold."));
            auto c = w.make_client();
            lines log;
            run_tools_options options;
            options.stream = is_streamed;
            auto const r = use_tools(w, c, noting_tools(log), options);
            BOOST_TEST(log == each.runs, boost::test_tools::per_element());
            if (each.goes_back.empty()) {
                BOOST_TEST(r->ec == errc::invalid_response);
                BOOST_TEST(!r->run.response.info.detail.empty());
                continue;
            }
            BOOST_TEST(!r->ec, async_llm::explain(r->ec, r->run.response));
            BOOST_TEST_REQUIRE(w.server->request_count() == 2u);
            auto const body = received(w, 2);
            auto const& messages = body.at("messages").as_array();
            BOOST_TEST(json::serialize(messages.at(1)) == each.goes_back);
            BOOST_TEST(messages.size() == 2 + each.runs.size());
        }
    }
}

/// The message of a history with these calls.
std::string history(std::string const& calls) {
    return R"({"role":"assistant","tool_calls":[)" + calls + "]}";
}

std::string call(std::string const& id, std::string const& name, std::string const& arguments) {
    json::object function{{"name", name}, {"arguments", arguments}};
    return json::serialize(json::object{{"id", id}, {"type", "function"}, {"function", std::move(function)}});
}

std::string delta(std::string const& calls) { return R"({"tool_calls":[)" + calls + "]}"; }

std::string const oslo = R"({"city":"Oslo"})";
std::string const rome = R"({"city":"Rome"})";

} // namespace

BOOST_AUTO_TEST_SUITE(run_tools_peers)

BOOST_AUTO_TEST_CASE(whole_turns_go_back_whole) {
    auto const first = call("c1", "get_weather", oslo);
    check(
        {
            {"an unknown member of the function",
             {R"({"content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"get_weather",)"
              R"("arguments":"{\"city\":\"Oslo\"}","provider_specific_fields":{"thought_signature":"U0lH"}}}]})"
             },
             {"get_weather " + oslo},
             R"({"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"get_weather",)"
             R"("arguments":"{\"city\":\"Oslo\"}","provider_specific_fields":{"thought_signature":"U0lH"}}}]})"
            },
            {"unknown members that are null",
             {R"({"content":null,"tool_calls":[{"id":"c1","type":"function","x":null,"function":{"name":"get_time",)"
              R"("arguments":"{}","output":null,"kept":{"y":null}}}]})"},
             {"get_time {}"},
             R"({"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"get_time",)"
             R"("arguments":"{}","kept":{"y":null}}}]})"},
            {"ids that are numbers",
             {R"({"content":null,"tool_calls":[{"id":7,"type":"function","function":{"name":"get_time","arguments":"{}"}},)"
              R"({"id":8,"type":"function","function":{"name":"get_time","arguments":{}}}]})"},
             {"get_time {}", "get_time {}"},
             history(call("7", "get_time", "{}") + "," + call("8", "get_time", "{}"))},
            {"a name beside the function",
             {R"({"content":null,"tool_calls":[{"id":"c1","type":"function","name":"get_weather","arguments":{"city":"Oslo"}}]})"
             },
             {"get_weather " + oslo},
             history(first)},
            {"a name with a space goes back as it came",
             {R"({"content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":" get_time","arguments":"[]"}}]})"
             },
             {" get_time {}"},
             history(call("c1", " get_time", "[]"))},
            {"the same call twice",
             {R"({"content":null,"tool_calls":[)" + first + "," + first + "]}"},
             {"get_weather " + oslo},
             history(first)},
            {"empty arguments",
             {R"({"content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"get_time","arguments":""}}]})"
             },
             {"get_time {}"},
             history(call("c1", "get_time", "{}"))},
            {"a finish for calls, and nothing", {R"({"content":null,"reasoning":"hm"})"}, {}, ""},
        },
        false
    );
}

BOOST_AUTO_TEST_CASE(arguments_that_are_not_json_go_back_as_an_object) {
    client_fixture w(scheme::http);
    w.endpoint = provider::openai_compatible(w.server->base_url(), "test-key");
    w.server->enqueue(asking_for({tool_call("c1", "a", "{city: Oslo")}));
    w.server->enqueue(answering("It is cold."));
    auto c = w.make_client();
    auto const r = use_tools(w, c, repeating_tools(1));
    BOOST_TEST(!r->ec);
    auto const body = received(w, 2);
    auto const& message = body.at("messages").at(1);
    auto const& function = message.at("tool_calls").at(0).at("function");
    BOOST_TEST(function.at("arguments").as_string() == R"({"invalid_arguments":"{city: Oslo"})");
    // What the user sees is what the model wrote.
    BOOST_TEST(r->run.messages.at(1).tool_calls.at(0).arguments == "{city: Oslo");
}

BOOST_AUTO_TEST_CASE(streamed_turns_run_each_call_once) {
    auto const both = history(call("a", "get_weather", oslo) + "," + call("b", "get_time", rome));
    auto const one = history(call("a", "get_weather", oslo));
    check(
        {
            {"the id changes",
             {delta(
                  R"({"index":0,"id":"a","type":"function","function":{"name":"get_weather","arguments":""}})"
              ),
              delta(R"({"index":0,"id":"x","type":"function","function":{"arguments":"{\"city\""}})"),
              delta(R"({"index":0,"id":"x","type":"function","function":{"arguments":":\"Oslo\"}"}})")},
             {"get_weather " + oslo},
             one},
            {"one id under two indexes",
             {delta(
                  R"({"index":0,"id":"a","type":"function","function":{"name":"get_weather","arguments":""}})"
              ),
              delta(
                  R"({"index":1,"id":"a","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}})"
              )},
             {"get_weather " + oslo},
             one},
            {"the second head has the first index",
             {delta(
                  R"({"index":0,"id":"a","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}})"
              ),
              delta(R"({"index":0,"id":"b","type":"function","function":{"name":"get_time","arguments":""}})"
              ),
              delta(R"({"index":1,"function":{"arguments":"{\"city\":\"Rome\"}"}})")},
             {"get_weather " + oslo, "get_time " + rome},
             both},
            {"a placeholder that is an object",
             {delta(
                  R"({"index":0,"id":"a","type":"function","function":{"name":"get_weather","arguments":{}}})"
              ),
              delta(R"({"index":0,"function":{"arguments":"{\"city\":\"Oslo\"}"}})")},
             {"get_weather " + oslo},
             one},
            {"all arguments again, as an object",
             {delta(
                  R"({"index":0,"id":"a","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Oslo\"}"}})"
              ),
              delta(R"({"index":0,"function":{"arguments":{"city":"Oslo"}}})")},
             {"get_weather " + oslo},
             history(call("a", "get_weather", R"({"city": "Oslo"})"))},
            {"an object of calls by their numbers",
             {R"({"tool_calls":{"0":{"id":"a","function":{"name":"get_weather","arguments":""}},)"
              R"("1":{"id":"b","function":{"name":"get_time","arguments":""}}}})",
              R"({"tool_calls":{"1":{"function":{"arguments":"{\"city\":\"Rome\"}"}},"0":{"function":{"arguments":"{\"city\":"}}}})",
              R"({"tool_calls":{"0":{"function":{"arguments":"\"Oslo\"}"}}}})"},
             {"get_weather " + oslo, "get_time " + rome},
             both},
            {"a call without its list",
             {R"({"tool_calls":{"index":0,"id":"a","function":{"name":"get_weather","arguments":"{\"city\":"}}})",
              R"({"tool_calls":{"index":0,"function":{"arguments":"\"Oslo\"}"}}})"},
             {"get_weather " + oslo},
             one},
            {"ids that are numbers, and unknown members in pieces",
             {delta(
                  R"({"index":0,"id":7,"type":"function","function":{"name":"get_weather","arguments":"","x":1,"y":null}})"
              ),
              delta(R"({"index":0,"id":7,"function":{"arguments":"{\"city\":\"Oslo\"}","z":{"w":null}}})")},
             {"get_weather " + oslo},
             R"({"role":"assistant","tool_calls":[{"id":"7","type":"function","function":{"name":"get_weather",)"
             R"("arguments":"{\"city\":\"Oslo\"}","x":1,"z":{"w":null}}}]})"},
            {"arguments that may belong to several calls",
             {delta(R"({"id":"a","function":{"name":"get_weather"}})"),
              delta(R"({"id":"b","function":{"name":"get_time"}})"),
              delta(R"({"id":"c","function":{"arguments":"{\"city\":\"Oslo\"}"}})")},
             {},
             ""},
            {"other arguments behind complete ones",
             {delta(
                  R"({"index":0,"id":"a","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}})"
              ),
              delta(R"({"index":0,"function":{"arguments":"{\"city\":\"Rome\"}"}})")},
             {},
             ""},
            {"a finish for calls, and nothing", {R"({"role":"assistant","content":""})"}, {}, ""},
        },
        true
    );
}

BOOST_AUTO_TEST_CASE(two_whole_calls_without_ids) {
    for (auto const* index : {R"("index":0,)", ""}) {
        client_fixture w(scheme::http);
        auto const piece = [index](std::string const& arguments) {
            json::object function{{"name", "get_weather"}, {"arguments", arguments}};
            return delta("{" + std::string(index) + R"("function":)" + json::serialize(function) + "}");
        };
        w.server->enqueue(stream_of({piece(oslo), piece(rome)}));
        w.server->enqueue(answering("It is cold."));
        auto c = w.make_client();
        lines log;
        run_tools_options options;
        options.stream = true;
        auto const r = use_tools(w, c, noting_tools(log), options);
        BOOST_TEST(!r->ec);
        BOOST_TEST((log == lines{"get_weather " + oslo, "get_weather " + rome}));
    }
}

BOOST_AUTO_TEST_CASE(reasoning_goes_back_under_its_own_name) {
    auto const said = [](char const* name) {
        return R"({"content":null,")" + std::string(name) + R"(":"hm","tool_calls":[)" +
            call("a", "get_weather", oslo) + "]}";
    };
    auto const back = [](std::string const& name) {
        return R"({"role":"assistant","tool_calls":[)" + call("a", "get_weather", oslo) + "]" +
            (name.empty() ? "" : ",\"" + name + "\":\"hm\"") + "}";
    };
    auto off = provider::openai_compatible("http://127.0.0.1");
    off.dialect.takes_reasoning_back = reasoning_back::off();
    auto named = off;
    named.dialect.takes_reasoning_back = reasoning_back::named("thinking");
    for (bool const is_streamed : {false, true}) {
        for (std::string const name : {"reasoning", "reasoning_content"}) {
            turn const each(name.c_str(), {said(name.c_str())}, {"get_weather " + oslo}, "");
            auto with = [&each](std::string const& expected) {
                auto result = each;
                result.goes_back = expected;
                return std::vector<turn>{result};
            };
            check(with(back(name)), is_streamed);
            check(with(back("")), is_streamed, off);
            check(with(back("thinking")), is_streamed, named);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_finish_for_calls_with_text_is_an_answer) {
    for (bool const is_streamed : {false, true}) {
        client_fixture w(scheme::http);
        auto const said = lines{
            R"({"content":"Hi","tool_calls":[{"id":"","type":"function","function":{"name":"","arguments":""}}]})"
        };
        w.server->enqueue(is_streamed ? stream_of(said) : whole(said));
        auto c = w.make_client();
        run_tools_options options;
        options.stream = is_streamed;
        auto const r = use_tools(w, c, repeating_tools(1), options);
        BOOST_TEST(!r->ec);
        BOOST_TEST(r->run.text() == "Hi");
        BOOST_TEST(w.server->request_count() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(no_tool_runs_in_a_turn_that_was_cut_off) {
    for (bool const is_streamed : {false, true}) {
        for (std::string const reason : {"length", "content_filter"}) {
            for (std::string const arguments : {"", R"({\"city\":)"}) {
                client_fixture w(scheme::http);
                auto const said =
                    R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"get_time","arguments":"{}"}},)"
                    R"({"index":1,"id":"b","function":{"name":"get_weather","arguments":")" +
                    arguments + R"("}}]})";
                auto const choice = (is_streamed ? R"("delta":)" : R"("message":)") + said +
                    R"(,"finish_reason":")" + reason + "\"";
                auto const object = with_choice("chat.completion", choice);
                w.server->enqueue(
                    is_streamed
                        ? testing::scripted_reply::events({"data: " + object + "\n\n", "data: [DONE]\n\n"})
                        : testing::scripted_reply(200, object)
                );
                auto c = w.make_client();
                lines log;
                run_tools_options options;
                options.stream = is_streamed;
                auto const r = use_tools(w, c, noting_tools(log), options);
                BOOST_TEST(r->ec == errc::invalid_response);
                BOOST_TEST(log.empty());
                auto const& detail = r->run.response.info.detail;
                BOOST_TEST(
                    detail.find("cut off (finish_reason " + reason + ") within tool call 1") !=
                    std::string::npos
                );
                // The answer is there, with what was written of the calls.
                BOOST_TEST(r->run.response.completion.tool_calls().size() == 2u);
                BOOST_TEST(r->run.response.completion.tool_calls().back().is_cut);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(text_and_calls_in_two_choices_are_one_turn) {
    auto const calls = R"({"tool_calls":[)" + call("a", "get_weather", oslo) + "]}";
    std::string const text = R"({"content":"Let me see."})";
    auto const reply = [&](std::string const& member) {
        return R"({"id":"c-1","object":"x","created":1,"model":"m-1","choices":[{"index":0,")" + member +
            "\":" + text + R"(,"finish_reason":"tool_calls"},{"index":1,")" + member + "\":" + calls +
            R"(,"finish_reason":"tool_calls"}]})";
    };
    for (bool const is_streamed : {false, true}) {
        client_fixture w(scheme::http);
        w.server->enqueue(
            is_streamed
                ? testing::scripted_reply::events({"data: " + reply("delta") + "\n\n", "data: [DONE]\n\n"})
                : testing::scripted_reply(200, reply("message"))
        );
        w.server->enqueue(answering("It is cold."));
        auto c = w.make_client();
        lines log;
        run_tools_options options;
        options.stream = is_streamed;
        auto const r = use_tools(w, c, noting_tools(log), options);
        BOOST_TEST(!r->ec);
        BOOST_TEST(log == lines{"get_weather " + oslo}, boost::test_tools::per_element());
        BOOST_TEST((r->run.messages.at(1).content == "Let me see."));
    }
}

BOOST_AUTO_TEST_SUITE_END()
