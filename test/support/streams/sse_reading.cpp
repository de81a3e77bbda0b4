// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/sse_reading.hpp"

#include "codec/http/sse_parser.hpp"
#include "support/streams/sample_streams.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>

namespace async_llm::test {
namespace {

// Pairs of places grow with the square of the length.
constexpr std::size_t longest_for_pairs = 48;

std::string in_short(codec::sse_event const& event) {
    std::string result;
    if (!event.name.empty()) result += std::string(event.name) + '|';
    result += event.data;
    if (!event.id.empty()) result += '#' + std::string(event.id);
    return result;
}

} // namespace

std::ostream& operator<<(std::ostream& out, events const& what) {
    for (auto const& event : what.complete) out << '[' << event << ']';
    if (what.unfinished) out << " and [" << *what.unfinished;
    return out << (what.too_large ? " too large" : "");
}

events read_events(std::vector<std::string_view> const& pieces, std::size_t max_event_size) {
    codec::sse_parser parser(max_event_size);
    codec::sse_event event;
    events result;
    for (auto const piece : pieces) {
        // Of its own, so that a sanitizer sees each later read.
        auto const bytes = std::make_unique<std::string>(piece);
        parser.put(*bytes);
        while (parser.next(event)) result.complete.push_back(in_short(event));
    }
    if (parser.take_unfinished(event)) result.unfinished = in_short(event);
    result.too_large = parser.too_large();
    return result;
}

events read_fragments(std::string_view text, std::size_t size, std::size_t max_event_size) {
    std::vector<std::string_view> pieces;
    for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
        pieces.push_back(text.substr(0, size));
    return read_events(pieces, max_event_size);
}

void check_bytes(
    std::string_view bytes,
    std::vector<std::string> complete,
    std::optional<std::string> unfinished
) {
    events const expected(std::move(complete), std::move(unfinished));
    BOOST_TEST(read_events({bytes}) == expected);
    BOOST_TEST(read_fragments(bytes, 1) == expected);
    for (std::size_t i = 0; i <= bytes.size(); ++i) {
        auto const last = bytes.size() > longest_for_pairs ? i : bytes.size();
        for (auto k = i; k <= last; ++k) {
            auto const found = read_events({bytes.substr(0, i), bytes.substr(i, k - i), bytes.substr(k)});
            if (found != expected)
                BOOST_TEST(found == expected, found << " when split at " << i << ", " << k);
        }
    }
}

void check(std::string_view text, std::vector<std::string> complete, std::optional<std::string> unfinished) {
    check_bytes(text, complete, unfinished);
    for (auto const end : {std::string_view("\r"), std::string_view("\r\n"), mixed})
        check_bytes(with_line_ends(text, end), complete, unfinished);
}

} // namespace async_llm::test
