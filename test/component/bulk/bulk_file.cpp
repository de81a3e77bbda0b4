// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/files/bulk_file_fixture.hpp"
#include <async_llm/bulk_file.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/errc.hpp>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

using names = std::vector<std::string>;

bool says(testing::received_request const& request, std::string_view text) {
    return request.last_user_text() == text;
}

boost::json::value first_line_of(std::string const& path) { return boost::json::parse(lines_of(path).at(0)); }

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_file)

BOOST_FIXTURE_TEST_CASE(each_line_of_a_file_is_answered_in_another, bulk_file_fixture) {
    write_input(200);
    options.max_in_flight = 16;
    auto const outcome = run_file();
    BOOST_TEST(!outcome->ec);
    check_output(200);
    auto const& report = outcome->report;
    BOOST_TEST((report.end == bulk_file_end::complete));
    BOOST_TEST(report.progress.answered == 200u);
    BOOST_TEST(report.progress.lines == 200u);
    BOOST_TEST(report.progress.total.value() == 200u);
    BOOST_TEST(report.progress.in_flight == 0u);
    BOOST_TEST(report.progress.input_tokens > 0);
    BOOST_TEST(report.progress.per_second > 0);
    BOOST_TEST((report.progress.stage == bulk_file_stage::ended));
    BOOST_TEST(report.detail == "");
    BOOST_TEST(!std::ifstream(journal));
    BOOST_TEST(!std::ifstream(errors));
    // A second run has nothing to do.
    auto const again = run_file();
    BOOST_TEST(!again->ec);
    BOOST_TEST(again->report.progress.answered_before == 200u);
    BOOST_TEST(server->request_count() == 200u);
    check_output(200);
}

BOOST_FIXTURE_TEST_CASE(bodies_and_replies_go_through_untouched, bulk_file_fixture) {
    std::string const body = R"({ "model" : "m", "messages":[{"role":"user","content":"\u0041"}],"x":1.50 })";
    write_file(input, R"({"custom_id":"a","body":)" + body + "}\n");
    server->respond_with([](testing::received_request const&) {
        return scripted_reply(
            200,
            "{\n  \"odd\": [1.50],\n  \"choices\":[{\"message\":{\"content\":\"x\"}}]\n}"
        );
    });
    BOOST_TEST(!run_file()->ec);
    BOOST_REQUIRE(server->requests().size() == 1u);
    BOOST_TEST(server->requests()[0].body == body);
    auto const text = read_file(output);
    BOOST_TEST(text.find(R"("body":{   "odd": [1.50],   "choices")") != std::string::npos, text);
    auto const tree = first_line_of(output);
    BOOST_TEST(tree.at("response").at("status_code") == 200);
    BOOST_TEST(tree.at("error").is_null());
    BOOST_TEST(tree.at("async_llm").at("attempts") == 1);
    BOOST_TEST(std::string_view(tree.at("async_llm").at("provider").as_string()) == endpoint.name);
}

BOOST_FIXTURE_TEST_CASE(lines_for_other_endpoints_go_to_their_urls, bulk_file_fixture) {
    write_file(
        input,
        R"({"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"input":"x"}})"
        "\n"
        R"({"custom_id":"b","body":{"model":"m","messages":[{"role":"user","content":"x"}]}})"
        "\n"
    );
    options.max_in_flight = 1;
    server->respond_with([](testing::received_request const&) {
        return scripted_reply(200, R"({"data":[],"usage":{"prompt_tokens":3,"cost":0.25}})");
    });
    auto const outcome = run_file();
    BOOST_TEST(!outcome->ec);
    BOOST_REQUIRE(server->requests().size() == 2u);
    BOOST_TEST(server->requests()[0].target.ends_with("/v1/embeddings"));
    BOOST_TEST(server->requests()[0].body == R"({"input":"x"})");
    BOOST_TEST(server->requests()[1].target.ends_with("/v1/chat/completions"));
    BOOST_TEST(outcome->report.progress.answered == 2u, read_file(errors));
    BOOST_TEST(outcome->report.progress.input_tokens == 6);
    BOOST_TEST(outcome->report.progress.cost.value() == 0.5);
    BOOST_TEST(first_line_of(output).at("async_llm").at("cost") == 0.25);
}

BOOST_FIXTURE_TEST_CASE(failures_have_a_file_of_their_own, bulk_file_fixture) {
    write_input(4);
    server->respond_with([](testing::received_request const& request) {
        if (says(request, "1")) return scripted_reply::error(400, "odd");
        if (says(request, "2")) return scripted_reply::error(503, "later");
        return scripted_reply::echo();
    });
    auto const outcome = run_file();
    BOOST_TEST(!outcome->ec);
    BOOST_TEST(outcome->report.progress.answered == 2u);
    BOOST_TEST(outcome->report.progress.failed == 2u);
    names const failed{"r1", "r2"};
    BOOST_TEST(sorted(ids_of(errors)) == failed, boost::test_tools::per_element());
    for (auto const& line : lines_of(errors)) {
        auto const tree = boost::json::parse(line);
        bool const is_odd = tree.at("custom_id") == "r1";
        BOOST_TEST(tree.at("response").at("status_code") == (is_odd ? 400 : 503));
        BOOST_TEST(tree.at("response").at("body").is_object());
        auto const message = std::string(tree.at("error").at("message").as_string());
        BOOST_TEST(message.find(is_odd ? "odd" : "later") != std::string::npos, message);
        BOOST_TEST(tree.at("async_llm").as_object().contains("final") == is_odd);
    }
    // The next run asks what may succeed; and on demand, the rest.
    release();
    auto const before = server->request_count();
    auto const next = run_file();
    BOOST_TEST(next->report.progress.failed_before == 1u);
    BOOST_TEST(next->report.progress.answered == 1u);
    BOOST_TEST(server->request_count() == before + 1);
    options.retry_failed = true;
    BOOST_TEST(run_file()->report.progress.answered == 1u);
    check_output(4);
}

BOOST_FIXTURE_TEST_CASE(a_key_in_a_failure_is_masked, bulk_file_fixture) {
    endpoint.key = credential("sk-very-secret-key");
    write_input(1);
    server->respond_with([](testing::received_request const&) {
        return scripted_reply(400, R"({"error":{"message":"no sk-very-secret-key here"}})");
    });
    run_file();
    BOOST_TEST(lines_of(errors).size() == 1u);
    BOOST_TEST(read_file(errors).find("very-secret") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_key_ends_the_run_and_not_its_lines, bulk_file_fixture) {
    write_input(50);
    options.max_in_flight = 4;
    server->respond_with([](testing::received_request const&) { return scripted_reply::error(401, "who?"); });
    auto const outcome = run_file();
    BOOST_TEST(outcome->ec == make_http_error(401));
    BOOST_TEST((outcome->report.end == bulk_file_end::error));
    BOOST_TEST(outcome->report.detail.find("who?") != std::string::npos, outcome->report.detail);
    BOOST_TEST(outcome->report.progress.failed == 0u);
    BOOST_TEST(server->request_count() <= 4u);
    BOOST_TEST(lines_of(errors).empty());
    auto const& p = outcome->report.progress;
    BOOST_TEST(p.cancelled == p.lines);
    release();
    BOOST_TEST(!run_file()->ec);
    check_output(50);
}

BOOST_FIXTURE_TEST_CASE(a_server_that_fails_every_line_ends_the_run, bulk_file_fixture) {
    write_input(100);
    options.max_in_flight = 1;
    options.max_failures_in_a_row = 5;
    server->respond_with([](testing::received_request const& request) {
        if (says(request, "3")) return scripted_reply::echo();
        return says(request, "5") ? scripted_reply::error(400, "odd") : scripted_reply::error(503, "down");
    });
    auto const outcome = run_file();
    BOOST_TEST(outcome->ec == make_http_error(503));
    BOOST_TEST(outcome->report.detail.find("5 lines in a row failed") == 0u, outcome->report.detail);
    BOOST_TEST(server->request_count() == 9u);
    options.max_failures_in_a_row = 0;
    BOOST_TEST(!run_file()->ec);
    BOOST_TEST(server->request_count() == 9u + 98u);
}

BOOST_FIXTURE_TEST_CASE(files_are_the_other_executors_alone, bulk_file_fixture) {
    write_input(30);
    auto const here = std::this_thread::get_id();
    std::atomic<int> reads_here = 0;
    auto const text = read_file(input);
    std::size_t place = 0;
    auto const c = make_client();
    auto outcome = std::make_shared<file_outcome>();
    auto const read = [&](char* into, std::size_t size) {
        if (std::this_thread::get_id() == here) ++reads_here;
        auto const count = std::min<std::size_t>({size, 100, text.size() - place});
        std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(place), count, into);
        place += count;
        return count;
    };
    async_bulk_file(c, bulk_input("text", read), output, options, [outcome](error_code ec, bulk_file_report) {
        outcome->ec = ec;
        outcome->done = true;
    });
    wait(outcome);
    BOOST_TEST(!outcome->ec);
    BOOST_TEST(reads_here == 0);
    check_output(30);
}

BOOST_FIXTURE_TEST_CASE(an_input_that_throws_ends_the_run, bulk_file_fixture) {
    auto const c = make_client();
    std::string const text = numbered_line(0);
    bool first = true;
    auto const read = [&](char* into, std::size_t) -> std::size_t {
        if (!std::exchange(first, false)) throw std::runtime_error("no more");
        std::copy(text.begin(), text.end(), into);
        return text.size();
    };
    std::string caught;
    auto const ask = [&]() -> asio::awaitable<void> {
        bulk_input source("text", read);
        try {
            co_await async_llm::bulk_file(c, std::move(source), output, options);
        } catch (std::runtime_error const& e) {
            caught = e.what();
        }
    };
    run(ask());
    BOOST_TEST(caught == "no more");
}

BOOST_FIXTURE_TEST_CASE(no_more_than_so_many_are_in_flight, bulk_file_fixture) {
    write_input(40);
    options.max_in_flight = 5;
    server->respond_with([](testing::received_request const&) {
        auto reply = scripted_reply::echo();
        reply.latency = 5ms;
        return reply;
    });
    BOOST_TEST(!run_file()->ec);
    BOOST_TEST(server->stats().max_connections_open <= 5u);
    check_output(40);
}

BOOST_FIXTURE_TEST_CASE(answers_that_are_not_written_yet_count_as_in_flight, bulk_file_fixture) {
    write_input(40);
    asio::io_context slow_files;
    options.max_in_flight = 5;
    options.file_executor = slow_files.get_executor();
    auto const c = make_client();
    auto const outcome = start(c);
    run_until([&] {
        slow_files.poll();
        slow_files.restart();
        return server->stats().requests > 0;
    });
    // Whether the rest of it stays away shows with time alone: 40 answers take a few milliseconds.
    io.run_for(200ms);
    io.restart();
    BOOST_TEST(server->stats().requests == 5u);
    run_until([&] {
        slow_files.poll();
        slow_files.restart();
        return outcome->done;
    });
    BOOST_TEST(!outcome->ec);
    check_output(40);
}

BOOST_FIXTURE_TEST_CASE(an_ordered_output_keeps_the_order, bulk_file_fixture) {
    write_input(60);
    options.max_in_flight = 10;
    options.ordered = true;
    options.ordered_window = 20;
    server->respond_with([](testing::received_request const& request) {
        auto reply = scripted_reply::echo();
        reply.latency = std::chrono::milliseconds(std::stoi(request.last_user_text()) * 7 % 11);
        return reply;
    });
    BOOST_TEST(!run_file()->ec);
    BOOST_TEST(ids_of(output) == numbered_ids(60), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(equal_bodies_are_asked_once, bulk_file_fixture) {
    std::string text;
    for (int i = 0; i < 30; ++i)
        text += R"({"custom_id":"c)" + std::to_string(i) +
            R"(","body":{"model":"m","messages":[{"role":"user","content":")" + std::to_string(i % 3) +
            "\"}]}}\n";
    write_file(input, text);
    options.dedup = bulk_dedup::all;
    auto const outcome = run_file();
    BOOST_TEST(outcome->report.progress.answered == 30u);
    BOOST_TEST(outcome->report.deduplicated == 27u);
    BOOST_TEST(server->request_count() == 3u);
    BOOST_TEST(lines_of(output).size() == 30u);
}

BOOST_FIXTURE_TEST_CASE(a_dry_run_asks_nothing, bulk_file_fixture) {
    write_input(3);
    write_file(input, read_file(input) + "no json\n");
    options.dry_run = true;
    auto const outcome = run_file();
    BOOST_TEST(!outcome->ec);
    BOOST_TEST(outcome->report.to_ask == 3u);
    BOOST_REQUIRE(outcome->report.refused_lines.size() == 1u);
    BOOST_TEST(outcome->report.refused_lines[0].line == 4u);
    BOOST_TEST(outcome->report.progress.refused == 1u);
    BOOST_TEST(server->request_count() == 0u);
    BOOST_TEST(!std::ifstream(output));
}

BOOST_FIXTURE_TEST_CASE(progress_is_told_at_intervals_and_at_the_end, bulk_file_fixture) {
    write_input(20);
    options.max_in_flight = 1;
    options.progress_interval = 10ms;
    server->respond_with([](testing::received_request const&) {
        auto reply = scripted_reply::echo();
        reply.latency = 5ms;
        return reply;
    });
    std::vector<bulk_file_progress> told;
    options.on_progress = [&](bulk_file_progress const& p) { told.push_back(p); };
    BOOST_TEST(!run_file()->ec);
    BOOST_TEST(told.size() >= 3u);
    for (auto const& p : told) {
        auto const sum = p.answered_before + p.failed_before + p.answered + p.failed + p.refused +
            p.cancelled + p.in_flight + p.waiting;
        BOOST_TEST(p.lines == sum);
        BOOST_TEST((p.lines == 0 || p.input_size == read_file(input).size()));
    }
    BOOST_TEST((told.back().stage == bulk_file_stage::ended));
    BOOST_TEST(told.back().answered == 20u);
}

BOOST_FIXTURE_TEST_CASE(an_exception_of_on_progress_ends_the_run, bulk_file_fixture) {
    write_input(1000);
    options.progress_interval = 10ms;
    options.max_in_flight = 1;
    server->respond_with([](testing::received_request const&) {
        auto reply = scripted_reply::echo();
        reply.latency = 2ms;
        return reply;
    });
    options.on_progress = [](bulk_file_progress const&) { throw std::runtime_error("seen enough"); };
    auto const outcome = run_file();
    BOOST_TEST(!!outcome->ec);
    BOOST_TEST(!!outcome->report.exception);
    BOOST_TEST(outcome->report.progress.answered < 1000u);
}

BOOST_FIXTURE_TEST_CASE(options_out_of_bounds_are_refused, bulk_file_fixture) {
    write_input(1);
    auto const refuses = [&](bulk_file_options const& bad, std::string_view word) {
        auto const c = make_client();
        auto const outcome = run_file(c, bad);
        BOOST_TEST(outcome->ec == errc::invalid_request);
        BOOST_TEST(outcome->report.detail.find(word) == 0u, outcome->report.detail);
        BOOST_TEST(!std::ifstream(output));
    };
    auto bad = new_options();
    bad.max_in_flight = 0;
    refuses(bad, "max_in_flight");
    bad = new_options();
    bad.shard = bulk_shard(2, 2);
    refuses(bad, "shard");
    bad = new_options();
    bad.max_line_size = 0;
    refuses(bad, "max_line_size");
    bad = new_options();
    bad.file_executor = asio::any_io_executor();
    refuses(bad, "file_executor");
    bad = new_options();
    bad.progress_interval = 1ms;
    refuses(bad, "progress_interval");
}

BOOST_FIXTURE_TEST_CASE(files_that_cannot_be_opened_are_named, bulk_file_fixture) {
    auto const missing = run_file();
    BOOST_TEST(missing->ec == boost::system::errc::no_such_file_or_directory);
    BOOST_TEST(missing->report.detail == input + ": cannot be opened");
    BOOST_TEST(!std::ifstream(output));
    write_input(1);
    output = folder.file("none/out.jsonl");
    auto const nowhere = run_file();
    BOOST_TEST(nowhere->ec == boost::system::errc::no_such_file_or_directory);
    BOOST_TEST(nowhere->report.detail == output + ": cannot be opened");
}

BOOST_FIXTURE_TEST_CASE(the_exception_tells_how_far_it_came, bulk_file_fixture) {
    write_input(3);
    server->respond_with([](testing::received_request const&) { return scripted_reply::error(401, "who?"); });
    auto const c = make_client();
    std::string what;
    auto const ask = [&]() -> asio::awaitable<void> {
        try {
            co_await async_llm::bulk_file(c, input, output, options);
        } catch (bulk_file_error const& e) {
            what = e.what();
            BOOST_TEST(e.code() == make_http_error(401));
            BOOST_TEST(e.report().progress.lines == 3u);
        }
    };
    run(ask());
    BOOST_TEST(what.find("who?") != std::string::npos, what);
    BOOST_TEST(what.find("of 3 lines read") != std::string::npos, what);
    BOOST_TEST(what.find("test-key") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
