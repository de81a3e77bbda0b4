// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/content_coding.hpp"

#include "base/ascii.hpp"
#include "base/sanitize.hpp"
#include "base/utf8.hpp"
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

/// Returns the only coding of a label that is not identity; empty: none. Several are returned as they stand.
std::string_view single_coding(std::string_view label) noexcept {
    auto const all = label;
    std::string_view found;
    while (!label.empty()) {
        auto const comma = std::min(label.find(','), label.size());
        auto const coding = trim(label.substr(0, comma));
        label.remove_prefix(std::min(comma + 1, label.size()));
        if (is_identity(coding)) continue;
        if (!found.empty()) return all;
        found = coding;
    }
    return found;
}

/// Returns whether a body may be raw deflate: a block has one of three types.
bool begins_as_deflate(std::string_view body) noexcept {
    return !body.empty() && (static_cast<unsigned char>(body.front()) & 6) != 6;
}

/// Returns the format of a body with the label deflate that is not gzip.
content_format deflate_format_of(std::string_view body, bool is_whole) noexcept {
    // Compressed data may be text for a few bytes, but not for so many.
    constexpr std::size_t decisive = 16;
    if (body.size() < 2 && !is_whole) return content_format::undecided;
    if (body.size() >= 2) {
        auto const byte = [body](std::size_t i) { return static_cast<unsigned char>(body[i]); };
        if (begins_as_zlib(static_cast<std::uint64_t>(byte(0)) << 8 | byte(1))) return content_format::zlib;
    }
    if (!is_text(body.substr(0, decisive)))
        return begins_as_deflate(body) ? content_format::deflate : content_format::plain;
    return is_whole || body.size() >= decisive ? content_format::plain : content_format::undecided;
}

} // namespace

bool begins_as_zlib(std::uint64_t header) noexcept {
    constexpr std::uint64_t deflate_method = 8;
    constexpr std::uint64_t largest_window = 7;
    return (header >> 8 & 0x0f) == deflate_method && header >> 12 <= largest_window && header % 31 == 0;
}

content_format content_format_of(std::string_view label, std::string_view body, bool is_whole) noexcept {
    auto const coding = single_coding(trim(label));
    bool const is_deflate = iequals(coding, "deflate");
    bool const may_be_gzip =
        coding.empty() || is_deflate || iequals(coding, "gzip") || iequals(coding, "x-gzip");
    if (!may_be_gzip) return content_format::plain;
    if (body.starts_with(gzip_magic)) return content_format::gzip;
    if (gzip_magic.starts_with(body) && !is_whole) return content_format::undecided;
    return is_deflate ? deflate_format_of(body, is_whole) : content_format::plain;
}

bool names_no_coding(std::string_view label) noexcept { return is_identity(trim(label)); }

std::string content_coding(std::string_view label, std::string_view body) {
    label = trim(label);
    auto const by_label = [label](char const* otherwise) {
        return is_identity(label) ? std::string(otherwise) : sanitize(label, max_shown);
    };
    if (body.starts_with(gzip_magic)) return by_label("gzip");
    if (body.starts_with(zstd_magic)) return by_label("zstd");
    return is_identity(label) || is_text(body) ? std::string() : sanitize(label, max_shown);
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

error_code check_decoded(std::string_view label, std::string_view body, std::string& detail) {
    if (names_no_coding(label)) return {};
    auto const coding = content_coding(label, body);
    if (coding.empty()) return {};
    detail = undecoded(coding);
    return errc::unsupported_content_encoding;
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
