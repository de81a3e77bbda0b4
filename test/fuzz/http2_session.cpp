// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_session.hpp"

#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"
#include "support/http2/frames.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// Options: most bytes of a head and of a body, place of the cut, streams that are closed at first (a bit for
// each), and `slow` for callers that take nothing before the end. Then frames of the peer, behind its
// SETTINGS.

namespace async_llm::fuzz {
namespace {

constexpr std::size_t stream_count = 4;

struct setting {
    setting() = default;

    net::response_limits limits;
    std::size_t closed = 0;
    bool is_slow = false;
};

net::http2_limits small_limits() {
    net::http2_limits limits;
    limits.stream_window = limits.connection_window = 65'535;
    limits.max_idle_frames = 300;
    limits.resets_per_minute = 60;
    limits.reset_burst_seconds = 1;
    return limits;
}

/// A caller's view of a conversation with a peer.
class conversation {
public:
    explicit conversation(setting const& s) : with_(s), session_(small_limits(), true, now()) {
        for (std::size_t i = 0; i < stream_count; ++i) {
            // The last body does not fit into the peer's window.
            bodies_[i] = std::string(i + 1 == stream_count ? 70'000 : i, 'x');
            wires_[i] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(bodies_[i].size()) +
                "\r\n\r\n" + bodies_[i];
            streams_[i] = session_.submit(wires_[i], with_.limits, &wires_[i]);
        }
        drain();
        for (std::size_t i = 0; i < stream_count; ++i) {
            if ((with_.closed >> i & 1) != 0) close(i);
        }
        feed(test::http2::settings());
    }

    void feed(std::string_view bytes) {
        own_block const block(bytes);
        bool const failed_before = session_.has_failed();
        bool const is_alive = session_.feed(block.view(), now());
        require(is_alive == !session_.has_failed(), "what is returned is the state");
        require(!failed_before || !is_alive, "a failure is final");
        drain();
        take_news();
    }

    /// All that the callers have got.
    std::string end() {
        session_.end("the end");
        drain();
        take_news();
        std::string result;
        for (std::size_t i = 0; i < stream_count; ++i) {
            auto* const stream = streams_[i];
            if (!stream) continue;
            require(stream->is_complete() != stream->has_failed(), "an end is an end of each stream");
            require(news_.count(i) != 0, "an end is news");
            take_body(i);
            result += describe(i);
            close(i);
        }
        require(session_.next_news() == nullptr, "closed streams have no news");
        return result + session_.failure().detail;
    }

private:
    static std::chrono::steady_clock::time_point now() {
        return std::chrono::steady_clock::time_point(std::chrono::hours(1));
    }

    void close(std::size_t i) {
        session_.close(*streams_[i], now());
        streams_[i] = nullptr;
    }

    void drain() {
        std::string all;
        while (session_.wants_write()) {
            auto const piece = session_.output();
            if (piece.empty()) break;
            require(piece.size() <= 2 * (16 * 1024 + 9), "an output has its limit");
            all += piece;
            session_.sent(piece.size());
        }
        require(session_.output().empty(), "what has nothing to say is drained");
        require(!session_.wants_write(), "what is drained has nothing to say");
        std::size_t size = 0;
        for (auto const& each : test::http2::split_frames(all)) size += 9 + each.payload.size();
        constexpr std::size_t preface = 24;
        require(
            size == all.size() || (all.starts_with("PRI") && size + preface == all.size()),
            "frames are whole"
        );
    }

    void take_news() {
        while (auto* const stream = session_.next_news()) {
            auto const found = std::find(streams_.begin(), streams_.end(), stream);
            require(found != streams_.end(), "news are of streams that were not closed");
            auto const i = static_cast<std::size_t>(found - streams_.begin());
            require(stream->owner() == &wires_[i], "a stream keeps its owner");
            if (stream->is_complete() || stream->has_failed()) news_.insert(i);
            if (!with_.is_slow) take_body(i);
        }
        require(session_.capacity() <= 100 && session_.open_streams() <= stream_count, "streams are counted");
        for (auto* const stream : streams_) {
            if (stream) require_within_limits(*stream);
        }
    }

    void take_body(std::size_t i) { session_.take_body(*streams_[i], received_[i]); }

    void require_within_limits(net::http2_stream& stream) const {
        require(stream.body_size() <= 65'535, "a body waits within its window");
        std::size_t size = 0;
        for (auto const& field : stream.headers()) size += field.name.size() + field.value.size() + 32;
        require(size <= with_.limits.max_head, "a head has its limit");
        if (stream.is_complete())
            require(stream.has_head() && stream.status() >= 200, "a response has a status");
        require(!stream.has_head() || stream.has_begun(), "a head has begun");
        if (stream.failure()) require(is_one_line(stream.failure().detail), "a reason is a line");
    }

    std::string describe(std::size_t i) {
        auto& stream = *streams_[i];
        require(
            with_.limits.max_body == 0 || received_[i].size() <= with_.limits.max_body,
            "a body has its limit"
        );
        auto result = std::to_string(stream.status()) + (stream.has_head() ? " head " : " ") +
            (stream.is_complete() ? "whole " : "failed ") +
            (stream.failure().unprocessed ? "unprocessed " : "") + stream.failure().detail + "\n";
        for (auto const& field : stream.headers()) result += field.name + ": " + field.value + "\n";
        // Of a body that was refused, as much was taken as came in pieces that fitted.
        bool const is_refused =
            stream.failure().ec == errc::response_too_large || stream.failure().ec == errc::invalid_http;
        return result + (is_refused ? std::string() : received_[i]) + "\n";
    }

    setting with_;
    std::array<std::string, stream_count> bodies_;
    std::array<std::string, stream_count> wires_;
    net::http2_session session_;
    std::array<net::http2_stream*, stream_count> streams_{};
    std::array<std::string, stream_count> received_;
    std::set<std::size_t> news_;
};

std::string converse(std::vector<std::string_view> const& pieces, setting const& with) {
    conversation talk(with);
    for (auto const piece : pieces) talk.feed(piece);
    return talk.end();
}

} // namespace

void fuzz_http2_session(std::string_view input) {
    option_line options(input);
    setting with;
    with.limits.max_head = options.number(100, 5000);
    with.limits.max_body = options.number(0, 5000);
    auto const cut = options.number(0, input.size());
    with.closed = options.number(0, 15);
    with.is_slow = options.word() == "slow";
    auto const expected = converse(whole(input), with);
    require_same(expected, converse(byte_by_byte(input), with), "a cut changes nothing");
    require_same(expected, converse(cut_at(input, cut), with), "a cut changes nothing");
}

} // namespace async_llm::fuzz
