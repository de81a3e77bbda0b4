// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/bulk_runs.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <concepts>
#include <list>
#include <ranges>
#include <span>
#include <stdexcept>
#include <thread>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;

using generator = std::function<std::optional<chat_request>()>;

// What is no source must not look like one.
static_assert(!std::constructible_from<bulk_source, int>);
static_assert(!std::constructible_from<bulk_source, std::vector<std::string>>);
static_assert(!std::constructible_from<bulk_source, std::function<chat_request()>>);
static_assert(!std::copy_constructible<bulk_source>);
static_assert(std::is_nothrow_move_constructible_v<bulk_source>);
static_assert(std::convertible_to<generator, bulk_source>);

// A range that can be read once, and reports how far it has been read.
class read_once {
public:
    explicit read_once(std::size_t count) : left_(count) {}

    class iterator {
    public:
        using value_type = chat_request;
        using difference_type = std::ptrdiff_t;

        explicit iterator(read_once* from) : from_(from) {}

        chat_request operator*() const { return saying(std::to_string(from_->read_)); }
        iterator& operator++() {
            ++from_->read_;
            --from_->left_;
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return from_->left_ == 0; }

    private:
        read_once* from_;
    };

    iterator begin() { return iterator(this); }
    std::default_sentinel_t end() const { return std::default_sentinel; }
    std::size_t read() const { return read_; }

private:
    std::size_t left_;
    std::size_t read_ = 0;
};

void check_gathers(
    client_fixture& w,
    bulk_source source,
    std::size_t count,
    std::optional<std::size_t> total
) {
    auto const c = w.make_client();
    auto const all = gather(w, c, std::move(source));
    BOOST_TEST(!all->ec);
    check_echoes(all->report.results, count);
    BOOST_CHECK(all->report.progress.total == total);
}

// Gives three requests, then throws.
struct throwing_source {
    std::optional<chat_request> operator()() {
        if (asked == 3) throw std::runtime_error("out of questions");
        return saying(std::to_string(asked++));
    }

    std::size_t asked = 0;
};

// Gives so many requests, and holds the number of those that are left.
generator giving(std::shared_ptr<int> left) {
    return [left = std::move(left)]() -> std::optional<chat_request> {
        if ((*left)-- == 0) return std::nullopt;
        return hello();
    };
}

std::function<asio::awaitable<std::optional<chat_request>>()> giving_later(std::shared_ptr<int> left) {
    return [give = giving(std::move(left))]() -> asio::awaitable<std::optional<chat_request>> {
        co_return give();
    };
}

asio::awaitable<void> pull_until_thrown(async_llm::bulk& run, std::size_t& taken, std::string& caught) {
    for (int i = 0; i < 2; ++i) {
        try {
            while (auto result = co_await run.next()) ++taken;
        } catch (std::runtime_error const& e) {
            caught += e.what();
        }
    }
}

asio::awaitable<void> gather_until_thrown(client& c, bulk_source source, std::string& caught) {
    try {
        co_await complete_all(c, std::move(source));
    } catch (std::runtime_error const& e) {
        caught += e.what();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_sources)

BOOST_AUTO_TEST_CASE(vectors_are_copied_or_moved) {
    client_fixture w;
    auto requests = counted_requests(5);
    check_gathers(w, requests, 5, 5);
    BOOST_TEST(requests.at(4).messages.size() == 1u);
    check_gathers(w, std::move(requests), 5, 5);
}

BOOST_AUTO_TEST_CASE(other_ranges_are_taken_as_they_are) {
    client_fixture w;
    auto const requests = counted_requests(5);
    std::list<chat_request> const list(requests.begin(), requests.end());
    check_gathers(w, list, 5, 5);
    check_gathers(w, std::list<chat_request>(list), 5, 5);
    check_gathers(w, std::views::all(requests), 5, 5);
    check_gathers(w, std::span<chat_request const>(requests), 5, 5);
    check_gathers(w, std::views::all(requests) | std::views::take(3), 3, 3);
    auto const even = [](chat_request const& r) { return !r.messages.empty(); };
    check_gathers(w, std::views::all(requests) | std::views::filter(even), 5, std::nullopt);
    BOOST_TEST(requests.at(4).messages.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_view_is_computed_as_calls_begin) {
    client_fixture w;
    auto const c = w.make_client();
    int made = 0;
    auto const make = [&made](int number) {
        ++made;
        return saying(std::to_string(number));
    };
    bulk run(c, std::views::iota(0, 1'000'000) | std::views::transform(make), in_flight(3));
    auto const first = next(w, run);
    BOOST_REQUIRE(first->result);
    BOOST_TEST(first->result->text() == std::to_string(first->result->index));
    w.run_until([&] { return run.progress().completed == 4; });
    BOOST_TEST(made == 4);
    BOOST_TEST(run.progress().total.value() == 1'000'000u);
}

BOOST_AUTO_TEST_CASE(a_range_that_can_be_read_once_is_not_read_ahead) {
    client_fixture w;
    check_gathers(w, read_once(5), 5, std::nullopt);
    auto const c = w.make_client();
    read_once source(10);
    auto refer = std::ranges::subrange(source.begin(), source.end());
    bulk run(c, std::move(refer), in_flight(2));
    BOOST_TEST(next(w, run)->result.has_value());
    w.run_until([&] { return run.progress().completed == 3; });
    // The iterator stands on the last one that was given.
    BOOST_TEST(source.read() == 2u);
}

BOOST_AUTO_TEST_CASE(functions_give_requests_until_they_give_none) {
    client_fixture w;
    counting_source source(20);
    check_gathers(w, source.function(), 20, std::nullopt);
    BOOST_TEST(source.asked == 21u);
    // A function that can only be moved.
    auto left = std::make_unique<int>(3);
    auto countdown = [left = std::move(left), next = 0]() mutable -> std::optional<chat_request> {
        if ((*left)-- == 0) return std::nullopt;
        return saying(std::to_string(next++));
    };
    check_gathers(w, std::move(countdown), 3, std::nullopt);
}

BOOST_AUTO_TEST_CASE(results_are_delivered_while_the_source_waits) {
    client_fixture w;
    auto const c = w.make_client();
    waiting_source source(w, 6, 3);
    bulk run(c, source.function(), in_flight(5));
    for (int i = 0; i < 3; ++i) BOOST_TEST(next(w, run)->result.has_value());
    BOOST_TEST(source.waiting);
    BOOST_TEST(source.asked == 4u);
    auto const pending = start_next(run);
    let_pass(w, 5ms);
    BOOST_TEST(!pending->done);
    source.release();
    w.run_until([&] { return pending->done; });
    BOOST_TEST(pending->result.has_value());
    BOOST_TEST(source.released);
    auto const all = take_all(w, run);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.results.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_asynchronous_source_is_not_asked_beyond_the_room) {
    client_fixture w;
    auto const c = w.make_client();
    waiting_source source(w, 100, 200);
    bulk run(c, source.function(), in_flight(4));
    BOOST_TEST(next(w, run)->result.has_value());
    w.run_until([&] { return run.progress().completed == 5; });
    let_pass(w, 5ms);
    BOOST_TEST(source.asked == 5u);
}

BOOST_AUTO_TEST_CASE(a_source_may_move_to_another_executor) {
    client_fixture w;
    asio::thread_pool threads(2);
    auto const loop = std::this_thread::get_id();
    int asked = 0;
    int moved = 0;
    auto const source = [&]() -> asio::awaitable<std::optional<chat_request>> {
        if (asked == 5) co_return std::nullopt;
        auto number = std::to_string(asked++);
        BOOST_TEST((std::this_thread::get_id() == loop));
        auto token = asio::bind_executor(threads.get_executor(), asio::use_awaitable);
        co_await asio::post(std::move(token));
        if (std::this_thread::get_id() != loop) ++moved;
        co_return saying(std::move(number));
    };
    check_gathers(w, source, 5, std::nullopt);
    BOOST_TEST(moved == 5);
    threads.join();
}

BOOST_AUTO_TEST_CASE(what_the_source_throws_ends_the_run) {
    client_fixture w;
    hold(w, [](std::string const& text) { return text != "0"; });
    auto c = w.make_client();
    bulk run(c, throwing_source());
    std::size_t taken = 0;
    std::string caught;
    w.run(pull_until_thrown(run, taken, caught));
    // The second time, too.
    BOOST_TEST(caught == "out of questionsout of questions");
    BOOST_TEST(static_cast<bool>(run.exception()));
    BOOST_TEST(run.progress().started == 3u);
    BOOST_TEST(run.progress().completed == taken);
    BOOST_TEST(run.progress().cancelled == 3 - taken);
    BOOST_TEST(c.stats().calls_in_flight == 0u);
    await_no_connections(w);
    caught.clear();
    w.run(gather_until_thrown(c, throwing_source(), caught));
    BOOST_TEST(caught == "out of questions");
}

BOOST_AUTO_TEST_CASE(results_that_are_there_come_before_what_the_source_throws) {
    client_fixture w;
    auto const c = w.make_client();
    asio::steady_timer gate(w.io, patience);
    std::size_t asked = 0;
    auto const source = [&]() -> asio::awaitable<std::optional<chat_request>> {
        auto const number = asked++;
        if (number < 3) co_return saying(std::to_string(number));
        auto waited = gate.async_wait(asio::as_tuple(asio::deferred));
        co_await std::move(waited);
        throw std::runtime_error("out of questions");
    };
    bulk run(c, source, in_flight(4));
    BOOST_TEST(next(w, run)->result.has_value());
    w.run_until([&] { return run.progress().completed == 3; });
    gate.cancel();
    w.run_until([&] { return run.exception() != nullptr; });
    auto const all = take_all(w, run);
    BOOST_TEST(all.results.size() == 2u);
    BOOST_TEST(all.ec == boost::system::errc::state_not_recoverable);
}

BOOST_AUTO_TEST_CASE(an_asynchronous_source_that_throws_ends_the_run_with_its_code) {
    client_fixture w;
    auto const c = w.make_client();
    int asked = 0;
    auto const source = [&]() -> asio::awaitable<std::optional<chat_request>> {
        if (asked++ == 0) co_return hello();
        throw boost::system::system_error(asio::error::eof);
    };
    auto const all = gather(w, c, source);
    BOOST_TEST(all->ec == asio::error::eof);
    BOOST_TEST(static_cast<bool>(all->report.exception));
    BOOST_TEST(all->report.detail == "the source threw");
    BOOST_TEST(asked == 2);
}

BOOST_AUTO_TEST_CASE(what_on_progress_throws_ends_the_run) {
    client_fixture w;
    auto const c = w.make_client();
    int calls = 0;
    auto options = in_flight(1);
    options.on_progress = [&](bulk_progress const&) {
        if (++calls == 2) throw std::runtime_error("seen enough");
    };
    auto const all = gather(w, c, counted_requests(10), options);
    BOOST_TEST(all->ec == boost::system::errc::state_not_recoverable);
    BOOST_TEST(static_cast<bool>(all->report.exception));
    BOOST_TEST(all->report.detail == "on_progress threw");
    BOOST_TEST(calls == 2);
    BOOST_TEST(all->report.results.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_failure_cancels_the_source_that_is_awaited) {
    client_fixture w;
    w.server->respond_with([](testing::received_request const&) {
        return testing::scripted_reply::error(400, "no");
    });
    auto const c = w.make_client();
    waiting_source source(w, 10, 1);
    bulk_options options;
    options.fail_fast = true;
    bulk run(c, source.function(), options);
    auto const all = take_all(w, run);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.results.size() == 1u);
    BOOST_TEST(source.cancelled);
    BOOST_TEST(!run.exception());
}

BOOST_AUTO_TEST_CASE(a_source_that_takes_no_notice_is_waited_for) {
    client_fixture w;
    auto const c = w.make_client();
    asio::steady_timer gate(w.io, patience);
    bool waiting = false;
    auto const source = [&]() -> asio::awaitable<std::optional<chat_request>> {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        waiting = true;
        auto waited = gate.async_wait(asio::as_tuple(asio::deferred));
        co_await std::move(waited);
        co_return hello();
    };
    bulk run(c, source);
    auto const pending = start_next(run);
    w.run_until([&] { return waiting; });
    run.cancel();
    let_pass(w, 5ms);
    BOOST_TEST(!pending->done);
    gate.cancel();
    w.run_until([&] { return pending->done; });
    BOOST_TEST(pending->ec == asio::error::operation_aborted);
    // What it gave in the end is dropped.
    BOOST_TEST(run.progress().started == 0u);
    BOOST_TEST(w.server->request_count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_run_can_be_cancelled_after_a_source_had_refused_cancellation) {
    client_fixture w;
    hold(w, [](std::string const&) { return true; });
    auto const c = w.make_client();
    bool given = false;
    auto const source = [&]() -> asio::awaitable<std::optional<chat_request>> {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        if (given) co_return std::nullopt;
        given = true;
        co_return hello();
    };
    bulk run(c, source, in_flight(1));
    auto const pending = start_next(run);
    w.run_until([&] { return w.server->request_count() == 1; });
    pending->cancel.emit(asio::cancellation_type::terminal);
    w.run_until([&] { return pending->done; });
    BOOST_TEST(pending->ec == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(what_the_functions_hold_is_released_before_the_end_is_told) {
    client_fixture w;
    auto const c = w.make_client();
    auto held = std::make_shared<int>(2);
    std::weak_ptr<int> const watch = held;
    auto source = [held]() -> std::optional<chat_request> {
        if ((*held)-- == 0) return std::nullopt;
        return hello();
    };
    bulk_options options;
    options.on_progress = [held](bulk_progress const&) {};
    held.reset();
    bool done = false;
    async_complete_all(c, std::move(source), std::move(options), [&](error_code ec, bulk_report const&) {
        BOOST_TEST(!ec);
        BOOST_TEST(watch.expired());
        done = true;
    });
    w.run_until([&] { return done; });
}

BOOST_AUTO_TEST_CASE(a_run_that_is_kept_after_its_end_holds_no_functions) {
    client_fixture w;
    auto const c = w.make_client();
    for (bool const later : {false, true}) {
        auto left = std::make_shared<int>(3);
        auto reports = std::make_shared<int>(0);
        std::array<std::weak_ptr<int>, 2> const watches{left, reports};
        bulk_options options;
        options.on_progress = [reports](bulk_progress const&) { ++*reports; };
        reports.reset();
        bulk run(
            c,
            later ? bulk_source(giving_later(std::move(left))) : bulk_source(giving(std::move(left))),
            std::move(options)
        );
        options = bulk_options();
        for (auto const& each : watches) BOOST_TEST(!each.expired());
        BOOST_TEST(take_all(w, run).results.size() == 3u);
        for (auto const& each : watches) BOOST_TEST(each.expired());
    }
}

BOOST_AUTO_TEST_SUITE_END()
