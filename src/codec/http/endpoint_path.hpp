// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_ENDPOINT_PATH_HPP
#define ASYNC_LLM_CODEC_HTTP_ENDPOINT_PATH_HPP

#include <async_llm/detail/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Longest path of an endpoint, with its query. Servers take about as much.
constexpr std::size_t max_endpoint_path = 8192;

/// Checks a path below a base URL, which may have a query behind it.
/**
 * Refused are what could lead elsewhere (an absolute URL, two slashes in front, a segment `.` or `..`, also
 * percent-encoded), a fragment, encoded control characters in the path, and whatever has no place in a
 * request line.
 *
 * Errors: `errc::invalid_request`; `detail` says what is wrong and where, without repeating the text.
 */
error_code check_endpoint_path(std::string_view path, std::string& detail);

/// Returns the path without its query, with one slash in front.
std::string name_endpoint(std::string_view path);

/// Joins a path to the target of chat completions of a base URL (\ref base_url::target), in its place.
/**
 * Of the base URL's query stay the parameters that the path's own does not name. Precondition: the path
 * passed \ref check_endpoint_path.
 */
std::string join_endpoint(std::string_view chat_target, std::string_view path);

} // namespace async_llm::codec

#endif
