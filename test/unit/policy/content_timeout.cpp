// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/content_timeout.hpp"

#include "support/printing.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using async_llm::errc;
using clock_type = async_llm::policy::content_timeout;
using namespace std::chrono_literals;

} // namespace

BOOST_AUTO_TEST_SUITE(content_timeout)

BOOST_AUTO_TEST_CASE(begins_with_the_limit_of_the_first_content) {
    clock_type const clock(100ms, 30ms);
    BOOST_TEST((clock.left() == 100ms));
    BOOST_TEST(clock.error() == errc::first_content_timeout);
}

BOOST_AUTO_TEST_CASE(waiting_in_vain_uses_the_limit_up) {
    clock_type clock(100ms, 30ms);
    clock.waited(40ms);
    BOOST_TEST((clock.left() == 60ms));
    clock.waited(59ms);
    BOOST_TEST((clock.left() == 1ms));
    clock.waited(-5ms);
    BOOST_TEST((clock.left() == 1ms));
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_used_up_is_still_one) {
    clock_type clock(100ms, 30ms);
    clock.waited(1h);
    // Zero would mean that there is none.
    BOOST_TEST((clock.left() == 1ms));
}

BOOST_AUTO_TEST_CASE(content_begins_the_limit_of_silence_anew) {
    clock_type clock(100ms, 30ms);
    clock.waited(90ms);
    clock.content();
    BOOST_TEST((clock.left() == 30ms));
    BOOST_TEST(clock.error() == errc::stream_stalled);
    clock.waited(20ms);
    BOOST_TEST((clock.left() == 10ms));
    clock.content();
    BOOST_TEST((clock.left() == 30ms));
}

BOOST_AUTO_TEST_CASE(parts_of_a_millisecond_add_up) {
    clock_type clock(100ms, 30ms);
    for (int i = 0; i < 100; ++i) clock.waited(500us);
    BOOST_TEST((clock.left() == 50ms));
}

BOOST_AUTO_TEST_CASE(zero_is_no_limit) {
    clock_type clock(0ms, 0ms);
    clock.waited(1h);
    BOOST_TEST((clock.left() == 0ms));
    clock.content();
    clock.waited(1h);
    BOOST_TEST((clock.left() == 0ms));
    clock_type only_first(50ms, 0ms);
    only_first.content();
    BOOST_TEST((only_first.left() == 0ms));
    clock_type only_idle(0ms, 50ms);
    only_idle.waited(1h);
    BOOST_TEST((only_idle.left() == 0ms));
    only_idle.content();
    BOOST_TEST((only_idle.left() == 50ms));
}

BOOST_AUTO_TEST_SUITE_END()
