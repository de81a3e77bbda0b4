// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/request_head.hpp"

#include "base/ascii.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <array>

namespace async_llm::codec {
namespace {

constexpr std::string_view idempotency_field = "Idempotency-Key";
constexpr std::string_view content_type_field = "Content-Type";

// They frame the message or speak of the connection, which is the client's affair.
constexpr std::array<std::string_view, 11> reserved_fields{
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Proxy-Authorization",
    "Upgrade",
    "Expect",
    "TE",
    "Trailer",
};

// The tab is allowed within a value (RFC 9110, section 5.5).
bool is_forbidden_in_value(char c) noexcept { return is_control(c) && c != '\t'; }

error_code refuse(std::string_view name, std::string_view problem, std::string& detail) {
    detail = name;
    detail += ": ";
    detail += problem;
    return errc::invalid_request;
}

error_code check_value(std::string_view name, std::string_view value, std::string& detail) {
    if (std::ranges::any_of(value, is_forbidden_in_value))
        return refuse(name, "contains a line break or another control character", detail);
    return {};
}

error_code check_fields(std::vector<http_header> const& headers, std::string& detail) {
    for (auto const& field : headers) {
        if (field.name.empty()) return refuse("headers", "a name is empty", detail);
        // A name that is none is not repeated: it may hold anything, even what belongs into the value.
        if (!std::ranges::all_of(field.name, is_token_char))
            return refuse("headers", "a name contains a character that is not allowed in it", detail);
        for (auto const reserved : reserved_fields) {
            if (iequals(field.name, reserved)) return refuse(field.name, "set by the client itself", detail);
        }
        if (auto const ec = check_value(field.name, field.value, detail)) return ec;
    }
    return {};
}

bool contains(std::vector<http_header> const& headers, std::string_view name) noexcept {
    return std::ranges::any_of(headers, [name](auto const& h) { return iequals(h.name, name); });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

error_code check_call_fields(
    std::vector<http_header> const& headers,
    std::string_view idempotency_key,
    std::string& detail
) {
    if (auto const ec = check_fields(headers, detail)) return ec;
    return check_value(idempotency_field, idempotency_key, detail);
}

/// Appends the fields of a call, and the empty line.
void append_call_fields(
    std::vector<http_header> const& headers,
    std::string_view idempotency_key,
    std::optional<std::size_t> content_length,
    std::string& out
) {
    bool const has_key = !idempotency_key.empty();
    for (auto const& field : headers) {
        if (!has_key || !iequals(field.name, idempotency_field)) append_field(out, field.name, field.value);
    }
    if (has_key) append_field(out, idempotency_field, idempotency_key);
    if (content_length) append_field(out, "Content-Length", std::to_string(*content_length));
    out += "\r\n";
}

} // namespace

void static_request_head::append(std::string_view name, std::string_view value) {
    auto const begin = text_.size();
    append_field(text_, name, value);
    fields_.emplace_back(begin, name.size(), text_.size());
}

template <class Predicate>
void static_request_head::copy_unless(Predicate is_left_out, std::size_t begin, std::string& out) const {
    auto copied = begin;
    for (auto const& field : fields_) {
        if (is_left_out(std::string_view(text_).substr(field.begin, field.name_size))) {
            out.append(text_, copied, field.begin - copied);
            copied = field.end;
        }
    }
    out.append(text_, copied);
}

void static_request_head::copy_without(
    std::vector<http_header> const& replacements,
    bool replaces_key,
    std::string& out
) const {
    auto const is_replaced = [&](std::string_view name) {
        return contains(replacements, name) || (replaces_key && iequals(name, idempotency_field));
    };
    copy_unless(is_replaced, 0, out);
}

void static_request_head::copy_fields_without(
    std::vector<http_header> const& replacements,
    bool replaces_key,
    bool has_body,
    std::string& out
) const {
    auto const is_left_out = [&](std::string_view name) {
        return contains(replacements, name) || (replaces_key && iequals(name, idempotency_field)) ||
            (!has_body && iequals(name, content_type_field));
    };
    copy_unless(is_left_out, line_size_, out);
}

error_code build_static_head(
    base_url const& url,
    provider const& endpoint,
    std::string_view user_agent,
    bool keeps_connection,
    static_request_head& head,
    std::string& detail
) {
    auto const& secret = endpoint.key.reveal();
    if (auto const ec = check_value("provider::key", secret, detail)) return ec;
    if (auto const ec = check_value("User-Agent", user_agent, detail)) return ec;
    if (auto const ec = check_fields(endpoint.headers, detail)) return ec;

    auto fixed = "POST " + url.target + " HTTP/1.1\r\n";
    append_field(fixed, "Host", url.host_header);
    if (!keeps_connection) append_field(fixed, "Connection", "close");
    static_request_head made(std::move(fixed));
    auto const append_default = [&](std::string_view name, std::string_view value) {
        if (!value.empty() && !contains(endpoint.headers, name)) made.append(name, value);
    };
    append_default("User-Agent", user_agent);
    append_default("Accept", "application/json");
    // Some servers compress unless they are asked not to, and no content coding is decoded.
    append_default("Accept-Encoding", "identity");
    append_default(content_type_field, "application/json");
    if (!secret.empty()) append_default("Authorization", "Bearer " + secret);
    for (auto const& field : endpoint.headers) made.append(field.name, field.value);
    head = std::move(made);
    return {};
}

error_code append_head(
    static_request_head const& head,
    std::vector<http_header> const& headers,
    std::string_view idempotency_key,
    std::size_t content_length,
    std::string& out,
    std::string& detail
) {
    if (auto const ec = check_call_fields(headers, idempotency_key, detail)) return ec;
    head.copy_without(headers, !idempotency_key.empty(), out);
    append_call_fields(headers, idempotency_key, content_length, out);
    return {};
}

error_code append_head(
    static_request_head const& head,
    request_line const& line,
    std::vector<http_header> const& headers,
    std::string_view idempotency_key,
    std::string& out,
    std::string& detail
) {
    if (auto const ec = check_call_fields(headers, idempotency_key, detail)) return ec;
    out.append(line.method).append(" ").append(line.target).append(" HTTP/1.1\r\n");
    head.copy_fields_without(headers, !idempotency_key.empty(), line.content_length.has_value(), out);
    append_call_fields(headers, idempotency_key, line.content_length, out);
    return {};
}

} // namespace async_llm::codec
