// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/batch_request.hpp"

#include "base/utf8.hpp"
#include "codec/batch/json_scanner.hpp"
#include "codec/batch/line_splitter.hpp"
#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"

#include <boost/json/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// An input: "<most bytes of a line> <where the file is cut>", and a file of requests.

namespace async_llm::fuzz {
namespace {

/// A line that outlives its text.
struct kept_line {
    explicit kept_line(codec::text_line const& line)
        : number(line.number),
          offset(line.offset),
          size(line.size),
          text(line.text),
          is_too_long(line.is_too_long),
          is_whole(line.is_whole) {}

    bool operator==(kept_line const&) const = default;

    std::uint64_t number;
    std::uint64_t offset;
    std::uint64_t size;
    std::string text;
    bool is_too_long;
    bool is_whole;
};

std::vector<kept_line> split(std::vector<std::string_view> const& pieces, std::size_t max_size) {
    std::vector<kept_line> lines;
    codec::line_splitter splitter(max_size);
    for (auto const piece : pieces) {
        own_block const bytes(piece);
        splitter.feed(bytes.view());
        while (auto const line = splitter.next()) lines.emplace_back(*line);
    }
    splitter.finish();
    while (auto const line = splitter.next()) lines.emplace_back(*line);
    return lines;
}

error_code parse_error(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = codec::json_scanner::max_depth;
    error_code ec;
    boost::json::parse(text, ec, boost::json::storage_ptr(), options);
    return ec;
}

bool parses(std::string_view text) { return !parse_error(text); }

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        auto const length = codec::utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

bool has_surrogates(std::string_view text) {
    return text.find("\\ud") != std::string_view::npos || text.find("\\uD") != std::string_view::npos;
}

/// The grammar allows halves of surrogate pairs and exponents of any size, which no value of Boost.JSON
/// holds: there the parser says nothing of the grammar.
bool parser_knows_the_grammar(std::string_view text) {
    return !has_surrogates(text) && parse_error(text) != boost::json::error::exponent_overflow;
}

void require_readable(std::string_view text, std::uint64_t number) {
    own_block const bytes(text);
    codec::batch_request line;
    auto const reason = codec::read_batch_request(bytes.view(), number, line);
    bool const is_json = codec::is_json(bytes.view());
    if (parser_knows_the_grammar(text))
        require(is_json == parses(text), "the scanner reads what the parser reads");
    require(is_one_line(reason), "a reason is one line");
    require(!line.custom_id.empty() && is_utf8(line.custom_id), "a line has an id");
    if (!reason.empty()) return;
    require(is_json, "a request is JSON");
    auto const within = [&](std::string_view part) {
        return part.empty() ||
            (part.data() >= bytes.view().data() &&
             part.data() + part.size() <= bytes.view().data() + bytes.view().size());
    };
    require(within(line.body) && within(line.model) && within(line.inner_id), "parts are in the line");
    require(line.path.size() > 1 && line.path[0] == '/' && line.path[1] != '/', "a path is below the base");
    require(
        std::all_of(line.path.begin(), line.path.end(), [](char c) { return c > ' ' && c < 0x7f; }),
        "a path has no white space"
    );
    auto const body = codec::make_body(line, "");
    require(codec::is_json(body) && body.starts_with('{'), "a body is an object");
    if (line.inner_id.empty()) require(body == line.body, "a body is sent as it is");
    auto const other = codec::make_body(line, "other\"");
    require(codec::is_json(other), "a body with another model is JSON");
    if (has_surrogates(other) || !parses(other)) return;
    auto const tree = boost::json::parse(other, boost::json::storage_ptr(), [] {
        boost::json::parse_options options;
        options.max_depth = codec::json_scanner::max_depth;
        return options;
    }());
    auto const* const model = tree.as_object().if_contains("model");
    require(model && *model == "other\"", "a body with another model has that");
}

} // namespace

void fuzz_batch_request(std::string_view input) {
    option_line options(input);
    auto const max_size = options.number(0, 4096);
    auto const place = options.number(0, input.size());
    auto const lines = split(whole(input), max_size);
    require(split(byte_by_byte(input), max_size) == lines, "single bytes say the same");
    require(split(cut_at(input, place), max_size) == lines, "two pieces say the same");
    std::uint64_t last = 0;
    for (auto const& line : lines) {
        require(line.number > last, "lines are numbered");
        last = line.number;
        require(
            line.is_too_long == (line.size > max_size) || line.text.size() <= max_size,
            "long lines are skipped"
        );
        if (line.is_too_long) continue;
        require(input.substr(line.offset, line.size) == line.text, "a line is where it says");
        require(line.text.find('\n') == std::string::npos, "a line is one");
        require_readable(line.text, line.number);
    }
}

} // namespace async_llm::fuzz
