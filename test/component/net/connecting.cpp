// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/address_race.hpp"
#include "net/resolve_cache.hpp"
#include "support/fixtures/calls.hpp"
#include "support/servers/blocked_resolver.hpp"
#include "support/servers/child_process.hpp"
#include "support/servers/unroutable_host.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using tcp = boost::asio::ip::tcp;

std::string const reply = testing::recorded_reply("meta-llama/Llama-3-70b-chat-hf");
std::string const whole_reply =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(reply.size()) +
    "\r\n\r\n" + reply;

// A proxy that answers the first CONNECT with these bytes, and whatever follows with a completion.
class scripted_proxy {
public:
    scripted_proxy(asio::io_context& io, std::string answer)
        : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), answer_(std::move(answer)) {
        acceptor_.async_accept(socket_.emplace(io), [this](error_code ec) {
            if (!ec) receive(answer_);
        });
    }

    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }
    /// Bytes that came behind the CONNECT.
    std::size_t requests() const { return heads_ == 0 ? 0 : heads_ - 1; }

private:
    void receive(std::string const& then) {
        asio::async_read_until(
            *socket_,
            asio::dynamic_buffer(received_),
            "\r\n\r\n",
            [this, then](error_code ec, std::size_t size) {
                if (ec) return;
                ++heads_;
                received_.erase(0, size);
                asio::async_write(
                    *socket_,
                    asio::buffer(sent_ = then),
                    [this](error_code failed, std::size_t) {
                        if (!failed && heads_ == 1) receive(whole_reply);
                    }
                );
            }
        );
    }

    tcp::acceptor acceptor_;
    std::string answer_;
    std::optional<tcp::socket> socket_;
    std::string received_;
    std::string sent_;
    std::size_t heads_ = 0;
};

struct tunnelled {
    explicit tunnelled(std::string answer, std::size_t max_header_size = 64u * 1024) : w(scheme::http) {
        scripted_proxy proxy(w.io, std::move(answer));
        w.endpoint.base_url = "http://unreachable.test/v1";
        w.config.proxy = proxy.url();
        w.config.max_header_size = max_header_size;
        auto const client = w.make_client();
        call = ask(w, client);
        requests = proxy.requests();
    }

    client_fixture w;
    call_ptr call;
    std::size_t requests = 0;
};

void check_proxy_failure(std::string answer, std::string_view detail) {
    BOOST_TEST_CONTEXT(answer.substr(0, 60)) {
        tunnelled const t(std::move(answer));
        check_failure(*t.call, errc::proxy_failed, phase::proxy);
        check_detail(*t.call, detail);
        BOOST_TEST(t.requests == 0U);
    }
}

// Runs a race of these addresses.
class racing final : public net::operation {
public:
    racing(std::shared_ptr<net::operation_pool> s, net::endpoints to, std::chrono::milliseconds delay)
        : operation(std::move(s), 0ms), to_(std::move(to)), delay_(delay) {}

    bool done = false;
    net::failure failed;
    std::optional<tcp::socket> socket;

private:
    asio::awaitable<void> run() override {
        failed = co_await net::race_addresses(*this, service()->executor(), to_, delay_, "a-host", socket);
    }
    void finish(std::exception_ptr) noexcept override { done = true; }

    net::endpoints to_;
    std::chrono::milliseconds delay_;
};

std::shared_ptr<racing> race(asio::io_context& io, net::endpoints to, std::chrono::milliseconds delay) {
    auto const service = std::make_shared<net::operation_pool>(io.get_executor());
    auto op = std::make_shared<racing>(service, std::move(to), delay);
    net::launch_post(op);
    return op;
}

// Less than the minutes after which the system gives a silent address up.
void finish(asio::io_context& io, racing const& op) {
    auto const end = std::chrono::steady_clock::now() + 10s;
    io.restart();
    while (!op.done && io.run_one_until(end) != 0) {
    }
    BOOST_TEST_REQUIRE(op.done);
}

tcp::endpoint loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

} // namespace

BOOST_AUTO_TEST_SUITE(connecting)

BOOST_AUTO_TEST_CASE(a_tunnel_is_open_after_any_success_and_nothing_else) {
    for (std::string const& answer : std::vector<std::string>{
             "HTTP/1.1 200 Connection established\r\n\r\n",
             "HTTP/1.0 200 OK\r\n\r\n",
             "HTTP/1.1 204 No\r\n\r\n",
             // The length of a body that an answer to CONNECT has not.
             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
             "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
         }) {
        tunnelled const t(answer);
        require_success(*t.call);
        BOOST_TEST(t.requests == 1U);
    }
    for (int const status : {300, 302, 400, 403, 407, 500, 502})
        check_proxy_failure(
            "HTTP/1.1 " + std::to_string(status) + " Reason\r\nContent-Length: 0\r\n\r\n",
            "it answered " + std::to_string(status)
        );
}

// What comes with the answer would pass for the reply of the server.
BOOST_AUTO_TEST_CASE(an_answer_of_the_proxy_with_more_behind_it_is_refused) {
    check_proxy_failure("HTTP/1.1 200 OK\r\n\r\n" + whole_reply, "it sent more than its answer");
    check_proxy_failure("HTTP/1.1 200 OK\r\n\r\nx", "it sent more than its answer");
}

BOOST_AUTO_TEST_CASE(the_head_of_the_proxys_answer_has_a_limit) {
    tunnelled const t("HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", 1024);
    check_failure(*t.call, errc::proxy_failed, phase::proxy);
    BOOST_TEST(t.requests == 0U);
}

BOOST_AUTO_TEST_CASE(families_take_turns) {
    auto const v4 = [](std::uint16_t n) { return tcp::endpoint(asio::ip::address_v4::loopback(), n); };
    auto const v6 = [](std::uint16_t n) { return tcp::endpoint(asio::ip::address_v6::loopback(), n); };
    using net::endpoints;
    using net::interleave_families;
    BOOST_TEST((interleave_families({}) == endpoints{}));
    BOOST_TEST((interleave_families({v6(1), v6(2), v4(3), v4(4)}) == endpoints{v6(1), v4(3), v6(2), v4(4)}));
    BOOST_TEST((interleave_families({v4(1), v4(2), v4(3), v6(4)}) == endpoints{v4(1), v6(4), v4(2), v4(3)}));
    BOOST_TEST((interleave_families({v4(1), v4(2)}) == endpoints{v4(1), v4(2)}));
}

BOOST_AUTO_TEST_CASE(the_next_address_is_tried_while_the_one_before_is_silent) {
    asio::io_context io{1};
    unroutable_host const silent;
    tcp::acceptor good(io, loopback(0));
    auto const began = std::chrono::steady_clock::now();
    auto const op = race(io, {loopback(silent.port()), good.local_endpoint()}, 100ms);
    finish(io, *op);
    BOOST_TEST(!op->failed);
    BOOST_TEST_REQUIRE(op->socket.has_value());
    BOOST_TEST(op->socket->remote_endpoint().port() == good.local_endpoint().port());
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 100ms));

    // Without a delay, not before it has failed.
    auto const patient = race(io, {loopback(silent.port()), good.local_endpoint()}, 0ms);
    io.restart();
    io.run_for(200ms);
    BOOST_TEST(!patient->done);
    patient->request_stop(asio::error::operation_aborted);
    finish(io, *patient);
    BOOST_TEST((patient->failed.ec() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(a_refused_address_gives_way_at_once_and_the_first_error_is_told) {
    asio::io_context io{1};
    loopback_port const closed;
    tcp::acceptor good(io, loopback(0));
    // The delay is long enough to be noticed.
    auto const op = race(io, {loopback(closed.number()), good.local_endpoint()}, 50s);
    finish(io, *op);
    BOOST_TEST(!op->failed);
    BOOST_TEST(op->socket.has_value());

    // A stream can't be connected to the broadcast address.
    tcp::endpoint const unfit(asio::ip::address_v4::broadcast(), 9);
    for (bool const unfit_first : {true, false}) {
        net::endpoints to{loopback(closed.number()), unfit};
        if (unfit_first) std::swap(to.front(), to.back());
        auto const none = race(io, to, 50s);
        finish(io, *none);
        BOOST_TEST_REQUIRE(bool(none->failed));
        BOOST_TEST((none->failed.ec() == errc::connect_failed));
        BOOST_TEST((none->failed->cause == asio::error::connection_refused) == !unfit_first);
        BOOST_TEST(none->failed->detail.find("and 1 more") != std::string::npos);
    }
}

// The name is known at first, and then no longer.
BOOST_AUTO_TEST_CASE(a_later_lookup_that_fails_leaves_the_old_addresses_in_use) {
    client_fixture w(scheme::http);
    w.endpoint.base_url = w.server->base_url("flaky.test");
    w.config.pool.dns_ttl = 0ms;
    auto const client = w.make_client();
    {
        flaky_name const known(0);
        ask_well(w, client);
    }
    w.server->reset_connections();
    await_no_connections(w);
    ask_well(w, client);
    BOOST_TEST(client.stats().names_resolved == 2U);
    BOOST_TEST(client.stats().connections_opened == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
