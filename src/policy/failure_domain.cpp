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

failure_domain classify_client(errc value) noexcept {
    switch (value) {
    case errc::insufficient_credits: return failure_domain::key;

    case errc::invalid_request: return failure_domain::request;

    case errc::first_byte_timeout:
    case errc::first_content_timeout:
    case errc::stream_stalled: return failure_domain::overload;

    case errc::resolve_failed:
    case errc::resolve_timeout:
    case errc::connect_failed:
    case errc::connect_timeout:
    case errc::proxy_failed:
    case errc::tls_handshake_failed:
    case errc::tls_handshake_timeout:
    case errc::certificate_rejected:
    case errc::write_timeout:
    case errc::connection_lost:
    case errc::too_many_tls_messages: return failure_domain::endpoint;

    case errc::truncated_response:
    case errc::response_too_large:
    case errc::header_too_large:
    case errc::invalid_http:
    case errc::unexpected_content_type:
    case errc::unsupported_content_encoding:
    case errc::empty_response:
    case errc::invalid_json:
    case errc::json_too_complex:
    case errc::invalid_response:
    case errc::invalid_sse:
    case errc::error_in_response:
    case errc::generation_failed:
    case errc::stream_error: return failure_domain::reply;

    case errc::client_closed:
    case errc::queue_full:
    case errc::pool_timeout:
    case errc::deadline_exceeded:
    case errc::operation_in_progress:
    case errc::refused:
    case errc::answer_mismatch:
    case errc::tool_failed:
    case errc::tool_timeout:
    case errc::turn_limit_reached:
    case errc::rate_limit_reached:
    case errc::circuit_open: return failure_domain::caller;
    }
    return failure_domain::endpoint;
}

} // namespace

failure_domain classify(error_code const& ec, api_error const& error) noexcept {
    if (!ec.failed()) return failure_domain::success;
    if (ec.category() == client_category()) return classify_client(static_cast<errc>(ec.value()));
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
