// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP_REQUEST_BYTES_HPP
#define ASYNC_LLM_NET_HTTP_REQUEST_BYTES_HPP

#include <concepts>
#include <cstddef>
#include <string_view>

namespace async_llm::net {

/// Bytes of a request: head and body in one piece, or, so that a long body need not be copied, in two.
/** All have to stay. */
struct request_bytes {
    /// Head and body in one piece.
    template <std::convertible_to<std::string_view> Text>
    request_bytes(Text const& whole) noexcept : first(whole) {}

    /// Head, and a body that is not in the same piece.
    request_bytes(std::string_view head, std::string_view body) noexcept : first(head), rest(body) {}

    std::size_t size() const noexcept { return first.size() + rest.size(); }

    std::string_view first;
    /// Empty: all is in `first`.
    std::string_view rest;
};

} // namespace async_llm::net

#endif
