// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/behind_nginx.hpp"
#include "support/streams/marked_completions.hpp"

#include <algorithm>
#include <iostream>
#include <set>

// A real nginx is reloaded, restarted and killed in the middle of many completions: none is lost, none is
// answered twice.

namespace {

using namespace async_llm;
using namespace async_llm::test;

constexpr std::size_t in_flight = 64;

// nginx answers with the key of the request, so that each answer can be distinguished from all others.
nginx_options echoing() {
    nginx_options options;
    options.worker = true;
    options.reply =
        R"({"id":"$request_id","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,)"
        R"("message":{"role":"assistant","content":"$http_idempotency_key"},"finish_reason":"stop"}]})";
    return options;
}

// An nginx to be killed: once asked to end immediately, nginx lingers on each connection that it still
// answers on, and it logs an answer only after that, which it does not live to see. Without lingering, its
// log has every answer sent.
nginx_options echoing_to_the_last() {
    nginx_options options = echoing();
    options.lingering_close = false;
    return options;
}

struct restarted_nginx : behind_nginx {
    explicit restarted_nginx(nginx_options const& options) : behind_nginx(options) {
        config.retry = persistent();
    }

    // Waits until nginx has ended and the client has found nothing there, and only then starts it again.
    void start_again(client const& c) {
        run_until([&] { return nginx.has_ended(); });
        auto const before = c.stats().connections_failed;
        run_until([&] { return c.stats().connections_failed > before; });
        nginx.start();
    }
};

void print(std::string const& line) {
    BOOST_TEST_MESSAGE(line);
    std::cout << "nginx_restart: " << line << std::endl;
}

// What nginx itself says of it.
class account {
public:
    account(std::vector<nginx_request> const& log, std::size_t calls) : served(calls) {
        for (auto const& each : log) {
            processes_.insert(each.process);
            if (each.status == 200)
                served.add(each.idempotency_key);
            else
                ++refused;
        }
    }

    std::size_t processes() const { return processes_.size(); }

    std::string figures() const {
        return "nginx: " + std::to_string(processes()) + " workers, " + std::to_string(served.total()) +
            " answers, " + std::to_string(served.repeated()) + " calls served more than once";
    }

    served_marks served;
    std::size_t refused = 0;

private:
    std::set<long> processes_;
};

/// Ends nginx, and lays what it says that it served beside what the callers got.
account check_nothing_lost(restarted_nginx& w, marked_completions const& calls, std::size_t total) {
    account a(w.nginx.finish(), total);
    calls.check();
    calls.check_served(a.served);
    BOOST_TEST(a.refused == 0u);
    return a;
}

} // namespace

BOOST_AUTO_TEST_SUITE(nginx_restart)

BOOST_AUTO_TEST_CASE(a_reload_and_a_restart_in_the_middle_of_twenty_thousand_completions_lose_none) {
    constexpr std::size_t total = 20'000;
    restarted_nginx w(echoing());
    client const c = w.make_client();
    marked_completions calls(c, total, in_flight);
    calls.run_until_ended(w, total / 3);
    w.nginx.reload();
    calls.run_until_ended(w, 2 * total / 3);
    w.nginx.quit();
    w.start_again(c);
    calls.run_until_ended(w, total);
    account const a = check_nothing_lost(w, calls, total);

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
    restarted_nginx w(echoing_to_the_last());
    client const c = w.make_client();
    marked_completions calls(c, total, in_flight);
    for (std::size_t i = 1; i <= kills; ++i) {
        calls.run_until_ended(w, i * total / (kills + 1));
        w.nginx.stop();
        w.start_again(c);
    }
    calls.run_until_ended(w, total);
    account const a = check_nothing_lost(w, calls, total);

    BOOST_TEST(a.processes() == kills + 1);
    BOOST_TEST(c.stats().retries + c.stats().replays > 0u);
    print("killed " + std::to_string(kills) + " times: " + calls.figures());
    print(a.figures());
}

BOOST_AUTO_TEST_SUITE_END()
