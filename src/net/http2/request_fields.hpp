// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP2_REQUEST_FIELDS_HPP
#define ASYNC_LLM_NET_HTTP2_REQUEST_FIELDS_HPP

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace async_llm::net {

/// Fields of an HTTP/2 request, read from the head of the same request in HTTP/1.1.
/**
 * | HTTP/1.1 | HTTP/2 |
 * |---|---|
 * | method, target | `:method`, `:path` |
 * | `Host` | `:authority` |
 * | `Connection` and the fields it names | left out |
 * | `Keep-Alive`, `Proxy-Connection`, `Transfer-Encoding`, `Upgrade`, `TE` | left out |
 * | any other | its name in lower case, its value without white space around it |
 *
 * Fields that carry a credential are never indexed by HPACK, nor are those that differ in each request.
 */
class request_fields {
public:
    struct field {
        field(std::string_view n, std::string_view v, bool is_never_indexed) noexcept
            : name(n), value(v), never_indexed(is_never_indexed) {}

        std::string_view name;
        std::string_view value;
        /// No table of HPACK may hold it, neither here nor on a proxy's way on.
        bool never_indexed;
    };

    request_fields() = default;
    request_fields(request_fields const&) = delete;
    request_fields& operator=(request_fields const&) = delete;

    /// Reads a head, with the empty line at its end, anew. False: it is none, or names no host.
    /** `secure`: over TLS. The values of the fields refer to `head`, their names to this object. */
    bool read(std::string_view head, bool secure);

    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }
    std::size_t size() const noexcept { return fields_.size(); }

private:
    enum class role { sent, host, connection, left_out };

    /// Name of a field, read before.
    struct known_name {
        explicit known_name(std::string_view with_colon);

        /// As in the head, with its colon.
        std::string text;
        std::string name;
        role use;
        bool never_indexed;
    };

    bool read_request_line(std::string_view line, bool secure);
    bool read_field(std::string_view line, std::size_t position);
    void remove_connection_fields();

    boost::container::small_vector<field, 24> fields_;
    // Of the last head: the next one's are mostly the same, in the same order. The fields refer to them, so
    // they must not move.
    std::deque<known_name> names_;
    std::string_view authority_;
    std::string_view connection_;
};

} // namespace async_llm::net

#endif
