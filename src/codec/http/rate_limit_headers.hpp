// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_RATE_LIMIT_HEADERS_HPP
#define ASYNC_LLM_CODEC_HTTP_RATE_LIMIT_HEADERS_HPP

#include <async_llm/response_info.hpp>

#include <chrono>
#include <string_view>
#include <vector>

namespace async_llm::codec {

/// Fills what is still unset from header fields; nonsense is ignored. `now`: the wall clock, for dates.
/** Waits are never negative and at most a hundred years, so that adding one to a time cannot overflow. */
void read_rate_limits(
    std::vector<http_header> const& fields,
    std::chrono::system_clock::time_point now,
    rate_limit_info& out
);

/// The provider's id of the call; empty if there is none.
std::string_view pick_request_id(std::vector<http_header> const& fields) noexcept;

} // namespace async_llm::codec

#endif
