// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/after_attempt.hpp"
#include "support/fixtures/bulk_runs.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <array>
#include <random>
#include <utility>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using asio::cancellation_type;
namespace data = boost::unit_test::data;

/// State of a run.
enum class state {
    not_begun,
    source, // an operation waits for a result, and the run for its source
    calls,  // an operation waits for a result, and the run for its calls
    untaken // one result is there, two calls are in flight, and no operation is pending
};

constexpr std::array all_states{state::not_begun, state::source, state::calls, state::untaken};

std::ostream& operator<<(std::ostream& out, state s) {
    constexpr std::array names{"not_begun", "source", "calls", "untaken"};
    return out << names[static_cast<std::size_t>(s)];
}

/// A run that has come to one of the states, and stays there.
struct held_run {
    explicit held_run(state s) : at(s), waiting(w, 10, 0) {
        client.emplace(w.make_client());
        if (s == state::source) {
            run = bulk(*client, waiting.function());
            pending = start_next(run);
            w.run_until([this] { return waiting.waiting; });
        } else if (s == state::calls) {
            hold(w, [](std::string const&) { return true; });
            run = bulk(*client, counted_requests(10), in_flight(4));
            pending = start_next(run);
            w.run_until([this] { return w.server->request_count() == 4; });
        } else if (s == state::untaken) {
            hold(w, [](std::string const& text) { return text != "0" && text != "1"; });
            run = bulk(*client, counted_requests(10), in_flight(3));
            BOOST_REQUIRE(next(w, run)->result);
            w.run_until([this] { return w.server->request_count() == 4 && run.progress().completed == 2; });
        } else {
            run = bulk(*client, counted_requests(10));
        }
    }

    /// Until the pending operation, or one that is begun now, has reported how the run ended.
    void check_ended(error_code const& expected) {
        if (!pending) pending = start_next(run);
        w.run_until([this] { return pending->done; });
        if (at == state::untaken) {
            // What was done can still be had.
            BOOST_TEST(!pending->ec);
            BOOST_REQUIRE(pending->result);
            BOOST_TEST(pending->result->text() == std::to_string(pending->result->index));
            pending = next(w, run);
        }
        BOOST_TEST(pending->ec == expected);
        BOOST_TEST(!pending->result);
        BOOST_TEST(next(w, run)->ec == expected);
        check_progress(run.progress());
        BOOST_TEST(!run.exception());
    }

    std::size_t calls_begun() const { return at == state::calls || at == state::untaken ? 4 : 0; }
    std::size_t calls_completed() const { return at == state::untaken ? 2 : 0; }

    void check_progress(bulk_progress const& p) const {
        BOOST_TEST(p.started >= calls_begun());
        BOOST_TEST(p.completed == calls_completed());
        BOOST_TEST(p.failed == 0u);
        BOOST_TEST(p.cancelled == p.started - p.completed);
        BOOST_TEST(p.in_flight == 0u);
    }

    /// The calls are gone, and so are their connections; nothing is left.
    void finish() {
        auto const under_way = calls_begun() - calls_completed();
        w.run_until([&] { return w.server->stats().requests_aborted == under_way; });
        BOOST_TEST(waiting.cancelled == (at == state::source));
        if (client) {
            w.run_until([this] { return client->stats().calls_in_flight == 0; });
            BOOST_TEST(client->stats().connections_in_use == 0u);
        }
        BOOST_TEST(w.server->request_count() == calls_begun());
        client.reset();
        w.finish();
    }

    state at;
    client_fixture w;
    waiting_source waiting;
    std::optional<async_llm::client> client;
    bulk run;
    result_taking_ptr pending;
};

/// Owns its run, as most users' coroutines do.
asio::awaitable<void> pull_for_ever(client const& from, bulk_source source, int& taken) {
    bulk run(from, std::move(source), in_flight(2));
    while (auto result = co_await run.next()) ++taken;
}

asio::awaitable<void> gather_for_ever(client const& from, bulk_source source) {
    co_await complete_all(from, std::move(source), in_flight(2));
}

asio::awaitable<void> lose_a_race(client& c, bulk& run, client_fixture& w) {
    using namespace asio::experimental::awaitable_operators;
    auto watch = [&]() -> asio::awaitable<void> {
        co_await w.server->async_wait_for(testing::mock_event::requests, 2, asio::use_awaitable);
    };
    auto next = run.next();
    auto const result = co_await (std::move(next) || watch());
    BOOST_TEST(result.index() == 1u);
    BOOST_TEST(c.stats().calls_in_flight == 0u);
    error_code caught;
    try {
        co_await run.next();
    } catch (bulk_error const& e) {
        caught = e.code();
    }
    BOOST_TEST(caught == asio::error::operation_aborted);
}

asio::awaitable<void>
gather_and_note(client& c, bulk_source source, error_code& caught, bulk_report& report) {
    try {
        co_await complete_all(c, std::move(source), in_flight(4));
    } catch (bulk_error const& e) {
        caught = e.code();
        report = e.report();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_cancellation)

BOOST_DATA_TEST_CASE(a_signal_of_any_type_ends_the_run, data::make(all_states), at) {
    if (at == state::not_begun || at == state::untaken) return; // no operation waits
    for (auto const type :
         {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
        held_run held(at);
        held.pending->cancel.emit(type);
        held.check_ended(asio::error::operation_aborted);
        held.finish();
    }
}

BOOST_DATA_TEST_CASE(cancelling_a_run_ends_it, data::make(all_states), at) {
    held_run held(at);
    held.run.cancel();
    held.check_ended(asio::error::operation_aborted);
    held.finish();
}

BOOST_DATA_TEST_CASE(destroying_a_run_cancels_everything, data::make(all_states), at) {
    held_run held(at);
    held.run = bulk();
    if (held.pending) {
        held.w.run_until([&] { return held.pending->done; });
        BOOST_TEST(held.pending->ec == asio::error::operation_aborted);
    }
    held.finish();
}

BOOST_DATA_TEST_CASE(cancelling_the_client_ends_the_run, data::make(all_states), at) {
    if (at == state::not_begun) return;
    held_run held(at);
    held.client->cancel();
    held.check_ended(errc::client_closed);
    held.finish();
}

BOOST_DATA_TEST_CASE(destroying_the_client_ends_the_run, data::make(all_states), at) {
    if (at == state::not_begun) return;
    held_run held(at);
    held.client.reset();
    held.check_ended(errc::client_closed);
    held.finish();
}

BOOST_DATA_TEST_CASE(the_loop_may_be_destroyed_with_a_run_in_any_state, data::make(all_states), at) {
    held_run held(at);
    // The destructors run: the run, the client, and then the loop with all that is suspended in it.
    BOOST_TEST((!held.pending || !held.pending->done));
}

BOOST_AUTO_TEST_CASE(a_run_of_a_closed_client_is_refused) {
    client_fixture w;
    auto const c = w.make_client();
    c.cancel();
    bulk run(c, counted_requests(1000), in_flight(3));
    auto const all = take_all(w, run);
    BOOST_TEST(all.ec == errc::client_closed);
    BOOST_TEST(all.results.empty());
    BOOST_TEST(run.progress().started <= 3u);
    auto const gathered = gather(w, c, counted_requests(3));
    BOOST_TEST(gathered->ec == errc::client_closed);
    BOOST_TEST(gathered->report.results.empty());
    BOOST_TEST(gathered->report.detail == "the client is closed");
}

BOOST_AUTO_TEST_CASE(a_client_that_is_shut_down_lets_the_calls_in_flight_finish) {
    client_fixture w;
    w.server->respond_with([](testing::received_request const&) {
        auto reply = testing::scripted_reply::echo();
        reply.latency = 50ms;
        return reply;
    });
    auto const c = w.make_client();
    bulk run(c, counted_requests(100), in_flight(4));
    auto const pending = start_next(run);
    w.run_until([&] { return w.server->request_count() == 4; });
    bool down = false;
    c.async_shutdown(patience, [&](error_code ec) {
        BOOST_TEST(!ec);
        down = true;
    });
    w.run_until([&] { return pending->done; });
    BOOST_TEST(pending->result.has_value());
    auto const rest = take_all(w, run);
    BOOST_TEST(rest.ec == errc::client_closed);
    BOOST_TEST(rest.results.size() == 3u);
    BOOST_TEST(run.progress().completed == 4u);
    w.run_until([&] { return down; });
}

BOOST_AUTO_TEST_CASE(a_run_that_ends_patiently_can_be_cancelled) {
    client_fixture w;
    w.server->respond_with([](testing::received_request const& request) {
        auto reply = testing::scripted_reply::echo();
        if (request.last_user_text() != "0") reply.latency = patience;
        if (request.last_user_text() == "1") reply.latency = 100ms;
        return reply;
    });
    auto const c = w.make_client();
    bulk run(c, counted_requests(100), in_flight(3));
    BOOST_TEST(next(w, run)->result.has_value());
    w.run_until([&] { return w.server->request_count() == 4; });
    bool down = false;
    c.async_shutdown(patience, [&](error_code) { down = true; });
    BOOST_TEST(next(w, run)->result.has_value());
    // The next call is refused, and two are never answered.
    auto const pending = start_next(run);
    w.run_until([&] { return run.progress().cancelled == 1; });
    let_pass(w, 5ms);
    BOOST_TEST(!pending->done);
    BOOST_TEST(run.progress().in_flight == 2u);
    pending->cancel.emit(cancellation_type::terminal);
    w.run_until([&] { return pending->done && down; });
    BOOST_TEST(pending->ec == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(a_next_that_loses_a_race_ends_the_run) {
    client_fixture w;
    hold(w, [](std::string const&) { return true; });
    auto c = w.make_client();
    bulk run(c, counted_requests(5), in_flight(2));
    w.run(lose_a_race(c, run, w));
}

BOOST_AUTO_TEST_CASE(a_run_that_its_source_cancels_ends_as_cancelled) {
    client_fixture w;
    auto const c = w.make_client();
    bulk run;
    bool given = false;
    // Then nothing is left to do, so the run is over before its strand gets to the cancellation.
    auto const source = [&]() -> std::optional<chat_request> {
        if (!std::exchange(given, true)) return hello();
        run.cancel();
        return std::nullopt;
    };
    run = bulk(c, source, in_flight(1));
    BOOST_TEST(next(w, run)->result.has_value());
    BOOST_TEST(next(w, run)->ec == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(a_result_that_crosses_the_cancellation_does_not_hasten_the_end) {
    client_fixture w;
    auto const ended = std::make_shared<after_attempt>();
    w.config.observer = ended;
    auto const c = w.make_client();
    asio::steady_timer gate(w.io, patience);
    bool given = false;
    // Takes no notice of the cancellation, so the run has to wait for it.
    auto const source = [&]() -> asio::awaitable<std::optional<chat_request>> {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        if (!std::exchange(given, true)) co_return hello();
        auto waited = gate.async_wait(asio::as_tuple(asio::deferred));
        co_await std::move(waited);
        co_return std::nullopt;
    };
    bulk run(c, source);
    auto const pending = start_next(run);
    ended->action = [&] { pending->cancel.emit(cancellation_type::terminal); };
    w.run_until([&] { return run.progress().completed == 1; });
    let_pass(w, 5ms);
    BOOST_TEST(!pending->done);
    gate.cancel();
    w.run_until([&] { return pending->done; });
    BOOST_TEST(pending->ec == asio::error::operation_aborted);
    BOOST_TEST(next(w, run)->result.has_value());
    BOOST_TEST(next(w, run)->ec == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(a_cancelled_gathering_reports_what_was_done) {
    client_fixture w;
    hold(w, [](std::string const& text) { return text == "3" || text == "7"; });
    auto c = w.make_client();
    std::size_t completed = 0;
    auto options = in_flight(2);
    options.on_progress = [&](bulk_progress const& p) { completed = p.completed; };
    auto const all = start_all(c, counted_requests(20), options);
    w.run_until([&] { return w.server->request_count() == 8 && completed == 6; });
    all->cancel.emit(cancellation_type::terminal);
    w.run_until([&] { return all->done; });
    BOOST_TEST(all->ec == asio::error::operation_aborted);
    BOOST_TEST(all->report.detail == "the run was cancelled");
    std::vector<std::size_t> done;
    for (auto const& each : all->report.results) {
        BOOST_TEST(!each.ec);
        BOOST_TEST(each.text() == std::to_string(each.index));
        done.push_back(each.index);
    }
    std::vector<std::size_t> const expected{0, 1, 2, 4, 5, 6};
    BOOST_TEST(done == expected, boost::test_tools::per_element());
    BOOST_TEST(all->report.progress.completed == 6u);
    BOOST_TEST(all->report.progress.cancelled == 2u);
    w.run_until([&] { return w.server->stats().requests_aborted == 2; });
}

BOOST_AUTO_TEST_CASE(a_cancelled_coroutine_gets_the_report_by_exception) {
    client_fixture w;
    waiting_source source(w, 10, 2);
    auto c = w.make_client();
    error_code caught;
    bulk_report report;
    bool done = false;
    asio::cancellation_signal signal;
    auto const on_end = [&](std::exception_ptr thrown) {
        BOOST_TEST(!thrown);
        done = true;
    };
    asio::co_spawn(
        w.io,
        gather_and_note(c, source.function(), caught, report),
        asio::bind_cancellation_slot(signal.slot(), on_end)
    );
    w.run_until([&] { return source.waiting && w.server->stats().replies_sent == 2; });
    w.run_until([&] { return c.stats().calls_in_flight == 0; });
    let_pass(w, 20ms);
    signal.emit(cancellation_type::terminal);
    w.run_until([&] { return done; });
    BOOST_TEST(caught == asio::error::operation_aborted);
    BOOST_TEST(source.cancelled);
    check_echoes(report.results, 2);
}

BOOST_AUTO_TEST_CASE(a_run_that_has_ended_can_be_cancelled_without_effect) {
    client_fixture w;
    auto const c = w.make_client();
    bulk run(c, counted_requests(3));
    BOOST_TEST(next(w, run)->result.has_value());
    w.run_until([&] { return run.progress().completed == 3; });
    let_pass(w, 5ms);
    run.cancel();
    auto const all = take_all(w, run);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.results.size() == 2u);
}

BOOST_AUTO_TEST_CASE(nothing_of_the_users_is_called_after_a_run_is_destroyed) {
    client_fixture w;
    auto c = w.make_client();
    auto source = std::make_unique<counting_source>(1000);
    auto reports = std::make_unique<std::size_t>(0);
    auto const report = [&reports](bulk_progress const&) { ++*reports; };
    {
        auto options = in_flight(3);
        options.on_progress = report;
        bulk run(c, source->function(), options);
        for (int i = 0; i < 3; ++i) BOOST_TEST(next(w, run)->result.has_value());
    }
    BOOST_TEST(*reports >= 3u);
    source.reset();
    reports.reset();
    w.run_until([&] { return c.stats().calls_in_flight == 0; });
    let_pass(w, 5ms);
}

BOOST_AUTO_TEST_CASE(the_loop_may_be_destroyed_at_any_moment) {
    for (std::size_t steps = 0; steps < 60; ++steps) {
        client_fixture w(scheme::http);
        hold(w, [](std::string const& text) { return text == "5"; });
        auto const c = w.make_client();
        waiting_source source(w, 10, 6);
        counting_source counted(10);
        int taken = 0;
        asio::co_spawn(w.io, pull_for_ever(c, counted.function(), taken), asio::detached);
        asio::co_spawn(w.io, pull_for_ever(c, source.function(), taken), asio::detached);
        asio::co_spawn(w.io, gather_for_ever(c, counted_requests(10)), asio::detached);
        // Every moment in the beginning; then the steps become longer.
        for (std::size_t i = 0; i < steps * steps / 4; ++i) w.io.run_one_for(1ms);
        // LeakSanitizer reports whether everything has gone with it.
        BOOST_TEST(taken <= 20);
    }
}

BOOST_AUTO_TEST_CASE(runs_dropped_at_random_moments_leave_nothing_behind) {
    client_fixture w(scheme::http);
    w.server->respond_with([](testing::received_request const& request) {
        auto reply = testing::scripted_reply::echo();
        reply.latency = std::chrono::milliseconds(std::stoi(request.last_user_text()) % 3);
        return reply;
    });
    auto client = std::optional(w.make_client());
    std::mt19937 random(20240522);
    struct puller {
        bulk run;
        std::size_t left = 0;
    };
    std::size_t ended = 0;
    std::size_t dropped = 0;
    std::function<void(std::shared_ptr<puller>)> pull = [&](std::shared_ptr<puller> p) {
        if (p->left-- == 0) {
            p->run = bulk();
            ++dropped;
            return;
        }
        p->run.async_next([&, p](error_code ec, std::optional<bulk_result> result) {
            BOOST_TEST(!ec);
            if (result)
                pull(p);
            else
                ++ended;
        });
    };
    constexpr std::size_t count = 100;
    for (std::size_t i = 0; i < count; ++i) {
        auto p = std::make_shared<puller>();
        p->run = bulk(*client, counted_requests(10), in_flight(1 + random() % 5));
        p->left = random() % 20;
        pull(p);
    }
    w.run_until([&] { return ended + dropped == count; });
    BOOST_TEST(ended > 20u);
    BOOST_TEST(dropped > 20u);
    w.run_until([&] { return client->stats().calls_in_flight == 0; });
    BOOST_TEST(client->stats().connections_in_use == 0u);
    client.reset();
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
