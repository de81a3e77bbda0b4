// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/bulk_runs.hpp"
#include "support/streams/streams.hpp"
#include <async_llm/completion_error.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

// A reply with what it took.
scripted_reply with_usage(std::string const& members) {
    return scripted_reply(
        200,
        R"({"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":)"
        R"({"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{)" +
            members + "}}"
    );
}

bool is_odd(std::string const& number) { return std::stoi(number) % 2 == 1; }

// Odd numbers are refused.
void refuse_odd_ones(client_fixture& w) {
    w.server->respond_with([](testing::received_request const& request) {
        if (is_odd(request.last_user_text())) return scripted_reply::error(400, "odd");
        return scripted_reply::echo();
    });
}

void check_at_the_end(bulk_progress const& p, std::size_t completed, std::size_t failed) {
    BOOST_TEST(p.completed == completed);
    BOOST_TEST(p.failed == failed);
    BOOST_TEST(p.started == completed + failed + p.cancelled);
    BOOST_TEST(p.in_flight == 0u);
    BOOST_TEST(p.elapsed.count() > 0);
    BOOST_TEST(p.per_second > 0);
}

asio::awaitable<void> pull_until_error(bulk& run, std::size_t& taken, error_code& caught, std::string& what) {
    try {
        while (auto result = co_await run.next()) ++taken;
    } catch (bulk_error const& e) {
        caught = e.code();
        what = e.what();
        BOOST_TEST(e.report().results.empty());
    }
}

asio::awaitable<void> fail_all(client& c, bulk_options options) {
    error_code caught;
    try {
        co_await complete_all(c, counted_requests(20), options);
    } catch (bulk_error const& e) {
        caught = e.code();
        auto const& report = e.report();
        auto const failed =
            std::find_if(report.results.begin(), report.results.end(), [](auto const& r) { return !!r.ec; });
        BOOST_REQUIRE(failed != report.results.end());
        BOOST_TEST(failed->ec == caught);
        std::string const what = e.what();
        BOOST_TEST(what.find("request " + std::to_string(failed->index)) != std::string::npos);
        BOOST_TEST(what.find("odd") != std::string::npos);
        BOOST_TEST(what.find("of 20") != std::string::npos);
        BOOST_TEST(what.find("test-key") == std::string::npos);
    }
    BOOST_TEST(caught == make_http_error(400));
}

} // namespace

BOOST_AUTO_TEST_SUITE(bulk)

BOOST_AUTO_TEST_CASE(every_request_has_one_result_with_its_index) {
    client_fixture w;
    auto const c = w.make_client();
    async_llm::bulk run(c, counted_requests(50), in_flight(8));
    BOOST_TEST(run.progress().started == 0u);
    auto const all = take_all(w, run);
    BOOST_TEST(!all.ec);
    check_echoes(all.results, 50);
    check_at_the_end(run.progress(), 50, 0);
    BOOST_TEST(run.progress().total.value() == 50u);
    BOOST_TEST(w.server->request_count() == 50u);
    // The end stays the end.
    auto const again = next(w, run);
    BOOST_TEST(!again->ec);
    BOOST_TEST(!again->result);
}

BOOST_AUTO_TEST_CASE(nothing_happens_before_the_first_next) {
    client_fixture w;
    auto const c = w.make_client();
    counting_source source(3);
    async_llm::bulk run(c, source.function());
    let_pass(w, 20ms);
    BOOST_TEST(source.asked == 0u);
    BOOST_TEST(w.server->request_count() == 0u);
    check_echoes(take_all(w, run).results, 3);
}

BOOST_AUTO_TEST_CASE(no_request_and_one_request) {
    client_fixture w;
    auto const c = w.make_client();
    async_llm::bulk none(c, std::vector<chat_request>());
    auto all = take_all(w, none);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.results.empty());
    async_llm::bulk one(c, counted_requests(1));
    all = take_all(w, one);
    BOOST_TEST(!all.ec);
    check_echoes(all.results, 1);
    auto const gathered = gather(w, c, std::vector<chat_request>());
    BOOST_TEST(!gathered->ec);
    BOOST_TEST(gathered->report.results.empty());
    BOOST_TEST(gathered->report.detail == "");
}

BOOST_AUTO_TEST_CASE(results_come_in_the_order_of_completion) {
    client_fixture w;
    // The first waits for the others: it is answered when they are done, or the test hangs.
    hold(w, [](std::string const& text) { return text == "0"; });
    auto const c = w.make_client();
    async_llm::bulk run(c, counted_requests(4), in_flight(2));
    for (std::size_t i = 1; i < 4; ++i) {
        auto const taken = next(w, run);
        BOOST_REQUIRE(taken->result);
        BOOST_TEST(taken->result->index == i);
    }
    BOOST_TEST(run.progress().in_flight == 1u);
}

BOOST_AUTO_TEST_CASE(no_more_calls_than_allowed_are_in_flight) {
    client_fixture w;
    w.server->respond_with([](testing::received_request const&) {
        auto reply = scripted_reply::echo();
        reply.latency = 3ms;
        return reply;
    });
    auto const c = w.make_client();
    std::size_t most = 0;
    auto options = in_flight(5);
    options.on_progress = [&](bulk_progress const& p) {
        most = std::max(most, p.in_flight + 1);
        BOOST_TEST(c.stats().calls_in_flight <= 5u);
    };
    auto const all = gather(w, c, counted_requests(60), options);
    check_echoes(all->report.results, 60);
    BOOST_TEST(most == 5u);
    BOOST_TEST(w.server->stats().max_connections_open <= 5u);
}

BOOST_AUTO_TEST_CASE(results_that_nobody_takes_hold_the_source_back) {
    client_fixture w;
    auto const c = w.make_client();
    counting_source source(100);
    async_llm::bulk run(c, source.function(), in_flight(4));
    for (std::size_t taken = 1; taken < 6; ++taken) {
        BOOST_TEST(next(w, run)->result.has_value());
        w.run_until([&] { return run.progress().completed == taken + 4; });
        let_pass(w, 10ms);
        BOOST_TEST(source.asked == taken + 4);
        BOOST_TEST(w.server->request_count() == taken + 4);
    }
    BOOST_TEST(c.stats().calls_in_flight == 0u);
}

BOOST_AUTO_TEST_CASE(a_failed_call_is_a_result) {
    client_fixture w;
    refuse_odd_ones(w);
    auto const c = w.make_client();
    auto requests = counted_requests(20);
    requests[4] = chat_request("m"); // not sent at all
    async_llm::bulk run(c, std::move(requests), in_flight(3));
    auto const all = take_all(w, run);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.results.size() == 20u);
    for (auto const& each : all.results) {
        if (each.index == 4) {
            BOOST_TEST(each.ec == errc::invalid_request);
            BOOST_TEST(each.response.info.detail.find("messages") != std::string::npos);
        } else if (each.index % 2 == 1) {
            BOOST_TEST(each.ec == make_http_error(400));
            BOOST_TEST(each.response.error.message == "odd");
        } else {
            BOOST_TEST(!each.ec);
            BOOST_TEST(each.text() == std::to_string(each.index));
        }
    }
    check_at_the_end(run.progress(), 9, 11);
}

BOOST_AUTO_TEST_CASE(with_fail_fast_the_failure_is_delivered_and_then_the_end) {
    client_fixture w;
    w.server->respond_with([](testing::received_request const& request) {
        if (request.last_user_text() == "2") return scripted_reply::error(400, "no");
        auto reply = scripted_reply::echo();
        reply.latency = patience;
        return reply;
    });
    auto const c = w.make_client();
    counting_source source(100);
    auto options = in_flight(6);
    options.fail_fast = true;
    async_llm::bulk run(c, source.function(), options);
    auto const all = take_all(w, run);
    BOOST_TEST(!all.ec);
    BOOST_REQUIRE(all.results.size() == 1u);
    BOOST_TEST(all.results.front().index == 2u);
    BOOST_TEST(all.results.front().ec == make_http_error(400));
    BOOST_TEST(source.asked == 6u);
    check_at_the_end(run.progress(), 0, 1);
    BOOST_TEST(run.progress().cancelled == 5u);
    BOOST_TEST(c.stats().calls_in_flight == 0u);
    BOOST_TEST(c.stats().connections_in_use == 0u);
}

BOOST_AUTO_TEST_CASE(gathered_results_are_in_the_order_of_the_requests) {
    client_fixture w;
    w.server->respond_with([](testing::received_request const& request) {
        auto reply = scripted_reply::echo();
        reply.latency = std::chrono::milliseconds(std::stoi(request.last_user_text()) % 7);
        return reply;
    });
    auto const c = w.make_client();
    auto const all = gather(w, c, counted_requests(60), in_flight(16));
    BOOST_TEST(!all->ec);
    check_echoes(all->report.results, 60);
    for (std::size_t i = 0; i < 60; ++i) BOOST_TEST(all->report.results.at(i).index == i);
    check_at_the_end(all->report.progress, 60, 0);
}

BOOST_AUTO_TEST_CASE(gathering_collects_failures_or_fails_fast) {
    client_fixture w;
    refuse_odd_ones(w);
    auto c = w.make_client();
    auto const collected = gather(w, c, counted_requests(20));
    BOOST_TEST(!collected->ec);
    BOOST_TEST(collected->report.results.size() == 20u);
    check_at_the_end(collected->report.progress, 10, 10);
    auto options = in_flight(2);
    options.fail_fast = true;
    auto const failed = gather(w, c, counted_requests(20), options);
    BOOST_TEST(failed->ec == make_http_error(400));
    BOOST_TEST(failed->report.results.size() < 20u);
    BOOST_TEST(failed->report.progress.failed >= 1u);
    w.run(fail_all(c, options));
}

BOOST_AUTO_TEST_CASE(progress_counts_calls_tokens_and_cost) {
    client_fixture w;
    w.server->enqueue(with_usage(R"("prompt_tokens":10,"completion_tokens":3,"total_tokens":13,"cost":0.5)"));
    w.server->enqueue(with_usage(R"("prompt_tokens":20,"completion_tokens":4,"total_tokens":24)"));
    w.server->enqueue(scripted_reply::error(400, "no"));
    w.server->enqueue(with_usage(R"("prompt_tokens":1,"completion_tokens":1,"total_tokens":2,"cost":0.25)"));
    auto const c = w.make_client();
    std::vector<bulk_progress> seen;
    auto options = in_flight(1);
    options.on_progress = [&](bulk_progress const& p) { seen.push_back(p); };
    auto const all = gather(w, c, counted_requests(4), options);
    BOOST_TEST(!all->ec);
    BOOST_REQUIRE(seen.size() == 4u);
    BOOST_TEST(seen[0].input_tokens == 10);
    BOOST_TEST(seen[0].output_tokens == 3);
    BOOST_TEST(seen[0].cost.value() == 0.5);
    BOOST_TEST(seen[0].total.value() == 4u);
    BOOST_TEST(seen[1].input_tokens == 30);
    BOOST_TEST(seen[1].cost.value() == 0.5);
    BOOST_TEST(seen[2].completed == 2u);
    BOOST_TEST(seen[2].failed == 1u);
    BOOST_TEST(seen[2].elapsed >= seen[1].elapsed);
    auto const& last = all->report.progress;
    BOOST_TEST(last.input_tokens == 31);
    BOOST_TEST(last.output_tokens == 8);
    BOOST_TEST(last.cost.value() == 0.75);
    check_at_the_end(last, 3, 1);
    let_pass(w, 5ms);
    auto const without_cost = gather(w, c, counted_requests(1));
    BOOST_TEST(!without_cost->report.progress.cost);
}

BOOST_AUTO_TEST_CASE(the_clock_stops_at_the_end) {
    client_fixture w;
    auto const c = w.make_client();
    async_llm::bulk run(c, counted_requests(2));
    BOOST_TEST(run.progress().elapsed.count() == 0);
    take_all(w, run);
    auto const at_the_end = run.progress().elapsed;
    let_pass(w, 5ms);
    BOOST_TEST((run.progress().elapsed == at_the_end));
}

BOOST_AUTO_TEST_CASE(the_options_of_a_call_go_with_each_and_keys_are_different) {
    client_fixture w;
    auto const c = w.make_client();
    auto each = with_header("X-Run", "7");
    each.idempotency_key = "key";
    bulk_options options;
    options.request = each;
    auto const all = gather(w, c, counted_requests(3), options);
    BOOST_TEST(!all->ec);
    std::set<std::string> keys;
    for (auto const& request : w.server->requests()) {
        BOOST_TEST(request.header("X-Run") == "7");
        keys.emplace(request.header("Idempotency-Key"));
        BOOST_TEST(request.header("Idempotency-Key") == "key-" + request.last_user_text());
    }
    BOOST_TEST(keys.size() == 3u);
}

BOOST_AUTO_TEST_CASE(options_out_of_bounds_are_refused) {
    client_fixture w;
    auto const c = w.make_client();
    counting_source source(3);
    auto const all = gather(w, c, source.function(), in_flight(0));
    BOOST_TEST(all->ec == errc::invalid_request);
    BOOST_TEST(all->report.detail == "max_in_flight: is below 1");
    BOOST_TEST(source.asked == 0u);
    async_llm::bulk run(c, source.function(), in_flight(0));
    error_code caught;
    std::string what;
    std::size_t taken = 0;
    w.run(pull_until_error(run, taken, caught, what));
    BOOST_TEST(caught == errc::invalid_request);
    BOOST_TEST(what.find("max_in_flight: is below 1") != std::string::npos);
    BOOST_TEST(taken == 0u);
}

BOOST_AUTO_TEST_CASE(a_second_next_is_refused_while_one_is_pending) {
    client_fixture w;
    hold(w, [](std::string const&) { return true; });
    auto const c = w.make_client();
    async_llm::bulk run(c, counted_requests(2));
    auto const first = start_next(run);
    auto const second = next(w, run);
    BOOST_TEST(second->ec == errc::operation_in_progress);
    BOOST_TEST(!second->result);
    w.run_until([&] { return w.server->request_count() == 2; });
    BOOST_TEST(!first->done);
    error_code caught;
    std::string what;
    std::size_t taken = 0;
    w.run(pull_until_error(run, taken, caught, what));
    BOOST_TEST(caught == errc::operation_in_progress);
}

BOOST_AUTO_TEST_CASE(a_run_can_be_moved_while_it_is_asked) {
    client_fixture w;
    auto const c = w.make_client();
    async_llm::bulk first(c, counted_requests(3));
    auto const pending = start_next(first);
    async_llm::bulk second;
    BOOST_TEST(!second);
    second = std::move(first);
    BOOST_TEST(static_cast<bool>(second));
    BOOST_TEST(!first);
    w.run_until([&] { return pending->done; });
    BOOST_TEST(pending->result.has_value());
    BOOST_TEST(take_all(w, second).results.size() == 2u);
}

// Most of the requests are refused before they are sent, because the others take some milliseconds each.
// Under the sanitizer even those take one, and what grows shows with fewer.
BOOST_AUTO_TEST_CASE(memory_does_not_grow_with_the_number_of_requests) {
#if defined(__SANITIZE_ADDRESS__)
    constexpr std::size_t count = 20'000;
#else
    constexpr std::size_t count = 200'000;
#endif
    constexpr std::size_t sent_one_of = 40;
    client_fixture w(scheme::http, forgetful());
    auto const c = w.make_client();
    std::size_t asked = 0;
    auto const generate = [&]() -> std::optional<chat_request> {
        if (asked == count) return std::nullopt;
        if (asked++ % sent_one_of == 0) return saying(std::string(100, 'x'));
        return chat_request(std::string(100, 'm'));
    };
    async_llm::bulk run(c, generate, in_flight(64));
    std::size_t taken = 0;
    std::size_t at_first = 0;
    std::size_t most = 0;
    bool ended = false;
    std::function<void()> take = [&] {
        run.async_next([&](error_code ec, std::optional<bulk_result> result) {
            BOOST_REQUIRE(!ec);
            ended = !result;
            if (ended) return;
            if (++taken == 2000) at_first = bytes_in_use();
            if (taken > 2000 && taken % 500 == 0) most = std::max(most, bytes_in_use());
            take();
        });
    };
    take();
    auto const limit = std::chrono::steady_clock::now() + 4 * patience;
    while (!ended && std::chrono::steady_clock::now() < limit) w.io.run_one_for(10ms);
    BOOST_TEST(ended);
    BOOST_TEST(taken == count);
    BOOST_TEST(w.server->request_count() == count / sent_one_of);
    BOOST_TEST_MESSAGE("heap after 2000 results " << at_first << ", most afterwards " << most << " bytes");
    BOOST_TEST(most < at_first + 500'000);
    check_at_the_end(run.progress(), count / sent_one_of, count - count / sent_one_of);
}

BOOST_AUTO_TEST_SUITE_END()
