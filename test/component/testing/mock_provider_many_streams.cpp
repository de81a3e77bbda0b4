// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "support/faults/open_files.hpp"
#include "support/servers/raw_client.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <vector>

// A thousand streams at a time over TLS, both ends in one loop on one thread.

namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using namespace async_llm::testing;
using namespace std::chrono_literals;

constexpr std::size_t streams = 1'000;
constexpr std::size_t events = 20;
constexpr auto interval = 50ms;

using tls_stream = ssl::stream<tcp::socket>;

std::string event_text(std::size_t number) { return "data: " + std::to_string(number) + "\n\n"; }

scripted_reply paced_stream() {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < events; ++i) texts.push_back(event_text(i));
    auto result = scripted_reply::events(std::move(texts));
    result.framing = reply_framing::content_length;
    result.event_interval = interval;
    return result;
}

std::string expected_body() {
    std::string result;
    for (std::size_t i = 0; i < events; ++i) result += event_text(i);
    return result;
}

asio::awaitable<void> open(tls_stream& stream, tcp::endpoint server) {
    co_await stream.next_layer().async_connect(server, asio::deferred);
    co_await stream.async_handshake(ssl::stream_base::client, asio::deferred);
}

asio::awaitable<void> receive(tls_stream& stream, std::string const& request, std::size_t& good) {
    co_await asio::async_write(stream, asio::buffer(request), asio::deferred);
    auto const sent = std::chrono::steady_clock::now();
    std::string received;
    auto const last = event_text(events - 1);
    co_await asio::async_read_until(stream, asio::dynamic_buffer(received), last, asio::deferred);
    bool const paced = std::chrono::steady_clock::now() - sent >= (events - 1) * interval;
    if (paced && received.ends_with("\r\n\r\n" + expected_body())) ++good;
}

// One coroutine for each stream, run until the last one has ended.
template <class Start>
void for_all(asio::io_context& io, std::vector<std::unique_ptr<tls_stream>>& all, Start start) {
    std::size_t left = all.size();
    std::exception_ptr failure;
    for (auto& each : all) {
        asio::co_spawn(io, start(*each), [&](std::exception_ptr thrown) {
            --left;
            if (thrown) failure = thrown;
        });
    }
    while (left != 0 && io.run_one_for(20s) != 0) continue;
    if (failure) std::rethrow_exception(failure);
    BOOST_REQUIRE(left == 0u);
}

} // namespace

BOOST_AUTO_TEST_SUITE(mock_provider_many_streams)

BOOST_AUTO_TEST_CASE(a_thousand_paced_streams_over_tls_on_one_thread) {
    BOOST_REQUIRE(async_llm::test::allow_open_files(2 * streams + 200));
    asio::io_context io(1);
    async_llm::testing::mock_provider server(
        io.get_executor(),
        mock_options(provider_dialect::openai, certificate_authority().issue())
    );
    server.respond_with([](received_request const&) { return paced_stream(); });
    ssl::context context(ssl::context::tls_client);
    std::vector<std::unique_ptr<tls_stream>> all;
    for (std::size_t i = 0; i < streams; ++i) all.push_back(std::make_unique<tls_stream>(io, context));
    tcp::endpoint const endpoint(asio::ip::address_v4::loopback(), server.port());
    for_all(io, all, [&](tls_stream& stream) { return open(stream, endpoint); });
    auto const request = async_llm::test::chat_request_text(async_llm::test::chat_body("x"));
    std::size_t good = 0;
    for_all(io, all, [&](tls_stream& stream) { return receive(stream, request, good); });
    BOOST_TEST(good == streams);
    BOOST_TEST(server.stats().max_connections_open == streams);
    BOOST_TEST(server.stats().requests == streams);
    all.clear();
    server.stop();
    io.run_for(20s);
    BOOST_TEST(io.stopped());
    BOOST_TEST(server.stats().replies_sent == streams);
    BOOST_TEST(server.stats().requests_aborted == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
