// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/ascii.hpp"
#include "codec/json/json_scalar.hpp"
#include <async_llm/json_schema.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>

namespace async_llm::detail {
namespace {

namespace json = boost::json;

constexpr std::size_t max_text_depth = 128;

std::string_view without_mark(std::string_view text) noexcept {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    return text;
}

/// Parses a text that is JSON from its beginning to its end.
bool parse_all(std::string_view text, json::value& value, std::string& detail) {
    if (codec::trim(text).empty()) {
        detail = "the answer is empty";
        return false;
    }
    std::size_t used = 0;
    error_code ec;
    value = codec::parse_json(text, max_text_depth, used, ec);
    if (!ec && codec::trim(text.substr(used)).empty()) return true;
    detail =
        "the answer is not JSON from byte " + std::to_string(used) + " of " + std::to_string(text.size());
    if (ec) detail.append(": ").append(ec.message());
    return false;
}

/// The objects and arrays that stand in a text, the outermost ones, in their order.
class embedded_json {
public:
    explicit embedded_json(std::string_view text) noexcept : text_(text) {}

    /// False: no further one.
    bool next(json::value& value, std::size_t& size) {
        while (find_start()) {
            error_code ec;
            value = codec::parse_json(text_, max_text_depth, size, ec);
            auto const read = text_.substr(0, size);
            text_.remove_prefix(ec ? std::max<std::size_t>(size, 1) : size);
            if (!ec) return true;
            // Prose has brackets too. But what has come to a member is an answer that is broken off or
            // spoilt, and an object within it is none: it might fit by chance.
            if (read.find(':') != std::string_view::npos) break;
        }
        return false;
    }

private:
    bool find_start() noexcept {
        auto const start = text_.find_first_of("{[");
        text_.remove_prefix(std::min(start, text_.size()));
        return !text_.empty();
    }

    std::string_view text_;
};

/// The last that fits: what comes before is the model's thinking. If none does, the complaint is about the
/// longest.
error_code decode_embedded(std::string_view text, value_slot const& out, std::string& detail) {
    embedded_json candidates(text);
    json::value candidate;
    std::optional<json::value> fitting;
    std::size_t size = 0;
    std::size_t longest = 0;
    while (candidates.next(candidate, size)) {
        std::string complaint;
        bool const fits = !decode_value(candidate, out, decode_mode::lenient, complaint);
        out.reset(out.value);
        if (fits)
            fitting = std::move(candidate);
        else if (size > longest) {
            longest = size;
            detail = std::move(complaint);
        }
    }
    if (fitting) return decode_value(*fitting, out, decode_mode::lenient, detail);
    return longest > 0 ? errc::schema_mismatch : errc::invalid_json;
}

} // namespace

error_code decode_text(std::string_view text, value_slot const& out, decode_mode mode, std::string& detail) {
    text = without_mark(text);
    json::value value;
    std::string complaint;
    if (parse_all(text, value, complaint)) return decode_value(value, out, mode, detail);
    error_code ec = errc::invalid_json;
    if (mode == decode_mode::lenient) ec = decode_embedded(text, out, detail);
    if (ec == errc::invalid_json) detail = std::move(complaint);
    return ec;
}

} // namespace async_llm::detail
