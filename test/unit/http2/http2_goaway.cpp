// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_session.hpp"
#include "support/http2/scripted_peer.hpp"
#include "support/printing.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace async_llm;
using namespace async_llm::test::http2;

namespace {

constexpr std::int32_t all_streams = 0x7fff'ffff;
constexpr std::uint32_t enhance_your_calm = 11;

std::string whole_response(std::int32_t stream) { return head(stream) + data(stream, "hello", end_stream); }

void require_unprocessed(net::http2_stream const& stream) {
    BOOST_TEST(stream.has_failed());
    BOOST_TEST(stream.failure().ec == errc::connection_lost);
    BOOST_TEST(stream.failure().unprocessed);
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(http2_goaway)

BOOST_AUTO_TEST_CASE(streams_above_the_last_one_were_not_processed_and_others_go_on) {
    for (std::int32_t const last : {0, 1, 3, 5, 7}) {
        raw_link link;
        std::vector<net::http2_stream*> streams;
        for (int i = 0; i < 3; ++i) streams.push_back(&link.begin());
        link.feed(settings());
        news_of(link.client);
        link.feed(goaway(last, 0));
        BOOST_TEST(link.client.is_draining());
        BOOST_TEST(link.client.capacity() == 0u);
        BOOST_TEST(!link.client.has_failed());
        auto const news = news_of(link.client);
        for (auto* const stream : streams) {
            BOOST_TEST_CONTEXT("last " << last << ", stream " << stream->id()) {
                bool const has_it = std::find(news.begin(), news.end(), stream) != news.end();
                BOOST_TEST(has_it == (stream->id() > last));
                if (stream->id() > last) {
                    require_unprocessed(*stream);
                    // It was not refused for what it is.
                    BOOST_TEST(stream->failure().code == 0u);
                    continue;
                }
                BOOST_TEST(!stream->has_failed());
                link.feed(whole_response(stream->id()));
                BOOST_TEST(stream->is_complete());
            }
        }
        BOOST_TEST(link.client.open_streams() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(a_goodbye_in_two_phases_fails_nothing_at_first) {
    raw_link link;
    auto& one = link.begin();
    auto& two = link.begin();
    link.feed(settings() + goaway(all_streams, 0));
    BOOST_TEST(link.client.capacity() == 0u);
    BOOST_TEST(!one.has_failed());
    BOOST_TEST(!two.has_failed());
    link.feed(goaway(one.id(), 0));
    BOOST_TEST(!one.has_failed());
    require_unprocessed(two);
    link.feed(whole_response(one.id()));
    BOOST_TEST(one.is_complete());
}

BOOST_AUTO_TEST_CASE(requests_that_were_not_sent_go_elsewhere) {
    raw_link link;
    link.feed(settings());
    auto& sent = link.begin();
    auto& waiting = *link.client.submit(link.default_wire, {}, nullptr);
    link.feed(goaway(all_streams, 0));
    for (auto const& each : link.drain_frames()) BOOST_TEST((each.type != frame_type::headers));
    require_unprocessed(waiting);
    BOOST_TEST(!sent.has_failed());
}

BOOST_AUTO_TEST_CASE(a_goodbye_behind_a_response_changes_nothing) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + whole_response(1) + goaway(0, 0));
    BOOST_TEST(stream.is_complete());
    BOOST_TEST(body_of(link.client, stream) == "hello");
}

BOOST_AUTO_TEST_CASE(a_goodbye_within_a_response_lets_it_go_on) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + head(1) + data(1, "hel") + goaway(1, 0) + data(1, "lo", end_stream));
    BOOST_TEST(stream.is_complete());
    BOOST_TEST(body_of(link.client, stream) == "hello");
}

BOOST_AUTO_TEST_CASE(a_goodbye_below_a_response_that_has_begun_does_not_make_it_unprocessed) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + head(1) + data(1, "hel") + goaway(0, 0));
    BOOST_TEST(stream.failure().ec == errc::truncated_response);
    BOOST_TEST(!stream.failure().unprocessed);
}

BOOST_AUTO_TEST_CASE(what_the_peer_said_is_told) {
    raw_link link;
    auto& one = link.begin();
    auto& two = link.begin();
    link.feed(settings() + goaway(1, enhance_your_calm, "too\r\nmany \x1b pings"));
    BOOST_TEST(
        two.failure().detail == "the peer takes no more requests (ENHANCE_YOUR_CALM, 11): too many ? pings"
    );
    link.client.end("the peer closed the connection");
    BOOST_TEST(one.failure().ec == errc::connection_lost);
    BOOST_TEST(!one.failure().unprocessed);
    BOOST_TEST(contains(one.failure().detail, "ENHANCE_YOUR_CALM"));
    BOOST_TEST(contains(one.failure().detail, "the peer closed the connection"));
}

BOOST_AUTO_TEST_CASE(a_goodbye_may_not_take_back_what_it_said) {
    raw_link link;
    auto& one = link.begin();
    link.feed(settings() + goaway(1, 0) + goaway(5, 0));
    link.drain();
    BOOST_TEST(link.client.has_failed());
    BOOST_TEST(one.failure().ec == errc::connection_lost);
    BOOST_TEST(!one.failure().unprocessed);
}

BOOST_AUTO_TEST_CASE(a_breach_behind_a_goodbye_fails_the_connection) {
    raw_link link;
    auto& one = link.begin();
    link.feed(settings() + goaway(1, 0) + make_frame(frame_type::ping, 0, 0, "short"));
    BOOST_TEST(link.client.has_failed());
    BOOST_TEST(one.has_failed());
}

// ---------------------------------------------------------------------------------- end of the connection

BOOST_AUTO_TEST_CASE(an_end_says_of_each_stream_whether_the_peer_may_have_acted) {
    raw_link link;
    auto& answered = link.begin();
    auto& begun = link.begin();
    auto& sent = link.begin();
    link.feed(settings() + whole_response(1) + head(3));
    link.drain();
    auto& put_out = *link.client.submit(link.default_wire, {}, nullptr);
    BOOST_TEST(!link.client.output().empty());
    auto& queued = *link.client.submit(link.default_wire, {}, nullptr);
    news_of(link.client);
    link.client.end("the peer closed the connection");
    BOOST_TEST(answered.is_complete());
    BOOST_TEST(begun.failure().ec == errc::truncated_response);
    BOOST_TEST(!begun.failure().unprocessed);
    BOOST_TEST(sent.failure().ec == errc::connection_lost);
    BOOST_TEST(!sent.failure().unprocessed);
    require_unprocessed(put_out);
    require_unprocessed(queued);
    BOOST_TEST(news_of(link.client).size() == 4u);
    BOOST_TEST(link.client.failure().detail == "the peer closed the connection");
    BOOST_TEST(!link.client.feed(whole_response(3), start()));
    BOOST_TEST(link.client.submit(link.default_wire, {}, nullptr) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_request_of_which_the_first_byte_was_written_may_have_been_seen) {
    for (std::size_t const written : {0u, 1u}) {
        raw_link link;
        link.drain();
        auto& stream = *link.client.submit(link.default_wire, {}, nullptr);
        BOOST_TEST(link.client.output().size() > 1u);
        link.client.sent(written);
        link.client.end("write error");
        BOOST_TEST(stream.failure().unprocessed == (written == 0));
    }
}

BOOST_AUTO_TEST_CASE(streams_of_a_connection_that_has_ended_can_be_closed) {
    raw_link link;
    auto& one = link.begin();
    auto& two = *link.client.submit(link.default_wire, {}, nullptr);
    link.feed(settings() + head(1) + data(1, "hel"));
    link.client.end("over");
    BOOST_TEST(body_of(link.client, one) == "hel");
    link.client.close(one, start());
    link.client.close(two, start());
    BOOST_TEST(news_of(link.client).empty());
    link.drain();
    link.client.end("again");
    BOOST_TEST(link.client.failure().detail == "over");
}

BOOST_AUTO_TEST_SUITE_END()
