// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/child_process.hpp"
#include "support/servers/raw_client.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The example sse_relay as a program of its own, between a mock provider over TLS and curl as the
// browser.

namespace {

using namespace async_llm::testing;
using namespace std::chrono_literals;
using async_llm::test::child_process;
using async_llm::test::raw_client;
using async_llm::test::running_provider;
using async_llm::test::temp_dir;
using event = mock_event;

constexpr auto patience = 60s;
constexpr auto never = std::chrono::hours(1);

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// Waits until this holds, as long as the program runs that is to bring it about.
template <class Condition>
bool eventually(child_process& program, Condition holds) {
    auto const end = std::chrono::steady_clock::now() + patience;
    while (!holds() && std::chrono::steady_clock::now() < end) {
        if (program.wait_for_end(10ms)) return holds();
    }
    return holds();
}

// The relay, and the mock provider that it asks.
class relay {
public:
    relay()
        : provider(mock_options(provider_dialect::openai, authority_.issue())),
          program_("/usr/bin/env", arguments(), files_.path("output")) {
        BOOST_REQUIRE(eventually(program_, [this] { return output().ends_with("/chat\n"); }));
        url = output();
        url.pop_back();
    }

    // What it printed besides the URL came from a sanitizer.
    ~relay() {
        end();
        BOOST_TEST(output() == url + "\n");
    }

    void end() { program_.end(); }

    std::uint16_t port() const {
        constexpr std::string_view scheme = "http://127.0.0.1:";
        return static_cast<std::uint16_t>(std::stoul(url.substr(scheme.size())));
    }

    std::string url;

private:
    std::vector<std::string> arguments() {
        return {
            "--unset=OPENROUTER_API_KEY",
            "--unset=AIMLAPI_API_KEY",
            "OPENAI_API_KEY=sk-test",
            "OPENAI_BASE_URL=" + provider.server.base_url(),
            "NO_PROXY=127.0.0.1",
            "no_proxy=127.0.0.1",
            ASYNC_LLM_SSE_RELAY,
            "0",
            "test-model",
            files_.write("authority.pem", authority_.root_certificate())
        };
    }

    std::string output() const { return files_.read("output"); }

    temp_dir files_;
    certificate_authority authority_;

public:
    running_provider provider;

private:
    child_process program_;
};

// A browser that asks the relay.
class curl {
public:
    explicit curl(relay const& r, std::vector<std::string> arguments = {"--data", R"({"message":"Hi"})"})
        : program_("/usr/bin/curl", with_usual(r, std::move(arguments)), files_.path("output")) {}

    // Everything it receives.
    std::string output() {
        BOOST_TEST(program_.wait_for_end(patience));
        return so_far();
    }

    bool receives(std::string_view text) {
        return eventually(program_, [this, text] { return contains(so_far(), text); });
    }

    void leave() { program_.end(); }

private:
    static std::vector<std::string> with_usual(relay const& r, std::vector<std::string> arguments) {
        for (auto const* const usual :
             {"--no-buffer", "--silent", "--show-error", "--include", "--noproxy", "*"})
            arguments.emplace_back(usual);
        arguments.push_back(r.url);
        // Otherwise it would read the user's settings.
        arguments.insert(arguments.begin(), "--disable");
        return arguments;
    }

    std::string so_far() const { return files_.read("output"); }

    temp_dir files_;
    child_process program_;
};

std::string body_of(std::string const& reply) { return reply.substr(reply.find("\r\n\r\n") + 4); }

std::string content_event(std::string_view content, char const* finish_reason = nullptr) {
    boost::json::object choice;
    choice["index"] = 0;
    choice["delta"] = boost::json::object();
    choice["delta"].as_object()["content"] = boost::json::string_view(content.data(), content.size());
    if (finish_reason) choice["finish_reason"] = finish_reason;
    boost::json::object chunk;
    chunk["choices"] = boost::json::array(1, choice);
    return "data: " + boost::json::serialize(chunk) + "\n\n";
}

// A stream that falls silent after three of them.
scripted_reply stream_that_falls_silent() {
    auto reply = scripted_reply::events(
        {content_event("one"), content_event(" two"), content_event(" three"), content_event(" four", "stop")}
    );
    reply.parts.back().delay = never;
    return reply;
}

constexpr std::size_t large_events = 1024;
constexpr std::size_t large_size = 64 * 1024;

scripted_reply more_than_all_buffers_take() {
    auto const one = content_event(std::string(large_size, '#'));
    auto result = scripted_reply::events(std::vector<std::string>(large_events, one));
    result.parts.emplace_back(0ms, content_event("", "stop") + "data: [DONE]\n\n");
    return result;
}

void check_all_of_it(std::string const& received) {
    BOOST_TEST(
        std::count(received.begin(), received.end(), '#') == std::ptrdiff_t(large_events * large_size)
    );
    BOOST_TEST(received.ends_with("event: done\ndata: {\"model\":\"test-model\"}\n\n\r\n0\r\n\r\n"));
}

// Asks, and reads not more than the beginning of the reply.
void ask(raw_client& browser) {
    BOOST_REQUIRE(!browser.connect());
    BOOST_REQUIRE(!browser.send("GET /chat?q=x HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    BOOST_TEST(browser.receive(12) == "HTTP/1.1 200");
}

} // namespace

BOOST_AUTO_TEST_SUITE(sse_relay)

BOOST_AUTO_TEST_CASE(a_stream_is_relayed_event_by_event) {
    relay r;
    auto reply = scripted_reply::echo();
    reply.event_interval = 5ms;
    r.provider.server.enqueue({reply, reply});
    std::string const question = "Grüß dich, a+b&c%";
    std::string const expected =
        "data: {\"text\":\"Grüß\"}\n\ndata: {\"text\":\" dich,\"}\n\ndata: {\"text\":\" a+b&c%\"}\n\n"
        "event: done\ndata: {\"model\":\"test-model\"}\n\n";
    std::vector<std::vector<std::string>> const ways{
        {"--get", "--data-urlencode", "q=" + question},
        {"--data", R"({"message":")" + question + R"("})"}
    };
    for (auto const& arguments : ways) {
        auto const received = curl(r, arguments).output();
        BOOST_TEST(received.starts_with("HTTP/1.1 200 OK\r\n"));
        BOOST_TEST(contains(received, "\r\nContent-Type: text/event-stream\r\n"));
        BOOST_TEST(body_of(received) == expected);
        auto const asked = r.provider.server.last_request();
        BOOST_TEST(asked.last_user_text() == question);
        BOOST_TEST(asked.model() == "test-model");
        BOOST_TEST(asked.streaming());
    }
    BOOST_TEST(r.provider.server.stats().connections_accepted == 1u);
}

BOOST_AUTO_TEST_CASE(an_event_arrives_while_the_next_one_is_not_there) {
    relay r;
    r.provider.server.enqueue(stream_that_falls_silent());
    curl browser(r);
    BOOST_TEST(browser.receives("data: {\"text\":\" three\"}\n\n"));
    BOOST_TEST(r.provider.server.stats().replies_sent == 0u);
}

BOOST_AUTO_TEST_CASE(a_browser_that_leaves_while_the_provider_is_silent_ends_the_call) {
    relay r;
    r.provider.server.enqueue(stream_that_falls_silent());
    curl browser(r);
    BOOST_TEST(browser.receives("three"));
    browser.leave();
    BOOST_TEST(r.provider.wait_for(event::requests_aborted, 1));
    BOOST_TEST(r.provider.wait_for(event::connections_open_equal, 0));
}

BOOST_AUTO_TEST_CASE(a_browser_that_leaves_before_the_provider_answers_ends_the_call) {
    relay r;
    auto reply = stream_that_falls_silent();
    reply.latency = never;
    r.provider.server.enqueue(reply);
    curl browser(r);
    BOOST_TEST(r.provider.wait_for(event::requests, 1));
    browser.leave();
    BOOST_TEST(r.provider.wait_for(event::requests_aborted, 1));
    BOOST_TEST(r.provider.wait_for(event::connections_open_equal, 0));
}

BOOST_AUTO_TEST_CASE(a_browser_that_leaves_while_events_come_ends_the_call) {
    relay r;
    auto reply = scripted_reply::events(std::vector<std::string>(100'000, content_event("again")));
    reply.event_interval = 1ms;
    r.provider.server.enqueue(reply);
    curl browser(r);
    BOOST_TEST(browser.receives("again"));
    browser.leave();
    BOOST_TEST(r.provider.wait_for(event::requests_aborted, 1));
    BOOST_TEST(r.provider.server.stats().replies_sent == 0u);
    BOOST_TEST(contains(curl(r).output(), "\"Hi\""));
}

BOOST_AUTO_TEST_CASE(a_browser_that_does_not_read_stops_the_provider) {
    relay r;
    auto const reply = more_than_all_buffers_take();
    r.provider.server.enqueue({reply, reply});
    raw_client slow(r.port());
    ask(slow);
    // If nothing held the first stream up, it would be through before the second one, which takes the same
    // way.
    raw_client fast(r.port());
    ask(fast);
    check_all_of_it(fast.receive_all());
    BOOST_TEST(r.provider.wait_for(event::replies_sent, 1));
    BOOST_TEST(r.provider.server.stats().replies_sent == 1u);
    check_all_of_it(slow.receive_all());
    BOOST_TEST(r.provider.wait_for(event::replies_sent, 2));
    BOOST_TEST(r.provider.server.stats().requests_aborted == 0u);
}

BOOST_AUTO_TEST_CASE(a_browser_that_leaves_without_having_read_ends_the_call) {
    relay r;
    r.provider.server.enqueue(more_than_all_buffers_take());
    raw_client browser(r.port());
    ask(browser);
    browser.close();
    BOOST_TEST(r.provider.wait_for(event::requests_aborted, 1));
    BOOST_TEST(r.provider.server.stats().replies_sent == 0u);
}

BOOST_AUTO_TEST_CASE(ending_the_relay_ends_the_streams) {
    relay r;
    r.provider.server.enqueue(stream_that_falls_silent());
    curl browser(r);
    BOOST_TEST(browser.receives("three"));
    r.end();
    BOOST_TEST(contains(browser.output(), "event: error\n"));
    BOOST_TEST(r.provider.wait_for(event::requests_aborted, 1));
}

BOOST_AUTO_TEST_CASE(failures_are_told) {
    relay r;
    r.provider.server.enqueue(scripted_reply::error(402, "Out of credits"));
    auto const refused = curl(r).output();
    BOOST_TEST(refused.starts_with("HTTP/1.1 502 "));
    BOOST_TEST(contains(body_of(refused), "Out of credits"));
    BOOST_TEST(!contains(refused, "sk-test"));
    auto truncated = stream_that_falls_silent();
    truncated.fault = reply_fault::close;
    truncated.fault_after_parts = 3;
    r.provider.server.enqueue(truncated);
    auto const broken = body_of(curl(r).output());
    BOOST_TEST(broken.starts_with("data: {\"text\":\"one\"}\n\n"));
    BOOST_TEST(contains(broken, "data: {\"text\":\" three\"}\n\nevent: error\ndata: {\"message\":"));
    for (std::string const nonsense : {"no JSON", "{}", R"({"message":7})"})
        BOOST_TEST(curl(r, {"--data", nonsense}).output().starts_with("HTTP/1.1 400 "));
    BOOST_TEST(r.provider.server.request_count() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
