// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/telemetry.hpp>

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace std::chrono_literals;
namespace otel = async_llm::telemetry;
using otel::attribute;

std::string shown(otel::attribute_value const& value) {
    if (auto const* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (auto const* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (auto const* number = std::get_if<double>(&value)) return "~" + std::to_string(*number);
    if (auto const* text = std::get_if<std::string>(&value)) return '"' + *text + '"';
    std::string list;
    for (auto const& each : std::get<std::vector<std::string>>(value)) list += '[' + each + ']';
    return list;
}

// Sorted lines, `name=value`.
std::string shown(std::vector<attribute> const& attributes) {
    std::vector<std::string> lines;
    for (auto const& each : attributes) lines.push_back(std::string(each.name) + '=' + shown(each.value));
    std::sort(lines.begin(), lines.end());
    std::string result;
    for (auto const& each : lines) result += each + '\n';
    return result;
}

response_info info_of(std::string provider, std::string model) {
    response_info info;
    info.provider = std::move(provider);
    info.model = std::move(model);
    return info;
}

template <class Event>
Event& from_example(Event& event) {
    event.server_address = "llm.example";
    event.server_port = 8443;
    return event;
}

chat_request with_every_setting() {
    auto request = chat_request("m-1").system("be secret").user("what I say");
    request.temperature = 0.25;
    request.top_p = 0.5;
    request.top_k = 40;
    request.frequency_penalty = -1;
    request.presence_penalty = 1;
    request.seed = 7;
    request.n = 2;
    request.max_tokens = 100;
    request.stop = {"END", "STOP"};
    request.session_id = "s-1";
    request.service_tier = "flex";
    request.user_id = "somebody";
    request.metadata["k"] = "v";
    return request;
}

std::string started(chat_request const& request, std::string provider = "openai", bool streaming = false) {
    auto const info = info_of(std::move(provider), request.model);
    call_started_event event(info, request);
    event.streaming = streaming;
    return shown(otel::attributes_of(from_example(event)));
}

chat_response answered() {
    chat_response response;
    response.info = info_of("openai", "m-1");
    response.info.status = 200;
    response.info.attempts = 1;
    response.info.request_id = "req-1";
    response.info.phase = phase::finished;
    response.info.timings.write = 250ms;
    response.info.timings.first_content = 500ms;
    response.info.timings.total = 1500ms;
    auto& completion = response.completion;
    completion.id = "c-1";
    completion.model = "m-1-0613";
    completion.service_tier = "default";
    completion.system_fingerprint = "fp";
    completion.choices.resize(2);
    completion.choices[0].finish_reason = finish_reason::stop;
    completion.choices[0].message.content = "what it says";
    completion.choices[1].finish_reason = open_enum<finish_reason>("eos");
    completion.usage.emplace();
    completion.usage->prompt_tokens = 10;
    completion.usage->completion_tokens = 20;
    completion.usage->cached_tokens = 4;
    completion.usage->cache_write_tokens = 3;
    completion.usage->reasoning_tokens = 5;
    completion.usage->cost = 0.125;
    return response;
}

std::string finished(chat_response const& response, error_code ec = {}, bool streaming = false) {
    call_finished_event event(response);
    event.ec = ec;
    event.streaming = streaming;
    return shown(otel::attributes_of(from_example(event)));
}

struct seen {
    std::string name;
    double value;
    std::string attributes;
};

std::vector<seen> measured(chat_response const& response, error_code ec = {}, bool streaming = false) {
    call_finished_event event(response);
    event.ec = ec;
    event.streaming = streaming;
    std::vector<seen> result;
    for (auto const& each : otel::measurements_of(from_example(event)))
        result.push_back({std::string(each.metric.name), each.value, shown(each.attributes)});
    return result;
}

std::string const who = "gen_ai.operation.name=\"chat\"\ngen_ai.provider.name=\"openai\"\n";
std::string const where = "server.address=\"llm.example\"\nserver.port=8443\n";

} // namespace

BOOST_AUTO_TEST_SUITE(telemetry)

BOOST_AUTO_TEST_CASE(a_call_is_known_by_what_it_asks_for) {
    BOOST_TEST(
        started(with_every_setting()) ==
        "gen_ai.conversation.id=\"s-1\"\n" + who +
            "gen_ai.request.choice.count=2\n"
            "gen_ai.request.frequency_penalty=~-1.000000\n"
            "gen_ai.request.max_tokens=100\n"
            "gen_ai.request.model=\"m-1\"\n"
            "gen_ai.request.presence_penalty=~1.000000\n"
            "gen_ai.request.seed=7\n"
            "gen_ai.request.stop_sequences=[END][STOP]\n"
            "gen_ai.request.temperature=~0.250000\n"
            "gen_ai.request.top_k=~40.000000\n"
            "gen_ai.request.top_p=~0.500000\n"
            "openai.request.service_tier=\"flex\"\n" +
            where
    );
}

BOOST_AUTO_TEST_CASE(what_is_unset_is_left_out) {
    auto request = chat_request("m-1").user("Hello");
    std::string const plain = who + "gen_ai.request.model=\"m-1\"\n" + where;
    BOOST_TEST(started(request) == plain);
    request.n = 1;
    request.service_tier = "auto";
    BOOST_TEST(started(request) == plain);
    response_info const nothing;
    call_started_event const event(nothing, request);
    BOOST_TEST(shown(otel::attributes_of(event)) == "gen_ai.operation.name=\"chat\"\n");
}

BOOST_AUTO_TEST_CASE(the_newer_limit_of_tokens_counts) {
    auto request = chat_request("m-1").user("Hello");
    request.max_completion_tokens = 9;
    BOOST_TEST(started(request).find("gen_ai.request.max_tokens=9\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stream_says_that_it_is_one) {
    auto const request = chat_request("m-1").user("Hello");
    BOOST_TEST(started(request, "openai", true).find("gen_ai.request.stream=true\n") != std::string::npos);
    BOOST_TEST(started(request).find("gen_ai.request.stream") == std::string::npos);
    BOOST_TEST(finished(answered(), {}, true).find("gen_ai.request.stream=true\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_kind_of_answer_is_what_the_request_wants) {
    auto const type = [](auto change) {
        auto request = chat_request("m-1").user("Hello");
        change(request);
        auto const all = started(request);
        auto const at = all.find("gen_ai.output.type=\"");
        return at == std::string::npos ? std::string()
                                       : all.substr(at + 20, all.find('"', at + 20) - at - 20);
    };
    BOOST_TEST(type([](chat_request&) {}) == "");
    BOOST_TEST(type([](chat_request& r) { r.response_format = response_format::text(); }) == "text");
    BOOST_TEST(type([](chat_request& r) { r.response_format = response_format::json_object(); }) == "json");
    BOOST_TEST(type([](chat_request& r) {
                   r.response_format = response_format::json_schema("s", {});
               }) == "json");
    BOOST_TEST(type([](chat_request& r) { r.response_format = response_format::raw({}); }) == "");
    BOOST_TEST(type([](chat_request& r) { r.modalities = {"text", "image"}; }) == "image");
    BOOST_TEST(type([](chat_request& r) { r.modalities = {"text", "audio"}; }) == "speech");
}

BOOST_AUTO_TEST_CASE(what_is_openais_own_is_not_told_of_others) {
    auto const request = with_every_setting();
    BOOST_TEST(started(request, "aimlapi").find("openai") == std::string::npos);
    auto response = answered();
    response.info.provider = "aimlapi";
    BOOST_TEST(finished(response).find("openai") == std::string::npos);
    BOOST_TEST(finished(response).find("gen_ai.provider.name=\"aimlapi\"\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_is_known_by_what_it_is_and_takes) {
    BOOST_TEST(
        finished(answered()) ==
        "async_llm.cost=~0.125000\nasync_llm.request_id=\"req-1\"\n" + who +
            "gen_ai.request.model=\"m-1\"\n"
            "gen_ai.response.finish_reasons=[stop][eos]\n"
            "gen_ai.response.id=\"c-1\"\n"
            "gen_ai.response.model=\"m-1-0613\"\n"
            "gen_ai.usage.cache_creation.input_tokens=3\n"
            "gen_ai.usage.cache_read.input_tokens=4\n"
            "gen_ai.usage.input_tokens=10\n"
            "gen_ai.usage.output_tokens=20\n"
            "gen_ai.usage.reasoning.output_tokens=5\n"
            "http.response.status_code=200\n"
            "openai.response.service_tier=\"default\"\n"
            "openai.response.system_fingerprint=\"fp\"\n" +
            where
    );
}

BOOST_AUTO_TEST_CASE(a_failure_is_known_by_its_type_and_how_far_it_came) {
    chat_response response;
    response.info = info_of("openai", "m-1");
    response.info.attempts = 3;
    response.info.phase = phase::connecting;
    response.info.detail = "what somebody says";
    response.error.message = "what somebody says";
    BOOST_TEST(
        finished(response, errc::connect_failed) ==
        "async_llm.phase=\"connecting\"\nerror.type=\"connect_failed\"\n" + who +
            "gen_ai.request.model=\"m-1\"\nhttp.request.resend_count=2\n" + where
    );
    response.info.status = 429;
    auto const refused = finished(response, make_http_error(429));
    BOOST_TEST(refused.find("error.type=\"429\"\n") != std::string::npos);
    BOOST_TEST(refused.find("http.response.status_code=429\n") != std::string::npos);
    BOOST_TEST(refused.find("somebody") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_of_a_hedge_says_so) {
    auto response = answered();
    response.info.hedged = true;
    BOOST_TEST(finished(response).find("async_llm.hedged=true\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_is_content) {
    auto const all = started(with_every_setting()) + finished(answered(), {}, true);
    for (auto const* const said : {"secret", "what I say", "what it says", "somebody"})
        BOOST_TEST(all.find(said) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_errc_has_a_type_of_its_own) {
    std::set<std::string> types;
    for (int i = static_cast<int>(errc::invalid_request); i <= static_cast<int>(errc::shared_limits_failed);
         ++i) {
        auto const type = otel::error_type_of(static_cast<errc>(i));
        BOOST_TEST(type != "_OTHER", i);
        BOOST_TEST(types.insert(type).second, type);
    }
    BOOST_TEST(otel::error_type_of(errc::stream_stalled) == "stream_stalled");
    BOOST_TEST(otel::error_type_of(error_code(9999, client_category())) == "_OTHER");
}

BOOST_AUTO_TEST_CASE(other_errors_have_types_too) {
    using boost::system::errc::make_error_code;
    using boost::system::errc::not_enough_memory;
    BOOST_TEST(otel::error_type_of({}) == "");
    BOOST_TEST(otel::error_type_of(make_http_error(503)) == "503");
    BOOST_TEST(otel::error_type_of(boost::asio::error::operation_aborted) == "cancelled");
    BOOST_TEST(
        otel::error_type_of(make_error_code(not_enough_memory)) ==
        "generic:" + std::to_string(not_enough_memory)
    );
}

BOOST_AUTO_TEST_CASE(a_span_is_named_after_operation_and_model) {
    auto const info = info_of("openai", "gpt-4o");
    BOOST_TEST(otel::span_name(call_event(info)) == "chat gpt-4o");
    BOOST_TEST(otel::span_name(call_event(response_info())) == "chat");
}

BOOST_AUTO_TEST_CASE(a_call_adds_its_duration_and_its_tokens) {
    auto const all = measured(answered());
    std::string const common = who + "gen_ai.request.model=\"m-1\"\ngen_ai.response.model=\"m-1-0613\"\n";
    BOOST_TEST_REQUIRE(all.size() == 3U);
    BOOST_TEST(all[0].name == "gen_ai.client.operation.duration");
    BOOST_TEST(all[0].value == 1.5);
    BOOST_TEST(all[0].attributes == common + where);
    BOOST_TEST(all[1].name == "gen_ai.client.token.usage");
    BOOST_TEST(all[1].value == 10);
    BOOST_TEST(all[1].attributes == common + "gen_ai.token.type=\"input\"\n" + where);
    BOOST_TEST(all[2].name == "gen_ai.client.token.usage");
    BOOST_TEST(all[2].value == 20);
    BOOST_TEST(all[2].attributes == common + "gen_ai.token.type=\"output\"\n" + where);
}

BOOST_AUTO_TEST_CASE(a_stream_adds_the_time_to_its_first_content) {
    auto const all = measured(answered(), {}, true);
    BOOST_TEST_REQUIRE(all.size() == 4U);
    BOOST_TEST(all[1].name == "gen_ai.client.operation.time_to_first_chunk");
    BOOST_TEST(all[1].value == 0.75);
    auto silent = answered();
    silent.info.timings.first_content = 0ms;
    BOOST_TEST(measured(silent, {}, true).size() == 3U);
    BOOST_TEST(
        finished(answered(), {}, true).find("gen_ai.response.time_to_first_chunk=~0.750000\n") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(a_failure_adds_its_duration_alone) {
    chat_response response;
    response.info.timings.total = 2s;
    auto const all = measured(response, errc::deadline_exceeded);
    BOOST_TEST_REQUIRE(all.size() == 1U);
    BOOST_TEST(all[0].value == 2);
    BOOST_TEST(all[0].attributes.find("error.type=\"deadline_exceeded\"\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bounds_of_buckets_rise) {
    for (auto const& metric :
         {otel::client_operation_duration,
          otel::client_token_usage,
          otel::client_operation_time_to_first_chunk}) {
        BOOST_TEST(metric.buckets.size() == 14U);
        auto const falls =
            std::adjacent_find(metric.buckets.begin(), metric.buckets.end(), std::greater_equal<>());
        BOOST_TEST((falls == metric.buckets.end()));
        BOOST_TEST((metric.unit == "s" || metric.unit == "{token}"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
