// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Records as no server of OpenSSL's sends them: in parts, while the client waits in between, and empty ones.

#include "support/fixtures/calls.hpp"
#include "support/servers/tls13_writer.hpp"
#include "support/servers/tls_peer.hpp"
#include "support/streams/streams.hpp"

#include <openssl/bio.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;

// The records that OpenSSL writes within a step.
template <class Step>
std::string records_of(peer_connection& c, Step step) {
    BIO* const memory = BIO_new(BIO_s_mem());
    BIO* const socket = SSL_get_wbio(c.native());
    BIO_up_ref(socket);
    SSL_set0_wbio(c.native(), memory);
    step();
    char* data = nullptr;
    auto const size = BIO_get_mem_data(memory, &data);
    std::string result(data, static_cast<std::size_t>(size));
    SSL_set0_wbio(c.native(), socket);
    return result;
}

// How many bytes of a record come first: less than its head, its head alone, and more.
constexpr auto cuts = {1U, 4U, 5U, 6U, 20U, 200U};

struct cut_fixture : client_fixture {
    cut_fixture(std::string const& first, std::string const& text, std::size_t cut) {
        auto context = make_server_side(authority.issue());
        SSL_CTX_set_num_tickets(context.get(), 0);
        peer.emplace(std::move(context), [=, this](peer_connection& c) {
            if (!c.handshake() || !c.read_request()) return;
            if (!first.empty() && !c.send(first)) return;
            auto const bytes = records_of(c, [&] { c.send(text); });
            c.send_raw(std::string_view(bytes).substr(0, cut));
            sent = true;
            while (!go) std::this_thread::yield();
            c.send_raw(std::string_view(bytes).substr(cut));
            c.wait_for_end();
        });
        endpoint.base_url = peer->base_url();
    }
    ~cut_fixture() { go = true; }

    // Lets the client take the first part and wait, and sends the rest then.
    void send_the_rest() {
        run_until([this] { return sent.load(); });
        let_pass(*this, 20ms);
        go = true;
    }

    std::atomic<bool> sent = false;
    std::atomic<bool> go = false;
    std::optional<tls_peer> peer;
};

// A server that writes its own records, and a client of it.
struct writer_fixture : client_fixture {
    using script = std::function<void(peer_connection&, tls13_writer&)>;

    explicit writer_fixture(script each) {
        auto context = make_server_side(authority.issue());
        tls13_writer::prepare(context.get());
        peer.emplace(std::move(context), [each = std::move(each)](peer_connection& c) {
            if (!c.handshake() || !c.read_request()) return;
            tls13_writer writer(c.native());
            each(c, writer);
        });
        endpoint.base_url = peer->base_url();
    }

    std::optional<tls_peer> peer;
};

std::string many_records(tls13_writer& from, record_type type, std::string_view content, int count) {
    std::string result;
    for (int i = 0; i < count; ++i) result += from.record(type, content);
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_records)

BOOST_AUTO_TEST_CASE(some_empty_records_do_no_harm) {
    writer_fixture w([](peer_connection& c, tls13_writer& to) {
        auto bytes = many_records(to, record_type::application_data, "", 20);
        for (char const each : reply_with(completion_body())) {
            bytes += to.record(record_type::application_data, std::string(1, each));
            bytes += many_records(to, record_type::application_data, "", 3);
        }
        if (c.send_raw(bytes)) c.wait_for_end();
    });
    auto const client = w.make_client();
    BOOST_TEST(ask_well(w, client)->response.text() == "Hello");
}

// OpenSSL itself counts these.
BOOST_AUTO_TEST_CASE(empty_records_without_end_are_bounded) {
    for (auto const type : {record_type::application_data, record_type::alert}) {
        writer_fixture w([type](peer_connection& c, tls13_writer& to) {
            // user_canceled is the only warning of TLS 1.3.
            std::string_view const content = type == record_type::alert ? "\x01\x5a" : "";
            for (int i = 0; i < 1000; ++i) {
                if (!c.send_raw(many_records(to, type, content, 100))) return;
            }
            c.wait_for_end();
        });
        auto const client = w.make_client();
        check_failure(*ask(w, client), errc::connection_lost, phase::waiting);
    }
}

BOOST_AUTO_TEST_CASE(a_message_in_fragments_is_bounded) {
    writer_fixture w([](peer_connection& c, tls13_writer& to) {
        // The head of the longest ticket there is, and then a byte of it at a time.
        auto const head = to.record(record_type::handshake, std::string_view("\x04\x01\xff\xff", 4));
        if (!c.send_raw(head)) return;
        for (int i = 0; i < 1300; ++i) {
            if (!c.send_raw(many_records(to, record_type::handshake, "x", 100))) return;
        }
        c.wait_for_end();
    });
    auto const client = w.make_client();
    check_failure(*ask(w, client), errc::too_many_tls_messages, phase::waiting);
}

// What has been read ahead is dropped, and not processed to its end.
BOOST_AUTO_TEST_CASE(no_more_messages_are_answered_than_are_allowed) {
    std::atomic<std::size_t> answered = 0;
    std::atomic<bool> over = false;
    client_fixture w;
    tls_peer const peer(make_server_side(w.authority.issue()), [&](peer_connection& c) {
        if (c.handshake() && c.read_request()) {
            c.send_raw(records_of(c, [&] {
                for (int i = 0; i < 500; ++i) c.update_key(true);
            }));
            answered = c.wait_for_end();
        }
        over = true;
    });
    w.endpoint.base_url = peer.base_url();
    auto const client = w.make_client();
    check_failure(*ask(w, client), errc::too_many_tls_messages, phase::waiting);
    w.run_until([&] { return over.load(); });
    // A record of an answer has 27 bytes, so 500 would have been 13,500.
    BOOST_TEST(answered < 40U * 27);
}

BOOST_AUTO_TEST_CASE(a_reply_whose_record_comes_in_parts) {
    for (std::size_t const cut : cuts) {
        cut_fixture w("", reply_with(completion_body()), cut);
        auto const client = w.make_client();
        auto const call = start(client);
        w.send_the_rest();
        finish(w, {call});
        require_success(*call);
        BOOST_TEST(call->response.text() == "Hello");
        BOOST_TEST(client.stats().replays == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_whose_record_comes_in_parts) {
    for (std::size_t const cut : cuts) {
        std::string rest;
        for (auto const& each : counted_events(100)) rest += each;
        auto const size = std::to_string(rest.size());
        auto const head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " + size + "\r\n\r\n";
        cut_fixture w(head, rest, cut);
        auto const client = w.make_client();
        auto stream = open_well(w, client);
        auto const first = start_next(stream);
        w.send_the_rest();
        w.run_until([&] { return first->done; });
        BOOST_REQUIRE(first->chunk);
        auto const read = read_all(w, stream);
        BOOST_TEST(!read.ec);
        BOOST_TEST(std::string(first->chunk->text()) + read.text == counted_text(100));
    }
}

BOOST_AUTO_TEST_SUITE_END()
