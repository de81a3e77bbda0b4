// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_session.hpp"
#include "support/http2/scripted_peer.hpp"
#include "support/printing.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

// A client and a server that do at random what they may, against what either is known to have said.

using namespace async_llm;
using namespace async_llm::test::http2;

namespace {

constexpr std::size_t most_streams = 20;

/// A call as it ought to go.
struct call {
    std::string body;
    std::string wire;
    net::http2_stream* stream = nullptr;
    std::int32_t id = 0;
    bool has_response = false;
    bool is_finished = false;
    std::string said;
    std::string taken;
};

class client_fixture {
public:
    explicit client_fixture(unsigned seed) : random_(seed), link_(limits()) { link_.pump(); }

    void step() {
        switch (draw(12)) {
        case 0:
        case 1: submit(); break;
        case 2:
        case 3: respond(); break;
        case 4:
        case 5: say(); break;
        case 6: finish(); break;
        case 7:
        case 8: take(); break;
        case 9: close(); break;
        case 10: change_peer(); break;
        default: pump();
        }
    }

    void end() {
        link_.peer.allow_streams(1000);
        for (int turns = 0; turns < 1000 && !calls_.empty(); ++turns) {
            for (auto const& each : calls_) {
                if (!each->has_response) begin(*each);
                if (!each->is_finished) finish(*each);
                take(*each);
            }
            pump();
            std::erase_if(calls_, [this](auto const& each) { return is_over(*each); });
        }
        for (int turns = 0; turns < 1000 && link_.client.open_streams() != 0; ++turns) pump();
        pump();
        BOOST_TEST(calls_.empty());
        BOOST_TEST(link_.client.open_streams() == 0u);
        // The last ones may wait for a response before they are confirmed.
        BOOST_TEST(link_.client.unconfirmed_resets() < most_streams);
        BOOST_TEST(link_.client.capacity() + link_.client.unconfirmed_resets() == most_streams);
        BOOST_TEST(link_.client.next_news() == nullptr);
        BOOST_TEST(completed > 0u);
        BOOST_TEST(failed > 0u);
    }

    std::size_t completed = 0;
    std::size_t failed = 0;

private:
    static net::http2_limits limits() {
        net::http2_limits limits;
        limits.max_streams = most_streams;
        limits.stream_window = limits.connection_window = 65'535;
        limits.resets_per_minute = 600;
        limits.reset_burst_seconds = 1;
        return limits;
    }

    std::size_t draw(std::size_t below) { return random_() % below; }
    std::string text(std::size_t below) {
        std::string result(draw(below), '\0');
        for (auto& c : result) c = static_cast<char>('a' + draw(26));
        return result;
    }
    call* any() { return calls_.empty() ? nullptr : calls_[draw(calls_.size())].get(); }

    void submit() {
        if (link_.client.capacity() == 0) return;
        auto& made = *calls_.emplace_back(std::make_unique<call>());
        made.body = text(draw(4) == 0 ? 100'000 : 100);
        made.wire = wire_of(made.body);
        made.stream = link_.client.submit(made.wire, {}, &made);
        BOOST_TEST_REQUIRE(made.stream);
        made.id = made.stream->id();
    }

    bool is_known(call const& each) const { return link_.peer.requests().count(each.id) != 0; }

    void begin(call& each) {
        if (!is_known(each) || each.stream->has_failed()) return;
        link_.peer.begin_response(each.id);
        each.has_response = true;
    }
    void respond() {
        if (auto* const each = any(); each && !each->has_response) begin(*each);
    }

    void say() {
        auto* const each = any();
        if (!each || !each->has_response || each->is_finished) return;
        auto const more = text(draw(4) == 0 ? 100'000 : 100);
        each->said += more;
        link_.peer.send(each->id, more);
    }

    void finish(call& each) {
        if (!each.has_response) return;
        each.is_finished = true;
        link_.peer.finish(each.id);
    }
    void finish() {
        if (auto* const each = any(); each && !each->is_finished) finish(*each);
    }

    void take(call& each) {
        link_.client.take_body(*each.stream, each.taken);
        BOOST_TEST_REQUIRE(each.said.starts_with(each.taken));
    }
    void take() {
        if (auto* const each = any()) take(*each);
    }

    void close() {
        auto* const each = any();
        if (!each || draw(2) == 0) return;
        link_.client.close(*each->stream, now_);
        std::erase_if(calls_, [each](auto const& other) { return other.get() == each; });
    }

    void change_peer() {
        if (draw(2) == 0) return link_.peer.allow_streams(static_cast<std::uint32_t>(draw(30)));
        auto* const each = any();
        if (each && is_known(*each) && draw(4) == 0) link_.peer.reset(each->id, draw(2) == 0 ? 7 : 2);
    }

    bool is_over(call& each) {
        if (each.stream->is_complete()) {
            take(each);
            BOOST_TEST_REQUIRE(each.is_finished);
            BOOST_TEST_REQUIRE((each.taken == each.said));
            ++completed;
        } else if (each.stream->has_failed()) {
            ++failed;
        } else {
            return false;
        }
        link_.client.close(*each.stream, now_);
        return true;
    }

    void pump() {
        now_ += std::chrono::milliseconds(draw(50));
        link_.client.reset_abandoned(now_);
        link_.pump(now_);
        BOOST_TEST_REQUIRE(!link_.client.has_failed(), link_.client.failure().detail);
        BOOST_TEST_REQUIRE(!link_.client.is_draining());
        BOOST_TEST_REQUIRE(link_.client.capacity() <= most_streams);
        while (auto* const stream = link_.client.next_news()) {
            auto const is_its = [stream](auto const& each) { return each->stream == stream; };
            auto const found = std::find_if(calls_.begin(), calls_.end(), is_its);
            BOOST_TEST_REQUIRE((found != calls_.end()));
            BOOST_TEST_REQUIRE(stream->owner() == found->get());
            if (is_over(**found)) calls_.erase(found);
        }
        for (auto const& each : calls_) {
            BOOST_TEST_REQUIRE(!each->stream->is_complete());
            BOOST_TEST_REQUIRE(!each->stream->has_failed());
            if (!is_known(*each)) continue;
            auto const& request = link_.peer.request(each->id);
            BOOST_TEST_REQUIRE(each->body.starts_with(request.body));
            if (request.is_whole) BOOST_TEST_REQUIRE((request.body == each->body));
            BOOST_TEST_REQUIRE(request.is_whole == each->stream->is_sent());
        }
    }

    std::minstd_rand random_;
    std::chrono::steady_clock::time_point now_ = start();
    linked link_;
    std::vector<std::unique_ptr<call>> calls_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(http2_model)

BOOST_AUTO_TEST_CASE(whatever_both_sides_do_nothing_is_lost_and_all_places_come_back) {
    for (unsigned seed = 1; seed <= 30; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            client_fixture one(seed);
            for (int i = 0; i < 600; ++i) one.step();
            one.end();
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
