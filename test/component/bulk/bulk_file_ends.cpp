// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/files/bulk_file_fixture.hpp"
#include "support/files/small_disk.hpp"
#include <async_llm/bulk_file.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>

#include <filesystem>
#include <fstream>
#include <optional>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::mock_event;
using testing::scripted_reply;

struct fixture : bulk_file_fixture {
    fixture() { options.max_in_flight = 4; }

    /// Runs until the server holds so many requests.
    void wait_for_requests(std::size_t count) {
        run_until([&] { return server->request_count() >= count; });
    }

    /// The server answers what it gets only once \ref gate is open.
    void answer_later() {
        server->respond_with([this](testing::received_request const&) {
            auto reply = scripted_reply::echo();
            reply.latency = latency;
            return reply;
        });
    }

    std::chrono::milliseconds latency = 50ms;
};

/// Every line of the files is whole.
void check_whole(std::string const& path) {
    auto const text = read_file(path);
    BOOST_TEST((text.empty() || text.back() == '\n'));
    ids_of(path);
}

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_file_ends)

BOOST_FIXTURE_TEST_CASE(a_drain_lets_those_in_flight_finish, fixture) {
    write_input(40);
    answer_later();
    auto const c = make_client();
    auto const outcome = start(c);
    wait_for_requests(4);
    BOOST_TEST(options.control.progress().in_flight == 4u);
    options.control.drain();
    wait(outcome);
    BOOST_TEST(!outcome->ec);
    BOOST_TEST((outcome->report.end == bulk_file_end::drained));
    BOOST_TEST(server->request_count() == 4u);
    BOOST_TEST(outcome->report.progress.answered == 4u);
    BOOST_TEST(lines_of(output).size() == 4u);
    // Nothing is in doubt.
    BOOST_TEST(!std::ifstream(journal));
    release();
    auto const next = run_file();
    BOOST_TEST(next->report.maybe_asked_twice == 0u);
    BOOST_TEST(server->request_count() == 40u);
    check_output(40);
}

BOOST_FIXTURE_TEST_CASE(a_drain_before_the_beginning_begins_nothing, fixture) {
    write_input(4);
    options.control.drain();
    auto const c = make_client();
    auto const outcome = run_file(c);
    BOOST_TEST(!outcome->ec);
    BOOST_TEST((outcome->report.end == bulk_file_end::drained));
    BOOST_TEST(server->request_count() == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_drain_of_what_is_done_is_a_complete_run, fixture) {
    write_input(4);
    run_file();
    auto const c = make_client();
    auto const outcome = start(c, new_options());
    wait(outcome);
    BOOST_TEST((outcome->report.end == bulk_file_end::complete));
}

BOOST_FIXTURE_TEST_CASE(a_stop_ends_at_the_next_moment_with_whole_files, fixture) {
    write_input(40);
    server->respond_with([](testing::received_request const& request) {
        auto reply = scripted_reply::echo();
        if (std::stoi(request.last_user_text()) >= 6) reply.latency = patience * 10;
        return reply;
    });
    auto const c = make_client();
    auto const outcome = start(c);
    run_until([&] { return options.control.progress().answered == 6u && server->request_count() == 10u; });
    options.control.stop();
    wait(outcome);
    BOOST_TEST(outcome->ec == asio::error::operation_aborted);
    BOOST_TEST(lines_of(output).size() == 6u);
    check_whole(output);
    auto const& p = outcome->report.progress;
    BOOST_TEST(p.answered == 6u);
    BOOST_TEST(p.answered + p.cancelled == p.lines);
    release();
    // Those in flight may have been done, and the others were not asked.
    auto const next = run_file();
    BOOST_TEST(next->report.maybe_asked_twice == 4u);
    BOOST_TEST(next->report.progress.answered == 34u);
    check_output(40);
    BOOST_TEST(run_file()->report.maybe_asked_twice == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_second_demand_ends_a_drain, fixture) {
    write_input(10);
    hold();
    auto const c = make_client();
    auto const outcome = start(c);
    wait_for_requests(4);
    options.control.drain();
    run_until([&] { return options.control.progress().stage == bulk_file_stage::draining; });
    BOOST_TEST(!outcome->done);
    options.control.stop();
    wait(outcome);
    BOOST_TEST(outcome->ec == asio::error::operation_aborted);
}

BOOST_FIXTURE_TEST_CASE(the_callers_signal_stops_it, fixture) {
    for (auto const type :
         {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total
         }) {
        write_input(10);
        write_file(output, "");
        hold();
        auto const c = make_client();
        auto const before = server->request_count();
        auto const outcome = start(c, new_options());
        wait_for_requests(before + 4);
        outcome->cancel.emit(type);
        wait(outcome);
        BOOST_TEST(outcome->ec == asio::error::operation_aborted);
    }
}

BOOST_FIXTURE_TEST_CASE(a_cap_ends_it_and_a_larger_one_goes_on, fixture) {
    write_input(20);
    options.spending.max_calls = 5;
    auto const outcome = run_file();
    BOOST_TEST(!outcome->ec);
    BOOST_TEST((outcome->report.end == bulk_file_end::spending_limit));
    BOOST_TEST(outcome->report.detail != "");
    BOOST_TEST(outcome->report.progress.answered == 5u);
    BOOST_TEST(outcome->report.progress.spent.calls == 5);
    BOOST_TEST(server->request_count() == 5u);
    BOOST_TEST(!std::ifstream(journal));
    options.spending.max_calls = 1000;
    auto const next = run_file();
    BOOST_TEST((next->report.end == bulk_file_end::complete));
    BOOST_TEST(next->report.maybe_asked_twice == 0u);
    check_output(20);
    options.spending.max_calls = -1;
    BOOST_TEST(run_file()->ec == errc::invalid_request);
}

BOOST_FIXTURE_TEST_CASE(a_cap_of_the_client_ends_it_too, fixture) {
    write_input(20);
    config.spending.max_calls = 5;
    auto const outcome = run_file();
    BOOST_TEST(!outcome->ec);
    BOOST_TEST((outcome->report.end == bulk_file_end::spending_limit));
    BOOST_TEST(outcome->report.progress.answered == 5u);
    BOOST_TEST(outcome->report.progress.failed == 0u);
    config.spending.max_calls.reset();
    BOOST_TEST(run_file()->report.maybe_asked_twice == 0u);
    check_output(20);
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_client_is_that_of_the_run, fixture) {
    write_input(10);
    hold();
    auto const outcome = [&] {
        auto const c = make_client();
        auto started = start(c);
        wait_for_requests(4);
        return started;
    }();
    wait(outcome);
    BOOST_TEST(outcome->ec == errc::client_closed);
    release();
    BOOST_TEST(!run_file()->ec);
    check_output(10);
}

BOOST_FIXTURE_TEST_CASE(a_run_may_be_destroyed_with_its_loop, fixture) {
    write_input(10);
    hold();
    auto const c = make_client();
    start(c);
    wait_for_requests(4);
    files.join();
}

BOOST_FIXTURE_TEST_CASE(a_second_run_on_the_output_is_refused, fixture) {
    write_input(10);
    answer_later();
    auto const c = make_client();
    auto const first = start(c);
    wait_for_requests(1);
    auto const second = run_file(c, new_options());
    BOOST_TEST(second->ec == boost::system::errc::device_or_resource_busy);
    BOOST_TEST(second->report.detail == output + ": another run writes to it");
    wait(first);
    BOOST_TEST(!first->ec);
    check_output(10);
    // The lock is gone with the run.
    BOOST_TEST(!run_file(c, new_options())->ec);
}

BOOST_FIXTURE_TEST_CASE(a_limit_on_the_size_of_files_stops_it_and_loses_nothing, fixture) {
    write_input(100);
    std::uint64_t answered = 0;
    {
        file_size_limit const limit(20'000);
        auto const outcome = run_file();
        BOOST_TEST(outcome->ec == boost::system::errc::file_too_large);
        BOOST_TEST(outcome->report.detail == output + ": cannot be written");
        BOOST_TEST((outcome->report.end == bulk_file_end::error));
        answered = outcome->report.progress.answered;
    }
    check_whole(output);
    auto const kept = lines_of(output).size();
    BOOST_TEST(kept > 10u);
    BOOST_TEST(kept < 100u);
    BOOST_TEST(answered == kept);
    auto const next = run_file();
    BOOST_TEST(!next->ec);
    BOOST_TEST(next->report.progress.answered_before == kept);
    check_output(100);
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_stops_it_and_loses_nothing, fixture) {
    std::filesystem::create_directory(folder.file("disk"));
    small_file_system disk(folder.file("disk"), 64u * 1024);
    if (!disk) {
        BOOST_TEST_MESSAGE("no file system may be mounted here");
        return;
    }
    write_input(400);
    output = folder.file("disk/out.jsonl");
    auto const outcome = run_file();
    BOOST_TEST(outcome->ec == boost::system::errc::no_space_on_device);
    BOOST_TEST(outcome->report.detail == output + ": cannot be written");
    check_whole(output);
    auto const kept = lines_of(output).size();
    BOOST_TEST(kept > 10u);
    BOOST_TEST(kept < 400u);
    // As long as it is full, it stays as it is.
    BOOST_TEST(run_file()->ec == boost::system::errc::no_space_on_device);
    check_whole(output);
    BOOST_REQUIRE(disk.resize(std::size_t(4) << 20));
    BOOST_TEST(!run_file()->ec);
    check_output(400);
}

BOOST_AUTO_TEST_SUITE_END()
