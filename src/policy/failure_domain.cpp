// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/failure_domain.hpp"

#include <boost/system/errc.hpp>

namespace async_llm::policy {
namespace {

failure_domain classify_forbidden(api_error const& error) noexcept {
    // Providers answer in JSON; a web page is from a gateway, which blames the address and not the key.
    if (error.raw.is_null()) return failure_domain::endpoint;
    return error.refused_content ? failure_domain::request : failure_domain::key;
}

failure_domain classify_status(int status, api_error const& error) noexcept {
    switch (status) {
    case 401:
    case 402: return failure_domain::key;
    case 403: return classify_forbidden(error);
    case 404:
    case 410: return failure_domain::missing;
    case 429: return failure_domain::rate;
    case 503:
    case 504:
    case 522:
    case 524:
    case 529: return failure_domain::overload;
    case 408:
    case 409:
    case 425: return failure_domain::endpoint;
    default: return status >= 400 && status <= 499 ? failure_domain::request : failure_domain::endpoint;
    }
}

} // namespace

failure_domain classify(error_code const& ec, api_error const& error) noexcept {
    if (!ec.failed()) return failure_domain::success;
    if (ec.category() == client_category()) {
        auto const* const facts = find_facts(static_cast<errc>(ec.value()));
        return facts ? facts->domain : failure_domain::endpoint;
    }
    if (ec.category() == http_status_category()) return classify_status(ec.value(), error);
    // Asio's operation_aborted is the system's code for this on each system.
    if (ec == boost::system::errc::operation_canceled) return failure_domain::caller;
    return failure_domain::endpoint;
}

bool moves_on(failure_domain kind) noexcept {
    return kind != failure_domain::success && kind != failure_domain::caller &&
        kind != failure_domain::request;
}

bool speaks_against_target(failure_domain kind) noexcept {
    return kind == failure_domain::overload || kind == failure_domain::endpoint ||
        kind == failure_domain::reply;
}

bool asks_for_less(failure_domain kind) noexcept {
    return kind == failure_domain::rate || kind == failure_domain::overload;
}

} // namespace async_llm::policy
