// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// delay_proxy PORT TARGET_PORT MILLISECONDS: forwards connections on loopback, each byte after half of this
// round trip in either direction, and the first ones of a connection after a whole one more, which the
// handshake of TCP would have taken: the kernel has done that without a wait. Ends by SIGTERM, and prints the
// number of its connections.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using clock_type = std::chrono::steady_clock;

/// One direction of a connection: bytes on their way, each with the time at which they arrive.
class line {
public:
    line(asio::io_context& io, clock_type::duration delay) : delay_(delay), news_(io) {}

    /// Forwards until the source ends or the sink breaks, then ends the sink.
    static void
    start(std::shared_ptr<line> self, std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to) {
        auto const executor = from->get_executor();
        asio::co_spawn(executor, read(self, std::move(from)), asio::detached);
        asio::co_spawn(executor, write(std::move(self), std::move(to)), asio::detached);
    }

private:
    struct parcel {
        parcel(std::string b, clock_type::time_point t) : bytes(std::move(b)), due(t) {}

        std::string bytes; // empty: the end
        clock_type::time_point due;
    };

    static asio::awaitable<void> read(std::shared_ptr<line> self, std::shared_ptr<tcp::socket> from) {
        boost::system::error_code ec;
        while (!ec) {
            std::string bytes(16 * 1024, '\0');
            auto const size = co_await from->async_read_some(
                asio::buffer(bytes),
                asio::redirect_error(asio::use_awaitable, ec)
            );
            bytes.resize(ec ? 0 : size);
            self->parcels_.emplace_back(std::move(bytes), clock_type::now() + self->delay_);
            self->news_.cancel();
        }
    }

    static asio::awaitable<void> write(std::shared_ptr<line> self, std::shared_ptr<tcp::socket> to) {
        boost::system::error_code ec;
        for (;;) {
            boost::system::error_code woken;
            auto& parcels = self->parcels_;
            self->news_.expires_at(parcels.empty() ? clock_type::time_point::max() : parcels.front().due);
            if (parcels.empty() || parcels.front().due > clock_type::now())
                co_await self->news_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
            if (parcels.empty() || parcels.front().due > clock_type::now()) continue;
            auto const bytes = std::move(parcels.front().bytes);
            parcels.pop_front();
            if (bytes.empty()) break;
            if (!ec)
                co_await asio::async_write(
                    *to,
                    asio::buffer(bytes),
                    asio::redirect_error(asio::use_awaitable, ec)
                );
        }
        to->shutdown(tcp::socket::shutdown_send, ec);
    }

    clock_type::duration delay_;
    asio::steady_timer news_;
    std::deque<parcel> parcels_;
};

asio::awaitable<void> forward(tcp::socket accepted, tcp::endpoint target, clock_type::duration round_trip) {
    auto& io = static_cast<asio::io_context&>(accepted.get_executor().context());
    auto const client = std::make_shared<tcp::socket>(std::move(accepted));
    auto const server = std::make_shared<tcp::socket>(io);
    asio::steady_timer handshake(io, round_trip);
    co_await handshake.async_wait(asio::use_awaitable);
    co_await server->async_connect(target, asio::use_awaitable);
    client->set_option(tcp::no_delay(true));
    server->set_option(tcp::no_delay(true));
    line::start(std::make_shared<line>(io, round_trip / 2), client, server);
    line::start(std::make_shared<line>(io, round_trip / 2), server, client);
}

asio::awaitable<void> serve(
    tcp::acceptor& acceptor,
    tcp::endpoint target,
    clock_type::duration round_trip,
    unsigned long& connections
) {
    auto const ignore = [](std::exception_ptr) {};
    for (;;) {
        auto socket = co_await acceptor.async_accept(asio::use_awaitable);
        ++connections;
        auto forwarding = forward(std::move(socket), target, round_trip);
        asio::co_spawn(acceptor.get_executor(), std::move(forwarding), ignore);
    }
}

unsigned short port_of(char const* text) { return static_cast<unsigned short>(std::stoul(text)); }

} // namespace

int main(int argc, char** argv) try {
    if (argc != 4) {
        std::fputs("delay_proxy PORT TARGET_PORT MILLISECONDS\n", stderr);
        return 2;
    }
    asio::io_context io(1);
    auto const loopback = asio::ip::address_v4::loopback();
    tcp::acceptor acceptor(io);
    acceptor.open(tcp::v4());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(tcp::endpoint(loopback, port_of(argv[1])));
    acceptor.listen(16384);
    unsigned long connections = 0;
    auto const round_trip = std::chrono::milliseconds(std::stoul(argv[3]));
    auto serving = serve(acceptor, tcp::endpoint(loopback, port_of(argv[2])), round_trip, connections);
    asio::co_spawn(io, std::move(serving), asio::detached);
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&io](auto const&, int) { io.stop(); });
    io.run();
    std::printf("%lu\n", connections);
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
}
