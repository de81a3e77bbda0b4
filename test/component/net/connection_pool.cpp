// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/connection_pool.hpp"

#include "support/faults/open_files.hpp"
#include "support/faults/scarce_memory.hpp"
#include "support/fixtures/calls.hpp"
#include "support/fixtures/meanwhile.hpp"
#include "support/servers/child_process.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <list>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using tcp = boost::asio::ip::tcp;

// An operation that wants a connection and keeps it.
class asking final : public net::operation {
public:
    asking(std::shared_ptr<net::operation_pool> service, std::shared_ptr<net::connection_pool> from)
        : operation(std::move(service), 0ms), pool_(std::move(from)) {}

    bool done = false;
    bool threw = false;
    net::failure failed;
    net::lease lease;

private:
    asio::awaitable<void> run() override {
        co_await asio::this_coro::throw_if_cancelled(false);
        if (!pool_->try_acquire(false, lease)) failed = co_await pool_->acquire(*this, false, lease);
    }
    void finish(std::exception_ptr exception) noexcept override {
        threw = exception != nullptr;
        done = true;
    }

    std::shared_ptr<net::connection_pool> pool_;
};
using asking_ptr = std::shared_ptr<asking>;

// A pool of at most one connection to a port that takes all.
struct small_pool {
    explicit small_pool(bool keep_alive = true)
        : acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        accept();
        auto const to = std::make_shared<net::route>();
        to->host = "127.0.0.1";
        to->port = acceptor.local_endpoint().port();
        to->service = service;
        to->names = std::make_shared<net::resolve_cache>(io.get_executor(), 0ms);
        pool_config config;
        config.max_connections = 1;
        config.idle_timeout = 0ms;
        config.keep_alive = keep_alive;
        pool = std::make_shared<net::connection_pool>(to, config);
        // Asio 1.26 has undefined behaviour where there is no memory for a strand. So some are there.
        std::vector<net::operation::strand_type> strands;
        for (int i = 0; i != 4; ++i) strands.push_back(service->take_strand());
        for (auto& each : strands) service->give_back(std::move(each));
    }

    void accept() {
        acceptor.async_accept([this](error_code ec, tcp::socket socket) {
            if (ec) return;
            accepted.push_back(std::move(socket));
            accept();
        });
    }

    asking_ptr ask(std::shared_ptr<net::operation_pool> const& on) {
        auto op = std::make_shared<asking>(on, pool);
        net::launch_post(op);
        return op;
    }

    asking_ptr ask() { return ask(service); }

    template <class Condition>
    void run_until(Condition holds) {
        auto const end = std::chrono::steady_clock::now() + patience;
        while (!holds() && std::chrono::steady_clock::now() < end) {
            io.restart();
            io.run_one_for(10ms);
        }
        BOOST_TEST_REQUIRE(holds());
    }

    static void launch_without_memory(asking_ptr const& op) {
        try {
            net::launch_post(op);
        } catch (std::bad_alloc const&) {
            op->done = true;
        }
    }

    // Where Asio has no memory for what it does by itself, an exception leaves the loop.
    template <class Condition>
    void run_without_memory(Condition holds) {
        auto const end = std::chrono::steady_clock::now() + patience;
        while (!holds() && std::chrono::steady_clock::now() < end) {
            io.restart();
            try {
                io.run_one_for(10ms);
            } catch (std::bad_alloc const&) {
            }
        }
    }

    asking_ptr hold() {
        auto holder = ask();
        run_until([&] { return holder->done; });
        BOOST_TEST_REQUIRE(bool(holder->lease));
        return holder;
    }

    asio::io_context io{1};
    tcp::acceptor acceptor;
    std::list<tcp::socket> accepted;
    std::shared_ptr<net::operation_pool> service = std::make_shared<net::operation_pool>(io.get_executor());
    std::shared_ptr<net::connection_pool> pool;
};

// The descriptors of this process that are sockets connected to, or from, this port.
std::vector<int> sockets_of(std::uint16_t port) {
    std::vector<int> found;
    for (int fd = 0; fd != 1024; ++fd) {
        sockaddr_in here{};
        sockaddr_in there{};
        socklen_t size = sizeof(here);
        if (getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size) != 0 || here.sin_family != AF_INET)
            continue;
        size = sizeof(there);
        bool const connected = getpeername(fd, reinterpret_cast<sockaddr*>(&there), &size) == 0;
        if (ntohs(here.sin_port) == port || (connected && ntohs(there.sin_port) == port)) found.push_back(fd);
    }
    return found;
}

std::string link_of(int fd) {
    auto const path = "/proc/self/fd/" + std::to_string(fd);
    return std::filesystem::read_symlink(path).string();
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection_pool)

// The waiter is stopped, and after each of the next steps of the loop once, the connection comes free. A
// second stop, which does nothing, holds the end of its wait up on its strand, so that the grant may find it
// there.
BOOST_AUTO_TEST_CASE(a_grant_that_meets_a_waiter_who_gave_up_is_for_the_next) {
    std::size_t gave_up = 0;
    std::size_t had_it = 0;
    for (std::size_t round = 0; round != 25; ++round) {
        std::size_t const before_second = round / 5;
        std::size_t const before_release = round % 5;
        BOOST_TEST_CONTEXT(before_second << " and " << before_release << " steps") {
            small_pool p;
            auto const holder = p.hold();
            auto const waiter = p.ask();
            p.run_until([&] { return p.pool->stats().waiting == 1; });
            while (p.io.poll() != 0) p.io.restart();
            p.io.restart();
            waiter->request_stop(asio::error::operation_aborted);
            for (std::size_t i = 0; i != before_second; ++i) p.io.poll_one();
            waiter->request_stop(asio::error::operation_aborted);
            for (std::size_t i = 0; i != before_release; ++i) p.io.poll_one();
            holder->lease.release(true);
            p.run_until([&] { return waiter->done; });
            ++(waiter->lease ? had_it : gave_up);
            BOOST_TEST(bool(waiter->lease) == !waiter->failed);
            if (waiter->lease) waiter->lease.release(true);
            p.run_until([&] { return p.pool->stats().in_use == 0; });
            BOOST_TEST(p.pool->stats().idle == 1U);
            p.hold()->lease.release(true);
            BOOST_TEST(p.pool->stats().opened == 1U);
        }
    }
    BOOST_TEST(gave_up > 0U);
    BOOST_TEST(had_it > 0U);
}

BOOST_AUTO_TEST_CASE(a_grant_that_comes_first_is_had_though_the_waiter_was_stopped) {
    small_pool p;
    auto const holder = p.hold();
    auto const waiter = p.ask();
    p.run_until([&] { return p.pool->stats().waiting == 1; });
    holder->lease.release(true);
    waiter->request_stop(asio::error::operation_aborted);
    p.run_until([&] { return waiter->done; });
    BOOST_TEST(!waiter->failed);
    BOOST_TEST_REQUIRE(bool(waiter->lease));
    waiter->lease.release(true);
    BOOST_TEST(p.pool->stats().idle == 1U);
}

BOOST_AUTO_TEST_CASE(a_waiter_who_gives_up_in_the_queue_leaves_nothing_behind) {
    small_pool p;
    auto const holder = p.hold();
    auto const waiter = p.ask();
    p.run_until([&] { return p.pool->stats().waiting == 1; });
    waiter->request_stop(asio::error::operation_aborted);
    p.run_until([&] { return waiter->done; });
    BOOST_TEST(p.pool->stats().waiting == 0U);
    holder->lease.release(true);
    BOOST_TEST(p.pool->stats().idle == 1U);
}

BOOST_AUTO_TEST_CASE(a_grant_whose_message_is_destroyed_makes_room) {
    small_pool p;
    auto const holder = p.hold();
    {
        asio::io_context other{1};
        auto const service = std::make_shared<net::operation_pool>(other.get_executor());
        auto const waiter = p.ask(service);
        auto const end = std::chrono::steady_clock::now() + patience;
        while (p.pool->stats().waiting == 0 && std::chrono::steady_clock::now() < end)
            other.run_one_for(10ms);
        BOOST_TEST_REQUIRE(p.pool->stats().waiting == 1U);
        holder->lease.release(true);
        BOOST_TEST(p.pool->stats().in_use == 1U);
    }
    BOOST_TEST(p.pool->stats().in_use == 0U);
    auto const next = p.hold();
    BOOST_TEST(p.pool->stats().opened == 2U);
    next->lease.release(true);
}

// Each request for memory of a call that comes to wait fails once, those for coroutines among them. Whether
// it then has a connection or none, nothing stays taken or queued, and the next one has the only place.
BOOST_AUTO_TEST_CASE(a_call_that_ends_for_want_of_memory_leaves_nothing_behind) {
    enum class before { nothing, dead_connection, held_connection };
    struct trial {
        before what;
        memory_of whose;
    };
    std::vector<trial> trials;
    for (auto const what : {before::nothing, before::dead_connection, before::held_connection}) {
        for (auto const whose : {memory_of::asio, memory_of::operator_new}) trials.push_back({what, whose});
    }
    for (auto const& [what, whose] : trials) {
        std::size_t threw = 0;
        bool failed = true;
        for (std::size_t n = 1; failed; ++n) {
            BOOST_TEST_CONTEXT("request " << n << ", before: " << static_cast<int>(what)) {
                small_pool p;
                asking_ptr holder;
                if (what != before::nothing) holder = p.hold();
                if (what == before::dead_connection) {
                    holder->lease.release(true);
                    p.run_until([&] { return !p.accepted.empty(); });
                    p.accepted.clear();
                }
                asking_ptr const op = std::make_shared<asking>(p.service, p.pool);
                {
                    scarce_memory const scarce(n, 1, whose);
                    p.launch_without_memory(op);
                    p.run_without_memory([&] { return op->done || p.pool->stats().waiting != 0; });
                    failed = scarce.has_failed();
                }
                if (what == before::held_connection) op->request_stop(asio::error::operation_aborted);
                p.run_until([&] { return op->done; });
                if (op->threw) ++threw;
                if (op->lease) op->lease.release(true);
                p.run_until([&] { return p.pool->stats().waiting == 0; });
                if (what == before::held_connection) holder->lease.release(true);
                p.run_until([&] {
                    auto const s = p.pool->stats();
                    return s.in_use == 0 && s.connecting == 0;
                });
                p.hold()->lease.release(true);
            }
        }
        BOOST_TEST(threw > 0U);
    }
}

// At the moment in which the making of a connection can't begin, another thread closes the pool.
BOOST_AUTO_TEST_CASE(a_pool_that_is_closed_while_a_connection_can_not_begin_is_drained) {
    bool failed = true;
    for (std::size_t n = 1; failed; ++n) {
        BOOST_TEST_CONTEXT("request " << n) {
            small_pool p;
            std::atomic<int> drained = 0;
            p.pool->on_drained([&drained] { ++drained; });
            asking_ptr const op = std::make_shared<asking>(p.service, p.pool);
            meanwhile close([&p] { p.pool->close(); });
            {
                scarce_memory const scarce(n, 1, memory_of::operator_new, [&close] { close(); });
                p.launch_without_memory(op);
                p.run_without_memory([&] { return op->done; });
                failed = scarce.has_failed();
            }
            if (op->lease) op->lease.release(true);
            close();
            close.join();
            p.run_until([&] { return drained != 0; });
            BOOST_TEST(p.pool->stats().waiting == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_lease_that_is_destroyed_makes_room) {
    small_pool p;
    p.hold().reset();
    BOOST_TEST(p.pool->stats().in_use == 0U);
    auto const next = p.hold();
    BOOST_TEST(p.pool->stats().opened == 2U);
    next->lease.release(true);
}

// Whatever the peer says of its end.
BOOST_AUTO_TEST_CASE(without_keep_alive_a_connection_that_could_go_on_serves_no_other) {
    small_pool p(false);
    for (unsigned i = 1; i != 3; ++i) {
        p.hold()->lease.release(true);
        BOOST_TEST(p.pool->stats().idle == 0U);
        BOOST_TEST(p.pool->stats().opened == i);
    }
}

// The reply is complete, but the peer has reset the connection before it had the whole request.
BOOST_AUTO_TEST_CASE(a_connection_that_did_not_take_the_whole_request_serves_no_other) {
    client_fixture w(scheme::http);
    tcp::acceptor acceptor(w.io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    tcp::socket socket(w.io);
    std::string received(1000, '\0');
    asio::steady_timer pause(w.io);
    acceptor.async_accept(socket, [&](error_code) {
        asio::async_read(socket, asio::buffer(received), [&](error_code, std::size_t) {
            socket.send(asio::buffer(std::string("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}")));
            // A reset notifies the sender, and leaves to the reader what came before it.
            pause.expires_after(20ms);
            pause.async_wait([&](error_code) {
                socket.set_option(asio::socket_base::linger(true, 0));
                socket.close();
            });
        });
    });
    w.endpoint.base_url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/v1";
    auto const client = w.make_client();
    // More than the buffers of both sides.
    auto const result = ask(w, client, saying(std::string(30'000'000, 'x')));
    BOOST_TEST(result->info().status == 413);
    BOOST_TEST(client.stats().connections_opened == 1U);
    BOOST_TEST(client.stats().connections_idle == 0U);
    BOOST_TEST(client.stats().connections_in_use == 0U);
}

// A child would keep the connection open, and could read it.
BOOST_AUTO_TEST_CASE(children_inherit_no_socket) {
    for (bool const kept : {true, false}) {
        client_fixture w(scheme::http);
        auto const client = w.make_client();
        auto const port = w.server->port();
        auto const call = start(client);
        if (kept)
            finish(w, {call});
        else
            // Not accepted yet.
            w.run_until([&] { return sockets_of(port).size() == 2; });
        auto const sockets = sockets_of(port);
        // The listener, the client's end, and the server's end.
        BOOST_TEST(sockets.size() >= 2U);
        std::set<std::string> links;
        for (int const fd : sockets) {
            BOOST_TEST((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
            links.insert(link_of(fd));
        }
        // fork and exec without closing anything, as another library might.
        temp_dir folder;
        auto const list = folder.path("list");
        auto const child = fork();
        BOOST_TEST_REQUIRE(child >= 0);
        if (child == 0) {
            int const out = open(list.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            dup2(out, STDOUT_FILENO);
            execl("/bin/ls", "ls", "-l", "/proc/self/fd", nullptr);
            _exit(127);
        }
        int status = -1;
        waitpid(child, &status, 0);
        BOOST_TEST(status == 0);
        auto const listing = folder.read("list");
        BOOST_TEST(listing.find("->") != std::string::npos);
        for (auto const& link : links) BOOST_TEST(listing.find(link) == std::string::npos);
        finish(w, {call});
    }
}

// In a process of its own, as the server needs descriptors as well.
BOOST_AUTO_TEST_CASE(calls_share_the_connections_that_descriptors_allow) {
    constexpr std::size_t count = 500;
    client_fixture w(scheme::http);
    w.server->respond_with([](testing::received_request const&) {
        auto reply = testing::scripted_reply::echo();
        reply.latency = 2ms;
        return reply;
    });
    auto const child = fork();
    BOOST_TEST_REQUIRE(child >= 0);
    if (child == 0) {
        for (int fd = 3; fd != 1024; ++fd) close(fd);
        rlimit const few{64, 64};
        int wrong = setrlimit(RLIMIT_NOFILE, &few) == 0 ? 0 : 255;
        asio::io_context io{1};
        async_llm::client const client(io.get_executor(), w.endpoint, w.config);
        std::size_t ended = 0;
        for (std::size_t i = 0; i != count; ++i) {
            client.async_complete(hello(), [&](error_code ec, chat_response const&) {
                ++ended;
                if (ec) wrong = 1;
            });
        }
        io.run_for(30s);
        auto const stats = client.stats();
        if (ended != count) wrong = 2;
        // It ran out of them, and did not try again and again: those fail that are in the making by then, of
        // which slow start allows four times as many as there are descriptors.
        if (stats.connections_failed == 0) wrong = 3;
        if (stats.connections_failed > 4 * few.rlim_cur) wrong = 4;
        if (stats.waiting != 0 || stats.connections_in_use != 0 || stats.connections_connecting != 0)
            wrong = 5;
        _exit(wrong);
    }
    int status = -1;
    bool ended = false;
    w.run_until([&] { return ended = ended || waitpid(child, &status, WNOHANG) == child; });
    BOOST_TEST_REQUIRE(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == 0);
    BOOST_TEST(w.server->request_count() == count);
}

BOOST_AUTO_TEST_SUITE_END()
