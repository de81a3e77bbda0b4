// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/restarted_nginx.hpp"

#include <iostream>
#include <string>

// A real nginx is reloaded, restarted and killed in the middle of many completions: none is lost, none is
// answered twice.

namespace {

using namespace async_llm;
using namespace async_llm::test;

constexpr std::size_t in_flight = 64;

void print(std::string const& line) {
    BOOST_TEST_MESSAGE(line);
    std::cout << "nginx_restart: " << line << std::endl;
}

} // namespace

BOOST_AUTO_TEST_SUITE(nginx_restart)

BOOST_AUTO_TEST_CASE(a_reload_and_a_restart_in_the_middle_of_twenty_thousand_completions_lose_none) {
    constexpr std::size_t total = 20'000;
    restarted_nginx w(echoing_nginx());
    client const c = w.make_client();
    marked_completions calls(c, total, in_flight);
    calls.run_until_ended(w, total / 3);
    w.nginx.reload();
    calls.run_until_ended(w, 2 * total / 3);
    w.nginx.quit();
    w.start_again(c);
    calls.run_until_ended(w, total);
    nginx_account const a = check_nothing_lost(w, calls, total);

    BOOST_TEST(a.processes() == 3u);
    // What it has begun it finishes, so there is nothing that had to be done again.
    BOOST_TEST(a.served.repeated() == 0u);
    BOOST_TEST(c.stats().retries > 0u);
    print("reloaded and restarted: " + calls.figures());
    print(a.figures());
}

BOOST_AUTO_TEST_CASE(a_server_that_is_killed_in_the_middle_of_completions_loses_none) {
    constexpr std::size_t total = 4'000;
    constexpr std::size_t kills = 4;
    restarted_nginx w(echoing_nginx_to_the_last());
    client const c = w.make_client();
    marked_completions calls(c, total, in_flight);
    for (std::size_t i = 1; i <= kills; ++i) {
        calls.run_until_ended(w, i * total / (kills + 1));
        w.nginx.stop();
        w.start_again(c);
    }
    calls.run_until_ended(w, total);
    nginx_account const a = check_nothing_lost(w, calls, total);

    BOOST_TEST(a.processes() == kills + 1);
    BOOST_TEST(c.stats().retries + c.stats().replays > 0u);
    print("killed " + std::to_string(kills) + " times: " + calls.figures());
    print(a.figures());
}

BOOST_AUTO_TEST_SUITE_END()
