// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// HTTP/2 with prior knowledge through a proxy, whose answer comes together with the first bytes of the
// server, which may speak first.

#include "support/fixtures/calls.hpp"
#include "support/http2/scripted_peer.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using tcp = asio::ip::tcp;

std::string const reply = testing::recorded_reply("meta-llama/Llama-3-70b-chat-hf");

/// Proxy and server in one.
class speaking_proxy {
public:
    /// `with_answer`: number of bytes of the server that come with the proxy's answer; the rest comes when
    /// the client has spoken. `first`: first bytes, in place of the server's own.
    speaking_proxy(asio::io_context& io, std::size_t with_answer, std::string first = "")
        : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          go_on_(io, patience),
          with_answer_(with_answer),
          first_(std::move(first)) {
        asio::co_spawn(io, serve(), asio::detached);
    }

    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

    /// Sends the rest, if it was held.
    void go_on() { go_on_.cancel(); }

    /// Whether the rest comes when the test says so, although the client has not spoken.
    bool holds_rest = false;
    bool is_rest_sent = false;

private:
    asio::awaitable<void> serve() {
        for (;;) {
            auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
            asio::co_spawn(socket.get_executor(), serve(std::move(socket)), asio::detached);
        }
    }

    asio::awaitable<void> serve(tcp::socket socket) {
        error_code ec;
        auto token = asio::redirect_error(asio::use_awaitable, ec);
        std::string text;
        co_await asio::async_read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n", token);
        test::http2::scripted_peer peer(100);
        std::set<std::int32_t> answered;
        auto output = first_.empty() ? peer.output() : first_;
        auto const answer = "HTTP/1.1 200 OK\r\n\r\n" + output.substr(0, with_answer_);
        output.erase(0, std::min(with_answer_, output.size()));
        co_await asio::async_write(socket, asio::buffer(answer), token);
        if (holds_rest) {
            co_await go_on_.async_wait(token);
            co_await asio::async_write(socket, asio::buffer(output), token);
            output.clear();
            is_rest_sent = true;
        }
        std::array<char, 4096> buffer{};
        while (!ec) {
            auto const n = co_await socket.async_read_some(asio::buffer(buffer), token);
            if (ec) break;
            peer.feed(std::string_view(buffer.data(), n));
            respond(peer, answered);
            output += peer.output();
            co_await asio::async_write(socket, asio::buffer(output), token);
            output.clear();
        }
    }

    static void respond(test::http2::scripted_peer& peer, std::set<std::int32_t>& answered) {
        for (auto const& [id, request] : peer.requests()) {
            if (request.is_whole && answered.insert(id).second)
                peer.respond(id, reply, 200, {{"content-type", "application/json"}});
        }
    }

    tcp::acceptor acceptor_;
    asio::steady_timer go_on_;
    std::size_t with_answer_;
    std::string first_;
};

struct through_speaking_proxy : client_fixture {
    explicit through_speaking_proxy(std::size_t with_answer, std::string first = "")
        : client_fixture(scheme::http), proxy(io, with_answer, std::move(first)) {
        endpoint.base_url = "http://unreachable.test/v1";
        endpoint.http2_prior_knowledge = true;
        config.proxy = proxy.url();
    }

    speaking_proxy proxy;
};

// None of the 15 bytes of the SETTINGS of the server, parts of them, and all.
constexpr std::array
    sizes{std::size_t(0), std::size_t(1), std::size_t(9), std::size_t(12), std::size_t(1000)};

} // namespace

BOOST_AUTO_TEST_SUITE(http2_tunnels)

BOOST_AUTO_TEST_CASE(a_server_may_speak_together_with_the_proxy) {
    for (auto const with_answer : sizes) {
        BOOST_TEST_CONTEXT(with_answer) {
            through_speaking_proxy w(with_answer);
            client const c = w.make_client();
            for (int i = 0; i < 2; ++i) {
                auto const answered = ask_well(w, c);
                BOOST_TEST(answered->info().http_version == "HTTP/2");
                BOOST_TEST(answered->info().connection_reused == (i == 1));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(nothing_of_it_is_lost_while_the_connection_waits_for_its_first_call) {
    for (auto const with_answer : sizes) {
        BOOST_TEST_CONTEXT(with_answer) {
            through_speaking_proxy w(with_answer);
            w.proxy.holds_rest = true;
            client const c = w.make_client();
            bool is_warm = false;
            c.async_warm_up(1, [&](error_code ec) {
                BOOST_TEST(!ec);
                is_warm = true;
            });
            w.run_until([&] { return is_warm; });
            w.proxy.go_on();
            w.run_until([&] { return w.proxy.is_rest_sent; });
            BOOST_TEST(ask_well(w, c)->info().http_version == "HTTP/2");
            BOOST_TEST(c.stats().connections_opened == 1u);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_http2_behind_the_answer_is_no_reply_and_not_asked_for_for_ever) {
    auto const http1 =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(reply.size()) + "\r\n\r\n" + reply;
    through_speaking_proxy w(1'000'000, http1);
    client const c = w.make_client();
    auto const failed = ask(w, c);
    check_failure(*failed, errc::connection_lost, phase::waiting);
    BOOST_TEST(c.stats().connections_opened == 11u);
}

BOOST_AUTO_TEST_SUITE_END()
