// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/streams.hpp"
#include <async_llm/observer.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::mock_options;
using testing::reply_fault;
using testing::scripted_reply;

// An event, as it was when it was reported.
struct seen {
    seen(std::string_view of, call_event const& event)
        : name(of),
          call(event.call),
          streaming(event.streaming),
          hedge(event.hedge),
          server(std::string(event.server_address) + ':' + std::to_string(event.server_port)),
          info(event.info) {}

    std::string name;
    std::uint64_t call;
    bool streaming;
    bool hedge;
    std::string server;
    response_info info;

    chat_request request;
    std::vector<http_header> headers;
    std::string body;
    connection_origin origin = connection_origin::fresh;
    std::chrono::nanoseconds waited{0};
    std::size_t bytes = 0;
    error_code ec;
    bool retried = false;
    std::chrono::nanoseconds wait{0};
    chat_response response;
};

class recorder : public async_llm::observer {
public:
    void call_started(call_started_event const& e) noexcept override {
        add("call_started", e).request = e.request;
    }
    void attempt_started(attempt_started_event const& e) noexcept override {
        auto& s = add("attempt_started", e);
        s.headers = e.headers;
        s.body = e.body;
    }
    void connection_obtained(connection_obtained_event const& e) noexcept override {
        auto& s = add("connection_obtained", e);
        s.origin = e.origin;
        s.waited = e.waited;
    }
    void request_sent(request_sent_event const& e) noexcept override {
        add("request_sent", e).bytes = e.bytes;
    }
    void first_byte(first_byte_event const& e) noexcept override { add("first_byte", e); }
    void first_content(first_content_event const& e) noexcept override { add("first_content", e); }
    void attempt_finished(attempt_finished_event const& e) noexcept override {
        auto& s = add("attempt_finished", e);
        s.ec = e.ec;
        s.retried = e.retried;
        s.wait = e.wait;
    }
    void call_finished(call_finished_event const& e) noexcept override {
        auto& s = add("call_finished", e);
        s.ec = e.ec;
        s.response = e.response;
    }

    // The names of all events in their order.
    std::string names() const {
        std::string result;
        for (auto const& each : events) result += (result.empty() ? "" : " ") + each.name;
        return result;
    }

    // The same of one of two identical calls.
    std::string names_of(bool hedge) const {
        std::string result;
        for (auto const& each : events) {
            if (each.hedge == hedge) result += (result.empty() ? "" : " ") + each.name;
        }
        return result;
    }

    std::size_t count(std::string_view name) const {
        auto const is = [name](seen const& each) { return each.name == name; };
        return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), is));
    }

    // The n-th event of this name.
    seen const& get(std::string_view name, std::size_t n = 0) const {
        for (auto const& each : events) {
            if (each.name == name && n-- == 0) return each;
        }
        throw std::out_of_range("there is no such event");
    }

    std::vector<seen> events;

private:
    seen& add(std::string_view name, call_event const& event) { return events.emplace_back(name, event); }
};

struct watched_fixture : client_fixture {
    explicit watched_fixture(scheme s = scheme::https, mock_options options = mock_options())
        : client_fixture(s, std::move(options)) {
        config.observer = events;
    }

    std::string address() const { return "127.0.0.1:" + std::to_string(server->port()); }

    std::shared_ptr<recorder> events = std::make_shared<recorder>();
};

std::string const before_reply = "call_started attempt_started connection_obtained request_sent";
std::string const whole_call = before_reply + " first_byte attempt_finished call_finished";
std::string const whole_stream_events =
    before_reply + " first_byte first_content attempt_finished call_finished";

// As many bytes as the request has, which the server received without TLS.
std::size_t size_of(testing::received_request const& request) {
    auto size = (request.method + ' ' + request.target + " HTTP/1.1\r\n\r\n").size() + request.body.size();
    for (auto const& [name, value] : request.headers) size += (name + ": " + value + "\r\n").size();
    return size;
}

scripted_reply late() {
    auto reply = scripted_reply::echo();
    reply.latency = patience;
    return reply;
}

void check_same_call(recorder const& events, std::uint64_t call, bool streaming, std::string const& server) {
    for (auto const& each : events.events) {
        BOOST_TEST_CONTEXT(each.name) {
            BOOST_TEST(each.call == call);
            BOOST_TEST(each.streaming == streaming);
            BOOST_TEST(!each.hedge);
            BOOST_TEST(each.server == server);
            BOOST_TEST(each.info.provider == "aimlapi");
            BOOST_TEST(each.info.model == hello().model);
        }
    }
}

bool has_secret(std::string_view text) {
    for (auto const* const secret : {"test-key", "second-key", "hidden", "Bearer"}) {
        if (text.find(secret) != std::string_view::npos) return true;
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(observer)

BOOST_AUTO_TEST_CASE(a_whole_call_is_told_from_its_start_to_its_end) {
    watched_fixture w;
    auto const client = w.make_client();
    auto const result = ask_well(w, client);
    auto const& events = *w.events;
    BOOST_TEST(events.names() == whole_call);
    check_same_call(events, 1, false, w.address());
    BOOST_TEST(events.get("call_started").request.messages.size() == 1U);
    BOOST_TEST(events.get("call_started").info.attempts == 0);

    auto const& attempt = events.get("attempt_started");
    BOOST_TEST(attempt.info.attempts == 1);
    BOOST_TEST(attempt.body == w.server->last_request().body);

    auto const& connection = events.get("connection_obtained");
    BOOST_TEST((connection.origin == connection_origin::fresh));
    BOOST_TEST((connection.waited > 0ns));
    BOOST_TEST((connection.waited == connection.info.timings.pool));
    BOOST_TEST(connection.info.remote_endpoint == w.address());
    BOOST_TEST(connection.info.tls_version == "TLSv1.3");

    auto const& first = events.get("first_byte");
    BOOST_TEST(first.info.status == 200);
    BOOST_TEST(first.info.field("content-type") == "application/json");
    BOOST_TEST((first.info.timings.first_byte > 0ns));

    auto const& attempted = events.get("attempt_finished");
    BOOST_TEST(!attempted.ec);
    BOOST_TEST(!attempted.retried);

    auto const& finished = events.get("call_finished");
    BOOST_TEST(!finished.ec);
    BOOST_TEST(finished.response.text() == result->response.text());
    BOOST_TEST(finished.response.completion.usage.has_value());
    BOOST_TEST((finished.info.timings.total == result->info().timings.total));
    BOOST_TEST(to_string(finished.info.phase) == "finished");
}

BOOST_AUTO_TEST_CASE(the_bytes_that_were_sent_are_those_that_arrived) {
    watched_fixture w(scheme::http);
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(w.events->get("request_sent").bytes == size_of(w.server->last_request()));
}

BOOST_AUTO_TEST_CASE(a_stream_is_told_with_its_first_content) {
    watched_fixture w;
    auto const client = w.make_client();
    auto stream = open_well(w, client);
    auto const& events = *w.events;
    BOOST_TEST(events.names() == before_reply + " first_byte");
    BOOST_TEST(read_all(w, stream).text == "Hello");
    BOOST_TEST(events.names() == whole_stream_events);
    check_same_call(events, 1, true, w.address());
    BOOST_TEST((events.get("first_content").info.timings.first_content > 0ns));
    auto const& finished = events.get("call_finished");
    BOOST_TEST(!finished.ec);
    BOOST_TEST(finished.response.text() == "Hello");
    BOOST_TEST((finished.response.completion.choices.at(0).finish_reason == finish_reason::stop));
    BOOST_TEST((finished.info.timings.total > 0ns));
    stream = chat_stream();
    w.finish();
    BOOST_TEST(events.count("call_finished") == 1U);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_not_kept_is_told_without_its_content) {
    watched_fixture w;
    auto const client = w.make_client();
    request_options options;
    options.keep_completion = false;
    auto stream = open_well(w, client, hello(), options);
    read_all(w, stream);
    BOOST_TEST(w.events->names() == whole_stream_events);
    BOOST_TEST(w.events->get("call_finished").response.completion.choices.empty());
}

BOOST_AUTO_TEST_CASE(a_collected_stream_is_told_like_one_that_is_read) {
    watched_fixture w;
    auto const client = w.make_client();
    auto stream = open_well(w, client);
    bool done = false;
    stream.async_collect([&done](error_code ec, chat_response const&) {
        BOOST_TEST(!ec);
        done = true;
    });
    w.run_until([&done] { return done; });
    BOOST_TEST(w.events->names() == whole_stream_events);
}

BOOST_AUTO_TEST_CASE(a_refused_stream_is_told_as_failed) {
    watched_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::error(401, "No"));
    auto const opened = open_stream(w, client);
    BOOST_TEST((opened->ec == make_http_error(401)));
    BOOST_TEST(w.events->names() == whole_call);
    BOOST_TEST((w.events->get("call_finished").ec == make_http_error(401)));
    BOOST_TEST(w.events->get("call_finished").response.error.message == "No");
}

BOOST_AUTO_TEST_CASE(a_dropped_stream_is_told_as_cancelled) {
    watched_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::events(counted_events(3));
    reply.event_interval = patience;
    w.server->enqueue(reply);
    auto stream = open_well(w, client);
    BOOST_TEST(next(w, stream)->chunk.has_value());
    stream = chat_stream();
    w.run_until([&w] { return w.events->count("call_finished") == 1; });
    BOOST_TEST(w.events->names() == whole_stream_events);
    BOOST_TEST((w.events->get("attempt_finished").ec == asio::error::operation_aborted));
    BOOST_TEST((w.events->get("call_finished").ec == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(nothing_is_told_after_the_end) {
    watched_fixture w;
    auto const client = w.make_client();
    // All of it has been received when the client ends the stream; none of it was taken.
    auto const all = counted_events(3);
    std::string body;
    for (auto const& each : all) body += each;
    w.server->enqueue(scripted_reply(200, body, "text/event-stream"));
    auto stream = open_well(w, client);
    client.cancel();
    w.run_until([&w] { return w.events->count("call_finished") == 1; });
    auto const told = w.events->names();
    while (stream.try_next()) continue;
    next(w, stream);
    BOOST_TEST(w.events->names() == told);
    BOOST_TEST((w.events->get("call_finished").ec == errc::client_closed));
}

BOOST_AUTO_TEST_CASE(an_attempt_is_told_with_what_comes_of_it) {
    watched_fixture w;
    w.config.retry = retry_policy();
    w.config.retry.initial_backoff = 2ms;
    w.config.retry.jitter = 0;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::error(503, "Busy"));
    ask_well(w, client);
    auto const& events = *w.events;
    std::string const attempt =
        " attempt_started connection_obtained request_sent first_byte attempt_finished";
    BOOST_TEST(events.names() == "call_started" + attempt + attempt + " call_finished");
    check_same_call(events, 1, false, w.address());

    auto const& failed = events.get("attempt_finished");
    BOOST_TEST((failed.ec == make_http_error(503)));
    BOOST_TEST(failed.retried);
    BOOST_TEST((failed.wait == 2ms));
    BOOST_TEST(failed.info.status == 503);
    BOOST_TEST(failed.info.attempts == 1);

    BOOST_TEST(events.get("attempt_started", 1).info.attempts == 2);
    BOOST_TEST(events.get("attempt_started", 1).info.status == 0);
    BOOST_TEST(events.get("attempt_started", 1).body == events.get("attempt_started").body);
    BOOST_TEST((events.get("connection_obtained", 1).origin == connection_origin::reused));
    BOOST_TEST(!events.get("attempt_finished", 1).ec);
    BOOST_TEST(!events.get("attempt_finished", 1).retried);
    BOOST_TEST(events.get("call_finished").info.failed_attempts.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_last_attempt_is_not_retried) {
    watched_fixture w;
    w.config.retry = retry_policy();
    w.config.retry.max_attempts = 2;
    w.config.retry.initial_backoff = 1ms;
    auto const client = w.make_client();
    w.server->enqueue({scripted_reply::error(500, "One"), scripted_reply::error(500, "Two")});
    ask(w, client);
    BOOST_TEST(w.events->get("attempt_finished", 0).retried);
    BOOST_TEST(!w.events->get("attempt_finished", 1).retried);
    BOOST_TEST((w.events->get("attempt_finished", 1).wait == 0ns));
    BOOST_TEST((w.events->get("call_finished").ec == make_http_error(500)));
}

BOOST_AUTO_TEST_CASE(a_replay_is_one_attempt_over_two_connections) {
    watched_fixture w;
    auto const client = w.make_client();
    ask_well(w, client);
    let_pass(w, 5ms);
    w.events->events.clear();
    auto dying = scripted_reply::echo();
    dying.fault = reply_fault::close;
    w.server->enqueue(dying);
    BOOST_TEST(ask_well(w, client)->info().replayed);
    BOOST_TEST(
        w.events->names() ==
        before_reply + " connection_obtained request_sent first_byte attempt_finished call_finished"
    );
    BOOST_TEST((w.events->get("connection_obtained", 0).origin == connection_origin::reused));
    BOOST_TEST((w.events->get("connection_obtained", 1).origin != connection_origin::reused));
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_told_as_failed) {
    watched_fixture w;
    w.server->stop_listening();
    auto const client = w.make_client();
    auto const result = ask(w, client);
    BOOST_TEST((result->ec == errc::connect_failed));
    BOOST_TEST(w.events->names() == "call_started attempt_started attempt_finished call_finished");
    check_same_call(*w.events, 1, false, w.address());
    BOOST_TEST((w.events->get("attempt_finished").ec == errc::connect_failed));
    auto const& finished = w.events->get("call_finished");
    BOOST_TEST((finished.ec == errc::connect_failed));
    BOOST_TEST(finished.response.info.detail == result->info().detail);
    BOOST_TEST(to_string(finished.info.phase) == "connecting");
}

BOOST_AUTO_TEST_CASE(a_refused_key_is_told_as_failed) {
    watched_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::error(401, "Who are you?"));
    ask(w, client);
    BOOST_TEST(w.events->names() == whole_call);
    BOOST_TEST(w.events->get("first_byte").info.status == 401);
    BOOST_TEST((w.events->get("attempt_finished").ec == make_http_error(401)));
    BOOST_TEST(w.events->get("call_finished").response.error.message == "Who are you?");
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_is_told_as_cancelled) {
    watched_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(late());
    auto const call = start(client);
    w.run_until([&w] { return w.events->count("request_sent") == 1 && w.server->request_count() == 1; });
    call->cancel.emit(asio::cancellation_type::terminal);
    finish(w, {call});
    BOOST_TEST(w.events->names() == before_reply + " attempt_finished call_finished");
    BOOST_TEST((w.events->get("attempt_finished").ec == asio::error::operation_aborted));
    BOOST_TEST((w.events->get("call_finished").ec == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(a_request_that_is_never_sent_has_no_attempt) {
    watched_fixture w;
    auto const client = w.make_client();
    ask(w, client, chat_request("m"));
    BOOST_TEST(w.events->names() == "call_started call_finished");
    BOOST_TEST((w.events->get("call_finished").ec == errc::invalid_request));
    client.cancel();
    ask(w, client);
    BOOST_TEST(w.events->names() == "call_started call_finished call_started call_finished");
    BOOST_TEST((w.events->get("call_finished", 1).ec == errc::client_closed));
    BOOST_TEST(w.server->request_count() == 0U);
}

BOOST_AUTO_TEST_CASE(two_identical_calls_are_told_as_one) {
    watched_fixture w;
    w.config.hedging.delay = 20ms;
    auto const client = w.make_client();
    w.server->enqueue(late());
    auto const result = ask(w, client);
    require_success(*result);
    BOOST_TEST(result->info().hedged);
    // The first call ends by itself, after the answer is there.
    auto const& events = *w.events;
    w.run_until([&events] { return events.count("attempt_finished") == 2; });
    BOOST_TEST(events.count("call_started") == 1U);
    BOOST_TEST(events.count("call_finished") == 1U);
    // How far the first one has come when the second begins is a matter of time.
    BOOST_TEST(events.names_of(false).starts_with(before_reply));
    BOOST_TEST(events.names_of(true).starts_with("attempt_started"));
    for (auto const& each : events.events) {
        BOOST_TEST(each.call == 1U);
        BOOST_TEST(each.server == w.address());
        BOOST_TEST(each.info.provider == "aimlapi");
        BOOST_TEST(each.info.model == hello().model);
    }
    BOOST_TEST(!events.get("attempt_started", 0).hedge);
    BOOST_TEST(events.get("attempt_started", 1).hedge);
    BOOST_TEST(events.get("first_byte").hedge);
    BOOST_TEST(!events.get("call_started").hedge);
    BOOST_TEST(events.get("call_finished").hedge);
    BOOST_TEST(events.get("call_finished").response.text() == "Hello");
    for (std::size_t i = 0; i < 2; ++i) {
        auto const& ended = events.get("attempt_finished", i);
        BOOST_TEST((ended.ec == (ended.hedge ? error_code() : asio::error::operation_aborted)));
    }
}

BOOST_AUTO_TEST_CASE(the_end_of_a_hedged_call_names_the_target_that_answered) {
    watched_fixture w;
    w.config.hedging.delay = patience;
    // Both have the same name, which says nothing.
    auto refusing = w.endpoint;
    refusing.base_url = "https://127.0.0.1:1/v1";
    std::vector<target> const targets{target(refusing), target(w.endpoint)};
    client const c(w.io.get_executor(), targets, w.config);
    ask_well(w, c);
    BOOST_TEST(w.events->get("call_started").server == "127.0.0.1:1");
    BOOST_TEST(w.events->get("call_finished").server == w.address());
}

BOOST_AUTO_TEST_CASE(an_answer_before_the_delay_has_no_second_call) {
    watched_fixture w;
    w.config.hedging.delay = patience;
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(w.events->names() == whole_call);
    check_same_call(*w.events, 1, false, w.address());
}

BOOST_AUTO_TEST_CASE(connections_are_fresh_reused_or_resumed) {
    mock_options options;
    options.max_requests_per_connection = 2;
    watched_fixture w(scheme::https, options);
    auto const client = w.make_client();
    for (int i = 0; i < 4; ++i) {
        ask_well(w, client);
        if (i == 1) await_no_connections(w);
    }
    using enum connection_origin;
    std::size_t n = 0;
    for (auto const origin : {fresh, reused, resumed, reused}) {
        auto const& obtained = w.events->get("connection_obtained", n++);
        BOOST_TEST((obtained.origin == origin), n);
        BOOST_TEST(obtained.info.connection_reused == (origin == reused));
    }
    BOOST_TEST(w.server->stats().handshakes_resumed == 1U);
}

BOOST_AUTO_TEST_CASE(calls_are_numbered_from_one_for_each_client) {
    watched_fixture w;
    auto const client = w.make_client();
    for (int i = 0; i < 2; ++i) ask_well(w, client);
    auto stream = open_well(w, client);
    read_all(w, stream);
    for (std::uint64_t i = 0; i < 3; ++i) {
        BOOST_TEST(w.events->get("call_started", i).call == i + 1);
        BOOST_TEST(w.events->get("call_finished", i).call == i + 1);
    }
    auto const another = w.make_client();
    ask_well(w, another);
    BOOST_TEST(w.events->get("call_started", 3).call == 1U);
}

BOOST_AUTO_TEST_CASE(calls_at_the_same_time_are_told_apart) {
    watched_fixture w;
    auto const client = w.make_client();
    finish(w, start_many(client, 20));
    BOOST_TEST(w.events->count("call_finished") == 20U);
    for (std::uint64_t number = 1; number <= 20; ++number) {
        recorder one;
        for (auto const& each : w.events->events) {
            if (each.call == number) one.events.push_back(each);
        }
        BOOST_TEST(one.names() == whole_call);
        auto const& asked = one.get("call_started").request.messages.front();
        BOOST_TEST((asked.content == one.get("call_finished").response.text()));
    }
}

BOOST_AUTO_TEST_CASE(the_fields_of_a_request_are_told_without_secrets) {
    mock_options options;
    options.accepted_keys = {"second-key"};
    watched_fixture w(scheme::https, options);
    w.endpoint.more_keys = {"second-key"};
    w.endpoint.add_header("X-Api-Key", "hidden-1").add_header("Cookie", "id=hidden-2");
    w.endpoint.add_header("X-Title", "My app");
    auto const client = w.make_client();
    request_options with;
    with.headers.emplace_back("X-Secret-Of-Mine", "hidden-3");
    with.headers.emplace_back("api-key", "hidden-4");
    with.idempotency_key = "once";
    auto const result = ask(w, client, hello(), with);
    require_success(*result);
    BOOST_TEST(w.events->count("attempt_started") == 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        std::vector<std::string> names;
        for (auto const& each : w.events->get("attempt_started", i).headers) {
            BOOST_TEST(!has_secret(each.name + each.value));
            names.push_back(each.name);
        }
        std::vector<std::string> const expected{
            "Host",
            "User-Agent",
            "Accept",
            "Content-Type",
            "X-Title",
            "Idempotency-Key",
            "Content-Length"
        };
        BOOST_TEST(std::is_permutation(names.begin(), names.end(), expected.begin(), expected.end()));
        BOOST_TEST(!has_secret(w.events->get("attempt_started", i).body));
    }
    BOOST_TEST(w.server->last_request().header("X-Api-Key") == "hidden-1");
}

BOOST_AUTO_TEST_CASE(an_observer_lives_until_the_last_call_is_gone) {
    watched_fixture w;
    std::weak_ptr<recorder> const watched = w.events;
    w.server->enqueue(late());
    call_ptr call;
    {
        auto const client = w.make_client();
        w.config.observer.reset();
        call = start(client);
        w.run_until([&w] { return w.events->count("request_sent") == 1; });
    }
    w.events.reset();
    BOOST_TEST(!watched.expired());
    finish(w, {call});
    w.finish();
    BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_SUITE_END()
