// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/validate_request.hpp"

#include <async_llm/error.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <limits>

namespace {

namespace json = boost::json;
using namespace async_llm;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

chat_request minimal() { return chat_request("m").user("x"); }

/// Returns the fault of a request; empty: none.
std::string fault(chat_request const& request, provider const& endpoint) {
    std::string detail;
    auto const ec = codec::validate(request, endpoint.dialect, detail, endpoint.name);
    BOOST_TEST(ec.failed() == !detail.empty());
    if (ec) BOOST_TEST((ec == errc::invalid_request));
    return detail;
}

provider local() { return provider::openai_compatible("http://localhost:8000"); }

provider openrouter() { return provider::openrouter("key"); }

provider aimlapi() { return provider::aimlapi("key"); }

provider openai() { return provider::openai("key"); }

/// Returns the fault of a minimal request that `change` has changed.
template <class Change>
std::string fault_of(Change change, provider const& endpoint = openrouter()) {
    auto request = minimal();
    change(request);
    return fault(request, endpoint);
}

/// Returns the fault of a conversation that consists of one message.
std::string fault_of(message m, provider const& endpoint = openrouter()) {
    return fault(chat_request("m").add(std::move(m)), endpoint);
}

template <class Number>
auto set(std::optional<Number> chat_request::* field, Number value) {
    return [field, value](chat_request& request) { request.*field = value; };
}

json::object object(std::string_view text) { return json::parse({text.data(), text.size()}).as_object(); }

} // namespace

BOOST_AUTO_TEST_SUITE(validate_request)

BOOST_AUTO_TEST_CASE(a_minimal_request_suits_everybody) {
    for (auto const& endpoint : {local(), openrouter(), aimlapi(), openai()})
        BOOST_TEST(fault(minimal(), endpoint) == "");
}

BOOST_AUTO_TEST_CASE(model) {
    auto const request = chat_request().user("x");
    BOOST_TEST(fault(request, aimlapi()) == "model: empty");
    BOOST_TEST(fault(request, openai()) == "model: empty");
    BOOST_TEST(fault(request, local()) == "model: empty");
    BOOST_TEST(fault(request, openrouter()) == "");
    auto by_extra = request;
    by_extra.extra["model"] = "m";
    BOOST_TEST(fault(by_extra, aimlapi()) == "");
    auto by_list = request;
    by_list.models = {"m"};
    BOOST_TEST(fault(by_list, local()) == "");
}

BOOST_AUTO_TEST_CASE(messages) {
    BOOST_TEST(fault(chat_request("m"), openai()) == "messages: empty");
    // Its schema requires the model alone.
    BOOST_TEST(fault(chat_request("m"), openrouter()) == "");
    chat_request by_extra("m");
    by_extra.extra["messages"] = json::array();
    BOOST_TEST(fault(by_extra, openai()) == "");
}

BOOST_AUTO_TEST_CASE(roles) {
    BOOST_TEST(fault_of(message(role::unknown, "x")) == "messages[0].role: empty");
    auto other = message::user("x");
    other.role = open_enum<role>("critic");
    BOOST_TEST(fault(minimal().add(other), openrouter()) == "messages[1].role: not a known role");
    other.extra["role"] = "critic";
    BOOST_TEST(fault(minimal().add(other), openrouter()) == "");

    message function(role::function, "x");
    BOOST_TEST(fault_of(function, openai()) == "messages[0].name: missing");
    function.name = "f";
    BOOST_TEST(fault_of(function, openai()) == "");
    BOOST_TEST(fault_of(function, aimlapi()) == "");
    BOOST_TEST(fault_of(function) == "messages[0].role: function is not known there (openrouter)");
}

BOOST_AUTO_TEST_CASE(content) {
    BOOST_TEST(fault_of(message(role::user)) == "messages[0].content: missing");
    BOOST_TEST(fault_of(message(role::system)) == "messages[0].content: missing");
    BOOST_TEST(fault_of(message::user("")) == "");
    message calls(role::assistant);
    BOOST_TEST(fault_of(calls) == "");
    message raw(role::user);
    raw.extra["content"] = "x";
    BOOST_TEST(fault_of(raw) == "");
}

BOOST_AUTO_TEST_CASE(tool_results) {
    BOOST_TEST(fault_of(message(role::tool, "x"), openai()) == "messages[0].tool_call_id: missing");
    BOOST_TEST(fault_of(message(role::tool, "x"), aimlapi()) == "messages[0].tool_call_id: missing");
    // Its messages have a role, content and a name.
    BOOST_TEST(fault_of(message(role::tool, "x")) == "");
    BOOST_TEST(fault_of(message::tool_result("", "x")) == "");
    auto in_parts = message::tool_result("c", "x");
    in_parts.parts.push_back(content_part::text("x"));
    BOOST_TEST(fault_of(in_parts) == "");
    BOOST_TEST(
        fault_of(in_parts, aimlapi()) == "messages[0].content: a tool's result must be a text there (aimlapi)"
    );
}

BOOST_AUTO_TEST_CASE(calls_have_names) {
    auto const with = [](tool_call call) {
        message turn(role::assistant);
        turn.tool_calls.emplace_back("a", "f", "{}");
        turn.tool_calls.push_back(std::move(call));
        return turn;
    };
    BOOST_TEST(fault_of(with(tool_call("b", "g", ""))) == "");
    BOOST_TEST(fault_of(with(tool_call("b", "", ""))) == "messages[0].tool_calls[1].name: empty");
    BOOST_TEST(fault_of(with(tool_call("b", " ", "{}"))) == "messages[0].tool_calls[1].name: empty");
    tool_call foreign("b", "", "");
    foreign.type = "web_search";
    foreign.extra["query"] = "q";
    BOOST_TEST(fault_of(with(foreign)) == "");
    foreign.arguments = "{}";
    BOOST_TEST(fault_of(with(foreign)) == "messages[0].tool_calls[1].name: empty");
}

BOOST_AUTO_TEST_CASE(parts) {
    std::vector<content_part> list;
    list.push_back(content_part::text(""));
    list.push_back(content_part::raw(object(R"({"type":"file"})")));
    BOOST_TEST(fault_of(message::user(list)) == "");
    list.push_back(content_part());
    BOOST_TEST(fault_of(message::user(list)) == "messages[0].content[2].type: empty");
    list.back() = content_part::image_url("");
    BOOST_TEST(fault_of(message::user(list)) == "messages[0].content[2].image_url.url: empty");
    list.back() = content_part();
    list.back().type = "input_audio";
    BOOST_TEST(fault_of(message::user(list)) == "messages[0].content[2].input_audio: missing");
    auto const expect = [&list](chat_request& request) { request.prediction = prediction(list); };
    BOOST_TEST(fault_of(expect) == "prediction.content[2].input_audio: missing");
}

BOOST_AUTO_TEST_CASE(common_ranges) {
    struct row {
        std::optional<double> chat_request::* field;
        std::string_view name;
        double least;
        double most;
    };
    for (auto const& r :
         {row{&chat_request::temperature, "temperature", 0, 2},
          row{&chat_request::top_p, "top_p", 0, 1},
          row{&chat_request::top_a, "top_a", 0, 1},
          row{&chat_request::min_p, "min_p", 0, 1},
          row{&chat_request::frequency_penalty, "frequency_penalty", -2, 2},
          row{&chat_request::presence_penalty, "presence_penalty", -2, 2},
          row{&chat_request::repetition_penalty, "repetition_penalty", 0, 2}}) {
        std::string const start = std::string(r.name) + ": ";
        BOOST_TEST(fault_of(set(r.field, r.least)) == "");
        BOOST_TEST(fault_of(set(r.field, r.most)) == "");
        BOOST_TEST(fault_of(set(r.field, std::nextafter(r.least, -infinity))).starts_with(start));
        BOOST_TEST(fault_of(set(r.field, std::nextafter(r.most, infinity))).starts_with(start));
        BOOST_TEST(fault_of(set(r.field, not_a_number)) == start + "NaN is not a number that JSON has");
        BOOST_TEST(fault_of(set(r.field, infinity)) == start + "infinity is not a number that JSON has");
        BOOST_TEST(fault_of(set(r.field, -infinity)) == start + "-infinity is not a number that JSON has");
    }
    BOOST_TEST(
        fault_of(set(&chat_request::temperature, 2.5)) == "temperature: 2.5 is outside 0..2 (openrouter)"
    );
}

BOOST_AUTO_TEST_CASE(common_ranges_of_integers) {
    using integer = std::int64_t;
    BOOST_TEST(fault_of(set(&chat_request::top_k, integer(0))) == "");
    BOOST_TEST(fault_of(set(&chat_request::top_k, integer(-1))) == "top_k: -1 is less than 0 (openrouter)");
    BOOST_TEST(fault_of(set(&chat_request::top_k, integer(-1)), local()) == "");
    BOOST_TEST(fault_of(set(&chat_request::seed, std::numeric_limits<integer>::min())) == "");
    for (integer const fine : {1, 128}) BOOST_TEST(fault_of(set(&chat_request::n, fine), openai()) == "");
    for (auto const field : {&chat_request::max_tokens, &chat_request::max_completion_tokens})
        BOOST_TEST(fault_of(set(field, integer(1))) == "");
    BOOST_TEST(fault_of(set(&chat_request::n, integer(0))) == "n: 0 is less than 1 (openrouter)");
    BOOST_TEST(fault_of(set(&chat_request::n, integer(129))) == "");
    BOOST_TEST(
        fault_of(set(&chat_request::n, integer(129)), openai()) == "n: 129 is outside 1..128 (openai)"
    );
    BOOST_TEST(
        fault_of(set(&chat_request::max_tokens, integer(0))) == "max_tokens: 0 is less than 1 (openrouter)"
    );
    BOOST_TEST(
        fault_of(set(&chat_request::max_completion_tokens, integer(0))) ==
        "max_completion_tokens: 0 is less than 1 (openrouter)"
    );
}

BOOST_AUTO_TEST_CASE(narrower_ranges_of_aimlapi) {
    BOOST_TEST(
        fault_of(set(&chat_request::top_p, 0.0), aimlapi()) == "top_p: 0 is outside 0.01..1 (aimlapi)"
    );
    BOOST_TEST(fault_of(set(&chat_request::top_p, 0.01), aimlapi()) == "");
    BOOST_TEST(
        fault_of(set(&chat_request::min_p, 0.0), aimlapi()) == "min_p: 0 is outside 0.001..0.999 (aimlapi)"
    );
    BOOST_TEST(
        fault_of(set(&chat_request::min_p, 1.0), aimlapi()) == "min_p: 1 is outside 0.001..0.999 (aimlapi)"
    );
    BOOST_TEST(fault_of(set(&chat_request::min_p, 0.999), aimlapi()) == "");
    BOOST_TEST(
        fault_of(set(&chat_request::seed, std::int64_t(0)), aimlapi()) == "seed: 0 is less than 1 (aimlapi)"
    );
    BOOST_TEST(fault_of(set(&chat_request::seed, std::int64_t(1)), aimlapi()) == "");
}

BOOST_AUTO_TEST_CASE(a_limit_above_only) {
    provider endpoint = local();
    endpoint.name.clear();
    endpoint.dialect.temperature = value_range(-infinity, 1);
    BOOST_TEST(fault_of(set(&chat_request::temperature, 1.5), endpoint) == "temperature: 1.5 is more than 1");
}

BOOST_AUTO_TEST_CASE(logit_bias) {
    auto const bias = [](double value) {
        return [value](chat_request& request) { request.logit_bias["50256"] = value; };
    };
    BOOST_TEST(fault_of(bias(-100)) == "");
    BOOST_TEST(fault_of(bias(100)) == "");
    BOOST_TEST(fault_of(bias(-100.5)) == "logit_bias.50256: -100.5 is outside -100..100 (openrouter)");
    BOOST_TEST(fault_of(bias(100.5)) == "logit_bias.50256: 100.5 is outside -100..100 (openrouter)");
    BOOST_TEST(fault_of(bias(not_a_number)) == "logit_bias.50256: NaN is not a number that JSON has");
}

BOOST_AUTO_TEST_CASE(log_probabilities) {
    auto request = minimal();
    request.top_logprobs = 20;
    BOOST_TEST(fault(request, openai()) == "top_logprobs: needs logprobs");
    request.logprobs = false;
    BOOST_TEST(fault(request, openai()) == "top_logprobs: needs logprobs");
    request.logprobs = true;
    BOOST_TEST(fault(request, openai()) == "");
    for (std::int64_t const fine : {0, 20}) {
        request.top_logprobs = fine;
        BOOST_TEST(fault(request, openai()) == "");
    }
    request.top_logprobs = -1;
    BOOST_TEST(fault(request, openai()) == "top_logprobs: -1 is outside 0..20 (openai)");
    request.top_logprobs = 21;
    BOOST_TEST(fault(request, openai()) == "top_logprobs: 21 is outside 0..20 (openai)");
    request = minimal();
    request.top_logprobs = 0;
    request.extra["logprobs"] = true;
    BOOST_TEST(fault(request, openai()) == "");
}

BOOST_AUTO_TEST_CASE(limits_of_tokens_exclude_each_other) {
    auto request = minimal();
    request.max_tokens = 1;
    request.max_completion_tokens = 1;
    BOOST_TEST(fault(request, openrouter()) == "max_completion_tokens: not together with max_tokens");
    request.max_tokens.reset();
    for (auto endpoint : {local(), openrouter(), aimlapi(), openai()}) {
        BOOST_TEST(fault(request, endpoint) == "");
        endpoint.dialect.allows_max_completion_tokens = false;
        BOOST_TEST(fault(request, endpoint).starts_with("max_completion_tokens: not a field of this provider")
        );
    }
}

BOOST_AUTO_TEST_CASE(counts) {
    auto const stops = [](std::size_t count) {
        return [count](chat_request& request) { request.stop.assign(count, "x"); };
    };
    BOOST_TEST(fault_of(stops(4)) == "");
    BOOST_TEST(fault_of(stops(5)) == "stop: 5 is more than 4 (openrouter)");
    BOOST_TEST(fault_of(stops(5), local()) == "");
    auto const tools = [](std::size_t count) {
        return [count](chat_request& request) { request.tools.assign(count, tool::function("f", "", {})); };
    };
    BOOST_TEST(fault_of(tools(128)) == "");
    BOOST_TEST(fault_of(tools(129)) == "tools: 129 is more than 128 (openrouter)");
    BOOST_TEST(fault_of(tools(129), local()) == "");
}

BOOST_AUTO_TEST_CASE(names_of_tools) {
    auto const named = [](std::string name) {
        return [name](chat_request& request) {
            request.tools.push_back(tool::raw(object(R"({"type":"x"})")));
            request.tools.push_back(tool::function(name, "", {}));
        };
    };
    std::string const wrong = "tools[1].function.name: not 1 to 64 of a-z A-Z 0-9 _ -";
    BOOST_TEST(fault_of(named("get_Weather-2")) == "");
    BOOST_TEST(fault_of(named(std::string(64, 'a'))) == "");
    BOOST_TEST(fault_of(named(std::string(65, 'a'))) == wrong);
    BOOST_TEST(fault_of(named("get weather")) == wrong);
    BOOST_TEST(fault_of(named("wetter_für")) == wrong);
    BOOST_TEST(fault_of([](chat_request& r) { r.tools.emplace_back(); }) == "tools[0].function.name: empty");
    auto const lost = [](chat_request& r) {
        r.tools.push_back(tool::function("", "x", {}));
        r.tools.back().extra["cache_control"] = "x";
    };
    BOOST_TEST(fault_of(lost) == "tools[0].function.name: missing, but the tool has fields of a function");
}

BOOST_AUTO_TEST_CASE(choice_of_tool) {
    auto request = minimal();
    request.tool_choice = tool_choice::function("f");
    BOOST_TEST(fault(request, openai()) == "tool_choice: needs tools");
    auto by_extra = request;
    by_extra.extra["tools"] = json::array();
    BOOST_TEST(fault(by_extra, openai()) == "");
    request.tools.push_back(tool::function("f", "", {}));
    BOOST_TEST(fault(request, openai()) == "");
    request.tool_choice = tool_choice::function("no such name");
    BOOST_TEST(fault(request, openai()) == "tool_choice.function.name: not 1 to 64 of a-z A-Z 0-9 _ -");
    request.tool_choice = tool_choice::function("");
    BOOST_TEST(fault(request, openai()) == "tool_choice.function.name: not 1 to 64 of a-z A-Z 0-9 _ -");
    request.tool_choice = tool_choice::raw(nullptr);
    BOOST_TEST(fault(request, openai()) == "tool_choice: neither a word nor an object");
    request.tool_choice = tool_choice::raw(object(R"({"type":"function","function":"f"})"));
    BOOST_TEST(fault(request, openai()) == "tool_choice.function: not an object");
    request.tool_choice = tool_choice::raw(object(R"({"type":"function","function":{}})"));
    BOOST_TEST(fault(request, openai()) == "tool_choice.function.name: missing");
    request.tool_choice = tool_choice::raw(object(R"({"type":"openrouter:web_search"})"));
    BOOST_TEST(fault(request, openai()) == "");
}

BOOST_AUTO_TEST_CASE(formats) {
    auto const format = [](response_format value) {
        return [value](chat_request& request) { request.response_format = value; };
    };
    BOOST_TEST(fault_of(format(response_format::text())) == "");
    BOOST_TEST(fault_of(format(response_format::json_schema("answer", {}))) == "");
    BOOST_TEST(
        fault_of(format(response_format::json_schema("an answer", {}))) ==
        "response_format.json_schema.name: not 1 to 64 of a-z A-Z 0-9 _ -"
    );
    BOOST_TEST(fault_of(format(response_format::json_schema(std::string(64, 'a'), {}))) == "");
    for (auto const& name : {std::string(), std::string(65, 'a')})
        BOOST_TEST(
            fault_of(format(response_format::json_schema(name, {}))) ==
            "response_format.json_schema.name: not 1 to 64 of a-z A-Z 0-9 _ -"
        );
    BOOST_TEST(fault_of(format(response_format::raw({}))) == "response_format.type: missing");
    BOOST_TEST(
        fault_of(format(response_format::raw(object(R"({"type":"json_schema"})")))) ==
        "response_format.json_schema: missing"
    );
    BOOST_TEST(fault_of(format(response_format::raw(object(R"({"type":"grammar","grammar":"g"})")))) == "");
}

BOOST_AUTO_TEST_CASE(labels) {
    auto request = minimal();
    for (int i = 0; i < 16; ++i) request.metadata[std::to_string(i)] = "x";
    BOOST_TEST(fault(request, openai()) == "");
    request.metadata["one more"] = "x";
    BOOST_TEST(fault(request, openai()) == "metadata: more than 16 pairs");
    request.metadata.clear();
    request.metadata[std::string(64, 'k')] = std::string(512, 'v');
    BOOST_TEST(fault(request, openai()) == "");
    request.metadata[std::string(65, 'k')] = "v";
    BOOST_TEST(fault(request, openai()) == "metadata: longer than 64 characters");
    request.metadata.clear();
    std::string umlauts;
    for (int i = 0; i < 512; ++i) umlauts += "ü";
    request.metadata["k"] = umlauts;
    BOOST_TEST(fault(request, openai()) == "");
    request.metadata["k"] += "x";
    BOOST_TEST(fault(request, openai()) == "metadata.k: longer than 512 characters");
    request.metadata.clear();
    request.metadata[""] = "x";
    BOOST_TEST(fault(request, openai()) == "metadata: a key is empty");
}

BOOST_AUTO_TEST_CASE(fields_of_openrouter) {
    std::vector<std::pair<std::string, std::function<void(chat_request&)>>> const fields{
        {"models", [](chat_request& r) { r.models = {"a"}; }},
        {"provider", [](chat_request& r) { r.provider.emplace(); }},
        {"plugins", [](chat_request& r) { r.plugins.emplace_back("web"); }},
        {"transforms", [](chat_request& r) { r.transforms.emplace(); }},
        {"reasoning", [](chat_request& r) { r.reasoning.emplace(); }},
        {"usage", [](chat_request& r) { r.usage_include = true; }},
        {"session_id", [](chat_request& r) { r.session_id = "s"; }},
        {"trace", [](chat_request& r) { r.trace["trace_id"] = "t"; }},
        {"route", [](chat_request& r) { r.route = "fallback"; }},
    };
    for (auto const& [name, set_field] : fields) {
        BOOST_TEST(fault_of(set_field) == "");
        BOOST_TEST(fault_of(set_field, local()) == "");
        BOOST_TEST(fault_of(set_field, aimlapi()) == name + ": not a field of this provider (aimlapi)");
        BOOST_TEST(fault_of(set_field, openai()) == name + ": not a field of this provider (openai)");
    }
}

BOOST_AUTO_TEST_CASE(fields_that_openai_lacks) {
    auto const wrong = [](char const* name) {
        return std::string(name) + ": not a field of this provider (openai)";
    };
    BOOST_TEST(fault_of(set(&chat_request::top_k, std::int64_t(1)), openai()) == wrong("top_k"));
    BOOST_TEST(fault_of(set(&chat_request::top_a, 0.5), openai()) == wrong("top_a"));
    BOOST_TEST(fault_of(set(&chat_request::min_p, 0.5), openai()) == wrong("min_p"));
    BOOST_TEST(
        fault_of(set(&chat_request::repetition_penalty, 1.0), openai()) == wrong("repetition_penalty")
    );
    BOOST_TEST(fault_of(set(&chat_request::echo, true), openai()) == wrong("echo"));
    BOOST_TEST(
        fault_of(set(&chat_request::top_a, 0.5), aimlapi()) == "top_a: not a field of this provider (aimlapi)"
    );
    BOOST_TEST(fault_of(set(&chat_request::echo, true), aimlapi()) == "");
}

BOOST_AUTO_TEST_CASE(reasoning_plugins_and_sessions) {
    auto const reasoning = [](std::optional<std::string> effort, std::optional<std::int64_t> tokens) {
        return [effort, tokens](chat_request& request) {
            request.reasoning.emplace();
            request.reasoning->effort = effort;
            request.reasoning->max_tokens = tokens;
        };
    };
    BOOST_TEST(fault_of(reasoning("high", std::nullopt)) == "");
    BOOST_TEST(fault_of(reasoning(std::nullopt, 1)) == "");
    BOOST_TEST(fault_of(reasoning("high", 1)) == "reasoning.effort: not together with reasoning.max_tokens");
    BOOST_TEST(fault_of(reasoning(std::nullopt, 0)) == "reasoning.max_tokens: 0 is less than 1");
    BOOST_TEST(fault_of([](chat_request& r) { r.plugins.emplace_back(""); }) == "plugins[0].id: empty");
    BOOST_TEST(fault_of([](chat_request& r) { r.session_id = std::string(256, 's'); }) == "");
    BOOST_TEST(fault_of([](chat_request& r) {
                   r.session_id = std::string(257, 's');
               }) == "session_id: longer than 256 characters");
}

BOOST_AUTO_TEST_CASE(extra_is_the_users_own_business) {
    auto request = minimal();
    request.temperature = 5;
    request.top_k = 1;
    request.stop.assign(9, "x");
    request.extra = object(R"({"temperature":null,"top_k":-5,"stop":[],"reasoning":{},"anything":null})");
    BOOST_TEST(fault(request, openai()) == "");
    for (char const* field : {"stream", "stream_options"}) {
        request = minimal();
        request.extra[field] = false;
        BOOST_TEST(
            fault(request, local()) ==
            std::string(field) + ": not taken from extra, because a streamed reply is another operation"
        );
    }
    // What a stream may be asked beside its usage is the user's business again, where there is one.
    std::string detail;
    BOOST_TEST(!codec::validate(request, dialect(), detail, "", true));
    request.extra["stream"] = true;
    BOOST_TEST((codec::validate(request, dialect(), detail, "", true) == errc::invalid_request));
}

BOOST_AUTO_TEST_SUITE_END()
