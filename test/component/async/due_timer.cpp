// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/due_timer.hpp"

#include "support/faults/scarce_memory.hpp"
#include "support/fixtures/client_fixture.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using steady = std::chrono::steady_clock;
// The suite hides the name of the class.
constexpr auto never = net::due_timer::never;

struct owner : std::enable_shared_from_this<owner> {
    explicit owner(asio::any_io_executor const& executor) : timer(executor) {}

    bool set(steady::time_point due) {
        std::lock_guard const lock(mutex);
        return timer.set(*this, due);
    }

    // Would wait for ever if the mutex were held.
    void on_due() noexcept {
        std::lock_guard const lock(mutex);
        timer.note_end(steady::now());
        calls.push_back(steady::now());
    }

    std::mutex mutex;
    net::due_timer timer;
    std::vector<steady::time_point> calls;
};

struct scene {
    void run() {
        io.restart();
        io.run_for(patience);
        BOOST_TEST(io.stopped());
    }

    void poll() {
        io.restart();
        io.poll();
    }

    asio::io_context io{1};
    std::shared_ptr<owner> who = std::make_shared<owner>(io.get_executor());
};

} // namespace

BOOST_AUTO_TEST_SUITE(due_timer)

BOOST_AUTO_TEST_CASE(it_calls_once_at_its_time_and_is_not_armed_then) {
    scene s;
    auto const due = steady::now() + 5ms;
    BOOST_TEST(s.who->set(due));
    BOOST_TEST((s.who->timer.due() == due));
    s.run();
    BOOST_TEST_REQUIRE(s.who->calls.size() == 1U);
    BOOST_TEST((s.who->calls[0] >= due));
    BOOST_TEST((s.who->timer.due() == never));
    // The same time again.
    BOOST_TEST(s.who->set(due));
    s.run();
    BOOST_TEST(s.who->calls.size() == 2U);
}

BOOST_AUTO_TEST_CASE(another_time_takes_the_place_of_the_one_before) {
    for (bool const earlier : {true, false}) {
        scene s;
        auto const due = steady::now() + 5ms;
        BOOST_TEST(s.who->set(earlier ? due + 1h : due - 4ms));
        BOOST_TEST(s.who->set(due));
        s.run();
        BOOST_TEST_REQUIRE(s.who->calls.size() == 1U);
        BOOST_TEST((s.who->calls[0] >= due));
    }
}

BOOST_AUTO_TEST_CASE(one_that_is_not_armed_does_not_keep_the_loop) {
    scene s;
    BOOST_TEST(s.who->set(steady::now() + 1h));
    s.poll();
    BOOST_TEST(!s.io.stopped());
    BOOST_TEST(s.who->set(never));
    s.poll();
    BOOST_TEST(s.io.stopped());
    BOOST_TEST(s.who->calls.empty());
}

BOOST_AUTO_TEST_CASE(the_same_time_begins_no_other_wait) {
    scene s;
    auto const due = steady::now() + 1h;
    BOOST_TEST(s.who->set(due));
    {
        scarce_memory const scarce(1, 100, memory_of::asio);
        BOOST_TEST(s.who->set(due));
        BOOST_TEST(!scarce.has_failed());
    }
    BOOST_TEST(s.who->set(never));
}

BOOST_AUTO_TEST_CASE(the_wait_does_not_keep_its_owner) {
    scene s;
    BOOST_TEST(s.who->set(steady::now() + 1h));
    std::weak_ptr<owner> const watch = s.who;
    s.who.reset();
    BOOST_TEST(watch.expired());
    s.run();
}

// Its end was on its way when it was replaced.
BOOST_AUTO_TEST_CASE(the_end_of_a_wait_that_was_replaced_leaves_the_timer_armed) {
    scene s;
    auto const now = steady::now();
    BOOST_TEST(s.who->set(now + 1h));
    s.who->timer.note_end(now);
    BOOST_TEST((s.who->timer.due() == now + 1h));
    s.who->timer.note_end(now + 1h);
    BOOST_TEST((s.who->timer.due() == never));
    s.who->timer.set(*s.who, now + 2h);
    s.who->timer.set(*s.who, never);
    s.poll();
    BOOST_TEST(s.io.stopped());
}

BOOST_AUTO_TEST_CASE(without_memory_it_is_tried_again_and_then_by_the_next_call) {
    scene s;
    auto const due = steady::now() + 5ms;
    {
        scarce_memory const scarce(1, net::max_post_tries - 1, memory_of::asio);
        BOOST_TEST(s.who->set(due));
        BOOST_TEST(scarce.has_failed());
    }
    s.run();
    BOOST_TEST(s.who->calls.size() == 1U);
    BOOST_TEST(s.who->set(due + 1h));
    {
        scarce_memory const scarce(1, 100, memory_of::asio);
        BOOST_TEST(!s.who->set(due));
    }
    // Neither time.
    BOOST_TEST((s.who->timer.due() == never));
    s.poll();
    BOOST_TEST(s.io.stopped());
    BOOST_TEST(s.who->set(due));
    s.run();
    BOOST_TEST(s.who->calls.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
