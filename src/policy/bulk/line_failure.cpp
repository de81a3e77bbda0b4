// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/bulk/line_failure.hpp"

#include <async_llm/error.hpp>

namespace async_llm::policy {

bool fails_for_good(int status) noexcept {
    switch (status) {
    // Of the account and not of the line: another key, or credit, mends them.
    case 401:
    case 402:
    case 407:
    case 408:
    case 409:
    case 425:
    case 429: return false;
    default: return status >= 400 && status <= 499;
    }
}

line_failure classify_line_failure(error_code const& ec) noexcept {
    bool const is_of_account = ec == condition::authentication || ec == condition::insufficient_credits;
    bool const is_of_client =
        ec == errc::client_closed || ec == errc::spending_limit_reached || ec == errc::shared_limits_failed;
    if (is_of_account || is_of_client || ec == condition::certificate) return line_failure::ends_run;
    bool const is_own =
        ec == errc::invalid_request || ec == errc::response_too_large || ec == errc::json_too_complex;
    bool const is_refused = ec.category() == http_status_category() && fails_for_good(ec.value());
    return is_own || is_refused ? line_failure::for_good : line_failure::transient;
}

} // namespace async_llm::policy
