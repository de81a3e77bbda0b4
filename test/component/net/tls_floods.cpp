// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Servers that send TLS messages in which there is nothing for the application.

#include "async/operation.hpp"
#include "net/connection.hpp"
#include "net/http1_exchange.hpp"
#include "net/tls/tls_context.hpp"
#include "support/fixtures/calls.hpp"
#include "support/servers/tls_peer.hpp"
#include "support/streams/streams.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;

// Far more than any limit, and not so many that a client without limits would keep a test for minutes.
constexpr int endless = 100'000;

using message = std::function<bool(peer_connection&)>;

message const key_update = [](peer_connection& c) { return c.update_key(); };
message const answered_key_update = [](peer_connection& c) { return c.update_key(true); };
message const ticket = [](peer_connection& c) { return c.send_ticket(); };
message const hello_request = [](peer_connection& c) { return c.request_renegotiation(); };

// Every message of this kind, with the version that has it.
struct kind {
    kind(char const* n, int v, message m) : name(n), version(v), send(std::move(m)) {}

    char const* name;
    int version;
    message send;
};

std::vector<kind> kinds() {
    return {
        kind("key updates", TLS1_3_VERSION, key_update),
        kind("key updates that want an answer", TLS1_3_VERSION, answered_key_update),
        kind("tickets", TLS1_3_VERSION, ticket),
        kind("requests to renegotiate", TLS1_2_VERSION, hello_request)
    };
}

bool send_many(peer_connection& c, message const& each, int count) {
    for (int i = 0; i < count; ++i) {
        if (!each(c)) return false;
    }
    return true;
}

// On a peer's thread: what comes with a reply costs its connection, and some of this is about what comes
// later.
void wait_for(std::atomic<bool> const& event) {
    auto const end = std::chrono::steady_clock::now() + patience;
    while (!event && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

// A mock provider beside a server that a test made, and a client of the latter.
struct fixture_with_peer : client_fixture {
    fixture_with_peer(int version, tls_peer::script script) {
        auto context = make_server_side(authority.issue());
        SSL_CTX_set_min_proto_version(context.get(), version);
        SSL_CTX_set_max_proto_version(context.get(), version);
        // None by itself: all messages are the script's.
        SSL_CTX_set_num_tickets(context.get(), 0);
        peer.emplace(std::move(context), std::move(script));
        other = endpoint;
        endpoint.base_url = peer->base_url();
    }

    std::optional<tls_peer> peer;
    provider other;
};

// An exchange without a client; notes how many reads each step of it counts as.
class reader final : public net::operation {
public:
    reader(std::shared_ptr<net::operation_pool> service, fixture_with_peer& w, std::future<void> all_sent)
        : operation(std::move(service), patience), fixture_(w), all_sent_(std::move(all_sent)) {}

    bool over = false;
    std::vector<int> reads;

private:
    asio::awaitable<void> run() override {
        asio::ip::tcp::socket socket(fixture_.io);
        socket.connect({asio::ip::address_v4::loopback(), fixture_.peer->port()});
        net::connection c(std::move(socket));
        auto const context =
            std::make_shared<net::tls_context const>(fixture_.config.tls, "127.0.0.1", true, std::size_t(1));
        BOOST_TEST(!c.transport.start_tls(context));
        auto const failed = co_await net::handshake(*this, c.transport, "the peer");
        BOOST_TEST(!failed);
        using goal = net::exchange::goal;
        std::string_view const wire = "POST / HTTP/1.1\r\n\r\n";
        net::http1_exchange asked;
        asked.begin(c.transport, *this, wire, net::exchange_limits(), net::response_limits());
        BOOST_TEST(!asked.advance(goal::sent).has_value());
        all_sent_.wait_for(patience);
        BOOST_TEST((asked.advance(goal::more) == net::readiness::readable));
        co_await c.transport.wait(net::readiness::readable);
        while (!asked.advance(goal::more) && !asked.is_complete()) reads.push_back(asked.reads_in_a_row());
        // That was as many as are allowed in a row, so there is a pause before the next.
        while (auto const need = asked.advance(goal::end)) co_await c.transport.wait(*need);
        reads.push_back(asked.reads_in_a_row());
        BOOST_TEST(asked.is_complete());
    }

    void finish(std::exception_ptr exception) noexcept override {
        BOOST_TEST(!exception);
        over = true;
    }

    fixture_with_peer& fixture_;
    std::future<void> all_sent_;
};

std::string const stream_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

// A reply of 200 bytes, each in a record of its own, with so many messages before each.
void drip(peer_connection& c, message const& each, int count) {
    if (!c.handshake() || !c.read_request()) return;
    std::string const padding(200, ' ');
    auto const text = reply_with(completion_body() + padding);
    auto const head = text.substr(0, text.size() - padding.size());
    if (!send_many(c, each, count) || !c.send(head)) return;
    for (std::size_t i = 0; i < padding.size(); ++i) {
        if (!send_many(c, each, count) || !c.send(" ")) return;
    }
    c.wait_for_end();
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_floods)

BOOST_AUTO_TEST_CASE(a_flood_before_the_reply_ends_the_call) {
    for (auto const& each : kinds()) {
        BOOST_TEST_CONTEXT(each.name) {
            fixture_with_peer w(each.version, [&](peer_connection& c) {
                if (c.handshake() && c.read_request()) send_many(c, each.send, endless);
            });
            auto const client = w.make_client();
            auto const result = ask(w, client);
            check_failure(*result, errc::too_many_tls_messages, phase::waiting);
            check_detail(*result, "the peer sent too many TLS messages without data");
            BOOST_TEST((result->ec == condition::connection));
            BOOST_TEST((result->ec == condition::retryable));
            // Not a connection that was dead before: the request is not sent twice.
            BOOST_TEST(client.stats().replays == 0U);
            BOOST_TEST(client.stats().connections_idle == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_flood_within_a_reply_ends_the_call) {
    for (auto const& each : kinds()) {
        BOOST_TEST_CONTEXT(each.name) {
            auto const text = reply_with(completion_body());
            fixture_with_peer w(each.version, [&](peer_connection& c) {
                if (!c.handshake() || !c.read_request()) return;
                if (c.send(text.substr(0, text.size() - 1))) send_many(c, each.send, endless);
            });
            auto const client = w.make_client();
            check_failure(*ask(w, client), errc::too_many_tls_messages, phase::reading);
        }
    }
}

// A body that ends with the connection must not seem to have ended well.
BOOST_AUTO_TEST_CASE(a_flood_is_no_end_of_a_body) {
    fixture_with_peer w(TLS1_3_VERSION, [](peer_connection& c) {
        if (!c.handshake() || !c.read_request()) return;
        std::string const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
        if (c.send(head + completion_body())) send_many(c, key_update, endless);
    });
    auto const client = w.make_client();
    check_failure(*ask(w, client), errc::too_many_tls_messages, phase::reading);
}

BOOST_AUTO_TEST_CASE(a_flood_ends_a_stream) {
    for (auto const& each : kinds()) {
        BOOST_TEST_CONTEXT(each.name) {
            fixture_with_peer w(each.version, [&](peer_connection& c) {
                if (!c.handshake() || !c.read_request()) return;
                if (c.send(stream_head + "\r\n" + says("Hello"))) send_many(c, each.send, endless);
            });
            auto const client = w.make_client();
            auto stream = open_well(w, client);
            auto const read = read_all(w, stream);
            BOOST_TEST(read.text == "Hello");
            BOOST_TEST(read.ec == errc::too_many_tls_messages);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_flood_on_an_idle_connection_ends_the_connection) {
    for (auto const& each : kinds()) {
        BOOST_TEST_CONTEXT(each.name) {
            std::atomic<bool> idle = false;
            std::atomic<bool> flooded = false;
            fixture_with_peer w(each.version, [&](peer_connection& c) {
                if (!c.handshake() || !c.read_request() || !c.send(reply_with(completion_body()))) return;
                wait_for(idle);
                // Few enough for the client's socket to hold them while they are not read.
                if (!flooded) {
                    send_many(c, each.send, 100);
                    flooded = true;
                }
                c.read_request();
            });
            auto const client = w.make_client();
            ask_well(w, client);
            idle = true;
            w.run_until([&] { return flooded.load(); });
            BOOST_TEST(client.stats().connections_idle == 1U);
            auto const again = start(client);
            w.run_until([&] { return w.peer->accepted() == 2U || again->done; });
            // The request went on a connection of its own, and not on the one that was flooded.
            BOOST_TEST(w.peer->accepted() == 2U);
            finish(w, {again});
            require_success(*again);
            BOOST_TEST(!again->info().connection_reused);
            BOOST_TEST(client.stats().replays == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(some_messages_on_an_idle_connection_do_no_harm) {
    for (auto const& each : kinds()) {
        // OpenSSL's server side does not go on after a client's refusal to renegotiate.
        if (each.version != TLS1_3_VERSION) continue;
        BOOST_TEST_CONTEXT(each.name) {
            std::atomic<bool> idle = false;
            std::atomic<int> rounds = 0;
            fixture_with_peer w(each.version, [&](peer_connection& c) {
                if (!c.handshake()) return;
                while (c.read_request() && c.send(reply_with(completion_body()))) {
                    wait_for(idle);
                    idle = false;
                    if (!send_many(c, each.send, 20)) return;
                    ++rounds;
                }
            });
            auto const client = w.make_client();
            for (int i = 0; i < 5; ++i) {
                ask_well(w, client);
                idle = true;
                w.run_until([&] { return rounds == i + 1; });
            }
            BOOST_TEST(client.stats().connections_opened == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(messages_among_data_do_no_harm) {
    for (auto const& each : kinds()) {
        BOOST_TEST_CONTEXT(each.name) {
            fixture_with_peer w(each.version, [&](peer_connection& c) { drip(c, each.send, 20); });
            auto const client = w.make_client();
            BOOST_TEST(ask_well(w, client)->response.text() == "Hello");

            fixture_with_peer s(each.version, [&](peer_connection& c) {
                if (!c.handshake() || !c.read_request() || !send_many(c, each.send, 20)) return;
                auto const events = counted_events(100);
                std::size_t size = 0;
                for (auto const& text : events) size += text.size();
                if (!c.send(stream_head + "Content-Length: " + std::to_string(size) + "\r\n\r\n")) return;
                for (auto const& text : events) {
                    if (!send_many(c, each.send, 20) || !c.send(text)) return;
                }
                c.wait_for_end();
            });
            auto const streaming = s.make_client();
            auto stream = open_well(s, streaming);
            auto const read = read_all(s, stream);
            BOOST_TEST(!read.ec);
            BOOST_TEST(read.text == counted_text(100));
        }
    }
}

// One more than that in a row would be a flood.
BOOST_AUTO_TEST_CASE(the_limit_is_in_a_row) {
    for (auto const& each : kinds()) {
        BOOST_TEST_CONTEXT(each.name) {
            fixture_with_peer at(each.version, [&](peer_connection& c) { drip(c, each.send, 32); });
            auto const good = at.make_client();
            ask_well(at, good);
            fixture_with_peer beyond(each.version, [&](peer_connection& c) { drip(c, each.send, 33); });
            auto const bad = beyond.make_client();
            BOOST_TEST(ask(beyond, bad)->ec == errc::too_many_tls_messages);
        }
    }
}

BOOST_AUTO_TEST_CASE(other_calls_of_the_thread_go_on_meanwhile) {
    std::atomic<bool> over = false;
    fixture_with_peer w(TLS1_3_VERSION, [&](peer_connection& c) {
        if (!c.handshake() || !c.read_request()) return;
        std::string const head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
        if (!c.send(head)) return;
        // As many as are allowed, again and again.
        for (int i = 0; i < endless && !over; ++i) {
            if (!send_many(c, key_update, 31) || !c.send(" ")) return;
        }
    });
    auto const flooded = w.make_client();
    client const undisturbed(w.io.get_executor(), w.other, w.config);
    ask_well(w, undisturbed);
    auto const slow = start(flooded);
    w.run_until([&] { return flooded.stats().connections_in_use == 1U; });
    for (int i = 0; i < 20; ++i) {
        ask_well(w, undisturbed);
        BOOST_TEST(!slow->done);
    }
    over = true;
    finish(w, {slow});
}

// They take as long as reads do, so others get their turn after as many.
BOOST_AUTO_TEST_CASE(messages_count_as_reads) {
    std::promise<void> sent;
    fixture_with_peer w(TLS1_3_VERSION, [&](peer_connection& c) {
        if (!c.handshake() || !c.read_request()) return;
        auto const text = reply_with(completion_body());
        bool const all = send_many(c, key_update, 3) && c.send(text.substr(0, 1)) &&
            send_many(c, key_update, 12) && c.send(text.substr(1, 1)) && send_many(c, key_update, 2) &&
            c.send(text.substr(2));
        sent.set_value();
        if (all) c.wait_for_end();
    });
    auto const service = std::make_shared<net::operation_pool>(w.io.get_executor());
    auto const op = std::make_shared<reader>(service, w, sent.get_future());
    net::launch_post(op);
    w.run_until([&] { return op->over; });
    std::vector<int> const expected{4, 17, 3};
    BOOST_TEST(op->reads == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(empty_messages_within_a_handshake_are_bounded) {
    // TLS 1.2 lets servers send these at any time, and OpenSSL skips them; 4096 fit into a record.
    std::string record("\x16\x03\x03\x40\x00", 5);
    record += std::string(16u * 1024, '\0');
    std::atomic<int> records = 0;
    fixture_with_peer w(TLS1_2_VERSION, [&](peer_connection& c) {
        for (int i = 0; i < 20'000 && c.send_raw(record); ++i) ++records;
        c.wait_for_end();
    });
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, errc::tls_handshake_failed, phase::tls_handshake);
    BOOST_TEST(result->info().cause == errc::too_many_tls_messages);
    check_detail(*result, "too many TLS messages");
    // What the client takes, and what the buffers of both sockets hold beyond.
    BOOST_TEST(records < 2000);
}

BOOST_AUTO_TEST_CASE(a_message_in_fragments_without_end_is_bounded) {
    // The head of a certificate of 16 MiB would be refused; each of these is followed by the next.
    std::string const fragment("\x16\x03\x03\x00\x01\x00", 6);
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += fragment;
    fixture_with_peer w(TLS1_2_VERSION, [&](peer_connection& c) {
        for (int i = 0; i < 5'000 && c.send_raw(many);) ++i;
        c.wait_for_end();
    });
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, errc::tls_handshake_failed, phase::tls_handshake);
    BOOST_TEST(result->info().cause == errc::too_many_tls_messages);
}

BOOST_AUTO_TEST_SUITE_END()
