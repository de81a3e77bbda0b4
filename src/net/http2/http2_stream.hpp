// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP2_HTTP2_STREAM_HPP
#define ASYNC_LLM_NET_HTTP2_HTTP2_STREAM_HPP

#include "net/http/response_parser.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/response_info.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm::net {

/// Failure of a stream, or of the whole connection.
struct http2_failure {
    http2_failure() = default;
    http2_failure(error_code e, std::uint32_t c, bool was_not_processed, std::string sentence)
        : ec(e), code(c), unprocessed(was_not_processed), detail(std::move(sentence)) {}

    explicit operator bool() const noexcept { return static_cast<bool>(ec); }

    error_code ec;
    /// Error code of RST_STREAM or GOAWAY (RFC 9113, section 7); 0: none.
    std::uint32_t code = 0;
    /// The peer has not acted on the request for certain: it may go elsewhere and does not count as an
    /// attempt.
    bool unprocessed = false;
    /// A sentence for people; text of the peer in it is printable and short.
    std::string detail;
};

/// One request and its response on an HTTP/2 connection, as \ref http2_session changes them.
/**
 * | state     | meaning                                                    | next                 |
 * |-----------|------------------------------------------------------------|----------------------|
 * | queued    | nothing of the request was put out                         | open, failed         |
 * | open      | its head was; request or response are under way            | the three below      |
 * | complete  | the response is whole                                      | closing              |
 * | failed    | there is no response, or no more of it                     | closing              |
 * | abandoned | the caller is gone; the response is dropped as it comes    | closing              |
 * | closing   | the caller is gone; the peer knows it, or need not         |                      |
 *
 * From each of the first four `closing` follows when the caller leaves.
 */
class http2_stream {
public:
    http2_stream(response_limits sizes, void* owner) noexcept : sizes_(sizes), owner_(owner) {}
    http2_stream(http2_stream const&) = delete;
    http2_stream& operator=(http2_stream const&) = delete;

    std::int32_t id() const noexcept { return id_; }
    /// As given to \ref http2_session::submit.
    void* owner() const noexcept { return owner_; }

    /// Returns whether the connection has taken the whole request (\ref http2_session::sent).
    bool is_sent() const noexcept { return is_sent_; }
    /// Returns whether it takes no more of the request for now (\ref http2_session::note_blocked).
    bool is_blocked() const noexcept { return is_blocked_; }
    /// Returns whether the head of a response has begun, interim ones included.
    bool has_begun() const noexcept { return has_begun_; }
    bool has_head() const noexcept { return has_head_; }
    bool is_complete() const noexcept { return state_ == state::complete; }
    bool has_failed() const noexcept { return state_ == state::failed; }
    http2_failure const& failure() const noexcept { return failure_; }

    /// \name The response. Precondition: `has_head()`
    /// @{
    int status() const noexcept { return status_; }
    /// With names in lower case, without those that begin with a colon, and without trailers.
    std::vector<http_header>& headers() noexcept { return headers_; }
    /// Bytes of the body that can be taken.
    std::size_t body_size() const noexcept { return body_.size(); }
    /// @}

private:
    friend class http2_session;
    friend struct http2_callbacks;

    enum class state { queued, open, complete, failed, abandoned, closing };

    bool is_over() const noexcept { return state_ == state::complete || state_ == state::failed; }
    /// Returns whether its caller waits for more.
    bool is_awaited() const noexcept { return state_ == state::queued || state_ == state::open; }

    response_limits sizes_;
    void* owner_;
    std::int32_t id_ = 0;
    state state_ = state::queued;
    // libnghttp2 has forgotten it.
    bool is_gone_ = false;
    bool has_news_ = false;

    // The request. Of its body, what is left to be put out; offsets count all output of the connection.
    std::string_view request_body_;
    bool had_turn_ = false;
    bool is_begun_ = false;
    bool is_put_out_ = false;
    std::uint64_t head_offset_ = 0;
    bool is_sent_ = false;
    bool is_blocked_ = false;

    // The response.
    bool has_begun_ = false;
    bool has_head_ = false;
    bool is_reset_by_peer_ = false;
    int status_ = 0;
    std::size_t interim_responses_ = 0;
    std::size_t head_size_ = 0;
    std::size_t received_ = 0; // of the body, taken or not
    std::size_t held_ = 0;     // of these, what the window was not returned for
    std::optional<std::uint64_t> content_length_;
    std::vector<http_header> headers_;
    std::string body_;
    http2_failure failure_;
};

} // namespace async_llm::net

#endif
