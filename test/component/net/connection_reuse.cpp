// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Which connections are kept. The next call can't show it: a dead or noisy one is replaced before it is used.

#include "support/faults/fault_front.hpp"
#include "support/fixtures/after_attempt.hpp"
#include "support/fixtures/calls.hpp"
#include "support/streams/streams.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace ssl = asio::ssl;
using asio::ip::tcp;

std::string reply_with(std::string const& status, std::string const& body) {
    return "HTTP/1.1 " + status +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
        body;
}

std::string const good = reply_with("200 OK", testing::recorded_reply("meta-llama/Llama-3-70b-chat-hf"));

// Answers the first request of a connection in one TLS record, and says more in another. The loop does not
// run between the two writes, so a client that reads the first has got the second as well.
asio::awaitable<void> answer_in_records(tcp::acceptor& acceptor, ssl::context& context, std::string surplus) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    // Otherwise the second would wait until the first is acknowledged.
    socket.set_option(tcp::no_delay(true));
    ssl::stream<tcp::socket> peer(std::move(socket), context);
    co_await peer.async_handshake(ssl::stream_base::server, asio::use_awaitable);
    std::array<char, 16 * 1024> request;
    co_await peer.async_read_some(asio::buffer(request), asio::use_awaitable);
    asio::write(peer, asio::buffer(good));
    if (!surplus.empty()) asio::write(peer, asio::buffer(surplus));
    // Until the client closes it.
    boost::system::error_code ended;
    co_await peer.async_read_some(asio::buffer(request), asio::redirect_error(asio::use_awaitable, ended));
}

/// Observer that notes how much of a request was sent.
struct sent_bytes : observer {
    void request_sent(request_sent_event const& event) noexcept override { last = event.bytes; }

    std::size_t last = 1;
};

} // namespace

BOOST_AUTO_TEST_SUITE(connection_reuse)

// The peer answers before it has read all, and closes: the answer counts, and the connection is of no use.
BOOST_AUTO_TEST_CASE(a_request_that_was_not_sent_whole_costs_its_connection) {
    client_fixture w(scheme::http);
    fault_front front(w.io, w.server->port());
    front_fault early(front_fault::ending::close);
    early.read_head = true;
    early.answer = reply_with("413 Content Too Large", R"({"error":{"message":"too large"}})");
    front.add(early);
    w.endpoint.base_url = "http://127.0.0.1:" + std::to_string(front.port()) + "/v1";
    auto const sent = std::make_shared<sent_bytes>();
    w.config.observer = sent;
    auto const client = w.make_client();
    auto const result = ask(w, client, saying(std::string(16 * 1024 * 1024, 'x')));
    check_failure(*result, make_http_error(413), phase::finished);
    BOOST_TEST(sent->last == 0U);
    BOOST_TEST(client.stats().connections_idle == 0U);
    front.stop();
}

BOOST_AUTO_TEST_CASE(a_reply_that_ends_its_connection_costs_it) {
    auto const with = [](std::string_view version, std::string const& field) {
        return std::string(version) + good.substr(8, good.find("\r\n") - 6) + field +
            good.substr(good.find("Con"));
    };
    for (auto const& [bytes, kept] :
         {std::pair(good, true),
          std::pair(with("HTTP/1.1", "Connection: keep-alive\r\n"), true),
          std::pair(with("HTTP/1.1", "Connection: close\r\n"), false),
          std::pair(with("HTTP/1.0", ""), false),
          std::pair(good + "\r\n", false)}) {
        BOOST_TEST_CONTEXT(bytes.substr(0, 50)) {
            client_fixture w(scheme::http);
            auto const client = w.make_client();
            w.server->enqueue(testing::scripted_reply::raw(bytes));
            ask_well(w, client);
            BOOST_TEST(client.stats().connections_idle == (kept ? 1U : 0U));
        }
    }
}

// All of it has been received, but not all of it was taken.
BOOST_AUTO_TEST_CASE(a_stream_that_was_not_read_to_its_end_costs_its_connection) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto reply =
        testing::scripted_reply(200, says("a") + says("b") + finishes() + done(), "text/event-stream");
    for (bool const whole : {false, true}) {
        w.server->enqueue(reply);
        auto stream = open_well(w, client);
        BOOST_TEST(!next(w, stream)->ec);
        if (whole) BOOST_TEST(!read_all(w, stream).ec);
        stream = chat_stream();
        w.run_until([&] { return client.stats().connections_in_use == 0; });
        BOOST_TEST(client.stats().connections_idle == (whole ? 1U : 0U));
    }
}

BOOST_AUTO_TEST_CASE(bytes_behind_the_reply_cost_the_connection) {
    for (std::string const surplus : {"", "\r\n", good.c_str()}) {
        client_fixture w;
        auto const identity = w.authority.issue();
        ssl::context context(ssl::context::tls_server);
        context.use_certificate_chain(asio::buffer(identity.certificate_chain));
        context.use_private_key(asio::buffer(identity.private_key), ssl::context::pem);
        tcp::acceptor acceptor(w.io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        auto const port = acceptor.local_endpoint().port();
        w.endpoint.base_url = "https://127.0.0.1:" + std::to_string(port) + "/v1";
        bool over = false;
        asio::co_spawn(w.io, answer_in_records(acceptor, context, surplus), [&over](std::exception_ptr) {
            over = true;
        });
        {
            auto const client = w.make_client();
            ask_well(w, client);
            BOOST_TEST(client.stats().connections_idle == (surplus.empty() ? 1U : 0U));
        }
        w.run_until([&over] { return over; });
    }
}

// It is given a connection and cancelled in the same moment, so that it finds both when it goes on.
BOOST_AUTO_TEST_CASE(what_a_cancelled_call_was_given_goes_to_the_next) {
    client_fixture w;
    w.config.pool.max_connections = 1;
    auto const at_end = std::make_shared<after_attempt>();
    w.config.observer = at_end;
    auto const client = w.make_client();
    auto const calls = start_many(client, 3);
    at_end->action = [&] { calls[1]->cancel.emit(asio::cancellation_type::terminal); };
    finish(w, calls);
    require_success(*calls[0]);
    check_failure(*calls[1], asio::error::operation_aborted, phase::queued);
    require_success(*calls[2]);
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
