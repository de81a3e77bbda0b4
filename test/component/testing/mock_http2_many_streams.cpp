// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_session.hpp"
#include "support/http2/scripted_peer.hpp"
#include "support/servers/raw_client.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <vector>

// A thousand HTTP/2 streams at a time on one connection over TLS, with the library's own session as the
// client, both ends in one loop on one thread.

namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using namespace async_llm;
using namespace async_llm::testing;
using namespace std::chrono_literals;

constexpr std::size_t streams = 1'000;
constexpr std::size_t requests = 3'000;
constexpr std::size_t events = 5;
constexpr auto interval = 20ms;

using tls_stream = ssl::stream<tcp::socket>;
using clock = std::chrono::steady_clock;

/// Request and reply of one stream.
struct call {
    call() = default;

    std::string wire;
    std::string expected;
    std::string body;
    clock::time_point sent;
};

scripted_reply paced_stream(received_request const& request) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < events; ++i)
        texts.push_back("data: " + request.last_user_text() + "." + std::to_string(i) + "\n\n");
    auto result = scripted_reply::events(std::move(texts));
    result.event_interval = interval;
    return result;
}

std::vector<call> make_calls() {
    std::vector<call> result(requests);
    for (std::size_t i = 0; i < requests; ++i) {
        auto const name = "call" + std::to_string(i);
        result[i].wire = test::http2::wire_of(test::chat_body(name), "Authorization: Bearer sk-test\r\n");
        for (std::size_t k = 0; k < events; ++k)
            result[i].expected += "data: " + name + "." + std::to_string(k) + "\n\n";
    }
    return result;
}

/// All calls on one connection, as many at a time as it allows.
class burst {
public:
    explicit burst(std::vector<call>& calls) : calls_(calls), session_(limits(), true, clock::now()) {}

    asio::awaitable<void> run(tls_stream& stream) {
        while (done_ < calls_.size() && !session_.has_failed()) {
            submit();
            co_await write(stream);
            auto const size = co_await stream.async_read_some(asio::buffer(chunk_), asio::deferred);
            session_.feed({chunk_.data(), size}, clock::now());
            while (auto* const news = session_.next_news()) take(*news);
        }
    }

    std::size_t good() const { return good_; }

private:
    static net::http2_limits limits() {
        net::http2_limits result;
        result.max_streams = streams;
        return result;
    }

    void submit() {
        while (begun_ < calls_.size() && session_.capacity() != 0 && session_.has_settings()) {
            auto& next = calls_[begun_++];
            next.sent = clock::now();
            session_.submit(next.wire, {}, &next);
        }
    }

    asio::awaitable<void> write(tls_stream& stream) {
        while (session_.wants_write()) {
            auto const bytes = session_.output();
            if (bytes.empty()) break;
            co_await asio::async_write(stream, asio::buffer(bytes), asio::deferred);
            session_.sent(bytes.size());
        }
    }

    void take(net::http2_stream& stream) {
        auto& owner = *static_cast<call*>(stream.owner());
        session_.take_body(stream, owner.body);
        if (!stream.is_complete() && !stream.has_failed()) return;
        bool const paced = clock::now() - owner.sent >= (events - 1) * interval;
        if (stream.is_complete() && paced && stream.status() == 200 && owner.body == owner.expected) ++good_;
        session_.close(stream, clock::now());
        ++done_;
    }

    std::vector<call>& calls_;
    net::http2_session session_;
    std::array<char, 65536> chunk_{};
    std::size_t begun_ = 0;
    std::size_t done_ = 0;
    std::size_t good_ = 0;
};

asio::awaitable<void> run(tls_stream& stream, tcp::endpoint server, burst& all) {
    co_await stream.next_layer().async_connect(server, asio::deferred);
    co_await stream.async_handshake(ssl::stream_base::client, asio::deferred);
    co_await all.run(stream);
}

} // namespace

BOOST_AUTO_TEST_SUITE(mock_http2_many_streams)

BOOST_AUTO_TEST_CASE(thousands_of_paced_streams_on_one_connection) {
    asio::io_context io(1);
    mock_options options(provider_dialect::openai, certificate_authority().issue());
    options.http2 = true;
    options.max_concurrent_streams = streams;
    async_llm::testing::mock_provider server(io.get_executor(), options);
    server.respond_with(paced_stream);
    ssl::context context(ssl::context::tls_client);
    std::array<unsigned char, 3> const protocols{2, 'h', '2'};
    SSL_CTX_set_alpn_protos(context.native_handle(), protocols.data(), unsigned(protocols.size()));
    tls_stream stream(io, context);
    tcp::endpoint const endpoint(asio::ip::address_v4::loopback(), server.port());
    auto calls = make_calls();
    burst all(calls);
    bool ended = false;
    std::exception_ptr failure;
    asio::co_spawn(io, run(stream, endpoint, all), [&](std::exception_ptr thrown) {
        ended = true;
        failure = thrown;
    });
    auto const bound = clock::now() + 60s;
    while (!ended && clock::now() < bound) io.run_one_for(1s);
    BOOST_REQUIRE(ended);
    if (failure) std::rethrow_exception(failure);
    BOOST_TEST(all.good() == requests);
    auto const stats = server.stats();
    BOOST_TEST(stats.connections_accepted == 1U);
    BOOST_TEST(stats.max_streams_open == streams);
    BOOST_TEST(stats.requests == requests);
    BOOST_TEST(stats.requests_aborted == 0U);
    server.stop();
    error_code ignored;
    stream.next_layer().close(ignored);
    io.run_for(20s);
    BOOST_TEST(io.stopped());
    BOOST_TEST(server.stats().replies_sent == requests);
}

BOOST_AUTO_TEST_SUITE_END()
