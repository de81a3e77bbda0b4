// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/marked_streams.hpp"

#include "support/streams/streams.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace async_llm::test {
namespace {

constexpr std::size_t words = 8;

std::string word_of(std::string const& mark, std::size_t number) {
    return mark + ":" + std::to_string(number) + " ";
}

std::string text_of(std::size_t stream) {
    std::string result;
    for (std::size_t i = 0; i < words; ++i) result += word_of(mark_of(stream), i);
    return result;
}

} // namespace

testing::mock_provider::responder streaming_marks(std::mt19937& random) {
    return [&random](testing::received_request const& request) {
        auto const mark = request.last_user_text();
        std::vector<std::string> events{": being thought about\n\n"};
        for (std::size_t i = 0; i < words; ++i) events.push_back(says(word_of(mark, i)));
        events.push_back(finishes());
        events.push_back(done());
        auto reply = testing::scripted_reply::events(std::move(events));
        reply.latency = std::chrono::microseconds(random() % 20'000);
        reply.event_interval = std::chrono::microseconds(1'000 + random() % 3'000);
        // So that many wait for their first word.
        reply.parts[1].delay = std::chrono::microseconds(random() % 20'000);
        return reply;
    };
}

marked_streams::marked_streams(
    client_fixture& w,
    client const& from,
    std::size_t total,
    std::size_t in_flight
)
    : fixture_(w), client_(from), streams_(total), workers_(in_flight) {
    for (std::size_t i = 0; i < workers_; ++i) {
        asio::co_spawn(w.io, work(), [this](std::exception_ptr e) {
            BOOST_TEST(!e);
            ++workers_ended_;
        });
    }
}

void marked_streams::run_until_ended(std::size_t count) {
    fixture_.run_until([this, count] { return ended_ >= count; });
}

void marked_streams::finish() {
    fixture_.run_until([this] { return workers_ended_ == workers_; });
}

void marked_streams::check(served_marks const& served) const {
    for (std::size_t i = 0; i < streams_.size(); ++i) check(streams_[i], i, served[i]);
    auto const stats = client_.stats();
    BOOST_TEST(stats.calls_in_flight == 0u);
    BOOST_TEST(stats.calls_completed == streams_.size() - broken());
    BOOST_TEST(stats.calls_failed == broken());
}

std::size_t marked_streams::broken() const {
    auto const is_broken = [](one_stream const& s) { return s.ec.failed(); };
    return static_cast<std::size_t>(std::count_if(streams_.begin(), streams_.end(), is_broken));
}

std::size_t marked_streams::begun_anew() const {
    auto const is_begun_anew = [](one_stream const& s) { return !s.ec && s.info.attempts > 1; };
    return static_cast<std::size_t>(std::count_if(streams_.begin(), streams_.end(), is_begun_anew));
}

std::string marked_streams::figures() const {
    return std::to_string(streams_.size()) + " streams, " + std::to_string(broken()) +
        " broken off behind content, " + std::to_string(begun_anew()) + " begun anew before it, " +
        connection_figures(client_.stats());
}

asio::awaitable<void> marked_streams::work() {
    while (begun_ < streams_.size()) {
        auto const number = begun_++;
        co_await read(number, streams_[number]);
        ++ended_;
    }
}

asio::awaitable<void> marked_streams::read(std::size_t number, one_stream& result) {
    auto operation = client_.async_stream(saying(mark_of(number)), asio::as_tuple(asio::deferred));
    auto opened = co_await std::move(operation);
    auto& [failure, stream] = opened;
    result.ec = failure;
    while (!result.ec) {
        auto const next = co_await stream.async_next(asio::as_tuple(asio::deferred));
        auto const& [ec, chunk] = next;
        result.ec = ec;
        if (!ec && !chunk) break;
        if (!ec) result.text += chunk->text();
    }
    result.info = stream.info();
}

void marked_streams::check(one_stream const& s, std::size_t number, std::size_t served) {
    auto const whole = text_of(number);
    auto const times = static_cast<std::size_t>(s.info.attempts) * (s.info.replayed ? 2 : 1);
    auto const story =
        mark_of(number) + " ended with " + s.ec.message() + " after " + s.text + ": " + s.info.detail;
    BOOST_CHECK_MESSAGE(served >= 1 && served <= times, story);
    if (!s.ec) {
        BOOST_CHECK_MESSAGE(s.text == whole, story);
        return;
    }
    BOOST_CHECK_MESSAGE(!s.text.empty() && whole.starts_with(s.text), story);
    BOOST_CHECK_MESSAGE(s.ec == condition::connection, story);
    BOOST_CHECK_MESSAGE(s.info.retry_stop == retry_stop::content_delivered, story);
}

} // namespace async_llm::test
