// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_REQUEST_HEAD_HPP
#define ASYNC_LLM_CODEC_HTTP_REQUEST_HEAD_HPP

#include "codec/http/base_url.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/provider.hpp>
#include <async_llm/response_info.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::codec {

/// The part of a request's head that all requests of a client share, as text.
/** Contains the key: never log it. */
class static_request_head {
public:
    static_request_head() = default;
    /// Begins with the request line and the fields that no call may replace.
    explicit static_request_head(std::string fixed)
        : text_(std::move(fixed)), line_size_(text_.find("\r\n") + 2) {}

    /// Appends a field that a call may replace.
    void append(std::string_view name, std::string_view value);

    /// Copies it without the fields that `replacements` name, nor `Idempotency-Key` if `replaces_key`.
    void copy_without(std::vector<http_header> const& replacements, bool replaces_key, std::string& out)
        const;

    /// Copies the fields, as \ref copy_without, but not the request line. `has_body`: false: nor
    /// `Content-Type`.
    void copy_fields_without(
        std::vector<http_header> const& replacements,
        bool replaces_key,
        bool has_body,
        std::string& out
    ) const;

    /// Bytes of it, if no field is replaced.
    std::size_t size() const noexcept { return text_.size(); }

private:
    /// Place of a field in `text_`.
    struct span {
        span(std::size_t b, std::size_t n, std::size_t e) noexcept : begin(b), name_size(n), end(e) {}

        std::size_t begin;
        std::size_t name_size;
        std::size_t end;
    };

    template <class Predicate>
    void copy_unless(Predicate is_left_out, std::size_t begin, std::string& out) const;

    /// Request line and fields, each with its line end, but not the empty line.
    std::string text_;
    std::size_t line_size_ = 0;
    /// The fields that a call may replace.
    std::vector<span> fields_;
};

/// Makes the request line and the fields `Host`, `User-Agent`, `Accept`, `Accept-Encoding`, `Content-Type`,
/// `Authorization` and the provider's.
/**
 * `endpoint.headers` take the place of those fields but `Host`. An empty `user_agent` or key sends no such
 * field. `keeps_connection`: false: the peer is asked to close it after the reply (`Connection: close`).
 *
 * Errors: `errc::invalid_request` for a name that is no token, a value with a control character, or a field
 * that frames the message; `detail` names the field and never has its value.
 */
error_code build_static_head(
    base_url const& url,
    provider const& endpoint,
    std::string_view user_agent,
    bool keeps_connection,
    static_request_head& head,
    std::string& detail
);

/// Appends a whole head, with the empty line at its end, to `out`.
/**
 * `headers` take the place of the shared fields of the same name, and `idempotency_key` (empty: none) that of
 * an `Idempotency-Key` among all these.
 *
 * Errors: as \ref build_static_head; `out` is as it was then.
 */
error_code append_head(
    static_request_head const& head,
    std::vector<http_header> const& headers,
    std::string_view idempotency_key,
    std::size_t content_length,
    std::string& out,
    std::string& detail
);

/// Request line of an endpoint other than chat completions, and the framing of its body.
struct request_line {
    request_line(std::string_view m, std::string_view t, std::optional<std::size_t> length) noexcept
        : method(m), target(t), content_length(length) {}

    std::string_view method;
    /// Path and query.
    std::string_view target;
    /// Nothing: there is no body, and so no `Content-Type` among the shared fields.
    std::optional<std::size_t> content_length;
};

/// Appends a whole head as the other \ref append_head, with another request line.
error_code append_head(
    static_request_head const& head,
    request_line const& line,
    std::vector<http_header> const& headers,
    std::string_view idempotency_key,
    std::string& out,
    std::string& detail
);

} // namespace async_llm::codec

#endif
