// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "exit_status.hpp"

#include <boost/asio/error.hpp>

namespace async_llm::command {
namespace {

namespace system_errc = boost::system::errc;

/// Error of the system, other than that a call was cancelled.
exit_status status_of_system(error_code ec) noexcept {
    auto const is_one_of = [ec](auto... values) {
        return ((ec == system_errc::make_error_condition(values)) || ...);
    };
    using namespace system_errc;
    if (is_one_of(device_or_resource_busy, resource_unavailable_try_again))
        return exit_status::temporary_failure;
    if (is_one_of(no_such_file_or_directory, not_a_directory, is_a_directory))
        return exit_status::cannot_create;
    if (is_one_of(permission_denied, operation_not_permitted, read_only_file_system))
        return exit_status::cannot_create;
    if (is_one_of(filename_too_long, too_many_symbolic_link_levels)) return exit_status::cannot_create;
    if (is_one_of(not_enough_memory, too_many_files_open, too_many_files_open_in_system))
        return exit_status::system;
    return exit_status::io_error;
}

bool is_client_error(error_code ec) noexcept {
    return ec == condition::invalid_request || ec == condition::authentication ||
        ec == condition::permission_denied || ec == condition::insufficient_credits ||
        ec == condition::certificate || ec == condition::not_found;
}

} // namespace

exit_status status_of(error_code ec) noexcept {
    if (!ec) return exit_status::success;
    if (ec == boost::asio::error::operation_aborted) return exit_status::interrupted;
    if (ec == errc::spending_limit_reached) return exit_status::cap_reached;
    if (is_client_error(ec)) return exit_status::misuse;
    if (ec == condition::rate_limited) return exit_status::temporary_failure;
    // 408, 409 and 425 may succeed later, other statuses of this kind will not.
    bool const may_succeed = ec == condition::retryable || ec == condition::timeout;
    if (ec == condition::client_error && !may_succeed) return exit_status::misuse;
    if (ec.category() == http_status_category()) return exit_status::unavailable;
    if (ec == errc::client_closed || ec == errc::operation_in_progress) return exit_status::software;
    if (ec.category() == client_category()) return exit_status::unavailable;
    return status_of_system(ec);
}

exit_status status_of(error_code ec, bulk_file_report const& report) noexcept {
    if (ec) return status_of(ec);
    switch (report.end) {
    case bulk_file_end::drained: return exit_status::interrupted;
    case bulk_file_end::spending_limit: return exit_status::cap_reached;
    case bulk_file_end::error: return exit_status::software;
    case bulk_file_end::complete: break;
    }
    auto const& progress = report.progress;
    bool const has_open_lines = progress.failed != 0 || progress.failed_before != 0 ||
        progress.refused != 0 || progress.cancelled != 0;
    return has_open_lines ? exit_status::incomplete : exit_status::success;
}

} // namespace async_llm::command
