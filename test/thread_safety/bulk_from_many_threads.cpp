// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"
#include <async_llm/bulk.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <optional>

// Bulk runs on four threads, begun by four others: pulled, gathered, watched, fed by coroutines that change
// threads, cancelled, dropped in the middle, and the end of the client beneath the last of them.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;
using strand_type = asio::strand<asio::thread_pool::executor_type>;

constexpr std::size_t calling_threads = 4;
constexpr std::size_t runs_each = 6;
constexpr std::size_t requests_each = 25;

std::atomic<std::size_t> results_taken = 0;
std::atomic<std::size_t> runs_ended = 0;

void one_more_ended() {
    ++runs_ended;
    runs_ended.notify_all();
}

void wait_for_runs(std::size_t count) {
    for (auto seen = runs_ended.load(); seen != count; seen = runs_ended.load()) runs_ended.wait(seen);
}

std::vector<chat_request> hellos() { return std::vector<chat_request>(requests_each, hello()); }

// A function that must never be in two places.
struct alone {
    void enter() { check(inside.fetch_add(1) == 0, "called twice at once"); }
    void leave() { inside.fetch_sub(1); }

    std::atomic<int> inside = 0;
    std::size_t calls = 0; // not atomic: the sanitizer sees whether the strand orders it
};

bulk_options watched() {
    auto const state = std::make_shared<alone>();
    bulk_options options;
    options.max_in_flight = 5;
    options.on_progress = [state](bulk_progress const& p) {
        state->enter();
        ++state->calls;
        check(p.in_flight < 5, "too many calls in flight");
        state->leave();
    };
    return options;
}

// Waits on another executor in between.
bulk_source wandering(asio::thread_pool& elsewhere) {
    auto const state = std::make_shared<alone>();
    return bulk_source([state, &elsewhere]() -> asio::awaitable<std::optional<chat_request>> {
        state->enter();
        if (state->calls++ == requests_each) {
            state->leave();
            co_return std::nullopt;
        }
        auto token = asio::bind_executor(elsewhere.get_executor(), asio::use_awaitable);
        co_await asio::post(std::move(token));
        state->leave();
        co_return hello();
    });
}

asio::awaitable<void> pull(client const& c, asio::thread_pool& elsewhere, std::size_t number) {
    bool const waits = number % 2 == 0;
    auto source = waits ? wandering(elsewhere) : bulk_source(hellos());
    bulk run(c, std::move(source), watched());
    // Two in three are not taken to the end.
    std::size_t const most = number % 3 == 0 ? requests_each : number % requests_each;
    std::size_t taken = 0;
    while (taken < most) {
        auto result = co_await run.next();
        if (!result) break;
        check(!result->ec && result->text() == "Hello", "a result that is not a reply to its request");
        ++taken;
        check(run.progress().completed >= taken, "progress that lags behind");
    }
    if (number % 3 == 1) run.cancel();
    results_taken += taken;
    one_more_ended();
}

asio::awaitable<void> gather(client const& c, asio::thread_pool& elsewhere) {
    auto const report = co_await complete_all(c, wandering(elsewhere), watched());
    check(report.results.size() == requests_each, "results that are missing");
    for (std::size_t i = 0; i < requests_each; ++i) check(report.results[i].index == i, "disorder");
    results_taken += requests_each;
    one_more_ended();
}

// Cancelled from a thread that neither runs the loop nor has begun the run.
void pull_and_cancel(client const& c) {
    bulk run(c, hellos(), watched());
    auto const told = std::make_shared<std::promise<error_code>>();
    auto taken = told->get_future();
    run.async_next([told](error_code ec, std::optional<bulk_result> const&) { told->set_value(ec); });
    std::thread canceller([&] { run.cancel(); });
    canceller.join();
    auto const patience = std::chrono::seconds(60);
    check(taken.wait_for(patience) == std::future_status::ready, "a future that is never ready");
    auto const ec = taken.get();
    check(!ec || ec == asio::error::operation_aborted, ec.message());
    one_more_ended();
}

void work(setting& s, client const& c, asio::thread_pool& elsewhere, std::size_t thread) {
    auto const rethrow = [](std::exception_ptr thrown) { check(!thrown, "a run that throws"); };
    for (std::size_t i = 0; i < runs_each; ++i) {
        auto const number = thread * runs_each + i;
        auto const strand = asio::make_strand(s.threads.get_executor());
        asio::co_spawn(strand, pull(c, elsewhere, number), rethrow);
        if (i % 3 == 0) asio::co_spawn(strand, gather(c, elsewhere), rethrow);
        if (i % 3 == 1) pull_and_cancel(c);
    }
}

constexpr std::size_t all_runs = calling_threads * runs_each + calling_threads * (runs_each / 3) * 2;

void end_beneath(setting& s, asio::thread_pool& elsewhere) {
    std::optional<client> c(s.make_client());
    constexpr std::size_t count = 12;
    auto const mark = s.server.server.request_count() + 20;
    for (std::size_t i = 0; i < count; ++i) {
        auto source = i % 2 == 0 ? wandering(elsewhere) : bulk_source(hellos());
        async_complete_all(*c, std::move(source), watched(), [&](error_code ec, bulk_report const& report) {
            check(!ec || ec == errc::client_closed, ec.message());
            auto const& p = report.progress;
            check(p.started == p.completed + p.cancelled, "calls that got lost");
            check(report.results.size() == p.completed, "results that got lost");
            one_more_ended();
        });
    }
    check(s.server.wait_for(testing::mock_event::requests, mark), "runs that do not run");
    c.reset();
    wait_for_runs(all_runs + count);
}

} // namespace

int main() {
    setting s;
    s.config.pool.max_connections = 16;
    s.server.server.respond_with(&mixed_reply);
    asio::thread_pool elsewhere(2);
    {
        client const c = s.make_client();
        callers threads(calling_threads, [&](std::size_t thread) { work(s, c, elsewhere, thread); });
        threads.join();
        wait_for_runs(all_runs);
    }
    end_beneath(s, elsewhere);
    s.threads.join();
    elsewhere.join();
    check(results_taken >= calling_threads * requests_each, "runs that nobody cancelled");
    std::printf("%zu runs, %zu results taken\n", runs_ended.load(), results_taken.load());
}
