// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/apache.hpp"

#include "support/fixtures/calls.hpp"
#include <async_llm/completion_error.hpp>

#include <optional>
#include <string>

// Through a real Apache that compresses every reply, though the request asks it not to.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;
using testing::scripted_reply;

struct behind_apache : client_fixture {
    behind_apache() : client_fixture(scheme::http), apache(server->port()) {
        endpoint.base_url = apache.url("/v1");
    }

    apache_server apache;
};

/// Result of collect() for a stream.
struct collected {
    collected() = default;

    chat_response response;
    std::optional<completion_error> failure;
};

collected collect(client_fixture& w, client const& from) {
    collected result;
    w.run([](client const& c, collected& to) -> asio::awaitable<void> {
        try {
            auto stream = co_await c.stream(hello());
            to.response = co_await stream.collect();
        } catch (completion_error const& e) {
            to.failure = e;
        }
    }(from, result));
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(apache)

BOOST_AUTO_TEST_CASE(uncompressed_replies_pass) {
    behind_apache w;
    w.endpoint.base_url = w.apache.url("/plain/v1");
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(w.server->last_request().header("Accept-Encoding") == "identity");
    w.server->enqueue(scripted_reply::stream("Hello"));
    BOOST_TEST(!collect(w, client).failure);
}

BOOST_AUTO_TEST_CASE(a_compressed_reply_is_decoded) {
    behind_apache w;
    auto const client = w.make_client();
    for (int i = 0; i < 2; ++i) {
        auto const result = ask_well(w, client);
        BOOST_TEST(result->response.text() == "Hello");
        BOOST_TEST(result->info().field("content-encoding") == "gzip");
        BOOST_TEST(result->info().connection_reused == (i == 1));
    }
}

BOOST_AUTO_TEST_CASE(a_compressed_error_has_its_words) {
    behind_apache w;
    w.server->enqueue(scripted_reply::error(429, "Slow down"));
    auto const client = w.make_client();
    auto const result = ask(w, client);
    BOOST_TEST((result->ec == make_http_error(429)));
    BOOST_TEST(result->response.error.message == "Slow down");
}

BOOST_AUTO_TEST_CASE(a_compressed_stream_is_decoded) {
    behind_apache w;
    w.server->enqueue(scripted_reply::stream("Hello you"));
    auto const client = w.make_client();
    auto const result = collect(w, client);
    BOOST_TEST(!result.failure);
    BOOST_TEST(result.response.text() == "Hello you");
    BOOST_TEST(result.response.info.field("content-encoding") == "gzip");
}

BOOST_AUTO_TEST_SUITE_END()
