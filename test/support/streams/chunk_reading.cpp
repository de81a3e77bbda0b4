// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/chunk_reading.hpp"

#include "support/fixtures/describe.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/completion_builder.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <sstream>

namespace async_llm::test {
namespace {

using outcome = codec::chunk_reader::outcome;

/// Takes what there is. The reader has to stay at its end.
void take(codec::chunk_reader& reader, chunk_reading& to) {
    chat_chunk chunk;
    auto how = reader.next(chunk);
    if (to.end != outcome::need_more) {
        BOOST_TEST((how == to.end));
        return;
    }
    for (; how == outcome::chunk || how == outcome::busy; how = reader.next(chunk)) {
        if (how == outcome::chunk) to.chunks.push_back(chunk);
    }
    to.end = how;
    if (how == outcome::failed) to.last = chunk;
}

} // namespace

feeding labelled(std::string content_type) {
    feeding how;
    how.content_type = std::move(content_type);
    return how;
}

feeding broken(std::string content_type) {
    auto how = labelled(std::move(content_type));
    how.complete = false;
    return how;
}

feeding open_ended(std::string content_type) {
    auto how = labelled(std::move(content_type));
    how.to_the_end = false;
    return how;
}

std::string chunk_reading::text() const {
    std::string all;
    for (auto const& chunk : chunks) all += chunk.text();
    return all;
}

chat_completion chunk_reading::completion() const {
    completion_builder builder;
    for (auto const& chunk : chunks) BOOST_TEST(!builder.add(chunk), builder.detail());
    if (end == outcome::failed) BOOST_TEST(!builder.add(last), builder.detail());
    return builder.take();
}

std::string chunk_reading::describe() const {
    std::ostringstream out;
    for (auto const& chunk : chunks) out << test::describe(chunk) << '\n';
    out << "end: " << static_cast<int>(end) << '\n' << test::describe(last);
    out << ec.message() << '\n' << detail << '\n' << error.message << '\n';
    out << is_stream << is_document << has_finished << '\n' << document;
    return out.str();
}

chunk_reading read_pieces(std::vector<std::string_view> const& pieces, feeding const& how) {
    chunk_reading result;
    codec::chunk_reader reader(how.status, how.content_type, how.limits);
    for (auto const piece : pieces) {
        // Of its own, so that a sanitizer sees each later read.
        auto const bytes = std::make_unique<std::string>(piece);
        reader.put(*bytes);
        take(reader, result);
    }
    if (how.to_the_end && result.end == outcome::need_more) {
        reader.put_end(how.complete);
        take(reader, result);
        BOOST_TEST((result.end == outcome::end || result.end == outcome::failed));
    }
    if (result.end != outcome::need_more) take(reader, result);

    result.ec = reader.ec();
    result.error = reader.error();
    result.detail = reader.detail();
    result.is_stream = reader.is_stream();
    result.is_document = reader.is_document();
    result.has_finished = reader.has_finished();
    result.document = reader.document();
    return result;
}

chunk_reading read_whole(std::string_view body, feeding const& how) { return read_pieces({body}, how); }

chunk_reading read_everyhow(std::string_view body, feeding const& how) {
    auto whole = read_whole(body, how);
    auto const expected = whole.describe();

    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < body.size(); ++i) bytes.push_back(body.substr(i, 1));
    BOOST_TEST(read_pieces(bytes, how).describe() == expected);
    for (std::size_t i = 0; i <= body.size(); ++i) {
        auto const split = read_pieces({body.substr(0, i), body.substr(i)}, how).describe();
        if (split != expected) BOOST_TEST(split == expected, "split at " << i << ": " << split);
    }
    return whole;
}

chunk_reading read_stream(std::string_view body, feeding const& how) {
    auto result = read_everyhow(body, how);
    auto const expected = result.describe();
    for (auto const end : {std::string_view("\r"), std::string_view("\r\n"), mixed}) {
        auto const other = with_line_ends(body, end);
        BOOST_TEST(read_whole(other, how).describe() == expected, end);
        std::vector<std::string_view> bytes;
        for (std::size_t i = 0; i < other.size(); ++i) bytes.push_back(std::string_view(other).substr(i, 1));
        BOOST_TEST(read_pieces(bytes, how).describe() == expected, end);
    }
    return result;
}

chunk_reading check_ends_well(std::string_view body, std::string_view text, feeding const& how) {
    auto reading = read_stream(body, how);
    BOOST_TEST((reading.end == outcome::end), body << ": " << reading.detail);
    BOOST_TEST(!reading.ec);
    BOOST_TEST(reading.text() == text);
    return reading;
}

chunk_reading check_fails(std::string_view body, error_code ec, std::string_view text, feeding const& how) {
    auto reading = read_stream(body, how);
    BOOST_TEST((reading.end == outcome::failed), body);
    BOOST_TEST((reading.ec == ec), body << ": " << reading.ec.message() << ": " << reading.detail);
    BOOST_TEST(!reading.detail.empty());
    BOOST_TEST(reading.text() == text);
    return reading;
}

} // namespace async_llm::test
