// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "exit_status.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <utility>
#include <vector>

// Each end of a run has a status that says to a scheduler whether a restart is of use.

using namespace async_llm;
using namespace async_llm::command;

namespace {

void check(error_code ec, exit_status expected) {
    BOOST_TEST_CONTEXT(ec.message()) {
        BOOST_TEST(static_cast<int>(status_of(ec)) == static_cast<int>(expected));
    }
}

error_code system_error(boost::system::errc::errc_t value) {
    return error_code(value, boost::system::system_category());
}

bulk_file_report report_of(bulk_file_end end) {
    bulk_file_report report;
    report.end = end;
    report.progress.answered = 5;
    return report;
}

void check(bulk_file_report const& report, exit_status expected) {
    BOOST_TEST(static_cast<int>(status_of(error_code(), report)) == static_cast<int>(expected));
}

} // namespace

BOOST_AUTO_TEST_SUITE(exit_status)

BOOST_AUTO_TEST_CASE(errors_of_calls) {
    using enum async_llm::command::exit_status;
    check(error_code(), success);
    check(boost::asio::error::operation_aborted, interrupted);
    for (auto const status : {400, 401, 402, 403, 404, 405, 413, 422}) check(make_http_error(status), misuse);
    check(make_http_error(429), temporary_failure);
    for (auto const status : {408, 409, 425, 500, 502, 503, 504, 529})
        check(make_http_error(status), unavailable);
    check(errc::invalid_request, misuse);
    check(errc::insufficient_credits, misuse);
    check(errc::certificate_rejected, misuse);
    check(errc::rate_limit_reached, temporary_failure);
    check(errc::resolve_failed, unavailable);
    check(errc::connect_failed, unavailable);
    check(errc::deadline_exceeded, unavailable);
    check(errc::invalid_json, unavailable);
    check(errc::spending_limit_reached, cap_reached);
    check(errc::client_closed, software);
}

BOOST_AUTO_TEST_CASE(errors_of_the_system) {
    namespace cause = boost::system::errc;
    using enum async_llm::command::exit_status;
    check(system_error(cause::no_space_on_device), io_error);
    check(system_error(cause::io_error), io_error);
    check(system_error(cause::file_too_large), io_error);
    check(system_error(cause::permission_denied), cannot_create);
    check(system_error(cause::read_only_file_system), cannot_create);
    check(system_error(cause::no_such_file_or_directory), cannot_create);
    check(system_error(cause::is_a_directory), cannot_create);
    check(system_error(cause::device_or_resource_busy), temporary_failure);
    check(system_error(cause::not_enough_memory), command::exit_status::system);
    check(system_error(cause::too_many_files_open), command::exit_status::system);
}

BOOST_AUTO_TEST_CASE(ends_of_runs) {
    using enum async_llm::command::exit_status;
    check(report_of(bulk_file_end::complete), success);
    check(report_of(bulk_file_end::drained), interrupted);
    check(report_of(bulk_file_end::spending_limit), cap_reached);
    BOOST_TEST((status_of(make_http_error(401), report_of(bulk_file_end::error)) == misuse));
}

BOOST_AUTO_TEST_CASE(each_line_that_is_open_makes_a_run_incomplete) {
    using member = std::uint64_t bulk_file_progress::*;
    for (member const open :
         {&bulk_file_progress::failed,
          &bulk_file_progress::failed_before,
          &bulk_file_progress::refused,
          &bulk_file_progress::cancelled}) {
        auto report = report_of(bulk_file_end::complete);
        report.progress.*open = 1;
        check(report, command::exit_status::incomplete);
    }
    auto report = report_of(bulk_file_end::complete);
    report.progress.answered_before = 7;
    check(report, command::exit_status::success);
}

BOOST_AUTO_TEST_SUITE_END()
