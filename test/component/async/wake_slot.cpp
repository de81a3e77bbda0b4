// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/wake_slot.hpp"

#include "support/fixtures/client_fixture.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace asio = boost::asio;

struct scene {
    /// Begins a wait, whose end is noted.
    void wait() {
        slot.wait([this](error_code ec) { ended = ec; });
    }

    void poll() {
        io.restart();
        io.poll();
    }

    asio::io_context io;
    asio::any_io_executor strand = asio::make_strand(io);
    net::wake_slot slot{strand};
    std::optional<error_code> ended;
};

} // namespace

BOOST_AUTO_TEST_SUITE(wake_slot)

BOOST_AUTO_TEST_CASE(news_end_a_wait) {
    scene s;
    s.wait();
    s.poll();
    BOOST_TEST(!s.ended.has_value());
    s.slot.wake();
    BOOST_TEST(!s.ended.has_value());
    s.poll();
    BOOST_TEST(s.ended.has_value());
}

BOOST_AUTO_TEST_CASE(news_before_a_wait_end_it_but_not_from_within) {
    scene s;
    s.slot.clear();
    s.slot.wake();
    s.wait();
    BOOST_TEST(!s.ended.has_value());
    s.poll();
    BOOST_TEST(s.ended.has_value());
}

BOOST_AUTO_TEST_CASE(news_that_were_looked_at_end_no_wait) {
    scene s;
    s.slot.wake();
    s.slot.clear();
    s.wait();
    s.poll();
    BOOST_TEST(!s.ended.has_value());
    s.slot.wake();
    s.poll();
    BOOST_TEST(s.ended.has_value());
}

BOOST_AUTO_TEST_CASE(a_signal_ends_a_wait) {
    scene s;
    asio::cancellation_signal signal;
    s.slot.wait(asio::bind_cancellation_slot(signal.slot(), [&s](error_code ec) { s.ended = ec; }));
    signal.emit(asio::cancellation_type::terminal);
    s.poll();
    BOOST_TEST_REQUIRE(s.ended.has_value());
    BOOST_TEST(*s.ended == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_with_its_context) {
    auto const kept = std::make_shared<int>(0);
    auto s = std::make_unique<scene>();
    s->slot.wait([kept](error_code) {});
    BOOST_TEST(kept.use_count() == 2);
    s.reset();
    BOOST_TEST(kept.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(no_news_of_another_thread_are_lost) {
    constexpr int rounds = 20'000;
    scene s;
    std::atomic<int> state = 0;
    std::thread other([&] {
        for (int i = 1; i <= rounds; ++i) {
            while (state.load() != 2 * i - 1) std::this_thread::yield();
            state.store(2 * i);
            s.slot.wake();
        }
    });
    for (int i = 1; i <= rounds; ++i) {
        state.store(2 * i - 1);
        for (;;) {
            s.slot.clear();
            if (state.load() == 2 * i) break;
            s.ended.reset();
            s.wait();
            s.io.restart();
            s.io.run_for(patience);
            BOOST_TEST_REQUIRE(s.ended.has_value());
        }
    }
    other.join();
}

BOOST_AUTO_TEST_SUITE_END()
