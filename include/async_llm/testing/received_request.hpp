// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_RECEIVED_REQUEST_HPP
#define ASYNC_LLM_TESTING_RECEIVED_REQUEST_HPP

#include <async_llm/detail/config.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm::testing {

/// A request as the mock provider received it.
struct received_request {
    received_request() = default;

    /// The first field of that name (letter case does not count), or an empty view if there is none.
    ASYNC_LLM_DECL std::string_view header(std::string_view name) const noexcept;

    /// Returns the number of fields of that name.
    ASYNC_LLM_DECL std::size_t header_count(std::string_view name) const noexcept;

    /// The body parsed. Throws `boost::system::system_error` if it is not JSON.
    ASYNC_LLM_DECL boost::json::value json() const;

    /// The body's `model`, or empty if there is none.
    ASYNC_LLM_DECL std::string model() const;

    /// The text of the last message whose role is `user` (text parts joined), or empty if there is none.
    ASYNC_LLM_DECL std::string last_user_text() const;

    /// Whether the body asks for a stream (`"stream": true`).
    ASYNC_LLM_DECL bool streaming() const;

    /// Request method, `POST` for instance.
    std::string method;

    /// Request target as it stood in the request line or in `:path`, query included.
    std::string target;

    /// 20 for HTTP/2, 11 for HTTP/1.1, 10 for HTTP/1.0.
    unsigned http_version = 11;

    /// Id of its HTTP/2 stream; 0 over HTTP/1.
    std::int32_t stream_id = 0;

    /// The header fields in the order and spelling they came in, without surrounding whitespace in the
    /// values. Over HTTP/2 `:authority` is in it as `host`; the other pseudo-fields are not.
    std::vector<std::pair<std::string, std::string>> headers;

    /// The body, transfer coding removed.
    std::string body;

    /// Number of the accepted connection that it came on; the first one is 1.
    std::size_t connection = 0;

    /// Its number on that connection; the first one is 1.
    std::size_t request_on_connection = 0;

    /// Status of the error that the request's own faults were answered with (401, 400, ...); 0 if it had
    /// none.
    int refused_with = 0;

    /// Whether it came over TLS. The fields below are empty or false without.
    bool tls = false;

    /// The server name the client indicated (SNI); empty if it indicated none.
    std::string server_name;

    /// `TLSv1.2` or `TLSv1.3`.
    std::string tls_version;

    /// Whether the connection's handshake resumed an earlier session.
    bool session_resumed = false;

    /// Common name of the client's certificate; empty if it sent none.
    std::string client_common_name;
};

} // namespace async_llm::testing

#endif
