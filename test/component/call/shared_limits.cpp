// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/files/temporary_folder.hpp"
#include "support/fixtures/costly_replies.hpp"
#include "support/fixtures/endpoint_calls.hpp"
#include "support/fixtures/retries.hpp"
#include "support/streams/streams.hpp"
#include <async_llm/shared_limits.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

/// Limits that record each call of theirs, and then do what the test wants.
class noted_limits final : public async_llm::shared_limits {
public:
    struct settled {
        settled(std::int64_t e, std::int64_t u) : expected(e), used(u) {}

        std::int64_t expected;
        std::int64_t used;
    };

    asio::awaitable<void> acquire(shared_demand demand) override {
        demands.push_back(std::move(demand));
        if (then) co_await then();
    }

    void settle(shared_demand const& demand, std::int64_t used) noexcept override {
        ends.emplace_back(demand.tokens, used);
    }

    std::function<asio::awaitable<void>()> then;
    std::vector<shared_demand> demands;
    std::vector<settled> ends;
};

struct shared_fixture : client_fixture {
    shared_fixture() : client_fixture(scheme::http, any_endpoint()) { config.shared_limits = limits; }

    std::shared_ptr<noted_limits> limits = std::make_shared<noted_limits>();
};

asio::awaitable<void> wait_for_ever(bool& was_cancelled) {
    asio::steady_timer timer(
        co_await asio::this_coro::executor,
        std::chrono::steady_clock::time_point::max()
    );
    try {
        co_await timer.async_wait(asio::deferred);
    } catch (boost::system::system_error const& e) {
        was_cancelled = e.code() == asio::error::operation_aborted;
        throw;
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(shared_limits)

BOOST_AUTO_TEST_CASE(each_attempt_asks_and_is_settled_by_its_reply) {
    shared_fixture w;
    w.config.retry = quick_retries();
    w.server->enqueue(scripted_reply::error(500, "try again"));
    w.server->enqueue(costing(100));
    auto const client = w.make_client();
    auto const c = ask(w, client);
    require_success(*c);
    BOOST_TEST_REQUIRE(w.limits->demands.size() == 2u);
    for (auto const& each : w.limits->demands) {
        BOOST_TEST(each.provider == "aimlapi");
        BOOST_TEST(each.model == hello().model);
        BOOST_TEST(each.tokens > 0);
    }
    BOOST_TEST_REQUIRE(w.limits->ends.size() == 2u);
    BOOST_TEST(w.limits->ends[0].used == 0);
    BOOST_TEST(w.limits->ends[1].used == 100);
    BOOST_TEST(w.limits->ends[1].expected == w.limits->demands[1].tokens);
    w.finish();
}

BOOST_AUTO_TEST_CASE(streams_and_calls_of_endpoints_ask_as_well) {
    shared_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(streamed_costing(70));
    auto stream = open_well(w, client);
    read_all(w, stream);
    BOOST_TEST_REQUIRE(w.limits->ends.size() == 1u);
    BOOST_TEST(w.limits->ends[0].used == 70);
    auto const c = post(w, client, "/embeddings");
    require_success(*c);
    BOOST_TEST_REQUIRE(w.limits->demands.size() == 2u);
    BOOST_TEST(w.limits->demands[1].model == "");
    w.finish();
}

BOOST_AUTO_TEST_CASE(what_they_throw_ends_the_call_without_a_request) {
    auto const by_system = []() -> asio::awaitable<void> {
        throw boost::system::system_error(make_error_code(boost::system::errc::host_unreachable), "redis");
        co_return;
    };
    auto const by_words = []() -> asio::awaitable<void> {
        throw std::runtime_error("no lease");
        co_return;
    };
    shared_fixture w;
    w.config.retry = quick_retries();
    auto const client = w.make_client();
    w.limits->then = by_system;
    auto c = ask(w, client);
    check_failure(*c, errc::shared_limits_failed, phase::limited);
    check_detail(*c, "redis");
    BOOST_TEST(c->info().cause == boost::system::errc::host_unreachable);
    BOOST_TEST(c->info().attempts == 0);
    w.limits->then = by_words;
    c = ask(w, client);
    check_failure(*c, errc::shared_limits_failed, phase::limited);
    check_detail(*c, "no lease");
    BOOST_TEST(w.limits->demands.size() == 2u);
    BOOST_TEST(w.limits->ends.empty());
    BOOST_TEST(w.server->request_count() == 0u);
    BOOST_TEST(client.stats().calls_in_flight == 0u);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_call_that_ends_while_it_waits_cancels_the_wait) {
    shared_fixture w;
    bool was_cancelled = false;
    w.limits->then = [&] { return wait_for_ever(was_cancelled); };
    auto const client = w.make_client();
    auto const late = ask(w, client, hello(), limited_to(60ms));
    check_failure(*late, errc::deadline_exceeded, phase::limited);
    BOOST_TEST(was_cancelled);
    BOOST_TEST((late->info().timings.limited >= 50ms));
    was_cancelled = false;
    auto const cancelled = start(client);
    w.run_until([&] { return w.limits->demands.size() == 2u; });
    cancelled->cancel.emit(asio::cancellation_type::total);
    w.run_until([&] { return cancelled->done; });
    check_failure(*cancelled, asio::error::operation_aborted, phase::limited);
    BOOST_TEST(was_cancelled);
    BOOST_TEST(w.server->request_count() == 0u);
    w.limits->then = nullptr;
    ask_well(w, client);
    w.finish();
}

BOOST_AUTO_TEST_CASE(they_may_leave_the_call_on_another_executor) {
    asio::thread_pool elsewhere(1);
    shared_fixture w;
    w.limits->then = [&]() -> asio::awaitable<void> {
        auto hop = asio::dispatch(elsewhere, asio::deferred);
        co_await std::move(hop);
    };
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(w.limits->demands.size() == 1u);
    elsewhere.join();
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_execution_context_may_be_destroyed_while_calls_wait) {
    bool was_cancelled = false;
    shared_fixture w;
    w.limits->then = [&] { return wait_for_ever(was_cancelled); };
    auto const client = w.make_client();
    auto const calls = start_many(client, 3);
    w.run_until([&] { return w.limits->demands.size() == 3u; });
}

BOOST_AUTO_TEST_CASE(clients_share_a_rate_by_a_file) {
    temporary_folder const folder;
    asio::thread_pool files(1);
    shared_fixture w;
    file_rate_limits_options options(folder.file("limits"), files.get_executor());
    options.requests_per_minute = 6000;
    options.burst = 100ms;
    w.config.shared_limits = std::make_shared<file_rate_limits>(options);
    auto const one = w.make_client();
    w.config.shared_limits = std::make_shared<file_rate_limits>(options);
    auto const other = w.make_client();
    auto const began = std::chrono::steady_clock::now();
    auto calls = start_many(one, 20);
    for (auto& each : start_many(other, 20)) calls.push_back(std::move(each));
    finish(w, calls);
    for (auto const& each : calls) require_success(*each);
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 290ms));
    files.join();
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
