// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/stream/chunk_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Chunks are held back until one says something, handed over in their order, and gathered.

using namespace async_llm;
using outcome = detail::chunk_queue::outcome;

namespace {

std::string event(std::string_view data) { return "data: " + std::string(data) + "\n\n"; }

std::string piece(std::string_view content) {
    return event(R"({"choices":[{"index":0,"delta":{"content":")" + std::string(content) + "\"}}]}");
}

std::string const role_event =
    event(R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})");
std::string const stop = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
std::string const usage_event = event(R"({"choices":[],"usage":{"total_tokens":3}})");
std::string const done = event("[DONE]");
std::string const failure = event(R"({"error":{"message":"why"},"id":"failed"})");

struct reading {
    explicit reading(bool holds_back, bool gathers = true, std::size_t max_completion = 0)
        : queue(holds_back, gathers, max_completion) {
        begin();
    }

    void begin() { queue.begin(200, "text/event-stream", codec::chunk_limits(), {}); }

    /// Gives bytes, and returns what they bring: the text of each chunk, and the outcome behind them.
    std::vector<std::string> read(std::string bytes) {
        // The bytes have to stay while they are read.
        body = std::move(bytes);
        queue.put(body);
        return read_on();
    }

    std::vector<std::string> read_on() {
        std::vector<std::string> result;
        for (;;) {
            chat_chunk chunk;
            switch (queue.next(chunk)) {
            case outcome::chunk: result.push_back("\"" + std::string(chunk.text()) + "\""); continue;
            case outcome::need_more: result.emplace_back("more"); break;
            case outcome::busy: result.emplace_back("busy"); break;
            case outcome::end: result.emplace_back("end"); break;
            case outcome::failed: result.emplace_back("failed"); break;
            }
            return result;
        }
    }

    detail::chunk_queue queue;
    std::string body;
};

using list = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(chunk_queue)

BOOST_AUTO_TEST_CASE(chunks_come_as_they_are_read_if_none_is_to_be_held_back) {
    reading r(false);
    BOOST_TEST((r.read(role_event + piece("a")) == list{R"("")", R"("a")", "more"}));
    BOOST_TEST((r.read(piece("b") + stop + done) == list{R"("b")", R"("")", "end"}));
}

BOOST_AUTO_TEST_CASE(chunks_that_say_nothing_wait_for_one_that_does) {
    reading r(true);
    BOOST_TEST((r.read(role_event) == list{"more"}));
    BOOST_TEST((r.read(role_event + piece("a")) == list{R"("")", R"("")", R"("a")", "more"}));
    // From there on the caller has seen some of it.
    BOOST_TEST((r.read(role_event) == list{R"("")", "more"}));
}

BOOST_AUTO_TEST_CASE(usage_says_something) {
    reading r(true);
    BOOST_TEST((r.read(role_event + usage_event) == list{R"("")", R"("")", "more"}));
}

BOOST_AUTO_TEST_CASE(an_end_without_content_comes_behind_what_was_held_back) {
    reading r(true);
    BOOST_TEST((r.read(role_event + stop + done) == list{R"("")", R"("")", "end"}));
    BOOST_TEST((r.read_on() == list{"end"}));
}

BOOST_AUTO_TEST_CASE(of_a_failed_attempt_nothing_is_handed_over) {
    reading r(true);
    BOOST_TEST((r.read(role_event + failure) == list{"failed"}));
    BOOST_TEST_REQUIRE(r.queue.failed_event());
    BOOST_TEST(r.queue.failed_event()->id == "failed");
    r.queue.forget_attempt();
    BOOST_TEST(!r.queue.failed_event());
    r.begin();
    BOOST_TEST((r.read(role_event + piece("b")) == list{R"("")", R"("b")", "more"}));
}

BOOST_AUTO_TEST_CASE(the_first_event_that_fails_is_kept) {
    reading r(false);
    BOOST_TEST((r.read(failure) == list{"failed"}));
    BOOST_TEST((r.read_on() == list{"failed"}));
    BOOST_TEST_REQUIRE(r.queue.failed_event());
    BOOST_TEST(r.queue.failed_event()->id == "failed");
    r.queue.drop_failed_event();
    BOOST_TEST(!r.queue.failed_event());
}

BOOST_AUTO_TEST_CASE(so_many_chunks_are_held_back) {
    reading r(true);
    std::string several;
    for (std::size_t i = 1; i != detail::chunk_queue::max_held_back; ++i) several += role_event;
    BOOST_TEST((r.read(several) == list{"more"}));
    BOOST_TEST(r.read(role_event).size() == detail::chunk_queue::max_held_back + 1);
}

BOOST_AUTO_TEST_CASE(so_many_bytes_are_held_back) {
    reading r(true);
    auto const large = [](std::size_t size) {
        return event(R"({"choices":[],"padding":")" + std::string(size, 'x') + "\"}");
    };
    // Larger ones are read in steps.
    auto const third = detail::chunk_queue::max_held_back_size / 3;
    BOOST_TEST((r.read(large(third) + large(third)) == list{"more"}));
    BOOST_TEST(r.queue.size() > 2 * third);
    BOOST_TEST((r.read(large(third)) == list{R"("")", R"("")", R"("")", "more"}));
}

BOOST_AUTO_TEST_CASE(a_chunk_that_is_put_back_comes_first) {
    reading r(false);
    r.body = piece("a") + piece("b");
    r.queue.put(r.body);
    chat_chunk first;
    BOOST_TEST_REQUIRE((r.queue.next(first) == outcome::chunk));
    r.queue.put_back(std::move(first));
    BOOST_TEST((r.read_on() == list{R"("a")", R"("b")", "more"}));
}

BOOST_AUTO_TEST_CASE(when_there_is_no_further_attempt_what_was_held_back_is_gathered_alone) {
    reading r(true);
    auto const named = event(R"({"id":"an-id","choices":[{"index":0,"delta":{"role":"assistant"}}]})");
    BOOST_TEST((r.read(named + failure) == list{"failed"}));
    r.queue.give_up();
    BOOST_TEST(r.queue.gathered().completion().id == "an-id");
    BOOST_TEST((r.read_on() == list{"failed"}));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_body_is_given_once_for_each_attempt) {
    reading r(true);
    BOOST_TEST((r.read(role_event) == list{"more"}));
    BOOST_TEST(!r.queue.has_end());
    r.queue.put_end(false);
    BOOST_TEST(r.queue.has_end());
    BOOST_TEST((r.read_on() == list{"failed"}));
    BOOST_TEST(r.queue.reader().ec() == make_error_code(errc::truncated_response));
    r.queue.forget_attempt();
    BOOST_TEST(!r.queue.has_end());
}

BOOST_AUTO_TEST_CASE(a_closed_queue_keeps_its_outcome) {
    reading r(false);
    r.body = piece("a");
    r.queue.put(r.body);
    BOOST_TEST(r.queue.is_open());
    r.queue.close(outcome::failed);
    BOOST_TEST(!r.queue.is_open());
    BOOST_TEST((r.queue.closed() == outcome::failed));
    BOOST_TEST((r.read_on() == list{"failed"}));
    BOOST_TEST(r.queue.size() == 0u);
}

BOOST_AUTO_TEST_CASE(chunks_are_gathered_until_they_can_not_be) {
    reading r(false, true, 3);
    chat_chunk chunk;
    chunk.choices.emplace_back().delta.content = "ab";
    r.queue.gather(chunk);
    BOOST_TEST(!r.queue.gathering_error());
    BOOST_TEST(r.queue.size() >= 2u);
    r.queue.gather(chunk);
    BOOST_TEST(r.queue.gathering_error() == make_error_code(errc::response_too_large));
    BOOST_TEST(!r.queue.is_gathering());
    r.queue.gather(chat_chunk());
    BOOST_TEST(r.queue.gathering_error() == make_error_code(errc::response_too_large));
    BOOST_TEST(r.queue.gathered().completion().text() == "ab");
}

BOOST_AUTO_TEST_CASE(nothing_is_gathered_before_that_is_wanted) {
    reading r(false, false);
    chat_chunk chunk;
    chunk.choices.emplace_back().delta.content = "a";
    r.queue.gather(chunk);
    BOOST_TEST(r.queue.gathered().completion().choices.empty());
    r.queue.begin_gathering();
    r.queue.gather(chunk);
    BOOST_TEST(r.queue.gathered().completion().text() == "a");
}

BOOST_AUTO_TEST_SUITE_END()
