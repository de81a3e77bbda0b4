// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/inbound_frames.hpp"

#include "support/http2/frames.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace async_llm;
using namespace async_llm::test::http2;
using conduct = net::inbound_frames::conduct;

namespace {

/// Pieces that the bytes are passed on in.
std::vector<std::string> pieces(net::inbound_frames& frames, std::string_view bytes) {
    std::vector<std::string> result;
    while (!bytes.empty()) {
        auto const taken = frames.take(bytes);
        for (auto const piece : {taken.first, taken.second}) {
            if (!piece.empty()) result.emplace_back(piece);
        }
    }
    return result;
}

conduct judge(net::inbound_frames& frames, std::string_view bytes) {
    pieces(frames, bytes);
    return frames.judge();
}

std::string repeated(std::string_view piece, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += piece;
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(inbound_frames)

BOOST_AUTO_TEST_CASE(each_frame_is_a_piece) {
    net::inbound_frames frames(100, 8);
    std::vector<std::string> const all{settings(), data(1, "hello"), data(1, ""), ping()};
    BOOST_TEST((pieces(frames, all[0] + all[1] + all[2] + all[3]) == all));
    BOOST_TEST((frames.judge() == conduct::fine));
}

BOOST_AUTO_TEST_CASE(a_header_is_passed_on_whole_wherever_it_was_cut) {
    auto const bytes = data(1, "hello") + data(3, "") + ping();
    std::string_view const all = bytes;
    for (std::size_t cut = 1; cut < all.size(); ++cut) {
        net::inbound_frames frames(2, 8);
        auto passed = pieces(frames, all.substr(0, cut));
        auto const before = passed.size();
        for (auto& each : pieces(frames, all.substr(cut))) passed.push_back(std::move(each));
        std::string joined;
        for (auto const& each : passed) joined += each;
        BOOST_TEST(joined == bytes, "cut at " << cut);
        // No piece ends within a header: the first part has whole frames, or a header and some of its
        // payload.
        std::string first;
        for (std::size_t i = 0; i < before; ++i) first += passed[i];
        BOOST_TEST((first.empty() || first.size() >= 9), "cut at " << cut);
        BOOST_TEST((first.size() <= 14 || first.size() >= 23), "cut at " << cut);
        BOOST_TEST((first.size() <= 23 || first.size() >= 32), "cut at " << cut);
        BOOST_TEST((frames.judge() == conduct::floods_idle_frames), "cut at " << cut);
    }
}

BOOST_AUTO_TEST_CASE(the_length_of_a_frame_has_three_bytes) {
    net::inbound_frames frames(100, 8);
    auto const long_frame = data(1, std::string(0x010203, 'x'));
    BOOST_TEST((pieces(frames, long_frame + ping()) == std::vector<std::string>{long_frame, ping()}));
}

BOOST_AUTO_TEST_CASE(a_push_is_seen_with_its_header) {
    net::inbound_frames frames(100, 8);
    auto const push = make_frame(frame_type::push_promise, end_headers, 1, "1234");
    BOOST_TEST((judge(frames, push.substr(0, 8)) == conduct::fine));
    BOOST_TEST((judge(frames, push.substr(8, 1)) == conduct::pushes));
}

BOOST_AUTO_TEST_CASE(continuation_frames_have_a_limit_for_each_head) {
    auto const more = make_frame(frame_type::continuation, 0, 1, "x");
    auto const begin = make_frame(frame_type::headers, 0, 1, "x");
    net::inbound_frames frames(1000, 8);
    for (int heads = 0; heads < 3; ++heads)
        BOOST_TEST((judge(frames, begin + repeated(more, 8)) == conduct::fine));
    BOOST_TEST((judge(frames, more) == conduct::floods_continuations));
}

BOOST_AUTO_TEST_CASE(idle_frames_are_counted_until_there_is_progress) {
    net::inbound_frames frames(10, 8);
    BOOST_TEST((judge(frames, repeated(ping(), 10)) == conduct::fine));
    frames.note_progress();
    BOOST_TEST((judge(frames, repeated(data(1, ""), 10)) == conduct::fine));
    BOOST_TEST((judge(frames, settings()) == conduct::floods_idle_frames));
}

BOOST_AUTO_TEST_SUITE_END()
