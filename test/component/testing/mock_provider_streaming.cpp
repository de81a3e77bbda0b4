// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "support/servers/raw_client.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace async_llm::testing;
using namespace std::chrono_literals;
using async_llm::test::chat_body;
using async_llm::test::chat_request_text;
using async_llm::test::raw_client;
using async_llm::test::raw_tls;
using async_llm::test::running_provider;
using clock_type = std::chrono::steady_clock;
using event = mock_event;

static_assert(!std::is_aggregate_v<body_part>);

constexpr auto never = std::chrono::hours(1);

std::string stream_request(std::string_view text, std::string const& more_members = {}) {
    auto body = chat_body(text);
    body.insert(1, "\"stream\":true," + more_members);
    return chat_request_text(body);
}

std::string const with_usage = R"("stream_options":{"include_usage":true},)";

// One chunk of a chunked body; empty if it is the last one, or none.
std::string next_chunk(raw_client& client) {
    auto const line = client.receive_until("\r\n");
    BOOST_REQUIRE(line.ends_with("\r\n"));
    auto const size = std::stoul(line, nullptr, 16);
    auto data = client.receive(size + 2);
    BOOST_TEST(data.ends_with("\r\n"));
    data.resize(data.size() - 2);
    return data;
}

// What stands between empty lines. What comes behind the last one would be an event cut short.
std::vector<std::string> split_events(std::string_view body) {
    std::vector<std::string> result;
    while (!body.empty()) {
        auto const end = body.find("\n\n");
        BOOST_REQUIRE(end != body.npos);
        result.emplace_back(body.substr(0, end));
        body.remove_prefix(end + 2);
    }
    return result;
}

struct streamed_reply {
    explicit streamed_reply(raw_client& client) : head(client.receive_until("\r\n\r\n")) {
        for (auto chunk = next_chunk(client); !chunk.empty(); chunk = next_chunk(client)) {
            chunks.push_back(chunk);
            body += chunk;
        }
        for (auto& each : split_events(body))
            (each.starts_with(':') ? comments : events).push_back(std::move(each));
        BOOST_REQUIRE(!events.empty());
        BOOST_TEST(events.back() == "data: [DONE]");
    }

    // The chunk number i as JSON; negative numbers count from behind, where -1 is the one before [DONE].
    json::value chunk(int i) const {
        auto const& text = events.at(i < 0 ? events.size() - 1 - static_cast<std::size_t>(-i) : unsigned(i));
        BOOST_REQUIRE(text.starts_with("data: "));
        return json::parse(std::string_view(text).substr(6));
    }

    std::string text() const {
        std::string result;
        for (std::size_t i = 0; i + 1 < events.size(); ++i) {
            auto const value = chunk(static_cast<int>(i));
            for (auto const& choice : value.at("choices").as_array()) {
                auto const* delta = choice.as_object().if_contains("delta");
                auto const* content = delta ? delta->as_object().if_contains("content") : nullptr;
                if (content && content->is_string()) result += content->get_string();
            }
        }
        return result;
    }

    std::string head;
    std::vector<std::string> chunks;
    std::string body;
    std::vector<std::string> events;
    std::vector<std::string> comments;
};

// A server and a client that is connected to it.
struct dialogue {
    explicit dialogue(mock_options options = mock_options())
        : tls(options.identity.has_value()), provider(std::move(options)), client(provider.server.port()) {
        BOOST_REQUIRE(!client.connect());
        if (tls) BOOST_REQUIRE(!client.start_tls(raw_tls()));
    }

    explicit dialogue(provider_dialect dialect) : dialogue(mock_options(dialect)) {}

    streamed_reply ask(std::string const& request) {
        BOOST_REQUIRE(!client.send(request));
        return streamed_reply(client);
    }

    // The reply to a request for a stream.
    streamed_reply stream(scripted_reply reply) {
        provider.server.enqueue(std::move(reply));
        return ask(stream_request("x"));
    }

    bool tls;
    running_provider provider;
    raw_client client;
};

mock_options tls_options() { return mock_options(provider_dialect::openai, certificate_authority().issue()); }

json::value finish_reason(json::value const& chunk) {
    auto const* reason = chunk.at("choices").at(0).as_object().if_contains("finish_reason");
    return reason ? *reason : json::value("left out");
}

// A stream that stops after its third event, and never goes on.
scripted_reply interrupted_stream() {
    auto reply = scripted_reply::events({"data: 0\n\n", "data: 1\n\n", "data: 2\n\n", "data: 3\n\n"});
    reply.parts.back().delay = never;
    return reply;
}

std::vector<std::string> numbered_events(std::size_t count) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < count; ++i) result.push_back("data: " + std::to_string(i) + "\n\n");
    return result;
}

std::string words(std::size_t count) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) result += (i == 0 ? "" : " ") + std::to_string(i);
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(mock_provider_streaming)

BOOST_AUTO_TEST_CASE(openai_streams_role_words_and_finish) {
    dialogue d;
    auto const reply = d.ask(stream_request("to be or"));
    BOOST_TEST(reply.head.starts_with("HTTP/1.1 200 OK\r\n"));
    BOOST_TEST(reply.head.find("Content-Type: text/event-stream\r\n") != std::string::npos);
    BOOST_TEST(reply.head.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    BOOST_TEST(reply.head.find("x-request-id: ") != std::string::npos);
    BOOST_REQUIRE(reply.events.size() == 6u);
    BOOST_TEST(reply.comments.empty());
    auto const first = reply.chunk(0);
    BOOST_TEST(first.at("object").as_string() == "chat.completion.chunk");
    BOOST_TEST(first.at("model").as_string() == "meta-llama/Llama-3.3-70B-Instruct-Turbo");
    BOOST_TEST(first.at("choices").at(0).at("delta").at("role").as_string() == "assistant");
    BOOST_TEST(first.at("choices").at(0).at("delta").at("content").as_string() == "");
    auto const second = reply.chunk(1);
    BOOST_TEST(second.at("id") == first.at("id"));
    BOOST_TEST(second.at("choices").at(0).at("delta") == json::parse(R"({"content":"to"})"));
    BOOST_TEST(finish_reason(second).is_null());
    BOOST_TEST(reply.text() == "to be or");
    auto const last = reply.chunk(-1);
    BOOST_TEST(last.at("choices").at(0).at("delta") == json::object());
    BOOST_TEST(finish_reason(last) == "stop");
    for (int i = 0; i < 5; ++i) BOOST_TEST(!reply.chunk(i).as_object().contains("usage"));
}

BOOST_AUTO_TEST_CASE(openai_tells_usage_if_asked) {
    dialogue d;
    auto const reply = d.ask(stream_request("to be or", with_usage));
    BOOST_REQUIRE(reply.events.size() == 7u);
    for (int i = 0; i < 5; ++i) BOOST_TEST(reply.chunk(i).at("usage").is_null());
    auto const last = reply.chunk(-1);
    BOOST_TEST(last.at("choices").as_array().empty());
    BOOST_TEST(last.at("usage").at("total_tokens").as_int64() > 0);
    auto const declined = d.ask(stream_request("to be or", R"("stream_options":{"include_usage":false},)"));
    BOOST_TEST(declined.events.size() == 6u);
}

BOOST_AUTO_TEST_CASE(openrouter_streams_comments_words_finish_and_usage) {
    dialogue d(provider_dialect::openrouter);
    auto const reply = d.ask(stream_request("to be or"));
    BOOST_TEST(reply.head.find("X-Generation-Id: ") != std::string::npos);
    BOOST_TEST(reply.body.starts_with(": OPENROUTER PROCESSING\n\n"));
    BOOST_TEST(reply.comments.size() == 3u);
    BOOST_REQUIRE(reply.events.size() == 6u);
    for (int i = 0; i < 5; ++i) {
        auto const chunk = reply.chunk(i);
        BOOST_TEST(chunk.at("provider").is_string());
        BOOST_TEST(std::string(chunk.at("id").as_string()).starts_with("gen-"));
        BOOST_TEST(chunk.as_object().contains("usage") == (i == 4));
        if (i == 4) continue;
        auto const& choice = chunk.at("choices").at(0);
        BOOST_TEST(choice.at("delta").at("role").as_string() == "assistant");
        BOOST_TEST((choice.at("finish_reason") == (i == 3 ? json::value("stop") : json::value())));
        BOOST_TEST(choice.at("native_finish_reason") == choice.at("finish_reason"));
    }
    BOOST_TEST(reply.text() == "to be or");
    BOOST_TEST(reply.chunk(-1).at("choices").as_array().empty());
    BOOST_TEST(reply.chunk(-1).at("usage").at("total_tokens").as_int64() > 0);
}

BOOST_AUTO_TEST_CASE(aimlapi_streams_the_id_once_and_two_finishes) {
    dialogue d(provider_dialect::aimlapi);
    auto const reply = d.ask(stream_request("to be or"));
    BOOST_TEST(reply.head.find("x-inference-id: ") != std::string::npos);
    BOOST_TEST(reply.comments.empty());
    BOOST_REQUIRE(reply.events.size() == 6u);
    BOOST_TEST(!reply.chunk(0).at("id").as_string().empty());
    for (int i = 1; i < 5; ++i) BOOST_TEST(reply.chunk(i).at("id").as_string().empty());
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(reply.chunk(i).at("choices").at(0).at("delta").at("role").as_string() == "assistant");
    BOOST_TEST(finish_reason(reply.chunk(0)) == "left out");
    BOOST_TEST(reply.text() == "to be or");
    BOOST_TEST(finish_reason(reply.chunk(3)) == "stop");
    BOOST_TEST(reply.chunk(3).at("usage").at("total_tokens").as_int64() > 0);
    BOOST_TEST(finish_reason(reply.chunk(4)) == "stop");
    BOOST_TEST(!reply.chunk(4).at("choices").at(0).as_object().contains("delta"));
    BOOST_TEST(reply.chunk(4).at("usage").is_null());
}

BOOST_AUTO_TEST_CASE(words_joined_are_the_text) {
    dialogue d;
    for (std::string const text :
         {"", " ", "one", " one ", "a\n\nb\t c  ", "grüß dich, 世界 \xf0\x9f\x8c\x8d", "\"quoted\\\""}) {
        BOOST_TEST(d.stream(scripted_reply::stream(text)).text() == text);
        BOOST_TEST(d.stream(scripted_reply::completion(text)).text() == text);
    }
}

BOOST_AUTO_TEST_CASE(streams_only_what_is_asked_for_or_scripted) {
    dialogue d;
    auto const plain_request = chat_request_text(chat_body("x"));
    BOOST_TEST(d.ask(stream_request("x")).text() == "x");
    BOOST_TEST(d.provider.server.last_request().streaming());
    d.provider.server.enqueue(scripted_reply::completion("y"));
    BOOST_TEST(json::parse(d.client.exchange(plain_request).body).at("object") == "chat.completion");
    BOOST_TEST(!d.provider.server.last_request().streaming());
    d.provider.server.enqueue(scripted_reply::stream("as scripted"));
    BOOST_TEST(d.ask(plain_request).text() == "as scripted");
    for (auto const& reply :
         {scripted_reply::error(503, "busy"), scripted_reply(201, "{}"), scripted_reply::recorded()}) {
        d.provider.server.enqueue(reply);
        auto const received = d.client.exchange(stream_request("x"));
        BOOST_TEST(received.status == reply.status);
        BOOST_TEST(received.head.find("Content-Type: application/json") != std::string::npos);
        BOOST_TEST(json::parse(received.body).is_object());
    }
}

BOOST_AUTO_TEST_CASE(settings_other_than_the_usual_ones_hold_for_streams) {
    dialogue d;
    auto reply = scripted_reply::completion("a b");
    reply.framing = reply_framing::until_close;
    reply.content_type = "text/plain";
    d.provider.server.enqueue(reply);
    BOOST_REQUIRE(!d.client.send(stream_request("x")));
    auto const all = d.client.receive_all();
    BOOST_TEST(all.starts_with("HTTP/1.0 200 OK\r\n"));
    BOOST_TEST(all.find("Content-Type: text/plain\r\n") != std::string::npos);
    BOOST_TEST(all.find("chunked") == std::string::npos);
    BOOST_TEST(all.ends_with("data: [DONE]\n\n"));
}

BOOST_AUTO_TEST_CASE(each_event_is_a_chunk) {
    dialogue d;
    std::vector<std::string> const events{"data: a\n\n", "data: b\ndata: c\n\n", "data: [DONE]\n\n"};
    auto const verbatim = d.stream(scripted_reply::events(events));
    BOOST_TEST(verbatim.chunks == events, boost::test_tools::per_element());
    auto const rendered = d.stream(scripted_reply::stream("a b c"));
    BOOST_TEST(rendered.chunks.size() == rendered.events.size());
}

BOOST_AUTO_TEST_CASE(parts_follow_the_body_and_the_events_of_the_content) {
    dialogue d;
    scripted_reply reply(200, "data: body\n\n", "text/event-stream");
    reply.parts.emplace_back(0ms, "data: pa");
    reply.parts.emplace_back(1ms, "rt\n\ndata: [DONE]\n\n");
    d.provider.server.enqueue(reply);
    auto const by_length = d.client.exchange(stream_request("x"));
    BOOST_TEST(by_length.body == "data: body\n\ndata: part\n\ndata: [DONE]\n\n");
    reply.framing = reply_framing::chunked;
    auto const chunked = d.stream(reply);
    BOOST_TEST(chunked.body == by_length.body);
    BOOST_TEST(chunked.chunks.size() == 3u);
    reply.chunk_size = 5;
    BOOST_TEST(d.stream(reply).chunks.size() == 3u + 2u + 4u);
    auto stream = scripted_reply::stream("text");
    stream.parts.emplace_back(0ms, "data: [DONE]\n\n");
    auto const doubled = d.stream(stream);
    BOOST_TEST(doubled.body.ends_with("data: [DONE]\n\ndata: [DONE]\n\n"));
}

BOOST_AUTO_TEST_CASE(raw_replies_have_parts_too) {
    dialogue d;
    auto reply = scripted_reply::raw("HTTP/1.1 200 OK\r\n");
    reply.parts.emplace_back(0ms, "Content-Length: 2\r\n\r\n");
    reply.parts.emplace_back(1ms, "{}");
    d.provider.server.enqueue(reply);
    BOOST_TEST(d.client.exchange(stream_request("x")).body == "{}");
}

BOOST_AUTO_TEST_CASE(an_event_goes_out_before_the_wait_for_the_next_one) {
    for (auto const& options : {mock_options(), tls_options()}) {
        dialogue d(options);
        d.provider.server.enqueue(interrupted_stream());
        BOOST_REQUIRE(!d.client.send(stream_request("x")));
        d.client.receive_until("\r\n\r\n");
        for (auto const* const expected : {"data: 0\n\n", "data: 1\n\n", "data: 2\n\n"})
            BOOST_TEST(next_chunk(d.client) == expected);
        BOOST_TEST(d.provider.server.stats().replies_sent == 0u);
    }
}

BOOST_AUTO_TEST_CASE(the_interval_is_between_events_without_a_delay_of_their_own) {
    dialogue d;
    for (auto reply : {scripted_reply::stream("a b"), scripted_reply::completion("a b")}) {
        reply.event_interval = 20ms;
        auto const start = clock_type::now();
        BOOST_TEST(d.stream(reply).events.size() == 5u);
        BOOST_TEST((clock_type::now() - start >= 4 * 20ms));
    }
    auto reply = scripted_reply::events(numbered_events(3));
    reply.parts.emplace_back(0ms, "data: [DONE]\n\n");
    reply.event_interval = never;
    reply.latency = 5ms;
    for (std::size_t i = 1; i < reply.parts.size(); ++i) reply.parts[i].delay = 5ms;
    auto const start = clock_type::now();
    BOOST_TEST(d.stream(reply).chunks.size() == 4u);
    BOOST_TEST((clock_type::now() - start >= 20ms));
}

BOOST_AUTO_TEST_CASE(events_are_trickled_like_bodies) {
    dialogue d;
    auto reply = scripted_reply::stream("a b");
    reply.trickle_bytes = 7;
    BOOST_TEST(d.stream(reply).text() == "a b");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_in_the_middle_is_counted_at_once) {
    for (auto const& options : {mock_options(), tls_options()}) {
        for (bool const reset : {false, true}) {
            dialogue d(options);
            d.provider.server.enqueue(interrupted_stream());
            BOOST_REQUIRE(!d.client.send(stream_request("x")));
            BOOST_TEST(d.client.receive_until("data: 2\n\n").ends_with("data: 2\n\n"));
            if (reset)
                d.client.reset();
            else
                d.client.close();
            BOOST_TEST(d.provider.wait_for(event::requests_aborted, 1));
            BOOST_TEST(d.provider.wait_for(event::connections_open_equal, 0));
            BOOST_TEST(d.provider.server.stats().replies_sent == 0u);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_holds_the_stream_up) {
    dialogue d;
    d.provider.server.enqueue(scripted_reply::events(std::vector<std::string>(64, std::string(1 << 20, ':')))
    );
    BOOST_REQUIRE(!d.client.send(stream_request("x")));
    BOOST_TEST(d.client.receive(1) == "H");
    BOOST_TEST(d.provider.server.stats().replies_sent == 0u);
    d.client.close();
    BOOST_TEST(d.provider.wait_for(event::requests_aborted, 1));
    BOOST_TEST(d.provider.server.stats().replies_sent == 0u);
}

BOOST_AUTO_TEST_CASE(stop_ends_streams) {
    dialogue d(tls_options());
    d.provider.server.enqueue(interrupted_stream());
    BOOST_REQUIRE(!d.client.send(stream_request("x")));
    d.client.receive_until("data: 2\n\n");
    d.provider.stop();
    BOOST_TEST(d.client.receive_all() == "\r\n");
    BOOST_TEST(d.provider.server.stats().connections_open == 0u);
    BOOST_TEST(d.provider.server.stats().requests_aborted == 0u);
}

BOOST_AUTO_TEST_CASE(faults_behind_a_number_of_events) {
    for (auto const interval : {0ms, 1ms}) {
        for (auto reply : {scripted_reply::stream(words(9)), scripted_reply::events(numbered_events(9))}) {
            reply.event_interval = interval;
            reply.fault = reply_fault::close;
            reply.fault_after_parts = 4;
            dialogue d;
            d.provider.server.enqueue(reply);
            BOOST_REQUIRE(!d.client.send(stream_request("x")));
            d.client.receive_until("\r\n\r\n");
            for (int i = 0; i < 4; ++i) BOOST_TEST(next_chunk(d.client).ends_with("\n\n"));
            BOOST_TEST(d.client.receive_all().empty());
            BOOST_TEST((d.client.last_error() == asio::error::eof));
            BOOST_TEST(d.provider.wait_for(event::connections_open_equal, 0));
            BOOST_TEST(d.provider.server.stats().replies_sent == 0u);
        }
    }
}

BOOST_AUTO_TEST_CASE(faults_in_the_middle_of_an_event) {
    auto reply = scripted_reply::raw({});
    reply.parts = scripted_reply::events(numbered_events(3)).parts;
    reply.fault = reply_fault::reset;
    reply.fault_after = std::string_view("data: 0\n\ndata").size();
    dialogue d;
    d.provider.server.enqueue(reply);
    BOOST_REQUIRE(!d.client.send(stream_request("x")));
    // The reset may overtake what was sent before it.
    BOOST_TEST(std::string("data: 0\n\ndata").starts_with(d.client.receive_all()));
    BOOST_TEST((d.client.last_error() == asio::error::connection_reset));
    reply.fault = reply_fault::stall;
    dialogue stalled;
    stalled.provider.server.enqueue(reply);
    BOOST_REQUIRE(!stalled.client.send(stream_request("x")));
    BOOST_TEST(stalled.client.receive(reply.fault_after) == "data: 0\n\ndata");
    stalled.client.close();
    BOOST_TEST(stalled.provider.wait_for(event::requests_aborted, 1));
}

BOOST_AUTO_TEST_CASE(a_stream_may_have_a_hundred_thousand_events) {
    constexpr std::size_t count = 100'000;
    for (auto reply :
         {scripted_reply::stream(words(count)), scripted_reply::events(numbered_events(count))}) {
        bool const rendered = reply.content == reply_content::stream;
        reply.framing = reply_framing::until_close;
        dialogue d;
        d.provider.server.enqueue(std::move(reply));
        auto const start = clock_type::now();
        BOOST_REQUIRE(!d.client.send(stream_request("x")));
        auto const all = d.client.receive_all();
        // A second or two; anything quadratic would take hours.
        BOOST_TEST((clock_type::now() - start < 60s));
        auto const events = split_events(std::string_view(all).substr(all.find("\r\n\r\n") + 4));
        BOOST_REQUIRE(events.size() == count + (rendered ? 3u : 0u));
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < count; ++i) {
            auto const number = std::to_string(i);
            auto const expected = rendered
                ? (i == 0 ? "\"content\":\"0\"" : "\"content\":\" " + number + "\"")
                : "data: " + number;
            wrong += events[i + (rendered ? 1 : 0)].find(expected) == std::string::npos ? 1u : 0u;
        }
        BOOST_TEST(wrong == 0u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
