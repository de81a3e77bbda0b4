// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_CONTENT_CODING_HPP
#define ASYNC_LLM_CODEC_HTTP_CONTENT_CODING_HPP

#include <async_llm/api_error.hpp>
#include <async_llm/detail/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// Content codings (RFC 9110, section 8.4): gzip and deflate are decoded, others are named.
namespace async_llm::codec {

/// Format of a body.
enum class content_format {
    /// More bytes have to come before it is known.
    undecided,
    /// It is to be taken as it is.
    plain,
    gzip,
    zlib,
    /// Deflate without the wrapper that HTTP asks for.
    deflate,
};

/// Returns the format that the body is to be decoded from, by its label and its first bytes.
/**
 * `label`: as of \ref content_coding. `body`: its beginning; `is_whole`: all of it. Labels lie: what begins
 * as gzip does is gzip without a label, too; text is plain whatever the label says. Other codings, and
 * several of them, are plain here.
 */
content_format content_format_of(std::string_view label, std::string_view body, bool is_whole) noexcept;

/// Returns whether the first two bytes of a body, as a number, are a header of zlib (RFC 1950, section 2.2).
bool begins_as_zlib(std::uint64_t header) noexcept;

/// Returns whether a label is empty, or says that the body is as it is.
bool names_no_coding(std::string_view label) noexcept;

/// Returns the name of the coding that a body has, for a sentence; empty: it is text as it is.
/**
 * `label`: the field `Content-Encoding`; empty: there was none. Labels lie, so a body that is text counts as
 * text whatever they say, and one that begins as gzip or zstd does counts as that. `body` may be the
 * beginning of it.
 */
std::string content_coding(std::string_view label, std::string_view body);

/// Returns whether a body is so short that more bytes may make it one that begins as gzip or zstd does.
bool may_become_coded(std::string_view body) noexcept;

/// Makes a sentence about a reply that has this coding.
std::string undecoded(std::string_view coding);

/// Refuses a body that has the coding that its label names, where any other form of it would be an answer.
/** \return `errc::unsupported_content_encoding`, with a sentence in `detail`; no error without such a label.
 */
error_code check_decoded(std::string_view label, std::string_view body, std::string& detail);

/// Gives a reply that could not be understood its content coding as the reason, if it has one.
/**
 * A status that is an error stays one, without the garbage that was taken for the provider's words. `ec`,
 * `error` and `detail` are as \ref decode_reply has left them.
 */
void judge_content_coding(
    std::string_view label,
    std::string_view body,
    error_code& ec,
    api_error& error,
    std::string& detail
);

} // namespace async_llm::codec

#endif
