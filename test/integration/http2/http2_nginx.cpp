// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/restarted_nginx.hpp"
#include "support/streams/streams.hpp"

#include <algorithm>
#include <iostream>
#include <set>
#include <string>
#include <vector>

// A real nginx in HTTP/2: it says GOAWAY after each hundred requests, and when it is reloaded; and it passes
// streams, large prompts and large replies on.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

constexpr std::size_t in_flight = 64;
constexpr std::size_t megabyte = 1024u * 1024;

nginx_options with_http2(nginx_options options) {
    options.http2 = true;
    return options;
}

struct restarted_http2_nginx : restarted_nginx {
    explicit restarted_http2_nginx(nginx_options const& options) : restarted_nginx(with_http2(options)) {
        config.pool.http2 = http2_mode::prefer;
    }
};

void print(std::string const& line) {
    BOOST_TEST_MESSAGE(line);
    std::cout << "http2_nginx: " << line << std::endl;
}

void check_http2(call const& c) {
    require_success(c);
    BOOST_TEST(c.info().http_version == "HTTP/2");
    BOOST_TEST(c.info().attempts == 1);
}

scripted_reply slow_echo() {
    auto reply = scripted_reply::echo();
    reply.latency = 50ms;
    return reply;
}

/// Returns how many connections nginx has taken, and checks that it has logged HTTP/2 alone.
std::size_t connections_in(std::vector<nginx_request> const& log) {
    std::set<std::size_t> result;
    for (auto const& each : log) {
        BOOST_TEST(each.version == "HTTP/2.0");
        result.insert(each.connection);
    }
    return result.size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_nginx)

// ----------------------------------------------------------------------------------- connections that end

BOOST_AUTO_TEST_CASE(reloads_in_the_middle_of_twenty_thousand_completions_lose_none) {
    constexpr std::size_t total = 20'000;
    constexpr std::size_t reloads = 3;
    restarted_http2_nginx w(echoing_nginx());
    client const c = w.make_client();
    marked_completions calls(c, total, in_flight);
    for (std::size_t i = 1; i <= reloads; ++i) {
        calls.run_until_ended(w, i * total / (reloads + 1));
        w.nginx.reload();
    }
    calls.run_until_ended(w, total);
    auto const a = check_nothing_lost(w, calls, total);

    // Now and then a reload resets a connection without GOAWAY. All else it has done once: what it did not do
    // is not in its log.
    auto const retries = c.stats().retries;
    BOOST_TEST(retries <= reloads * in_flight);
    BOOST_TEST(a.served.repeated() <= retries);
    BOOST_TEST(a.served.total() <= total + retries);
    BOOST_TEST(a.http2 == a.served.total());
    BOOST_TEST(a.processes() == reloads + 1);
    BOOST_TEST(a.connections() >= total / 100);
    BOOST_TEST(c.stats().connections_http2 == c.stats().connections_opened);
    // Sent to a connection that was being closed.
    BOOST_TEST(c.stats().replays > 0u);
    print("reloaded " + std::to_string(reloads) + " times: " + calls.figures());
    print(a.figures());
}

BOOST_AUTO_TEST_CASE(a_server_that_is_killed_in_the_middle_of_completions_loses_none) {
    constexpr std::size_t total = 4'000;
    constexpr std::size_t kills = 2;
    restarted_http2_nginx w(echoing_nginx_to_the_last());
    client const c = w.make_client();
    marked_completions calls(c, total, in_flight);
    for (std::size_t i = 1; i <= kills; ++i) {
        calls.run_until_ended(w, i * total / (kills + 1));
        w.nginx.stop();
        w.start_again(c);
    }
    calls.run_until_ended(w, total);
    auto const a = check_nothing_lost(w, calls, total);
    BOOST_TEST(a.processes() == kills + 1);
    BOOST_TEST(a.http2 == a.served.total());
    BOOST_TEST(c.stats().retries + c.stats().replays > 0u);
    print("killed " + std::to_string(kills) + " times: " + calls.figures());
    print(a.figures());
}

BOOST_AUTO_TEST_CASE(a_connection_closed_while_unused_is_noticed_before_it_is_used) {
    restarted_http2_nginx w(echoing_nginx());
    client const c = w.make_client();
    check_http2(*ask_well(w, c));
    // Longer than nginx keeps connections: that time is what this is about.
    let_pass(w, 1500ms);
    auto const after = ask_well(w, c);
    check_http2(*after);
    BOOST_TEST(!after->info().connection_reused);
    BOOST_TEST(!after->info().replayed);
    BOOST_TEST(c.stats().connections_opened == 2u);
}

BOOST_AUTO_TEST_CASE(a_server_without_http2_is_spoken_to_in_http1) {
    auto options = echoing_nginx();
    options.worker = false;
    behind_nginx w(options);
    w.config.pool.http2 = http2_mode::prefer;
    client const c = w.make_client();
    auto const calls = start_many(c, 20);
    finish(w, calls);
    for (auto const& each : calls) {
        require_success(*each);
        BOOST_TEST(each->info().http_version == "HTTP/1.1");
    }
    BOOST_TEST(c.stats().connections_http2 == 0u);
    BOOST_TEST(c.stats().connections_failed == 0u);
}

// ------------------------------------------------------------------------------------- limits of the server

BOOST_AUTO_TEST_CASE(its_limit_of_streams_is_obeyed) {
    nginx_options options;
    options.max_concurrent_streams = 10;
    through_nginx w(options);
    w.server->respond_with([](auto const&) { return slow_echo(); });
    client const c = w.make_client();
    auto const calls = start_many(c, 200);
    finish(w, calls);
    for (auto const& each : calls) check_http2(*each);
    // nginx refuses what goes beyond it (REFUSED_STREAM), and has done nothing for it.
    BOOST_TEST(w.server->request_count() == calls.size());
    auto const log = w.nginx.finish();
    BOOST_TEST(connections_in(log) >= 20u);
}

BOOST_AUTO_TEST_CASE(cancelled_calls_do_not_cost_the_connection) {
    through_nginx w;
    w.config.pool.max_connections = 1;
    auto never = scripted_reply::echo();
    never.latency = patience;
    client const c = w.make_client();
    std::size_t asked = 0;
    for (int round = 0; round < 5; ++round) {
        w.server->respond_with([&](auto const&) { return never; });
        auto const calls = start_many(c, 50);
        asked += calls.size();
        w.run_until([&] { return w.server->request_count() == asked; });
        for (auto const& each : calls) each->cancel.emit(asio::cancellation_type::terminal);
        finish(w, calls);
        // nginx passes the cancel on.
        w.run_until([&] { return w.server->stats().requests_aborted == asked; });
    }
    w.server->respond_with([](auto const&) { return scripted_reply::echo(); });
    check_http2(*ask_well(w, c));
}

BOOST_AUTO_TEST_CASE(a_call_and_its_hedge_share_a_connection) {
    through_nginx w;
    w.config.hedging.delay = 20ms;
    // Its budget is the hedges' as well.
    w.config.retry = persistent();
    std::size_t asked = 0;
    w.server->respond_with([&asked](auto const&) {
        auto reply = scripted_reply::echo();
        // The first of each two is late.
        if (asked++ % 2 == 0) reply.latency = patience;
        return reply;
    });
    client const c = w.make_client();
    constexpr std::size_t total = 40;
    for (std::size_t i = 0; i < total; ++i) {
        auto const answered = ask(w, c, saying("hedged"));
        check_http2(*answered);
        BOOST_TEST(answered->info().hedged);
        w.run_until([&] { return w.server->stats().requests_aborted == i + 1; });
    }
    BOOST_TEST(c.stats().hedges_won == total);
    BOOST_TEST(c.stats().connections_opened == 1u);
}

// --------------------------------------------------------------------------------------- streams and sizes

BOOST_AUTO_TEST_CASE(a_chunk_arrives_while_the_next_one_is_not_there) {
    through_nginx w;
    auto reply = scripted_reply::events({says("one"), says(" two"), finishes(), done()});
    reply.parts[1].delay = patience;
    w.server->enqueue(reply);
    client const c = w.make_client();
    auto stream = open_well(w, c);
    auto const first = next(w, stream);
    BOOST_REQUIRE(first->chunk);
    BOOST_TEST(first->chunk->text() == "one");
    BOOST_TEST(stream.info().http_version == "HTTP/2");
    // It is given up, which nginx passes on.
    stream = chat_stream();
    w.run_until([&] { return w.server->stats().requests_aborted == 1u; });
}

BOOST_AUTO_TEST_CASE(many_streams_share_a_connection) {
    constexpr std::size_t count = 50;
    constexpr std::size_t chunks = 200;
    through_nginx w;
    w.server->respond_with([](auto const&) { return scripted_reply::events(counted_events(chunks)); });
    client const c = w.make_client();
    std::vector<opening_ptr> opened;
    for (std::size_t i = 0; i < count; ++i) opened.push_back(start_stream(c));
    w.run_until([&] {
        return std::all_of(opened.begin(), opened.end(), [](auto const& each) { return each->done; });
    });
    for (auto const& each : opened) {
        BOOST_REQUIRE(!each->ec);
        auto const whole = read_all(w, each->stream);
        BOOST_TEST(!whole.ec);
        BOOST_TEST(whole.text == counted_text(chunks));
    }
    BOOST_TEST(c.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(large_prompts_and_large_replies_share_a_connection_with_small_ones) {
    constexpr std::size_t large = 4 * megabyte;
    through_nginx w;
    // It answers with the prompt.
    w.server->respond_with([](auto const&) { return scripted_reply::echo(); });
    client const c = w.make_client();
    std::vector<call_ptr> calls;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 16; ++i) {
        texts.push_back(std::to_string(i) + std::string(i % 4 == 0 ? large : 1, 'x'));
        calls.push_back(start(c, saying(texts.back())));
    }
    finish(w, calls);
    for (std::size_t i = 0; i < calls.size(); ++i) {
        check_http2(*calls[i]);
        BOOST_TEST((calls[i]->response.text() == texts[i]));
    }
    auto const log = w.nginx.finish();
    BOOST_TEST(connections_in(log) == 1u);
}

BOOST_AUTO_TEST_CASE(a_refusal_while_the_request_is_being_sent_ends_the_stream_alone) {
    restarted_http2_nginx w(echoing_nginx());
    client const c = w.make_client();
    auto const refused = ask(w, c, saying(std::string(8 * megabyte, 'x')));
    BOOST_TEST(refused->ec == make_http_error(413));
    BOOST_TEST(refused->info().status == 413);
    check_http2(*ask_well(w, c));
    BOOST_TEST(c.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(pages_of_errors_are_read) {
    restarted_http2_nginx w(echoing_nginx());
    w.config.retry = retry_policy::none();
    w.use("/dead");
    client const c = w.make_client();
    auto const bad = ask(w, c);
    BOOST_TEST(bad->ec == make_http_error(502));
    BOOST_TEST(bad->info().field("content-type") == "text/html");
    BOOST_TEST(bad->response.error.message.find("502 Bad Gateway") != std::string::npos);
    BOOST_TEST(bad->info().http_version == "HTTP/2");
}

BOOST_AUTO_TEST_SUITE_END()
