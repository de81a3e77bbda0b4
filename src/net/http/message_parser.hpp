// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP_MESSAGE_PARSER_HPP
#define ASYNC_LLM_NET_HTTP_MESSAGE_PARSER_HPP

#include "base/append_large.hpp"
#include "base/ascii.hpp"
#include "net/http/response_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::net {

/// Beast's parser of one response, with its results.
class message_parser final : public boost::beast::http::basic_parser<false> {
    // Beast 1.81 passes string_view of Boost; the names below are those of its virtual functions.
    using beast_view = boost::beast::string_view;
    using error = boost::beast::http::error;
    using field = boost::beast::http::field;
    using verb = boost::beast::http::verb;

public:
    message_parser(response_limits const& limits, bool without_body, std::string& body_to)
        : body(body_to), without_body_(without_body) {
        skip(without_body);
        limit_fields(limits);
        if (limits.max_body == 0)
            body_limit(boost::none);
        else
            body_limit(limits.max_body);
    }

    /// Limits the fields that follow, of a head or of a trailer, with room for the little that Beast adds.
    void limit_fields(response_limits const& limits) {
        header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limits.max_head, UINT32_MAX / 2)));
    }

    /// Goes on behind the head, where the parser has stopped, so that its bytes could be counted.
    /** Beast counts the status line by itself before 1.86, and the trailer together with the head since then.
     */
    void leave_head(response_limits const& limits) {
        eager(true);
        limit_fields(limits);
    }

    int status = 0;
    std::string reason;
    std::vector<http_header> headers;
    std::string& body;
    /// False: a transfer coding in HTTP/1.0, which has none (RFC 9112, section 6.1).
    bool is_well_framed = true;
    /// Bytes of all chunks that were announced.
    std::uint64_t chunked = 0;
    /// The last chunk's header was taken by itself. Beast before 1.86 takes it with the trailer.
    bool in_trailer = false;

    /// Notes up to where Beast has taken what was put.
    void note_taken(char const* end) noexcept {
        if (last_chunk_ && end > last_chunk_) in_trailer = true;
        last_chunk_ = nullptr;
    }

private:
    static std::string_view view(beast_view s) { return {s.data(), s.size()}; }

    void on_request_impl(verb, beast_view, beast_view, int, error_code& ec) override {
        ec = error::bad_version;
    }

    void on_response_impl(int code, beast_view phrase, int version, error_code& ec) override {
        status = code;
        version_ = version;
        reason.assign(phrase.data(), phrase.size());
        if (code < 100) ec = error::bad_status;
        // Providers send ten to thirty.
        headers.reserve(16);
    }

    void on_field_impl(field id, beast_view name, beast_view value, error_code& ec) override {
        // Beast before 1.90 gives trailer fields like those of the head; they must not pass for them.
        if (is_header_done()) return;
        if (id == field::transfer_encoding) check_transfer_coding(view(value), ec);
        headers.emplace_back(std::string(view(name)), std::string(view(value)));
    }

    // RFC 9112, section 6.1: with an unknown coding, the end of the body is unknown. So it is with
    // `identity`, which RFC 2616 had: beside a length, some clients obey that and others read on to the end.
    void check_transfer_coding(std::string_view value, error_code& ec) {
        if (without_body_) return;
        if (!codec::iequals(value, "chunked")) ec = error::bad_transfer_encoding;
        is_well_framed = version_ == 11;
    }

    void on_header_impl(error_code&) override {}

    void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override {
        // More than a mere announcement may take is not reserved.
        constexpr std::uint64_t max_reserve = 256u * 1024;
        if (length) body.reserve(static_cast<std::size_t>(std::min(*length, max_reserve)));
    }

    std::size_t on_body_impl(beast_view bytes, error_code&) override {
        codec::append_large(body, view(bytes));
        return bytes.size();
    }

    void on_chunk_header_impl(std::uint64_t size, beast_view extensions, error_code&) override {
        chunked += size;
        if (size == 0) last_chunk_ = extensions.data();
    }

    std::size_t on_chunk_body_impl(std::uint64_t, beast_view bytes, error_code&) override {
        codec::append_large(body, view(bytes));
        return bytes.size();
    }

    void on_finish_impl(error_code&) override {}

    bool without_body_;
    int version_ = 11;
    // Behind the size of the last chunk, in what was put last.
    char const* last_chunk_ = nullptr;
};

} // namespace async_llm::net

#endif
