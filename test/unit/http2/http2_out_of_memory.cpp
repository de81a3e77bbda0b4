// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_session.hpp"
#include "support/faults/scarce_memory.hpp"
#include "support/http2/scripted_peer.hpp"

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

// Each request for memory fails once, the first one to begin with, until none is left that can fail.

using namespace async_llm;
using namespace async_llm::test::http2;

namespace {

/// Bytes of the peer: two responses of which one is wrong, and a goodbye.
std::string said_by_peer() {
    fields const list{{"a-name-of-some-length", "a value of some length"}};
    // With answers that need a larger output.
    std::string pings;
    for (int i = 0; i < 200; ++i) pings += ping();
    return settings() + pings + head(1, 200, list) + data(1, std::string(100, 'x')) + head(3, 200, list) +
        data(3, "x", end_stream) + reset(5, 2) + goaway(5, 11, "words of some length") +
        data(1, std::string(1000, 'x'));
}

/// A caller with two requests and more, whose memory fails. Returns which of them ended as they should.
struct caller {
    explicit caller(std::string const& bytes) : input(bytes) {}

    /// Returns whether a request for memory has failed.
    bool converse(std::size_t failing) {
        test::scarce_memory const scarce(failing);
        session = std::make_unique<net::http2_session>(net::http2_limits(), true, start());
        for (auto& each : streams) {
            each = session->submit(wire, {}, &each);
            ++submitted;
        }
        drain();
        session->feed(input, start());
        drain();
        std::string body;
        session->take_body(*streams[0], body);
        session->close(*streams[3], start());
        streams[3] = nullptr;
        drain();
        // Nothing may be lost without a word.
        if (scarce.has_failed() && !session->has_failed()) throw std::logic_error("the connection goes on");
        session->end("a sentence of some length");
        return scarce.has_failed();
    }

    void drain() {
        for (;;) {
            auto const piece = session->output();
            if (piece.empty()) break;
            session->sent(piece.size());
        }
    }

    void require_all_ended() {
        session->end("the end");
        BOOST_TEST(session->has_failed());
        std::size_t news = 0;
        while (auto* const stream = session->next_news()) news += stream->owner() != nullptr ? 1u : 0u;
        BOOST_TEST(news <= submitted);
        for (auto* const stream : streams) {
            if (!stream) continue;
            BOOST_TEST(stream->is_complete() != stream->has_failed());
            session->close(*stream, start());
        }
        BOOST_TEST(session->next_news() == nullptr);
    }

    std::string wire = wire_of("a body of some length", "X-Some-Name: and a value of some length\r\n");
    std::string const& input;
    std::unique_ptr<net::http2_session> session;
    std::array<net::http2_stream*, 4> streams{};
    std::size_t submitted = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(http2_out_of_memory)

BOOST_AUTO_TEST_CASE(whatever_fails_for_want_of_memory_all_streams_end) {
    auto const input = said_by_peer();
    std::size_t failed_connections = 0;
    std::size_t thrown = 0;
    std::size_t n = 1;
    for (;; ++n) {
        caller one(input);
        bool has_failed = true;
        try {
            has_failed = one.converse(n);
        } catch (std::bad_alloc const&) {
            ++thrown;
        }
        if (one.session) {
            auto const memory = make_error_code(boost::system::errc::not_enough_memory);
            if (one.session->failure().ec == memory) ++failed_connections;
            one.require_all_ended();
        }
        if (!has_failed) break;
    }
    BOOST_TEST(n > 20u);
    BOOST_TEST(thrown > 5u);
    BOOST_TEST(failed_connections > 5u);
}

BOOST_AUTO_TEST_SUITE_END()
