// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/open_files.hpp"
#include "support/streams.hpp"

#include <algorithm>
#include <memory>
#include <vector>

// A thousand streams at the same time, over TLS, client and provider on one thread.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;

constexpr std::size_t stream_count = 1'000;

struct reader {
    chat_stream stream;
    std::size_t events = 0;
    bool in_order = true;
    bool ended = false;
    error_code ec;
};

void read(std::shared_ptr<reader> const& r) {
    r->stream.async_next([r](error_code ec, std::optional<chat_chunk> chunk) {
        r->ec = ec;
        r->ended = ec || !chunk;
        if (r->ended) return;
        if (!chunk->text().empty()) {
            r->in_order = r->in_order && chunk->text() == std::to_string(r->events) + " ";
            ++r->events;
        }
        read(r);
    });
}

struct crowd {
    crowd(std::size_t events, std::chrono::milliseconds interval) {
        // Both ends of each connection are files of this process.
        BOOST_REQUIRE_MESSAGE(allow_open_files(2 * stream_count + 200), "too few open files are allowed");
        w.config.pool.max_connections = stream_count;
        w.config.pool.max_connecting = 64;
        w.server->respond_with([=](testing::received_request const&) {
            auto reply = testing::scripted_reply::events(counted_events(events));
            reply.event_interval = interval;
            return reply;
        });
        client.emplace(w.make_client());
        for (std::size_t i = 0; i < stream_count; ++i) {
            auto r = std::make_shared<reader>();
            readers.push_back(r);
            client->async_stream(hello(), [r](error_code ec, chat_stream stream) {
                BOOST_TEST(!ec);
                r->stream = std::move(stream);
                read(r);
            });
        }
    }

    template <class Holds>
    std::size_t count(Holds holds) const {
        return static_cast<std::size_t>(std::count_if(readers.begin(), readers.end(), [&](auto const& r) {
            return holds(*r);
        }));
    }

    world w;
    std::optional<async_llm::client> client;
    std::vector<std::shared_ptr<reader>> readers;
};

} // namespace

BOOST_AUTO_TEST_SUITE(many_streams)

BOOST_AUTO_TEST_CASE(no_stream_waits_for_another) {
    // Each would take minutes. If one had to wait for another's end, this would not end in time.
    crowd c(2'000, 100ms);
    c.w.run_until([&] { return c.count([](reader const& r) { return r.events >= 3; }) == stream_count; });
    BOOST_TEST(c.count([](reader const& r) { return r.in_order; }) == stream_count);
    BOOST_TEST(c.count([](reader const& r) { return r.ended; }) == 0u);
    BOOST_TEST(c.client->stats().calls_in_flight == stream_count);
    BOOST_TEST(c.client->stats().connections_in_use == stream_count);
    for (auto const& r : c.readers) r->stream = chat_stream();
    await_no_connections(c.w);
    BOOST_TEST(c.w.server->stats().requests_aborted == stream_count);
}

BOOST_AUTO_TEST_CASE(every_stream_gets_all_of_its_events_in_order) {
    crowd c(20, 20ms);
    c.w.run_until([&] { return c.count([](reader const& r) { return r.ended; }) == stream_count; });
    BOOST_TEST(c.count([](reader const& r) {
        return !r.ec && r.in_order && r.events == 20;
    }) == stream_count);
    BOOST_TEST(c.client->stats().calls_completed == stream_count);
}

BOOST_AUTO_TEST_SUITE_END()
