// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_ALL_TOKENS_HPP
#define ASYNC_LLM_TEST_SUPPORT_ALL_TOKENS_HPP

// What the tests of completion tokens share. It is to be included first, since its pragmas hold for the rest of the file.

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 says of use_future that its empty allocator is not initialised, and takes the allocation functions of Asio's
// coroutine frames for a mismatched pair.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

#include "support/calls.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <string>

namespace async_llm::test {

/// Longer than any small-string buffer, so that a second destruction shows.
inline std::string long_text() { return std::string(200, 'x'); }

template <class T>
bool is_ready(std::future<T> const& f) {
    return f.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

/// A world and a client of it.
struct client_world : world {
    client c = make_client();
};

} // namespace async_llm::test

#endif
