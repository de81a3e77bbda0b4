// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The reader of a connection: in which order it, its calls and other readers take their turns, and what
// becomes of the calls when it has no memory.

#include "net/connection.hpp"
#include "net/http2_connection.hpp"
#include "support/faults/scarce_memory.hpp"
#include "support/fixtures/client_fixture.hpp"
#include "support/fixtures/held_executor.hpp"
#include "support/http2/scripted_peer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <poll.h>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using goal = net::exchange::goal;

// Operation that a call would be. What it does, the test does for it.
class caller final : public net::operation {
public:
    explicit caller(std::shared_ptr<net::operation_pool> service) : operation(std::move(service), 0ms) {}

private:
    asio::awaitable<void> run() override { co_return; }
    void finish(std::exception_ptr) noexcept override {}
};

// Owner of a connection, which notes how many calls it takes.
struct noting_owner final : net::connection_owner {
    void on_capacity(net::connection&, std::uint64_t, std::size_t calls) noexcept override {
        capacity = calls;
        if (auto const then = std::exchange(on_change, nullptr)) then();
    }
    void on_http1_required() noexcept override {}

    std::size_t capacity = 100;
    std::function<void()> on_change;
};

// A connection to a server that answers when the test says so.
struct scene {
    // Turns can be held; otherwise strands are those of a loop, which take no memory to ask.
    explicit scene(bool can_hold = true) : service(make_service(can_hold)) {
        asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
        asio::ip::tcp::socket socket(io);
        socket.connect(acceptor.local_endpoint());
        acceptor.accept(remote);
        remote.non_blocking(true);
        connection = std::make_shared<net::connection>(std::move(socket));
        http2 = std::make_shared<net::http2_connection>(*connection, service, net::http2_limits(), 0ms);
        connection->shared = http2;
        http2->begin(owner, connection, owner->capacity);
    }
    scene(scene const&) = delete;
    scene& operator=(scene const&) = delete;
    // What still waits must find the loop.
    ~scene() { turns.let_go(), io.poll(); }

    std::shared_ptr<net::operation_pool> make_service(bool can_hold) {
        asio::any_io_executor executor(io.get_executor());
        if (can_hold) executor = asio::any_io_executor(held_executor(turns));
        return std::make_shared<net::operation_pool>(executor);
    }

    std::unique_ptr<net::exchange> start(caller& op) { return start(op, wire); }
    std::unique_ptr<net::exchange> start(caller& op, std::string_view text) {
        return http2->start_exchange(op, text, net::exchange_limits(), net::response_limits());
    }

    // Lets the server read what has come.
    void receive() {
        std::array<char, 16 * 1024> buffer;
        error_code ec;
        while (auto const n = remote.read_some(asio::buffer(buffer), ec))
            server.feed(std::string_view(buffer.data(), n));
    }
    // Waits a moment for it.
    bool has_more_to_receive() {
        pollfd waits{remote.native_handle(), POLLIN, 0};
        return ::poll(&waits, 1, 200) > 0;
    }
    void answer() { asio::write(remote, asio::buffer(server.output())); }

    // Runs the loop until this holds, or for too long.
    template <class Condition>
    bool reaches(Condition holds) {
        auto const end = std::chrono::steady_clock::now() + patience;
        while (!holds() && std::chrono::steady_clock::now() < end) {
            io.restart();
            io.run_one_for(1ms);
            receive();
        }
        return holds();
    }
    template <class Condition>
    void run_until(Condition holds) {
        BOOST_TEST_REQUIRE(reaches(holds));
    }
    void await_request(std::int32_t stream) {
        run_until([&] { return server.requests().contains(stream); });
    }

    asio::io_context io{1};
    held_turns turns{io};
    std::shared_ptr<net::operation_pool> service;
    std::shared_ptr<noting_owner> owner = std::make_shared<noting_owner>();
    http2::scripted_peer server;
    asio::ip::tcp::socket remote{io};
    net::connection_ptr connection;
    std::shared_ptr<net::http2_connection> http2;
    std::string wire = http2::wire_of();
};

// Turns of a reader: it reads, is asked to write, or begins.
enum class turn { reads, writes, begins };

// A turn of a reader with calls, one of whose requests for memory fails, and its end.
struct shortage {
    shortage(turn kind, std::size_t n, std::size_t in_a_row) {
        std::weak_ptr<net::connection> connection;
        {
            scene s(false);
            connection = s.connection;
            take_turn(s, kind, n, in_a_row);
        }
        BOOST_TEST(connection.expired());
    }

    void take_turn(scene& s, turn kind, std::size_t n, std::size_t in_a_row) {
        std::array<std::shared_ptr<caller>, 3> callers;
        for (auto& each : callers) each = std::make_shared<caller>(s.service);
        // More than was written before.
        auto const large = http2::wire_of(std::string(50'000, 'x'));
        std::vector<std::unique_ptr<net::exchange>> calls;
        if (kind != turn::begins) {
            for (std::size_t i : {0u, 1u}) calls.push_back(s.start(*callers[i]));
            s.await_request(3);
        }
        if (kind == turn::reads) {
            s.server.respond(1, std::string(1'000, 'x'), 200, {{"x-request-id", "a value of some length"}});
            s.server.begin_response(3);
            s.answer();
        } else {
            calls.push_back(s.start(*callers[2], large));
        }
        s.io.restart();
        {
            scarce_memory const scarce(n, in_a_row);
            while (s.io.poll_one() != 0) continue;
            failed = scarce.has_failed();
        }
        ended = s.owner->capacity == 0;
        if (!ended) check_that_it_goes_on(s, kind, *calls.back());
        for (auto& each : calls) check(*each);
        BOOST_TEST(s.http2->probe() == !ended);
    }

    // Without the help of its calls.
    static void check_that_it_goes_on(scene& s, turn kind, net::exchange& last) {
        if (kind == turn::reads) {
            s.server.finish(3);
            s.answer();
            BOOST_TEST(s.reaches([&] { return !last.advance(goal::end).has_value(); }));
        } else {
            auto const stream = kind == turn::begins ? 1 : 5;
            BOOST_TEST(s.reaches([&] {
                return s.server.requests().contains(stream) && s.server.request(stream).is_whole;
            }));
        }
    }

    void check(net::exchange& call) const {
        bool const waits = call.advance(goal::end).has_value();
        auto const reason = call.take_failure();
        BOOST_TEST(waits == (!ended && !call.is_complete()));
        error_code expected;
        if (ended && !call.is_complete())
            expected = call.phase() == phase::reading ? errc::truncated_response : errc::connection_lost;
        BOOST_TEST(reason.ec() == expected);
    }

    bool failed = false;
    bool ended = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(http2_reader)

// A call asks the reader to write while that is about to find out that the last call has left. The next call
// has a reader of its own by then, to which the socket belongs.
BOOST_AUTO_TEST_CASE(a_flush_that_comes_after_its_reader_leaves_the_socket_to_the_next_one) {
    scene s;
    auto const first = std::make_shared<caller>(s.service);
    auto const second = std::make_shared<caller>(s.service);
    auto left = s.start(*first);
    std::unique_ptr<net::exchange> next;
    s.await_request(1);

    // The reader is about to read.
    s.turns.hold();
    s.server.allow_streams(50);
    s.answer();
    s.run_until([&] { return s.turns.size() == 1; });
    // The first call leaves, for which the reader is to be asked behind that.
    asio::post(first->strand(), [&left] { left->leave(); });
    BOOST_TEST_REQUIRE(s.turns.size() == 2u);
    s.turns.take(1);
    // The reader ends, and the second call begins.
    s.owner->on_change = [&] { next = s.start(*second); };
    s.turns.take(0);
    BOOST_TEST_REQUIRE((next != nullptr));
    // Until the server knows of its reset, the first call keeps its place.
    BOOST_TEST(s.owner->capacity == 49u);
    s.receive();
    BOOST_TEST(s.server.request(1).reset >= 0);
    // Behind the second reader, what the first one was asked for.
    BOOST_TEST_REQUIRE(s.turns.size() == 2u);
    s.turns.take(1);
    BOOST_TEST(!s.has_more_to_receive());
    s.turns.let_go();
    s.await_request(3);
    next.reset();
}

// A reader that is asked by several calls writes once for all of them, and is asked once.
BOOST_AUTO_TEST_CASE(a_reader_is_asked_once_for_what_several_calls_submit) {
    scene s;
    std::vector<std::shared_ptr<caller>> callers;
    std::vector<std::unique_ptr<net::exchange>> calls;
    auto const begin = [&] {
        callers.push_back(std::make_shared<caller>(s.service));
        calls.push_back(s.start(*callers.back()));
    };
    begin();
    s.await_request(1);
    s.turns.hold();
    for (int i = 0; i < 5; ++i) begin();
    BOOST_TEST_REQUIRE(s.turns.size() == 1u);
    s.receive();
    BOOST_TEST(s.server.requests().size() == 1u);
    s.turns.take(0);
    s.receive();
    BOOST_TEST(s.server.requests().size() == 6u);
    BOOST_TEST(s.turns.size() == 0u);
    begin();
    BOOST_TEST(s.turns.size() == 1u);
    calls.clear();
}

// Each request for memory of one turn fails.
BOOST_AUTO_TEST_CASE(a_reader_without_memory_ends_its_calls_and_the_connection) {
    for (auto const kind : {turn::reads, turn::writes, turn::begins}) {
        for (std::size_t const in_a_row : {1u, 2u, 100u}) {
            std::size_t ended = 0;
            bool failed = true;
            for (std::size_t n = 1; failed; ++n) {
                BOOST_TEST_CONTEXT(
                    "turn " << static_cast<int>(kind) << ", " << n << ", in a row: " << in_a_row
                ) {
                    BOOST_TEST_REQUIRE(n < 1'000u);
                    // One that has not kept any memory.
                    std::thread thread([&] {
                        shortage const result(kind, n, in_a_row);
                        failed = result.failed;
                        if (result.ended) ++ended;
                    });
                    thread.join();
                }
            }
            BOOST_TEST(ended > 0u);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
