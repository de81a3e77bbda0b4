// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/apache.hpp"

#include "support/calls.hpp"
#include <async_llm/completion_error.hpp>

#include <optional>
#include <string>

// Through a real Apache that compresses every reply, though the request asks it not to.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;
using testing::scripted_reply;

struct behind_apache : world {
    behind_apache() : world(scheme::http), apache(server->port()) { endpoint.base_url = apache.url("/v1"); }

    apache_server apache;
};

/// Reads a stream with collect(); the error that it ends with.
std::optional<completion_error> failure_of_stream(world& w, client const& from) {
    std::optional<completion_error> result;
    w.run([](client const& c, std::optional<completion_error>& failed) -> asio::awaitable<void> {
        try {
            auto stream = co_await c.stream(hello());
            co_await stream.collect();
        } catch (completion_error const& e) {
            failed = e;
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
    BOOST_TEST(!failure_of_stream(w, client));
}

BOOST_AUTO_TEST_CASE(a_compressed_reply_is_told_from_broken_json) {
    behind_apache w;
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, errc::unsupported_content_encoding, phase::finished);
    BOOST_TEST((result->ec == condition::invalid_reply));
    check_detail(*result, "gzip");
    BOOST_TEST(result->info().field("content-encoding") == "gzip");
    BOOST_TEST(result->response.error.empty());
}

BOOST_AUTO_TEST_CASE(a_compressed_error_keeps_its_status) {
    behind_apache w;
    w.server->enqueue(scripted_reply::error(429, "Slow down"));
    auto const client = w.make_client();
    auto const result = ask(w, client);
    BOOST_TEST((result->ec == make_http_error(429)));
    check_detail(*result, "gzip");
    BOOST_TEST(result->response.error.message == "");
}

BOOST_AUTO_TEST_CASE(a_compressed_stream_is_no_empty_one) {
    behind_apache w;
    w.server->enqueue(scripted_reply::stream("Hello"));
    auto const client = w.make_client();
    auto const failed = failure_of_stream(w, client);
    BOOST_TEST_REQUIRE(failed.has_value());
    BOOST_TEST((failed->code() == errc::unsupported_content_encoding));
    BOOST_TEST(failed->info().detail.find("gzip") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
