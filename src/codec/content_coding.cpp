// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/content_coding.hpp"

#include "codec/ascii.hpp"
#include "codec/one_line.hpp"
#include "codec/utf8.hpp"
#include <async_llm/error.hpp>

#include <algorithm>

namespace async_llm::codec {
namespace {

// Compressed data is not text for so long.
constexpr std::size_t looked_at = 256;
constexpr std::size_t max_shown = 40;
constexpr std::size_t longest_character = 4;

constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd";

bool begins_character(char c) noexcept { return static_cast<unsigned char>(c) >= 0xc2; }

bool is_text(std::string_view body) noexcept {
    auto rest = body.substr(0, looked_at);
    while (!rest.empty()) {
        if (is_control(rest.front()) && !is_space(rest.front())) return false;
        auto const length = utf8_length(rest);
        // The last character may have been cut here, or not have come yet.
        if (length == 0) return rest.size() < longest_character && begins_character(rest.front());
        rest.remove_prefix(length);
    }
    return true;
}

bool is_identity(std::string_view label) noexcept {
    return label.empty() || iequals(label, "identity") || iequals(label, "none");
}

} // namespace

std::string content_coding(std::string_view label, std::string_view body) {
    label = trim(label);
    auto const by_label = [label](char const* otherwise) {
        return is_identity(label) ? std::string(otherwise) : one_line(label, max_shown);
    };
    if (body.starts_with(gzip_magic)) return by_label("gzip");
    if (body.starts_with(zstd_magic)) return by_label("zstd");
    return is_identity(label) || is_text(body) ? std::string() : one_line(label, max_shown);
}

bool may_become_coded(std::string_view body) noexcept {
    auto const is_beginning = [body](std::string_view magic) {
        return body.size() < magic.size() && magic.starts_with(body);
    };
    return is_beginning(gzip_magic) || is_beginning(zstd_magic);
}

std::string undecoded(std::string_view coding) {
    return "the reply has the content coding " + std::string(coding) +
        ", which is not decoded; the request asks for identity unless it has an Accept-Encoding of its own";
}

void judge_content_coding(
    std::string_view label,
    std::string_view body,
    error_code& ec,
    api_error& error,
    std::string& detail
) {
    bool const is_status = ec.category() == http_status_category();
    bool const not_understood = ec == errc::invalid_json || ec == errc::unexpected_content_type ||
        ec == errc::invalid_sse || ec == errc::empty_response || ec == errc::invalid_response;
    if (!not_understood && !(is_status && error.raw.is_null())) return;
    auto const coding = content_coding(label, body);
    if (coding.empty()) return;
    if (is_status) {
        error = api_error();
        detail += "; " + undecoded(coding);
        return;
    }
    ec = errc::unsupported_content_encoding;
    detail = undecoded(coding);
}

} // namespace async_llm::codec
