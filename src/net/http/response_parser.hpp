// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP_RESPONSE_PARSER_HPP
#define ASYNC_LLM_NET_HTTP_RESPONSE_PARSER_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/response_info.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::net {

/// Limits of a response.
struct response_limits {
    response_limits() = default;
    response_limits(std::size_t head, std::size_t body) : max_head(head), max_body(body) {}

    /// Bytes of the head, of a trailer, and of a chunk header.
    std::size_t max_head = 64u * 1024;
    /// Bytes of the body; 0: no limit.
    std::size_t max_body = 0;
};

/// Takes bytes of a connection, in any pieces, and makes one HTTP/1.1 response of them.
/**
 * Interim responses (1xx) are passed over. What \ref http_normalizer mends is read, and makes \ref reusable
 * false. Transfer codings other than `chunked` are refused. Knows no socket.
 */
class response_parser {
public:
    /// `without_body`: the answer to CONNECT, which ends with its head.
    explicit response_parser(response_limits limits, bool without_body = false) noexcept;
    response_parser(response_parser const&) = delete;
    response_parser& operator=(response_parser const&) = delete;
    ~response_parser();

    /// Takes the next bytes.
    /**
     * Errors: `errc::invalid_http`, `header_too_large`, `response_too_large`; \ref cause has Beast's. What
     * lies behind the end of the response is kept, and makes \ref reusable false.
     */
    error_code put(std::string_view bytes);

    /// The peer has ended the connection. `errc::truncated_response` if the response is not complete by that.
    /** `properly`: the end was authenticated by TLS, or there is no TLS. */
    error_code put_eof(bool properly);

    /// Returns whether any byte has arrived.
    bool started() const noexcept;
    /// Returns whether the head is complete.
    bool has_head() const noexcept;
    /// Returns whether the whole response is there.
    bool complete() const noexcept;
    /// Returns what was put in behind the response.
    std::string_view surplus() const noexcept;
    /// Returns whether the peer has sent more than the response.
    bool has_surplus() const noexcept { return !surplus().empty(); }
    /// Returns whether the connection may serve again, as far as the response says.
    bool reusable() const noexcept;

    int status() const noexcept;
    std::string const& reason();
    std::vector<http_header>& headers();
    std::string& body();
    /// The line for which the last error was `errc::invalid_http`, quoted, printable and short. Empty: not
    /// one line.
    std::string refused_line() const;
    /// Beast's error beneath the last one.
    error_code cause() const noexcept;

    /// Ends its use, and keeps its memory for the next one on this thread.
    void recycle() noexcept;

private:
    // Beast's headers cost every translation unit some seconds; they stay in one.
    struct impl;

    impl& ensure_impl();

    response_limits limits_;
    bool without_body_;
    // Not before there is something to parse, which is long after the call has begun.
    std::unique_ptr<impl> impl_;
};

} // namespace async_llm::net

#endif
