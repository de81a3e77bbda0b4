// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Every fault at every point of a reply, for a call and for a stream: what the call ends with, that the next
// one ends well, and that neither takes long or much memory.

#include "support/fixtures/heap_meter.hpp"
#include "support/fixtures/http2_fixture.hpp"
#include "support/streams/streams.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::http2_event;
using testing::http2_frames;
using testing::http2_point;
using testing::scripted_reply;

// Points of a reply at which a fault happens.
enum class point { before_head, behind_head, in_body, behind_body, after_end };
constexpr auto all_points =
    {point::before_head, point::behind_head, point::in_body, point::behind_body, point::after_end};

char const* name_of(point at) {
    switch (at) {
    case point::before_head: return "before the head";
    case point::behind_head: return "behind the head";
    case point::in_body: return "in the body";
    case point::behind_body: return "behind the body";
    case point::after_end: return "after the end";
    }
    return "";
}

http2_event happening(http2_event event, point at) {
    event.point = at == point::before_head ? http2_point::before_head
        : at == point::after_end           ? http2_point::after_end
                                           : http2_point::in_body;
    event.after = at == point::in_body ? 20 : at == point::behind_body ? 1'000'000 : 0;
    return event;
}

http2_event with_code(http2_frames kind, std::uint32_t code, std::int32_t last_stream = 0) {
    http2_event event(kind);
    event.code = code;
    event.last_stream = last_stream;
    return event;
}

// End of a call, whether it was streamed or not.
struct ending {
    ending() = default;

    error_code ec;
    bool replayed = false;
    int attempts = 0;
};

ending outcome_of(client_fixture& w, client const& from, bool streamed) {
    ending result;
    if (!streamed) {
        auto const c = ask(w, from);
        result.ec = c->ec;
        result.replayed = c->info().replayed;
        result.attempts = c->info().attempts;
        if (!c->ec) BOOST_TEST(c->response.text() == "Hello");
        return result;
    }
    auto const opened = open_stream(w, from);
    result.ec = opened->ec;
    result.replayed = opened->stream.info().replayed;
    result.attempts = opened->stream.info().attempts;
    if (opened->ec) return result;
    auto const all = read_all(w, opened->stream);
    result.ec = all.ec;
    if (!all.ec) BOOST_TEST(all.text == "Hello");
    return result;
}

// What a fault leads to at each point: nothing that a call sees, or one of these.
struct expectation {
    expectation() = default;

    error_code ec;
    bool replayed = false;
    // Whether the connection serves on.
    bool serves_on = true;
};

error_code lost_at(point at, bool streamed) {
    // A stream is complete with its `[DONE]`.
    if (at == point::after_end || (at == point::behind_body && streamed)) return error_code();
    return at == point::before_head ? errc::connection_lost : errc::truncated_response;
}

// One fault in a reply, and a call behind it that has to end well. Bytes on the heap are those of both sides.
void check_fault(http2_event const& event, point at, bool streamed, expectation const& expected) {
    http2_fixture w(testing::mock_options(), scheme::http);
    w.config.pool.ping_interval = 0ms;
    auto const client = w.make_client();
    auto reply = streamed ? scripted_reply::stream("Hello") : scripted_reply::echo();
    reply.http2.push_back(happening(event, at));
    w.server->enqueue(reply);
    auto const began = std::chrono::steady_clock::now();
    ending result;
    {
        heap_meter const heap;
        result = outcome_of(w, client, streamed);
        BOOST_TEST(heap.peak() < 4u * 1024 * 1024);
    }
    BOOST_TEST(result.ec == expected.ec);
    BOOST_TEST(result.replayed == expected.replayed);
    BOOST_TEST(result.attempts == 1);
    ask_well(w, client);
    BOOST_TEST((std::chrono::steady_clock::now() - began < 60s));
    BOOST_TEST(w.server->stats().connections_accepted == (expected.serves_on ? 1u : 2u));
    BOOST_TEST(client.stats().streams == 0u);
    BOOST_TEST(client.stats().connections_in_use == 0u);
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_fault_matrix)

BOOST_AUTO_TEST_CASE(a_reset_with_every_code_at_every_point) {
    std::vector<std::uint32_t> codes{255, 0xffff'ffff};
    for (std::uint32_t code = 0; code <= 14; ++code) codes.push_back(code);
    for (auto const code : codes) {
        for (auto const at : all_points) {
            // Then HTTP/1.1 is spoken.
            bool const changes_version = code == h2_code::http_1_1_required && at == point::before_head;
            for (bool const streamed : {false, true}) {
                if (changes_version) continue;
                BOOST_TEST_CONTEXT("code " << code << ' ' << name_of(at) << (streamed ? ", streamed" : "")) {
                    expectation expected;
                    expected.replayed = code == h2_code::refused_stream && at == point::before_head;
                    if (!expected.replayed) expected.ec = lost_at(at, streamed);
                    check_fault(with_code(http2_frames::rst_stream, code), at, streamed, expected);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_goaway_before_at_and_after_the_stream_at_every_point) {
    for (auto const code : {h2_code::no_error, h2_code::internal_error, h2_code::enhance_your_calm}) {
        for (auto const kind : {http2_frames::goaway, http2_frames::goaway_and_close}) {
            for (std::int32_t const last : {-2, 0, 2}) {
                for (auto const at : all_points) {
                    for (bool const streamed : {false, true}) {
                        BOOST_TEST_CONTEXT(
                            (kind == http2_frames::goaway ? "" : "closing, ")
                            << "code " << code << ", last " << last << ' ' << name_of(at)
                            << (streamed ? ", streamed" : "")
                        ) {
                            bool const cuts = last < 0 || kind == http2_frames::goaway_and_close;
                            expectation expected;
                            expected.serves_on = false;
                            expected.replayed = last < 0 && at == point::before_head;
                            if (cuts && !expected.replayed) expected.ec = lost_at(at, streamed);
                            check_fault(with_code(kind, code, last), at, streamed, expected);
                        }
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_flood_of_frames_at_every_point) {
    for (auto const kind :
         {http2_frames::unknown,
          http2_frames::settings,
          http2_frames::pings,
          http2_frames::empty_data,
          http2_frames::stray_data}) {
        for (auto const at : {point::before_head, point::in_body}) {
            // There it is the body.
            if (kind == http2_frames::stray_data && at == point::in_body) continue;
            for (bool const streamed : {false, true}) {
                BOOST_TEST_CONTEXT(
                    "kind " << static_cast<int>(kind) << ' ' << name_of(at) << (streamed ? ", streamed" : "")
                ) {
                    expectation expected;
                    expected.serves_on = false;
                    expected.ec = lost_at(at, streamed);
                    check_fault(http2_event(kind, 20'000), at, streamed, expected);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(as_many_frames_as_servers_may_send_change_nothing) {
    for (auto const kind :
         {http2_frames::unknown, http2_frames::settings, http2_frames::pings, http2_frames::empty_data}) {
        for (auto const at : {point::behind_head, point::in_body, point::behind_body}) {
            for (bool const streamed : {false, true}) {
                // More answers than may wait are only asked for by floods.
                bool const asks = kind == http2_frames::settings || kind == http2_frames::pings;
                check_fault(http2_event(kind, asks ? 200 : 9'000), at, streamed, expectation());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(data_of_a_dead_stream_changes_nothing) {
    for (bool const streamed : {false, true})
        check_fault(http2_event(http2_frames::stray_data, 5'000), point::after_end, streamed, expectation());
}

BOOST_AUTO_TEST_CASE(a_limit_lowered_to_none_lets_the_reply_end) {
    for (auto const at : all_points) {
        for (bool const streamed : {false, true}) {
            expectation expected;
            expected.serves_on = false;
            check_fault(http2_event(http2_frames::max_streams, 0), at, streamed, expected);
        }
    }
}

// The first response of a connection that is cut behind each of its bytes: nothing of it has come, then a
// part, then all of it, and never is it taken for whole before.
BOOST_AUTO_TEST_CASE(a_connection_cut_at_every_byte_of_its_first_response) {
    for (bool const streamed : {false, true}) {
        http2_fixture w(testing::mock_options(), scheme::http);
        auto const client = w.make_client();
        std::size_t lost = 0;
        std::size_t truncated = 0;
        for (std::size_t at = 0; at != 5'000; ++at) {
            auto reply = streamed ? scripted_reply::stream("Hello") : scripted_reply::echo();
            reply.fault = testing::reply_fault::close;
            reply.fault_after = at;
            w.server->enqueue(reply);
            auto const result = outcome_of(w, client, streamed);
            BOOST_TEST_REQUIRE(w.server->stats().connections_accepted == at + 1);
            if (!result.ec) break;
            BOOST_TEST_REQUIRE(result.attempts == 1);
            BOOST_TEST_REQUIRE(!result.replayed);
            if (result.ec == errc::connection_lost) {
                BOOST_TEST_REQUIRE(truncated == 0u);
                ++lost;
            } else {
                BOOST_TEST_REQUIRE(result.ec == errc::truncated_response);
                ++truncated;
            }
        }
        // The header of the first frame has nine bytes.
        BOOST_TEST(lost == 9u);
        BOOST_TEST(truncated > 100u);
        BOOST_TEST(lost + truncated < 5'000u);
        ask_well(w, client);
    }
}

BOOST_AUTO_TEST_SUITE_END()
