// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_SNIFF_HPP
#define ASYNC_LLM_CODEC_HTTP_SNIFF_HPP

#include "base/ascii.hpp"
#include "base/sanitize.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

// Kind of a body by its label and by its first bytes.
namespace async_llm::codec {

/// A mark that some servers put in front of UTF-8.
inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// The field of an event stream that carries the payload.
inline constexpr std::string_view data_field = "data:";

/// The data of the event that ends a stream of completions.
inline constexpr std::string_view stream_end_mark = "[DONE]";

/// Most characters of foreign text in a sentence about a reply.
inline constexpr std::size_t shown_chars = 100;

/// The beginning of foreign text in quotation marks, for a sentence.
inline std::string excerpt(std::string_view text) { return quoted_line(text, shown_chars); }

/// A field `Content-Type` without its parameters.
inline std::string_view media_type(std::string_view content_type) noexcept {
    return trim(content_type.substr(0, content_type.find(';')));
}

enum class sniff_result {
    no,
    /// More bytes would decide it.
    maybe,
    yes,
};

/// Returns whether a text begins as a stream of events does, with a comment or a field.
inline sniff_result looks_like_stream(std::string_view visible) noexcept {
    constexpr std::array<std::string_view, 5> starts{":", data_field, "event:", "id:", "retry:"};
    auto result = sniff_result::no;
    for (auto const start : starts) {
        if (visible.starts_with(start)) return sniff_result::yes;
        if (start.starts_with(visible)) result = sniff_result::maybe;
    }
    return result;
}

/// Overload with the reply's label, which is believed unless a document begins. Precondition: `visible` is
/// not empty.
inline sniff_result looks_like_stream(std::string_view visible, std::string_view content_type) noexcept {
    if (!iequals(media_type(content_type), "text/event-stream")) return looks_like_stream(visible);
    bool const is_document = std::string_view("{[<").find(visible.front()) != std::string_view::npos;
    return is_document ? sniff_result::no : sniff_result::yes;
}

} // namespace async_llm::codec

#endif
