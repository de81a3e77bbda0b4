// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Servers that answer before they have read the request.

#include "support/fixtures/calls.hpp"
#include "support/servers/tls_peer.hpp"
#include "support/streams/streams.hpp"

#include <chrono>
#include <cstddef>
#include <future>
#include <optional>
#include <string>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;

// A server that answers once the request begins, and then neither reads nor closes until the world ends.
struct silent_fixture : client_fixture {
    explicit silent_fixture(std::string const& says) {
        config.retry.max_attempts = 1;
        peer.emplace(
            make_server_side(authority.issue()),
            [says, end = over.get_future().share()](peer_connection& c) {
                char first = 0;
                bool const asked = c.handshake() && SSL_read(c.native(), &first, 1) == 1;
                if (asked && (says.empty() || c.send(says))) end.wait();
            }
        );
        endpoint.base_url = peer->base_url();
    }
    ~silent_fixture() { over.set_value(); }

    std::promise<void> over;
    std::optional<tls_peer> peer;
};

std::string refusal(int status) {
    std::string const body = R"({"error":{"message":"too much for us"}})";
    return "HTTP/1.1 " + std::to_string(status) +
        " No\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
}

// More than the buffers of both sides take.
chat_request large_request() { return chat_request("m").user(std::string(32u * 1024 * 1024, 'x')); }

} // namespace

BOOST_AUTO_TEST_SUITE(early_answers)

BOOST_AUTO_TEST_CASE(a_refusal_counts_though_the_server_neither_reads_nor_closes) {
    for (int const status : {413, 401, 503}) {
        silent_fixture w(refusal(status));
        auto const client = w.make_client();
        auto const c = ask(w, client, large_request());
        BOOST_TEST((c->ec == make_http_error(status)), c->ec.message());
        BOOST_TEST(c->response.error.message == "too much for us");
        BOOST_TEST((c->response.info.timings.total < 20s));
        BOOST_TEST(client.stats().connections_idle == 0u);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_is_refused_alike) {
    silent_fixture w(refusal(413));
    auto const client = w.make_client();
    auto const opened = open_stream(w, client, large_request());
    BOOST_TEST((opened->ec == make_http_error(413)));
    BOOST_TEST(opened->stream.error().message == "too much for us");
}

BOOST_AUTO_TEST_CASE(a_server_that_takes_nothing_and_says_nothing_runs_into_the_limit) {
    silent_fixture w("");
    w.config.timeouts.write = 300ms;
    auto const client = w.make_client();
    auto const c = ask(w, client, large_request());
    BOOST_TEST(c->ec == errc::write_timeout);
    BOOST_TEST((c->response.info.phase == phase::writing));
}

BOOST_AUTO_TEST_CASE(a_call_can_be_cancelled_while_the_server_takes_nothing) {
    silent_fixture w("");
    auto const client = w.make_client();
    auto const c = start(client, large_request());
    w.run_until([&client] { return client.stats().connections_in_use == 1; });
    c->cancel.emit(asio::cancellation_type::terminal);
    finish(w, {c});
    BOOST_TEST((c->ec == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_SUITE_END()
