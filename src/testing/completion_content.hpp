// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_COMPLETION_CONTENT_HPP
#define ASYNC_LLM_TESTING_COMPLETION_CONTENT_HPP

#include <async_llm/testing/received_request.hpp>
#include <async_llm/testing/scripted_reply.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace async_llm::testing {

std::int64_t unix_time();

/// The time now, as `std::put_time` formats it.
std::string utc_time(char const* format);

/// Unique within a server: there is one reply to each request of each connection.
std::string unique_part(received_request const& request);

/// A chat completion with this text in the dialect's shape, as JSON text.
std::string
completion_body(provider_dialect dialect, received_request const& request, std::string const& text);

/// Returns the completion as the events of a stream, from the dialect's comments to `[DONE]`, each with its
/// empty line.
std::vector<std::string>
completion_events(provider_dialect dialect, received_request const& request, std::string const& text);

} // namespace async_llm::testing

#endif
