// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/encode_request.hpp"
#include "support/fixtures/building.hpp"
#include "support/fixtures/draw.hpp"
#include "support/streams/decoding.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

// What a decoder took from a reply, sent back as history.

using namespace async_llm;
namespace json = boost::json;

namespace {

dialect taking_reasoning() {
    dialect accepted;
    accepted.takes_reasoning_back = true;
    return accepted;
}

json::array messages_sent(std::vector<message> turns, dialect const& accepted = taking_reasoning()) {
    chat_request request("m");
    request.messages = std::move(turns);
    std::string body;
    std::string detail;
    auto const ec = codec::encode_request(request, accepted, body, detail);
    BOOST_TEST_REQUIRE(!ec, detail);
    return json::parse(body).at("messages").as_array();
}

/// The message of the history of a reply with this message (JSON).
json::object sent_back(std::string_view said, dialect const& accepted = taking_reasoning()) {
    auto const reply = codec::decode(codec::reply_with_message(said));
    BOOST_TEST_REQUIRE(!reply.ec, reply.detail);
    return messages_sent({message(reply.message())}, accepted).at(0).as_object();
}

std::string call_sent_back(std::string const& call) {
    auto const sent = sent_back(R"({"tool_calls":[)" + call + "]}");
    return json::serialize(sent.at("tool_calls").at(0));
}

// ----------------------------------------------------------------------------------------- replies by chance

/// Member of a reply, and its form in the history.
struct expectation {
    expectation() = default;

    json::object said;
    json::object sent;
};

json::value some_value(test::draw draw, int depth = 0) {
    switch (draw.below(depth < 3 ? 7 : 4)) {
    case 0: return nullptr;
    case 1: return static_cast<std::int64_t>(draw.below(1000)) - 500;
    case 2: return draw("", "text", "\xc3\xbc\n\"", "null");
    case 3: return draw.below(2) == 0;
    case 4: return json::array{some_value(draw, depth + 1), some_value(draw, depth + 1)};
    default:
        return json::object{{"inner", some_value(draw, depth + 1)}, {"other", some_value(draw, depth + 1)}};
    }
}

/// Unknown members; those that are null do not go back.
void add_unknown(test::draw draw, expectation& to) {
    for (auto const* name : {"x", "provider_specific_fields", "index"}) {
        if (draw.below(3) != 0) continue;
        auto value = some_value(draw);
        to.said[name] = value;
        if (!value.is_null()) to.sent[name] = std::move(value);
    }
}

expectation some_call(test::draw draw, std::size_t place) {
    bool const is_custom = draw.below(4) == 0;
    auto const id = draw.below(3) == 0 ? json::value(place) : json::value("call_" + std::to_string(place));
    std::string const id_text = id.is_string() ? std::string(id.get_string()) : std::to_string(place);
    auto const arguments = draw(R"({"city":"Oslo"})", "{}", "[1]", "7", "not JSON", "{\"open\":", "");
    bool const is_wrong =
        std::string_view(arguments) == "not JSON" || std::string_view(arguments) == "{\"open\":";

    expectation inner;
    add_unknown(draw, inner);
    inner.said["name"] = inner.sent["name"] = "get_weather";
    auto const* const text = is_custom ? "input" : "arguments";
    inner.said[text] = arguments;
    if (is_custom)
        inner.sent[text] = arguments;
    else if (is_wrong)
        inner.sent[text] = json::serialize(json::object{{"invalid_arguments", arguments}});
    else
        inner.sent[text] = *arguments == '\0' ? "{}" : arguments;

    auto const* const kind = is_custom ? "custom" : "function";
    expectation result;
    add_unknown(draw, result);
    result.said["id"] = id;
    result.sent["id"] = id_text;
    result.sent["type"] = kind;
    if (draw.below(2) == 0) result.said["type"] = kind;
    result.said[kind] = inner.said;
    result.sent[kind] = inner.sent;
    return result;
}

expectation some_message(test::draw draw) {
    expectation result;
    result.said["role"] = result.sent["role"] = "assistant";
    result.said["content"] = nullptr;
    if (draw.below(2) == 0) result.said["content"] = result.sent["content"] = draw("Hi", "", "\xe2\x82\xac");
    for (auto const* name : {"refusal", "name", "audio", "function_call", "tool_call_id"}) {
        if (draw.below(2) == 0) result.said[name] = nullptr;
    }
    if (draw.below(2) == 0) {
        auto const* const name = draw("reasoning", "reasoning_content");
        result.said[name] = result.sent[name] = "hm";
    }
    if (draw.below(2) == 0) {
        json::array const blocks{{{"type", "reasoning.encrypted"}, {"data", "x"}, {"id", nullptr}}};
        result.said["reasoning_details"] = result.sent["reasoning_details"] = blocks;
    }
    auto const count = draw.below(4);
    if (count == 0) return result;
    json::array said;
    json::array sent;
    for (std::size_t i = 0; i < count; ++i) {
        auto each = some_call(draw, i);
        said.emplace_back(std::move(each.said));
        sent.emplace_back(std::move(each.sent));
    }
    result.said["tool_calls"] = std::move(said);
    result.sent["tool_calls"] = std::move(sent);
    return result;
}

/// Makes deltas of it: the first half of the calls' members in one, the rest of the arguments in another.
std::vector<std::string> in_deltas(json::object const& said) {
    auto first = said;
    auto const* const calls = said.if_contains("tool_calls");
    if (!calls) return {json::serialize(first)};
    json::array heads;
    json::array rests;
    for (std::size_t i = 0; i < calls->as_array().size(); ++i) {
        auto head = calls->as_array()[i].as_object();
        head["index"] = i;
        for (auto const* kind : {"function", "custom"}) {
            if (!head.contains(kind)) continue;
            auto* const text = head[kind].as_object().if_contains(
                kind == std::string_view("custom") ? "input" : "arguments"
            );
            std::string const whole(text->as_string());
            *text = whole.substr(0, whole.size() / 2);
            json::object rest{
                {kind == std::string_view("custom") ? "input" : "arguments", whole.substr(whole.size() / 2)}
            };
            rests.push_back(json::object{{"index", i}, {kind, std::move(rest)}});
        }
        heads.emplace_back(std::move(head));
    }
    first["tool_calls"] = std::move(heads);
    return {json::serialize(first), json::serialize(json::object{{"tool_calls", std::move(rests)}})};
}

} // namespace

BOOST_AUTO_TEST_SUITE(history)

BOOST_AUTO_TEST_CASE(calls_go_back_with_their_members_and_the_rest) {
    struct row {
        row(char const* s, char const* b) : said(s), back(b) {}
        char const* said;
        char const* back;
    };
    auto const* const plain = R"({"id":"a","type":"function","function":{"name":"f","arguments":"{}"}})";
    std::vector<row> const rows{
        {plain, plain},
        {R"({"id":"a","function":{"name":"f","arguments":"{}","x":{"y":null}}})",
         R"({"id":"a","type":"function","function":{"name":"f","arguments":"{}","x":{"y":null}}})"},
        {R"({"id":"a","type":"function","function":{"output":null,"name":"f","arguments":"{}"},"z":null})",
         plain},
        {R"({"id":"a","type":"function","extra_content":{"google":1},"function":{"name":"f","arguments":{}}})",
         R"({"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":1}})"
        },
        {R"({"id":7,"type":"function","function":{"name":"f","arguments":"{}"}})",
         R"({"id":"7","type":"function","function":{"name":"f","arguments":"{}"}})"},
        {R"({"id":["a"],"type":3,"function":{"name":"f","arguments":"{}"}})",
         R"({"id":"","type":"function","function":{"name":"f","arguments":"{}"}})"},
        {R"({"id":"a","function":{"name":8,"arguments":null}})",
         R"({"id":"a","type":"function","function":{"name":"8","arguments":"{}"}})"},
        {R"({"id":"a","function":"f","arguments":"{}"})", plain},
        {R"({"id":"a","name":"f","arguments":"{}"})", plain},
        {R"({"id":"a","function":{"name":"f","input":{}}})", plain},
        {R"({"id":"a","function":{"name":"f","arguments":"{}","input":"i"}})",
         R"({"id":"a","type":"function","function":{"name":"f","arguments":"{}","input":"i"}})"},
        {R"({"id":"a","custom":{"name":"f","input":"free","x":1,"y":null}})",
         R"({"id":"a","type":"custom","custom":{"name":"f","input":"free","x":1}})"},
        {R"({"id":"a","type":"custom","function":{"name":"f","arguments":"{}"}})", plain},
        {R"({"id":"a","type":"function","custom":{"name":"f","input":""}})",
         R"({"id":"a","type":"custom","custom":{"name":"f","input":""}})"},
        {R"({"id":"a","type":"web_search","web_search":{"query":"q"},"function":null})",
         R"({"id":"a","type":"web_search","web_search":{"query":"q"}})"},
        {R"({"id":"a","function":{"name":"f","arguments":"x=1"}})",
         R"({"id":"a","type":"function","function":{"name":"f","arguments":"{\"invalid_arguments\":\"x=1\"}"}})"
        },
    };
    for (auto const& each : rows) BOOST_TEST(call_sent_back(each.said) == each.back, each.said);
}

BOOST_AUTO_TEST_CASE(arguments_go_back_as_the_dialect_says) {
    auto const sent = [](std::string const& arguments, bool empty_as_object, bool invalid_as_object) {
        dialect accepted;
        accepted.sends_empty_arguments_as_object = empty_as_object;
        accepted.sends_invalid_arguments_as_object = invalid_as_object;
        message turn(role::assistant);
        turn.tool_calls.emplace_back("a", "f", arguments);
        auto const call = messages_sent({turn}, accepted).at(0).at("tool_calls").at(0);
        return std::string(call.at("function").at("arguments").as_string());
    };
    BOOST_TEST(sent("", true, true) == "{}");
    BOOST_TEST(sent(" \n", true, true) == "{}");
    BOOST_TEST(sent("", false, true) == "");
    BOOST_TEST(sent("{", true, true) == R"({"invalid_arguments":"{"})");
    BOOST_TEST(sent("{} {}", true, true) == R"({"invalid_arguments":"{} {}"})");
    BOOST_TEST(sent("{", true, false) == "{");
    for (auto const* good : {"{}", " {\"a\":1}\n", "[]", "1", "null"})
        BOOST_TEST(sent(good, true, true) == good);
}

BOOST_AUTO_TEST_CASE(members_of_the_user_win) {
    message turn(role::assistant);
    turn.tool_calls.emplace_back("a", "f", "{}");
    auto& call = turn.tool_calls.back();
    call.extra = {{"id", "b"}, {"function", {{"name", "g"}, {"x", nullptr}}}};
    BOOST_TEST(
        json::serialize(messages_sent({turn}).at(0).at("tool_calls").at(0)) ==
        R"({"id":"b","type":"function","function":{"name":"g","arguments":"{}","x":null}})"
    );
    call.extra = {{"function", "verbatim"}};
    BOOST_TEST(
        json::serialize(messages_sent({turn}).at(0).at("tool_calls").at(0)) ==
        R"({"id":"a","type":"function","function":"verbatim"})"
    );
}

BOOST_AUTO_TEST_CASE(parts_go_back_without_nulls) {
    auto const sent = sent_back(
        R"({"content":["a",{"type":"text","text":"b","annotations":null,"kept":{"x":null}},5,0.5,null,{"y":null}]})"
    );
    BOOST_TEST(
        json::serialize(sent.at("content")) ==
        R"([{"type":"text","text":"a"},{"type":"text","text":"b","kept":{"x":null}},{"type":"text","text":"5"},)"
        R"({"type":"text","text":"0.5"}])"
    );
    BOOST_TEST(
        json::serialize(sent_back(R"({"content":"","audio":{"id":null}})")) ==
        R"({"role":"assistant","content":""})"
    );
    BOOST_TEST(
        json::serialize(sent_back(R"({"content":"","audio":{"id":9,"data":"x"}})")) ==
        R"({"role":"assistant","content":"","audio":{"id":"9"}})"
    );
}

BOOST_AUTO_TEST_CASE(reasoning_of_the_turns_since_the_last_user) {
    auto const turn = [](reasoning_member member) {
        message result(role::assistant, "x");
        result.reasoning = "hm";
        result.reasoning_member = member;
        result.reasoning_details.emplace().emplace_back(1);
        return result;
    };
    std::vector<message> const turns{
        message::user("a"),
        turn(reasoning_member::reasoning_content),
        message::user("b"),
        turn(reasoning_member::reasoning_content),
        message::tool_result("c", "d"),
        turn(reasoning_member::reasoning)
    };
    auto const sent = [&turns](reasoning_back const& rule) {
        dialect accepted;
        accepted.takes_reasoning_back = rule;
        std::string result;
        for (auto const& each : messages_sent(turns, accepted)) {
            auto const& object = each.as_object();
            for (auto const* name : {"reasoning", "reasoning_content", "thought"}) {
                if (object.contains(name))
                    result += std::string(name) + (object.contains("reasoning_details") ? "+ " : " ");
            }
            if (object.at("role") == "user") result += "| ";
        }
        return result;
    };
    BOOST_TEST(sent(reasoning_back::off()) == "| | ");
    BOOST_TEST(sent(reasoning_back::as_received()) == "| | reasoning_content+ reasoning+ ");
    BOOST_TEST(sent(reasoning_back::named("thought")) == "| | thought+ thought+ ");
    BOOST_TEST(
        sent(reasoning_back::as_received().all_turns()) ==
        "| reasoning_content+ | reasoning_content+ reasoning+ "
    );
    BOOST_TEST(sent(reasoning_back::off().all_turns()) == "| | ");
    // Without a message of the user, all turns follow it.
    BOOST_TEST(messages_sent({turn(reasoning_member::reasoning)}).at(0).as_object().contains("reasoning"));
}

// As its one text does, what came beside it goes by the rule of the dialect.
BOOST_AUTO_TEST_CASE(reasoning_under_several_names) {
    auto const reply = codec::decode(
        codec::reply_with_message(R"({"thinking":"c","reasoning_content":"b","reasoning":"a","content":"x"})")
    );
    auto const turns = std::vector<message>{
        message::user("1"),
        message(reply.message()),
        message::user("2"),
        message(reply.message())
    };
    auto const sent = [&turns](reasoning_back const& rule) {
        dialect accepted;
        accepted.takes_reasoning_back = rule;
        auto const messages = messages_sent(turns, accepted);
        return json::serialize(messages.at(1)) + json::serialize(messages.at(3));
    };
    std::string const bare = R"({"role":"assistant","content":"x"})";
    auto const with = [](std::string_view members) {
        return R"({"role":"assistant","content":"x",)" + std::string(members) + "}";
    };
    auto const all = with(R"("reasoning":"a","reasoning_content":"b","thinking":"c")");
    BOOST_TEST(sent(reasoning_back::off()) == bare + bare);
    BOOST_TEST(sent(reasoning_back::as_received()) == bare + all);
    BOOST_TEST(sent(reasoning_back::as_received().all_turns()) == all + all);
    BOOST_TEST(sent(reasoning_back::named("thought")) == bare + with(R"("thought":"a")"));
    BOOST_TEST(sent(reasoning_back::named("reasoning_content")) == bare + with(R"("reasoning_content":"b")"));
    // What is no reasoning stays where it is.
    auto const odd = codec::decode(codec::reply_with_message(
        R"({"reasoning":"a","thinking":false,"reasoning_text":"","reasoning_summary":[]})"
    ));
    BOOST_TEST(
        json::serialize(messages_sent({message(odd.message())}).at(0)) ==
        R"({"role":"assistant","reasoning":"a"})"
    );
}

// Arguments that a lenient reader takes go back as it took them.
BOOST_AUTO_TEST_CASE(arguments_with_bare_control_characters) {
    message turn(role::assistant);
    turn.tool_calls.emplace_back("i", "f", "{\"a\":\"x\ny\",\"b\":NaN}");
    auto const sent = messages_sent({turn}).at(0).at("tool_calls").at(0).at("function").at("arguments");
    BOOST_TEST(std::string(sent.as_string()) == R"({"a":"x\ny","b":null})");
}

BOOST_AUTO_TEST_CASE(the_name_under_which_reasoning_came) {
    struct row {
        row(char const* s, char const* b) : said(s), back(b) {}
        char const* said;
        char const* back;
    };
    std::vector<row> const rows{
        {R"({"reasoning":"a"})", R"("reasoning":"a")"},
        {R"({"reasoning_content":"a"})", R"("reasoning_content":"a")"},
        {R"({"reasoning":null,"reasoning_content":"a"})", R"("reasoning_content":"a")"},
        {R"({"reasoning_content":"a","reasoning":null})", R"("reasoning_content":"a")"},
        {R"({"reasoning":"","reasoning_content":"a"})", R"("reasoning_content":"a")"},
        {R"({"reasoning_content":"a","reasoning":""})", R"("reasoning_content":"a")"},
        {R"({"reasoning_content":"a","reasoning":"a"})", R"("reasoning":"a")"},
        {R"({"reasoning":"a","reasoning_content":"a"})", R"("reasoning":"a")"},
        {R"({"reasoning":"a","reasoning_content":"b"})", R"("reasoning":"a","reasoning_content":"b")"},
        {R"({"reasoning_content":"b","reasoning":"a"})", R"("reasoning":"a","reasoning_content":"b")"},
        {R"({"thinking":"c","reasoning_content":"b"})", R"("reasoning_content":"b","thinking":"c")"},
        {R"({"thinking":"c","reasoning_content":"b","reasoning":"a"})",
         R"("reasoning":"a","reasoning_content":"b","thinking":"c")"},
        {R"({"thinking":"a","reasoning_content":"a"})", R"("reasoning_content":"a")"},
        {R"({"thinking":"","reasoning_text":"a"})", R"("reasoning_text":"a")"},
        {R"({"reasoning_text":"a"})", R"("reasoning_text":"a")"},
        {R"({"reasoning_summary":"a"})", R"("reasoning_summary":"a")"},
        {R"({"thinking":"a"})", R"("thinking":"a")"},
        {R"({"thinking":{"text":"a"}})", R"("thinking":"a")"},
        {R"({"thinking":{"type":"thinking","thinking":"a"}})", R"("thinking":"a")"},
        {R"({"thinking":[{"type":"thinking","thinking":"a"},{"thinking":"b"}]})", R"("thinking":"ab")"},
        {R"({"thinking":null,"reasoning":"a"})", R"("reasoning":"a")"},
        {R"({"thinking":true,"reasoning_text":"a"})", R"("reasoning_text":"a")"},
        {R"({"reasoning_details":{"type":"reasoning.text","text":"a"}})",
         R"("reasoning_details":[{"type":"reasoning.text","text":"a"}])"},
        {R"({"reasoning_details":{"0":{"text":"a","index":0},"1":{"text":"b","index":1}}})",
         R"("reasoning_details":[{"text":"a","index":0},{"text":"b","index":1}])"},
        {R"({"reasoning_content":""})", R"("reasoning_content":"")"},
        {R"({"reasoning":7})", R"("reasoning":"7")"},
        {R"({"reasoning":{"text":"a"}})", R"("reasoning":"a")"},
        {R"({"reasoning":{"content":"a","id":1}})", R"("reasoning":"a")"},
        {R"({"reasoning_content":[{"type":"text","text":"a"},"b",{"x":1}]})", R"("reasoning_content":"ab")"},
    };
    for (auto const& each : rows) {
        auto const back = R"({"role":"assistant",)" + std::string(each.back) + "}";
        BOOST_TEST(json::serialize(sent_back(each.said)) == back, each.said);
        // A stream does not begin a reasoning with nothing.
        if (back.ends_with(":\"\"}")) continue;
        auto const built = test::build({test::with_delta(each.said)});
        BOOST_TEST(
            json::serialize(messages_sent({message(built.choices.at(0).message)}).at(0)) == back,
            each.said
        );
    }
    auto const both =
        codec::decode(codec::reply_with_message(R"({"reasoning_content":"b","reasoning":"a"})"));
    BOOST_TEST(json::serialize(both.message().extra) == R"({"reasoning_content":"b"})");
}

BOOST_AUTO_TEST_CASE(content_that_is_no_text) {
    auto const content = [](std::string const& json) {
        auto const reply = codec::decode(codec::reply_with_message(R"({"content":)" + json + "}"));
        return reply.message().content.value_or("unset");
    };
    BOOST_TEST(content("42") == "42");
    BOOST_TEST(content("0.005") == "0.005");
    BOOST_TEST(content("true") == "true");
    BOOST_TEST(content(R"({"type":"text","text":"a"})") == "a");
    BOOST_TEST(content(R"({"text":"a"})") == "a");
    BOOST_TEST(content(R"({"city":"Oslo","text":"a"})") == R"({"city":"Oslo","text":"a"})");
    BOOST_TEST(content("null") == "unset");
}

BOOST_AUTO_TEST_CASE(any_reply_goes_back_whole) {
    std::mt19937 random(20261126);
    test::draw const draw{random};
    for (int i = 0; i < 3000; ++i) {
        auto const expected = some_message(draw);
        auto const said = json::serialize(expected.said);
        BOOST_TEST_REQUIRE(
            (sent_back(said) == expected.sent),
            said << " became " << json::serialize(sent_back(said))
        );
    }
}

BOOST_AUTO_TEST_CASE(any_stream_goes_back_whole) {
    std::mt19937 random(20261127);
    test::draw const draw{random};
    for (int i = 0; i < 3000; ++i) {
        auto expected = some_message(draw);
        // The number of a call is no news in a stream.
        if (auto* const calls = expected.sent.if_contains("tool_calls")) {
            for (auto& each : calls->as_array()) each.as_object().erase("index");
        }
        auto const built = test::build(test::deltas_of(in_deltas(expected.said)));
        auto const sent = messages_sent({message(built.choices.at(0).message)}).at(0).as_object();
        BOOST_TEST_REQUIRE(
            (sent == expected.sent),
            json::serialize(expected.said) << " became " << json::serialize(sent)
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()
