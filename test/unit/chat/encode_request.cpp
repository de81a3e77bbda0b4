// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/encode_request.hpp"

#include <async_llm/chat_completion.hpp>
#include <async_llm/error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>

namespace {

namespace json = boost::json;
using namespace async_llm;

std::string encoded(chat_request const& request, dialect const& accepted = {}) {
    std::string out;
    std::string detail;
    auto const ec = codec::encode_request(request, accepted, out, detail);
    BOOST_TEST(!ec, detail);
    return out;
}

/// The body without the model and the one message that `minimal` puts before everything.
std::string fields(chat_request const& request, dialect const& accepted = {}) {
    auto const whole = encoded(request, accepted);
    std::string_view const start = R"({"model":"m","messages":[{"role":"user","content":"x"}])";
    BOOST_TEST(whole.starts_with(start), whole);
    return "{" + whole.substr(start.size() + (whole.size() > start.size() + 1 ? 1 : 0));
}

chat_request minimal() { return chat_request("m").user("x"); }

/// Encodes a conversation that consists of this message.
std::string turn(message m, dialect const& accepted = {}) {
    auto const whole = encoded(chat_request("m").add(std::move(m)), accepted);
    std::string_view const start = R"({"model":"m","messages":[)";
    BOOST_TEST(whole.starts_with(start), whole);
    return whole.substr(start.size(), whole.size() - start.size() - 2);
}

json::object object(std::string_view text) { return json::parse({text.data(), text.size()}).as_object(); }

std::string refused(chat_request const& request) {
    std::string out = "kept";
    std::string detail;
    BOOST_TEST((codec::encode_request(request, dialect(), out, detail) == errc::invalid_request));
    BOOST_TEST(out == "kept");
    return detail;
}

} // namespace

BOOST_AUTO_TEST_SUITE(encode_request)

BOOST_AUTO_TEST_CASE(only_what_is_set_is_sent) {
    BOOST_TEST(encoded(chat_request()) == "{}");
    BOOST_TEST(encoded(minimal()) == R"({"model":"m","messages":[{"role":"user","content":"x"}]})");
}

BOOST_AUTO_TEST_CASE(it_appends) {
    std::string out = "POST / HTTP/1.1\r\n\r\n";
    std::string detail;
    BOOST_TEST(!codec::encode_request(minimal(), dialect(), out, detail));
    BOOST_TEST(
        out == "POST / HTTP/1.1\r\n\r\n{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
    );
}

BOOST_AUTO_TEST_CASE(sampling_fields_in_their_order) {
    auto request = minimal();
    request.stop = {"\n\n", "END"};
    request.max_completion_tokens = 20;
    request.max_tokens = 10;
    request.n = 2;
    request.top_logprobs = 3;
    request.logprobs = true;
    request.logit_bias["50256"] = -100;
    request.logit_bias["1"] = 0.5;
    request.seed = -9223372036854775807;
    request.repetition_penalty = 1.1;
    request.presence_penalty = -0.25;
    request.frequency_penalty = 2;
    request.min_p = 0.001;
    request.top_a = 0.1;
    request.top_k = 40;
    request.top_p = 0.95;
    request.temperature = 0.2;
    BOOST_TEST(
        fields(request) ==
        R"({"temperature":0.2,"top_p":0.95,"top_k":40,"top_a":0.1,"min_p":0.001,"frequency_penalty":2,)"
        R"("presence_penalty":-0.25,"repetition_penalty":1.1,"seed":-9223372036854775807,)"
        R"("logit_bias":{"1":0.5,"50256":-100},"logprobs":true,"top_logprobs":3,"n":2,"max_tokens":10,)"
        R"("max_completion_tokens":20,"stop":["\n\n","END"]})"
    );
}

BOOST_AUTO_TEST_CASE(features_in_their_order) {
    auto request = minimal();
    request.response_format = response_format::json_schema("answer", object(R"({"type":"object"})"), true);
    request.tools.push_back(
        tool::function("get_weather", "Weather of a place", object(R"({"type":"object"})"))
    );
    request.tools.back().strict = true;
    request.tools.push_back(tool::raw(object(R"({"type":"openrouter:web_search"})")));
    request.tool_choice = tool_choice::function("get_weather");
    request.parallel_tool_calls = false;
    request.prediction = prediction("as before");
    request.user_id = "user-1";
    request.echo = true;
    request.service_tier = "flex";
    request.reasoning_effort = "low";
    request.verbosity = "high";
    request.modalities = {"text", "image"};
    request.metadata["run"] = "7";
    BOOST_TEST(
        fields(request) ==
        R"({"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},)"
        R"("strict":true}},"tools":[{"type":"function","function":{"name":"get_weather",)"
        R"("description":"Weather of a place","parameters":{"type":"object"},"strict":true}},)"
        R"({"type":"openrouter:web_search"}],"tool_choice":{"type":"function","function":{"name":"get_weather"}},)"
        R"("parallel_tool_calls":false,"prediction":{"type":"content","content":"as before"},"user":"user-1",)"
        R"("echo":true,"service_tier":"flex","reasoning_effort":"low","verbosity":"high",)"
        R"("modalities":["text","image"],"metadata":{"run":"7"}})"
    );
}

BOOST_AUTO_TEST_CASE(openrouter_fields_in_their_order) {
    auto request = minimal();
    request.models = {"a", "b"};
    auto& preferences = request.provider.emplace();
    preferences.order = {"Together"};
    preferences.only = {"x"};
    preferences.ignore = {"y"};
    preferences.allow_fallbacks = false;
    preferences.require_parameters = true;
    preferences.data_collection = "deny";
    preferences.zdr = true;
    preferences.enforce_distillable_text = false;
    preferences.quantizations = {"fp8"};
    preferences.sort = "price";
    preferences.max_price = object(R"({"prompt":0.5,"completion":"1"})");
    preferences.preferred_min_throughput = 50;
    preferences.preferred_max_latency = object(R"({"p50":1.5})");
    preferences.extra = object(R"({"new":1})");
    request.plugins.emplace_back("web").extra = object(R"({"max_results":3})");
    request.plugins.front().enabled = true;
    request.transforms.emplace();
    auto& reasoning = request.reasoning.emplace();
    reasoning.effort = "high";
    reasoning.max_tokens = 2000;
    reasoning.exclude = false;
    reasoning.enabled = true;
    reasoning.summary = "auto";
    request.usage_include = true;
    request.session_id = "s";
    request.trace = object(R"({"trace_id":"t"})");
    request.route = "fallback";
    BOOST_TEST(
        fields(request) ==
        R"({"models":["a","b"],"provider":{"order":["Together"],"only":["x"],"ignore":["y"],)"
        R"("allow_fallbacks":false,"require_parameters":true,"data_collection":"deny","zdr":true,)"
        R"("enforce_distillable_text":false,"quantizations":["fp8"],"sort":"price",)"
        R"("max_price":{"prompt":0.5,"completion":"1"},"preferred_min_throughput":50,)"
        R"("preferred_max_latency":{"p50":1.5},"new":1},"plugins":[{"id":"web","enabled":true,"max_results":3}],)"
        R"("transforms":[],"reasoning":{"effort":"high","max_tokens":2000,"exclude":false,"enabled":true,)"
        R"("summary":"auto"},"usage":{"include":true},"session_id":"s","trace":{"trace_id":"t"},)"
        R"("route":"fallback"})"
    );
}

BOOST_AUTO_TEST_CASE(null_is_never_sent) {
    auto request = minimal();
    request.provider.emplace();
    request.provider->sort = nullptr;
    request.provider->preferred_min_throughput = nullptr;
    request.provider->preferred_max_latency = nullptr;
    BOOST_TEST(fields(request) == R"({"provider":{}})");
}

BOOST_AUTO_TEST_CASE(every_role) {
    BOOST_TEST(turn(message::system("x")) == R"({"role":"system","content":"x"})");
    BOOST_TEST(turn(message::developer("x")) == R"({"role":"developer","content":"x"})");
    BOOST_TEST(turn(message::user("x")) == R"({"role":"user","content":"x"})");
    BOOST_TEST(turn(message::assistant("x")) == R"({"role":"assistant","content":"x"})");
    BOOST_TEST(turn(message::tool_result("c", "x")) == R"({"role":"tool","content":"x","tool_call_id":"c"})");
    message function(role::function, "x");
    function.name = "f";
    BOOST_TEST(turn(function) == R"({"role":"function","content":"x","name":"f"})");
    message other(role::user, "x");
    other.role = open_enum<role>("critic");
    BOOST_TEST(turn(other) == R"({"role":"critic","content":"x"})");
}

BOOST_AUTO_TEST_CASE(every_kind_of_part) {
    std::vector<content_part> parts;
    parts.push_back(content_part::text("a"));
    parts.push_back(content_part::image_url("https://h/i.png"));
    parts.push_back(content_part::image_url("https://h/i.png", "low"));
    parts.push_back(content_part::input_audio("UklGRg==", "wav"));
    parts.push_back(content_part::raw(object(R"({"type":"file","file":{"file_id":"f"}})")));
    content_part refusal;
    refusal.type = "refusal";
    refusal.value = "no";
    parts.push_back(refusal);
    auto cached = content_part::text("b");
    cached.extra = object(R"({"cache_control":{"type":"ephemeral"}})");
    parts.push_back(cached);
    BOOST_TEST(
        turn(message::user(parts)) ==
        R"({"role":"user","content":[{"type":"text","text":"a"},)"
        R"({"type":"image_url","image_url":{"url":"https://h/i.png"}},)"
        R"({"type":"image_url","image_url":{"url":"https://h/i.png","detail":"low"}},)"
        R"({"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}},)"
        R"({"type":"file","file":{"file_id":"f"}},{"type":"refusal","refusal":"no"},)"
        R"({"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]})"
    );
}

BOOST_AUTO_TEST_CASE(a_turn_of_tool_calls_has_no_content) {
    message calls(role::assistant);
    calls.tool_calls.emplace_back("call_1", "f", R"({"a":1})");
    calls.tool_calls.emplace_back("", "g", "");
    calls.tool_calls.back().type = "custom";
    calls.tool_calls.back().extra = object(R"({"index":1})");
    BOOST_TEST(
        turn(calls) ==
        R"({"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f",)"
        R"("arguments":"{\"a\":1}"}},{"id":"","type":"custom","custom":{"name":"g","input":""},"index":1}]})"
    );
}

BOOST_AUTO_TEST_CASE(a_reply_goes_back_as_it_came) {
    assistant_message reply;
    reply.content = "Let me look.";
    reply.refusal = "no";
    reply.reasoning = "hm";
    reply.reasoning_details = json::parse(R"([{"type":"reasoning.encrypted","data":"x"}])").as_array();
    reply.tool_calls.emplace_back("call_1", "f", "{}");
    reply.audio = object(R"({"id":"audio_1","data":"xxxx"})");
    reply.images = json::parse(R"([{"type":"image_url","image_url":{"url":"u"}}])").as_array();
    reply.extra = object(R"({"function_call":{"name":"f","arguments":"{}"},"unknown":1})");
    dialect takes_reasoning;
    takes_reasoning.takes_reasoning_back = true;
    std::string const calls =
        R"("tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}],"refusal":"no")";
    std::string const rest =
        R"("images":[{"type":"image_url","image_url":{"url":"u"}}],"audio":{"id":"audio_1"},)"
        R"("function_call":{"name":"f","arguments":"{}"}})";
    BOOST_TEST(
        turn(message(reply), takes_reasoning) ==
        R"({"role":"assistant","content":"Let me look.",)" + calls +
            R"(,"reasoning":"hm","reasoning_details":[{"type":"reasoning.encrypted","data":"x"}],)" + rest
    );
    BOOST_TEST(
        turn(message(reply)) == R"({"role":"assistant","content":"Let me look.",)" + calls + "," + rest
    );
}

BOOST_AUTO_TEST_CASE(a_reply_in_parts_goes_back_in_parts) {
    assistant_message reply;
    reply.role = open_enum<role>("");
    reply.content = "ab";
    reply.content_parts =
        json::parse(R"([{"type":"thinking","thinking":[]},"a",null,{"type":"text","text":"b"}])").as_array();
    BOOST_TEST(
        turn(message(reply)) ==
        R"({"role":"assistant","content":[{"type":"thinking","thinking":[]},{"type":"text","text":"a"},)"
        R"({"type":"text","text":"b"}]})"
    );
}

BOOST_AUTO_TEST_CASE(prediction_in_parts) {
    auto request = minimal();
    std::vector<content_part> parts;
    parts.push_back(content_part::text("a"));
    request.prediction = prediction(parts);
    BOOST_TEST(
        fields(request) == R"({"prediction":{"type":"content","content":[{"type":"text","text":"a"}]}})"
    );
}

BOOST_AUTO_TEST_CASE(words_and_raw_values) {
    auto request = minimal();
    request.response_format = response_format::text();
    request.tool_choice = tool_choice::none();
    BOOST_TEST(fields(request) == R"({"response_format":{"type":"text"},"tool_choice":"none"})");
    request.response_format = response_format::json_object();
    request.tool_choice = tool_choice::automatic();
    BOOST_TEST(fields(request) == R"({"response_format":{"type":"json_object"},"tool_choice":"auto"})");
    request.response_format = response_format::json_schema("n", object("{}"));
    request.tool_choice = tool_choice::required();
    BOOST_TEST(
        fields(request) ==
        R"({"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}},"tool_choice":"required"})"
    );
    request.response_format = response_format::raw(object(R"({"type":"grammar","grammar":"g"})"));
    request.tool_choice = tool_choice::raw(object(R"({"type":"openrouter:web_search"})"));
    BOOST_TEST(
        fields(request) ==
        R"({"response_format":{"type":"grammar","grammar":"g"},"tool_choice":{"type":"openrouter:web_search"}})"
    );
}

BOOST_AUTO_TEST_CASE(a_function_without_schema_gets_an_empty_one) {
    auto request = minimal();
    request.tools.push_back(tool::function("now", "The time", {}));
    request.tools.back().extra = object(R"({"cache_control":{"type":"ephemeral"}})");
    BOOST_TEST(
        fields(request) ==
        R"({"tools":[{"type":"function","function":{"name":"now","description":"The time",)"
        R"("parameters":{"type":"object","properties":{}}},"cache_control":{"type":"ephemeral"}}]})"
    );
}

BOOST_AUTO_TEST_CASE(extra_wins_in_place_and_follows_otherwise) {
    auto request = minimal();
    request.temperature = 0.2;
    request.top_p = 0.5;
    request.extra = object(R"({"zeta":1,"temperature":null,"n":2,"alpha":{"x":[0.7]}})");
    BOOST_TEST(fields(request) == R"({"temperature":null,"top_p":0.5,"zeta":1,"n":2,"alpha":{"x":[0.7]}})");

    request = minimal();
    request.extra = object(R"({"model":"other","messages":[]})");
    BOOST_TEST(encoded(request) == R"({"model":"other","messages":[]})");

    auto m = message::user("x");
    m.extra = object(R"({"role":"critic","weight":1})");
    BOOST_TEST(turn(m) == R"({"role":"critic","content":"x","weight":1})");
}

BOOST_AUTO_TEST_CASE(what_json_cannot_say_is_refused_with_its_place) {
    BOOST_TEST(refused(chat_request("m").user("x").user("\xff")) == "messages[1].content: not valid UTF-8");
    BOOST_TEST(refused(chat_request("\xff")) == "model: not valid UTF-8");
    auto request = minimal();
    request.extra["deep"].emplace_object()["number"] = std::numeric_limits<double>::infinity();
    BOOST_TEST(refused(request) == "deep.number: not a finite number");
    request = minimal();
    request.metadata["\xc0"] = "x";
    BOOST_TEST(refused(request) == "metadata: not valid UTF-8");
    request = minimal();
    json::value deep;
    for (int i = 0; i < 300; ++i) {
        json::array outer;
        outer.push_back(std::move(deep));
        deep = std::move(outer);
    }
    request.extra["deep"] = std::move(deep);
    BOOST_TEST(refused(request).ends_with(": nested too deeply"));
}

BOOST_AUTO_TEST_CASE(a_stream_is_asked_for_at_the_end_of_the_body) {
    auto const streamed = [](chat_request const& request, dialect const& accepted) {
        std::string out;
        std::string detail;
        BOOST_TEST(!codec::encode_request(request, accepted, out, detail, true), detail);
        std::string const start = encoded(chat_request("m").user("x"));
        BOOST_TEST(out.starts_with(start.substr(0, start.size() - 1)));
        return out.substr(start.size() - 1);
    };
    dialect asking;
    asking.asks_for_stream_usage = true;
    auto request = minimal();
    BOOST_TEST(streamed(request, dialect()) == R"(,"stream":true})");
    BOOST_TEST(streamed(request, asking) == R"(,"stream":true,"stream_options":{"include_usage":true}})");
    request.include_usage = true;
    BOOST_TEST(streamed(request, dialect()) == R"(,"stream":true,"stream_options":{"include_usage":true}})");
    request.include_usage = false;
    BOOST_TEST(streamed(request, asking) == R"(,"stream":true,"stream_options":{"include_usage":false}})");
    request.extra["stream_options"] = object(R"({"include_obfuscation":false})");
    BOOST_TEST(
        streamed(request, asking) == R"(,"stream":true,"stream_options":{"include_obfuscation":false}})"
    );
    // A reply in one piece has nothing to do with it.
    request.extra.clear();
    BOOST_TEST(fields(request) == "{}");
}

BOOST_AUTO_TEST_CASE(tool_arguments_are_parsed) {
    error_code ec = errc::invalid_request;
    tool_call call("id", "f", R"({"place":"Paris"})");
    BOOST_TEST((call.parse_arguments(ec) == json::value({{"place", "Paris"}})));
    BOOST_TEST(!ec);
    for (char const* nothing : {"", " \n\t"}) {
        call.arguments = nothing;
        BOOST_TEST((call.parse_arguments(ec) == json::value(json::object())));
        BOOST_TEST(!ec);
    }
    // As lenient as with a reply.
    struct row {
        row(char const* s, char const* r) : sent(s), read(r) {}
        char const* sent;
        char const* read;
    };
    for (auto const& each :
         {row("{\"a\":\"x\ny\tz\"}", R"({"a":"x\ny\tz"})"),
          row("{\"a\tb\":\"\x01\"}", R"({"a\tb":"\u0001"})"),
          row("{\"a\":NaN,\"b\":-nan,\"c\":Inf}", R"({"a":null,"b":null,"c":null})"),
          row("{\"a\":\"\xff\"}", "{\"a\":\"\xef\xbf\xbd\"}"),
          row("{\"a\":\"\\ud83d\"}", "{\"a\":\"\xef\xbf\xbd\"}")}) {
        call.arguments = each.sent;
        BOOST_TEST(json::serialize(call.parse_arguments(ec)) == each.read);
        BOOST_TEST(!ec);
    }
    for (std::string const& wrong :
         {std::string("{"),
          std::string("{} x"),
          std::string("{\"a\":\"\n\"} x"),
          std::string("{\"a\":\"\n\"}]"),
          std::string("{\"a\":\n\x01}"),
          std::string("{\"a\":\"\\\n\"}"),
          std::string(1000, '[')}) {
        call.arguments = wrong;
        BOOST_TEST(call.parse_arguments(ec).is_null());
        BOOST_TEST((ec == errc::invalid_json));
    }
}

BOOST_AUTO_TEST_CASE(roles_have_spellings) {
    for (auto const value :
         {role::system, role::developer, role::user, role::assistant, role::tool, role::function}) {
        role read = role::unknown;
        BOOST_TEST(from_string(to_string(value), read));
        BOOST_TEST((read == value));
    }
    role read = role::user;
    BOOST_TEST(!from_string("User", read));
    BOOST_TEST((read == role::user));
    BOOST_TEST(to_string(role::unknown).empty());
}

BOOST_AUTO_TEST_CASE(a_reply_goes_back_as_the_assistants) {
    for (auto const* role : {"model", "Assistant", "user", "system", "tool"}) {
        async_llm::assistant_message reply;
        reply.role = async_llm::open_enum<async_llm::role>(role);
        reply.content = "x";
        BOOST_TEST((message(reply).role == async_llm::role::assistant), role);
    }
}

BOOST_AUTO_TEST_SUITE_END()
