// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/servers/behind_nginx.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <iostream>
#include <set>

// Against a real nginx, with connections that it closes as servers do: after so many requests, and when they
// lie unused.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using test::behind_nginx;
using test::nginx_options;
using test::nginx_request;
using test::patience;

nginx_options recorded(nginx_options options = nginx_options()) {
    options.reply = testing::recorded_reply("meta-llama/Llama-3.3-70B-Instruct-Turbo");
    return options;
}

struct tally {
    tally() = default;

    std::size_t left = 0;
    std::size_t failed = 0;
    std::size_t most_connections = 0;
    std::size_t most_in_flight = 0;
    std::string first_failure;
};

std::size_t connections(client_stats const& s) {
    return s.connections_in_use + s.connections_idle + s.connections_connecting;
}

asio::awaitable<void> work(client& c, tally& t) {
    while (t.left != 0) {
        --t.left;
        auto operation = c.async_complete(test::hello(), asio::as_tuple(asio::deferred));
        auto [ec, response] = co_await std::move(operation);
        bool const good = !ec && response.text().starts_with("Hello. It's nice to meet you.");
        if (!good && t.failed++ == 0) t.first_failure = explain(ec, response);
        auto const stats = c.stats();
        t.most_connections = std::max(t.most_connections, connections(stats));
        t.most_in_flight = std::max(t.most_in_flight, stats.calls_in_flight + 1);
    }
}

// Of the connections that nginx took after the first so many, how many resumed a TLS session?
struct handshakes {
    handshakes(std::vector<nginx_request> const& log, std::size_t first) {
        std::set<std::pair<std::size_t, bool>> in_order;
        for (auto const& r : log) {
            if (r.request_on_connection == 1) in_order.emplace(r.connection, r.session_reused);
        }
        for (auto const& [number, reused] : in_order) {
            resumed += reused ? 1 : 0;
            if (++total <= first) continue;
            ++later;
            later_resumed += reused ? 1 : 0;
        }
    }

    std::size_t total = 0;
    std::size_t resumed = 0;
    std::size_t later = 0;
    std::size_t later_resumed = 0;
};

void print(std::string const& line) {
    BOOST_TEST_MESSAGE(line);
    std::cout << "nginx: " << line << std::endl;
}

void many_completions(std::string const& protocol, std::size_t requests_per_connection, std::size_t total) {
    constexpr std::size_t in_flight = 64;
    auto options = recorded();
    options.protocols = protocol;
    options.keepalive_requests = requests_per_connection;
    behind_nginx w(options);
    client c = w.make_client();
    tally t;
    t.left = total;
    for (std::size_t i = 0; i < in_flight; ++i) asio::co_spawn(w.io, work(c, t), asio::detached);
    w.io.run_for(5 * patience);
    // The loop ends with the last call, although connections lie unused.
    BOOST_TEST(w.io.stopped());
    auto const stats = c.stats();
    auto const log = w.nginx.finish();
    handshakes const h(log, in_flight);
    auto const busiest = std::max_element(log.begin(), log.end(), [](auto const& a, auto const& b) {
        return a.active_connections < b.active_connections;
    });

    BOOST_TEST(t.failed == 0u, t.first_failure);
    BOOST_TEST(stats.calls_completed == total);
    BOOST_TEST(t.most_in_flight == in_flight);
    BOOST_TEST(t.most_connections <= in_flight);
    BOOST_TEST(stats.connections_failed == 0u);
    BOOST_REQUIRE(log.size() == total + stats.replays);
    BOOST_TEST(std::all_of(log.begin(), log.end(), [&](auto const& r) { return r.protocol == protocol; }));
    // nginx logs requests, so it knows nothing of a connection that turned out not to be needed.
    BOOST_TEST(h.total <= stats.connections_opened);
    BOOST_TEST(h.resumed <= stats.tls_resumed_handshakes);
    BOOST_TEST(h.total - h.resumed <= stats.tls_full_handshakes);
    BOOST_TEST(stats.tls_full_handshakes + stats.tls_resumed_handshakes == stats.connections_opened);
    BOOST_TEST(h.total >= total / requests_per_connection);
    BOOST_REQUIRE(h.later != 0u);
    BOOST_TEST(h.later_resumed * 10 > h.later * 9);

    print(
        protocol + ": " + std::to_string(total) + " completions, " + std::to_string(t.failed) +
        " failed, at most " + std::to_string(t.most_in_flight) + " in flight on at most " +
        std::to_string(t.most_connections) + " connections (nginx counted " +
        std::to_string(busiest->active_connections) + " at most, with those it was closing)"
    );
    print(
        protocol + ": " + std::to_string(h.total) + " handshakes, " + std::to_string(h.resumed) +
        " resumed; of the " + std::to_string(h.later) + " after the first " + std::to_string(in_flight) +
        ", " + std::to_string(h.later_resumed) + " resumed; " + std::to_string(stats.replays) + " replays"
    );
}

void check_success(behind_nginx& w, client const& c, bool reused) {
    auto const call = test::ask_well(w, c);
    BOOST_TEST(call->response.text().starts_with("Hello. It's nice to meet you."));
    BOOST_TEST(call->info().connection_reused == reused);
    BOOST_TEST(!call->info().replayed);
}

// Far more than all buffers on the way take, so that the refusal comes while the client is sending.
chat_request oversized() {
    return chat_request("meta-llama/Llama-3.3-70B-Instruct-Turbo").user(std::string(32u * 1024 * 1024, 'x'));
}

} // namespace

BOOST_AUTO_TEST_SUITE(nginx)

BOOST_AUTO_TEST_CASE(ten_thousand_completions_over_tls_1_3) { many_completions("TLSv1.3", 100, 10'000); }

BOOST_AUTO_TEST_CASE(two_thousand_completions_over_tls_1_2) { many_completions("TLSv1.2", 10, 2'000); }

BOOST_AUTO_TEST_CASE(a_connection_closed_while_unused_is_noticed_before_it_is_used) {
    behind_nginx w(recorded());
    client c = w.make_client();
    check_success(w, c, false);
    check_success(w, c, true);
    // Longer than nginx keeps connections: that time is what this is about.
    test::let_pass(w, std::chrono::milliseconds(1500));
    BOOST_TEST(c.stats().connections_idle == 1u);
    check_success(w, c, false);
    BOOST_TEST(c.stats().connections_opened == 2u);
    BOOST_TEST(c.stats().tls_resumed_handshakes == 1u);
    BOOST_TEST(c.stats().replays == 0u);
}

BOOST_AUTO_TEST_CASE(a_refusal_while_the_request_is_being_sent) {
    behind_nginx w(recorded());
    client c = w.make_client();
    auto const refused = test::ask(w, c, oversized());
    BOOST_TEST(refused->ec == make_http_error(413));
    BOOST_TEST((refused->ec == condition::invalid_request));
    BOOST_TEST(refused->info().status == 413);
    // Half a request lies on that connection: it may not serve again.
    BOOST_TEST(c.stats().connections_idle == 0u);
    check_success(w, c, false);
}

BOOST_AUTO_TEST_CASE(a_refusal_by_a_server_that_does_not_read_on) {
    auto options = recorded();
    options.lingering_close = false;
    behind_nginx w(options);
    client c = w.make_client();
    auto const refused = test::ask(w, c, oversized());
    // The reset may overtake the answer; there must be an error immediately in either case.
    BOOST_TEST((refused->ec == make_http_error(413) || refused->ec == error_code(errc::connection_lost)));
    BOOST_TEST_MESSAGE(explain(refused->ec, refused->response));
    check_success(w, c, false);
}

BOOST_AUTO_TEST_CASE(a_web_page_for_an_unknown_path) {
    behind_nginx w(recorded());
    w.use("/nothing/here");
    client c = w.make_client();
    auto const missing = test::ask(w, c);
    BOOST_TEST((missing->ec == condition::not_found));
    BOOST_TEST(missing->info().status == 404);
    BOOST_TEST(missing->info().field("content-type") == "text/html");
    BOOST_TEST(explain(missing->ec, missing->response).find("404") != std::string::npos);
    // An error like any other: the connection stays good.
    auto const again = test::ask(w, c);
    BOOST_TEST(again->info().connection_reused);
}

BOOST_AUTO_TEST_CASE(a_web_page_for_a_dead_upstream) {
    behind_nginx w(recorded());
    w.use("/dead");
    client c = w.make_client();
    auto const bad = test::ask(w, c);
    BOOST_TEST(bad->ec == make_http_error(502));
    BOOST_TEST((bad->ec == condition::server_error));
    BOOST_TEST((bad->ec == condition::retryable));
    BOOST_TEST(bad->info().field("content-type") == "text/html");
    BOOST_TEST(bad->response.error.message.find("502 Bad Gateway") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
