// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/call_phases.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <functional>
#include <list>
#include <random>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace asio = boost::asio;
namespace data = boost::unit_test::data;
using asio::cancellation_type;
using steady = std::chrono::steady_clock;

// What is promised, from the signal to the handler. Another program on the machine may take the processor
// away for longer, so one good try of ten is enough; a library that waits for something fails all of them.
constexpr auto promptly = std::chrono::milliseconds(50);
constexpr int tries = 10;

// Holds a call up, ends it this way, and looks at what is left.
void end_call(stage at, std::function<void(held_call&)> const& end, error_code const& expected) {
    auto best = steady::duration::max();
    for (int i = 0; i < tries && best > promptly; ++i) {
        held_call call(at);
        call.start();
        BOOST_REQUIRE_EQUAL(call.done, 0);
        auto const begin = steady::now();
        end(call);
        call.w.run_until([&] { return call.finished(); });
        best = std::min(best, steady::now() - begin);
        BOOST_TEST(call.ec == expected);
        BOOST_TEST(call.response.completion.choices.empty());
        BOOST_TEST(!call.response.info.detail.empty());
        call.finish();
    }
    BOOST_TEST((best <= promptly));
}

// Completes in the loop, so it counts what arrives there.
struct counter {
    int calls = 0;
    int completed = 0;
    int cancelled = 0;
    /// The most connections that the client had at a time.
    std::size_t connections = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(cancellation)

BOOST_DATA_TEST_CASE(a_terminal_signal_ends_the_call_in_every_phase, data::make(all_stages), at) {
    end_call(
        at,
        [](held_call& c) { c.signal.emit(cancellation_type::terminal); },
        asio::error::operation_aborted
    );
}

BOOST_DATA_TEST_CASE(a_partial_signal_ends_the_call_in_every_phase, data::make(all_stages), at) {
    end_call(
        at,
        [](held_call& c) { c.signal.emit(cancellation_type::partial); },
        asio::error::operation_aborted
    );
}

BOOST_DATA_TEST_CASE(a_total_signal_ends_the_call_before_anything_was_sent, data::make(all_stages), at) {
    if (!is_sending(at)) {
        end_call(
            at,
            [](held_call& c) { c.signal.emit(cancellation_type::total); },
            asio::error::operation_aborted
        );
        return;
    }
    held_call call(at);
    call.start();
    call.signal.emit(cancellation_type::total);
    for (int i = 0; i < 10; ++i) call.w.io.run_one_for(std::chrono::milliseconds(10));
    BOOST_TEST(call.done == 0);
    call.signal.emit(cancellation_type::terminal);
    call.w.run_until([&] { return call.finished(); });
    BOOST_TEST(call.ec == asio::error::operation_aborted);
}

BOOST_DATA_TEST_CASE(the_deadline_ends_the_call_in_every_phase, data::make(all_stages), at) {
    held_call call(at);
    // Long enough to come that far on a busy machine, with 32 MiB to encode in one of the phases.
    std::chrono::milliseconds const limit(at == stage::writing ? 4'000 : 500);
    call.options.total_timeout = limit;
    call.start();
    call.w.run_until([&] { return call.finished(); });
    BOOST_TEST(call.ec == errc::deadline_exceeded);
    BOOST_TEST(call.ec == condition::timeout);
    BOOST_TEST((call.response.info.timings.total >= limit));
    call.finish();
}

BOOST_DATA_TEST_CASE(cancelling_the_client_ends_the_call_in_every_phase, data::make(all_stages), at) {
    end_call(at, [](held_call& c) { c.client->cancel(); }, errc::client_closed);
}

BOOST_DATA_TEST_CASE(destroying_the_client_ends_the_call_in_every_phase, data::make(all_stages), at) {
    end_call(at, [](held_call& c) { c.client.reset(); }, errc::client_closed);
}

BOOST_DATA_TEST_CASE(a_shutdown_without_patience_ends_the_call_in_every_phase, data::make(all_stages), at) {
    end_call(
        at,
        [](held_call& c) { c.client->async_shutdown(std::chrono::milliseconds(0), [](error_code) {}); },
        errc::client_closed
    );
}

BOOST_DATA_TEST_CASE(the_loop_may_be_destroyed_with_the_call_in_any_phase, data::make(all_stages), at) {
    held_call call(at);
    call.start();
    // The destructors of the call run: first the client, then the loop with all that is suspended in it.
    BOOST_TEST(call.done == 0);
}

BOOST_AUTO_TEST_CASE(a_signal_before_the_call_has_begun_ends_it) {
    client_fixture w;
    auto client = w.make_client();
    asio::cancellation_signal signal;
    error_code ec;
    int done = 0;
    client.async_complete(
        hello(),
        asio::bind_cancellation_slot(
            signal.slot(),
            [&](error_code e, chat_response) {
                ec = e;
                ++done;
            }
        )
    );
    signal.emit(cancellation_type::terminal);
    w.run_until([&] { return done > 0; });
    BOOST_TEST(ec == asio::error::operation_aborted);
    BOOST_TEST(w.server->request_count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_signal_after_the_end_does_nothing) {
    client_fixture w;
    auto client = w.make_client();
    asio::cancellation_signal signal;
    int done = 0;
    client.async_complete(
        hello(),
        asio::bind_cancellation_slot(
            signal.slot(),
            [&](error_code e, chat_response) {
                BOOST_TEST(!e);
                ++done;
            }
        )
    );
    w.run_until([&] { return done > 0; });
    signal.emit(cancellation_type::terminal);
    auto const other = [&](error_code e, chat_response) {
        BOOST_TEST(!e);
        ++done;
    };
    client.async_complete(hello(), other);
    w.run_until([&] { return done > 1; });
    BOOST_TEST(client.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(a_queued_call_that_is_cancelled_leaves_the_others_in_peace) {
    held_call call(stage::queued);
    call.start();
    call.signal.emit(cancellation_type::terminal);
    call.w.run_until([&] { return call.finished(); });
    BOOST_TEST(call.others_done == 0);
    BOOST_TEST(call.client->stats().connections_in_use == 1u);
    BOOST_TEST(call.client->stats().waiting == 0u);
}

BOOST_AUTO_TEST_CASE(a_thousand_calls_cancelled_at_random_moments_leave_nothing_behind) {
    client_fixture w;
    std::mt19937 random(20240521);
    w.server->respond_with([&random](testing::received_request const&) {
        auto reply = testing::scripted_reply::completion("Hello");
        reply.latency = std::chrono::microseconds(random() % 20'000);
        reply.trickle_bytes = random() % 4 == 0 ? 100 : 0;
        reply.trickle_interval = std::chrono::milliseconds(2);
        return reply;
    });
    w.config.pool.max_connections = 64;
    std::optional<client> c(w.make_client());
    constexpr int calls = 1000;
    std::list<asio::cancellation_signal> signals;
    std::list<asio::steady_timer> timers;
    counter n;
    for (int i = 0; i < calls; ++i) {
        auto& signal = signals.emplace_back();
        // Some are left in peace, so that some complete however slow the machine is.
        std::chrono::microseconds const moment(random() % 400'000);
        auto& timer = timers.emplace_back(w.io, i % 4 == 0 ? std::chrono::microseconds(patience) : moment);
        timer.async_wait([&signal](error_code ec) {
            if (!ec) signal.emit(cancellation_type::terminal);
        });
        auto const handler = [&n, &c, &timer](error_code ec, chat_response const& response) {
            ++n.calls;
            auto const now = c->stats();
            auto const made = now.connections_in_use + now.connections_idle;
            n.connections = std::max(n.connections, made + now.connections_connecting);
            ++(ec ? n.cancelled : n.completed);
            timer.cancel();
            if (ec)
                BOOST_TEST(ec == asio::error::operation_aborted);
            else
                BOOST_TEST(response.text() == "Hello");
        };
        c->async_complete(hello(), asio::bind_cancellation_slot(signal.slot(), handler));
    }
    w.run_until([&] { return n.calls == calls; });
    BOOST_TEST_MESSAGE("completed " << n.completed << ", cancelled " << n.cancelled);
    BOOST_TEST(n.completed > 0);
    BOOST_TEST(n.cancelled > 0);
    auto const stats = c->stats();
    BOOST_TEST(stats.calls_in_flight == 0u);
    BOOST_TEST(stats.waiting == 0u);
    BOOST_TEST(stats.connections_in_use == 0u);
    BOOST_TEST(stats.calls_completed == static_cast<std::uint64_t>(n.completed));
    BOOST_TEST(stats.calls_failed == static_cast<std::uint64_t>(n.cancelled));
    BOOST_TEST(n.connections <= 64u);
    // The server may accept a connection before it reads the end of the one whose place it takes.
    BOOST_TEST(w.server->stats().max_connections_open <= 128u);
    c.reset();
    w.finish();
    BOOST_TEST(w.server->stats().connections_open == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
