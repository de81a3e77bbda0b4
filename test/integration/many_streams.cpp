// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/faults/open_files.hpp"
#include "support/streams/streams.hpp"

#include <memory>
#include <vector>

// A thousand streams at the same time, over TLS, client and provider on one thread.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;

constexpr std::size_t stream_count = 1'000;

/// Counted as they happen: to look at all readers after each event would be most of the work.
struct tally {
    std::size_t begun = 0; // readers with three events and more
    std::size_t ended = 0;
    std::size_t ended_well = 0;
    std::size_t disorders = 0;
};

struct reader {
    chat_stream stream;
    std::size_t events = 0;
};

void read(std::shared_ptr<reader> const& r, tally& t, std::size_t expected) {
    r->stream.async_next([r, &t, expected](error_code ec, std::optional<chat_chunk> chunk) {
        if (ec || !chunk) {
            ++t.ended;
            if (!ec && r->events == expected) ++t.ended_well;
            return;
        }
        if (!chunk->text().empty()) {
            if (chunk->text() != std::to_string(r->events) + " ") ++t.disorders;
            if (++r->events == 3) ++t.begun;
        }
        // Dropped meanwhile, perhaps.
        if (r->stream) read(r, t, expected);
    });
}

struct crowd {
    crowd(std::size_t events, std::chrono::milliseconds interval) {
        // Both ends of each connection are files of this process.
        BOOST_REQUIRE_MESSAGE(allow_open_files(2 * stream_count + 200), "too few open files are allowed");
        w.config.pool.max_connections = stream_count;
        w.config.pool.max_connecting = 64;
        // Under a sanitizer, on a busy machine, a thousand handshakes take their time.
        w.config.timeouts.tls_handshake = patience;
        w.config.timeouts.connect = patience;
        w.server->respond_with([=](testing::received_request const&) {
            auto reply = testing::scripted_reply::events(counted_events(events));
            reply.event_interval = interval;
            return reply;
        });
        client.emplace(w.make_client());
        for (std::size_t i = 0; i < stream_count; ++i) {
            auto r = std::make_shared<reader>();
            readers.push_back(r);
            client->async_stream(hello(), [this, r, events](error_code ec, chat_stream stream) {
                BOOST_TEST(!ec, ec.message());
                r->stream = std::move(stream);
                read(r, counted, events);
            });
        }
    }

    client_fixture w;
    std::optional<async_llm::client> client;
    std::vector<std::shared_ptr<reader>> readers;
    tally counted;
};

} // namespace

BOOST_AUTO_TEST_SUITE(many_streams)

BOOST_AUTO_TEST_CASE(no_stream_waits_for_another) {
    // Each would take some minutes. If one had to wait for another's end, this would not end in time.
    crowd c(100, 2s);
    c.w.run_until([&] { return c.counted.begun == stream_count; });
    BOOST_TEST(c.counted.disorders == 0u);
    BOOST_TEST(c.counted.ended == 0u);
    BOOST_TEST(c.client->stats().calls_in_flight == stream_count);
    BOOST_TEST(calls_on_connections(*c.client) == stream_count);
    for (auto const& r : c.readers) r->stream = chat_stream();
    await_no_connections(c.w);
    BOOST_TEST(c.w.server->stats().requests_aborted == stream_count);
}

BOOST_AUTO_TEST_CASE(every_stream_gets_all_of_its_events_in_order) {
    crowd c(20, 20ms);
    c.w.run_until([&] { return c.counted.ended == stream_count; });
    BOOST_TEST(c.counted.disorders == 0u);
    BOOST_TEST(c.counted.ended_well == stream_count);
    c.w.run_until([&] { return c.client->stats().calls_in_flight == 0; });
    BOOST_TEST(c.client->stats().calls_completed == stream_count);
}

BOOST_AUTO_TEST_SUITE_END()
