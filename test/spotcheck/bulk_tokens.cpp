// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The expressions that users write with bulk runs, by every completion token, and in the shapes in which g++
// 12 is known to destroy temporaries twice: worth something under AddressSanitizer.

#include "support/fixtures/all_tokens.hpp"
#include "support/fixtures/bulk_runs.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/strand.hpp>

#include <thread>
#include <type_traits>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace asio = boost::asio;

template <class... Ts>
constexpr bool values =
    ((!std::is_aggregate_v<Ts> && std::is_nothrow_move_constructible_v<Ts> &&
      std::is_copy_constructible_v<Ts> && std::is_copy_assignable_v<Ts>) &&
     ...);

static_assert(values<bulk_options, bulk_progress, bulk_report, bulk_result>);
static_assert(std::is_nothrow_copy_constructible_v<bulk_error>);
static_assert(!std::is_copy_constructible_v<bulk>);
static_assert(std::is_nothrow_default_constructible_v<bulk>);
static_assert(std::is_nothrow_move_constructible_v<bulk>);
static_assert(std::is_nothrow_move_assignable_v<bulk>);

bulk_options all_options(std::size_t max_in_flight, request_options request) {
    bulk_options result;
    result.max_in_flight = max_in_flight;
    result.request = std::move(request);
    result.fail_fast = true;
    return result;
}

asio::awaitable<void> all_ways_to_complete_all(client& c) {
    auto const requests = counted_requests(3);
    auto plain = co_await complete_all(c, requests);
    check_echoes(plain.results, 3);
    auto with_options = co_await complete_all(c, requests, in_flight(256));
    check_echoes(with_options.results, 3);
    auto with_more =
        co_await complete_all(c, counted_requests(3), all_options(2, with_header("X-Long", long_text())));
    check_echoes(with_more.results, 3);
    BOOST_TEST((co_await complete_all(c, counted_requests(5))).results.size() == 5u);
    for (auto const& each : (co_await complete_all(c, requests)).results) BOOST_TEST(!each.ec);
    auto implied = co_await async_complete_all(c, requests, bulk_options());
    check_echoes(implied.results, 3);
    auto without_options = co_await async_complete_all(c, requests);
    check_echoes(without_options.results, 3);
    auto awaitable = co_await async_complete_all(c, requests, bulk_options(), asio::use_awaitable);
    check_echoes(awaitable.results, 3);
    auto [ec, tuple] =
        co_await async_complete_all(c, requests, bulk_options(), asio::as_tuple(asio::deferred));
    BOOST_TEST(!ec);
    check_echoes(tuple.results, 3);
}

asio::awaitable<void> sources_with_names(client& c) {
    auto const text = long_text();
    int left = 3;
    auto generate = [text, &left]() -> std::optional<chat_request> {
        if (left-- == 0) return std::nullopt;
        return saying(text);
    };
    auto all = co_await complete_all(c, generate);
    BOOST_TEST(all.results.size() == 3u);
    left = 3;
    auto wait = [text, &left]() -> asio::awaitable<std::optional<chat_request>> {
        if (left-- == 0) co_return std::nullopt;
        co_return saying(text);
    };
    std::size_t reports = 0;
    bulk_options options;
    options.on_progress = [text, &reports](bulk_progress const&) { ++reports; };
    all = co_await complete_all(c, wait, options);
    BOOST_TEST(all.results.size() == 3u);
    BOOST_TEST(all.results.front().text() == text);
    BOOST_TEST(reports == 3u);
}

asio::awaitable<void> all_ways_to_take(client& c) {
    bulk run(c, counted_requests(8), in_flight(3));
    auto const first = co_await run.next();
    BOOST_TEST(first.has_value());
    auto const implied = co_await run.async_next();
    BOOST_TEST(implied.has_value());
    auto const awaitable = co_await run.async_next(asio::use_awaitable);
    BOOST_TEST(awaitable.has_value());
    auto const [ec, tuple] = co_await run.async_next(asio::as_tuple(asio::deferred));
    BOOST_TEST(!ec);
    BOOST_TEST(tuple.has_value());
    error_code redirected = errc::client_closed;
    auto const by_reference = co_await run.async_next(asio::redirect_error(asio::use_awaitable, redirected));
    BOOST_TEST(!redirected);
    BOOST_TEST(by_reference.has_value());
    std::size_t rest = 0;
    while (auto result = co_await run.next()) {
        BOOST_TEST(result->text() == std::to_string(result->index));
        ++rest;
    }
    BOOST_TEST(rest == 3u);
}

asio::awaitable<void> two_runs_at_once(client& c) {
    using namespace asio::experimental::awaitable_operators;
    auto [first, second] =
        co_await (complete_all(c, counted_requests(4)) && complete_all(c, counted_requests(6)));
    check_echoes(first.results, 4);
    check_echoes(second.results, 6);
}

asio::awaitable<void> on_a_strand(client& c, asio::strand<asio::io_context::executor_type> strand) {
    auto generate = [&, left = 3]() mutable -> std::optional<chat_request> {
        BOOST_TEST(strand.running_in_this_thread());
        if (left-- == 0) return std::nullopt;
        return hello();
    };
    bulk_options options;
    options.on_progress = [&](bulk_progress const&) { BOOST_TEST(strand.running_in_this_thread()); };
    auto const all = co_await complete_all(c, generate, options);
    BOOST_TEST(strand.running_in_this_thread());
    BOOST_TEST(all.results.size() == 3u);
}

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_tokens)

BOOST_FIXTURE_TEST_CASE(runs_gather_by_every_awaitable_form, calling_fixture) {
    run(all_ways_to_complete_all(c));
    run(sources_with_names(c));
}

BOOST_FIXTURE_TEST_CASE(results_are_taken_by_every_awaitable_form, calling_fixture) {
    run(all_ways_to_take(c));
}

BOOST_FIXTURE_TEST_CASE(runs_share_a_client, calling_fixture) { run(two_runs_at_once(c)); }

BOOST_FIXTURE_TEST_CASE(a_run_that_is_awaited_lives_on_its_coroutines_executor, calling_fixture) {
    auto const strand = asio::make_strand(io.get_executor());
    bool done = false;
    asio::co_spawn(strand, on_a_strand(c, strand), [&](std::exception_ptr thrown) {
        BOOST_TEST(!thrown);
        done = true;
    });
    run_until([&] { return done; });
}

BOOST_FIXTURE_TEST_CASE(futures_and_callbacks_work, calling_fixture) {
    auto future = async_complete_all(c, counted_requests(3), bulk_options(), asio::use_future);
    auto operation = async_complete_all(c, counted_requests(4), asio::deferred);
    std::size_t gathered = 0;
    std::move(operation)([&](error_code ec, bulk_report const& report) {
        BOOST_TEST(!ec);
        gathered = report.results.size();
    });
    auto failing = async_complete_all(c, counted_requests(1), in_flight(0), asio::use_future);
    run_until([&] { return is_ready(future) && is_ready(failing) && gathered != 0; });
    check_echoes(future.get().results, 3);
    BOOST_TEST(gathered == 4u);
    BOOST_CHECK_THROW(failing.get(), boost::system::system_error);
    bulk run(c, counted_requests(1));
    auto first = run.async_next(asio::use_future);
    run_until([&] { return is_ready(first); });
    BOOST_TEST(first.get().has_value());
    auto end = run.async_next(asio::use_future);
    run_until([&] { return is_ready(end); });
    BOOST_TEST(!end.get().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_run_for_a_future_lives_on_the_clients_executor, calling_fixture) {
    auto const loop = std::this_thread::get_id();
    std::size_t reports = 0;
    bulk_options options;
    options.on_progress = [&](bulk_progress const&) {
        BOOST_TEST((std::this_thread::get_id() == loop));
        ++reports;
    };
    auto future = async_complete_all(c, counted_requests(3), options, asio::use_future);
    run_until([&] { return is_ready(future); });
    BOOST_TEST(future.get().results.size() == 3u);
    BOOST_TEST(reports == 3u);
}

BOOST_FIXTURE_TEST_CASE(handlers_of_a_run_run_on_their_own_executor, calling_fixture) {
    auto const strand = asio::make_strand(io);
    bulk run(c, counted_requests(3));
    bool done = false;
    while (!done) {
        bool taken = false;
        run.async_next(asio::bind_executor(strand, [&](error_code ec, std::optional<bulk_result> result) {
            BOOST_TEST(!ec);
            BOOST_TEST(strand.running_in_this_thread());
            taken = true;
            done = !result;
        }));
        BOOST_TEST(!taken);
        run_until([&] { return taken; });
    }
    done = false;
    auto options = in_flight(2);
    options.on_progress = [&](bulk_progress const&) { BOOST_TEST(strand.running_in_this_thread()); };
    auto on_end = [&](error_code ec, bulk_report const&) {
        BOOST_TEST(!ec);
        BOOST_TEST(strand.running_in_this_thread());
        done = true;
    };
    async_complete_all(c, counted_requests(3), options, asio::bind_executor(strand, on_end));
    BOOST_TEST(!done);
    run_until([&] { return done; });
}

BOOST_AUTO_TEST_SUITE_END()
