// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "gzip_reader.hpp"
#include "gzip_writer.hpp"
#include "replaced_file.hpp"
#include "support/files/temporary_folder.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

// Compressed inputs are read as gunzip reads them, and damaged ones are not taken for short ones.

using namespace async_llm::command;
using namespace async_llm::test;

namespace {

std::string compressed(std::string_view text) {
    std::string result;
    gzip_writer writer([&result](std::string_view bytes) { result += bytes; });
    writer.write(text);
    writer.finish();
    return result;
}

// A source that gives so many bytes at a time.
byte_source pieces_of(std::string text, std::size_t size) {
    return [text = std::move(text), size, at = std::size_t(0)](char* into, std::size_t room) mutable {
        auto const count = text.copy(into, std::min(size, room), at);
        at += count;
        return count;
    };
}

std::string read_all(input_decoder decoder, std::size_t at_a_time) {
    std::string result;
    std::string piece(at_a_time, '\0');
    while (auto const count = decoder.read(piece.data(), piece.size())) result.append(piece, 0, count);
    // The end comes again.
    BOOST_TEST(decoder.read(piece.data(), piece.size()) == 0u);
    return result;
}

std::string decoded(std::string const& bytes, std::size_t piece = 7, std::size_t at_a_time = 5) {
    return read_all(input_decoder(pieces_of(bytes, piece), "in.gz"), at_a_time);
}

void check_bad(std::string const& bytes, std::string_view part_of_sentence) {
    try {
        decoded(bytes);
        BOOST_ERROR("was taken");
    } catch (bad_input const& error) {
        std::string_view const what = error.what();
        BOOST_TEST(what.starts_with("in.gz: "));
        BOOST_TEST_CONTEXT(what) { BOOST_TEST(what.find(part_of_sentence) != what.npos); }
    }
}

std::string long_text() {
    std::string result;
    for (int i = 0; i < 40'000; ++i) result += "line " + std::to_string(i * i) + '\n';
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(gzip)

BOOST_AUTO_TEST_CASE(what_was_compressed_comes_back) {
    for (std::string const& text :
         {std::string(), std::string("x"), std::string("line\nline\n"), long_text()}) {
        BOOST_TEST((decoded(compressed(text), 1000, 4096) == text));
        BOOST_TEST((decoded(compressed(text), 100'000, 1'000'000) == text));
    }
    BOOST_TEST(decoded(compressed("byte by byte"), 1, 1) == "byte by byte");
}

BOOST_AUTO_TEST_CASE(what_is_not_compressed_is_passed_on) {
    for (std::string const text : {"", "{", "\x1f", "{\"a\":1}\n{}\n", "\x1f{"}) {
        BOOST_TEST(decoded(text) == text);
        BOOST_TEST(decoded(text, 1, 1) == text);
    }
}

BOOST_AUTO_TEST_CASE(members_follow_each_other) {
    auto const both = compressed("first\n") + compressed("") + compressed("second\n");
    BOOST_TEST(decoded(both) == "first\nsecond\n");
    BOOST_TEST(decoded(both, 1, 1) == "first\nsecond\n");
}

BOOST_AUTO_TEST_CASE(zeros_behind_the_end_are_padding) {
    auto const padded = compressed("text") + std::string(300, '\0');
    BOOST_TEST(decoded(padded) == "text");
    BOOST_TEST(decoded(padded + compressed("more")) == "textmore");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_off_is_no_short_one) {
    auto const whole = compressed(long_text().substr(0, 2000));
    // One byte less than two is no gzip file yet.
    for (std::size_t size = 2; size < whole.size(); ++size) check_bad(whole.substr(0, size), "cut off");
    auto const second = compressed("first") + whole;
    check_bad(second.substr(0, second.size() - 1), "cut off");
}

BOOST_AUTO_TEST_CASE(damage_is_reported) {
    auto whole = compressed(long_text().substr(0, 2000));
    whole[whole.size() - 6] = static_cast<char>(whole[whole.size() - 6] ^ 1); // of the checksum
    check_bad(whole, "damaged");
    auto other = compressed("text");
    other[2] = 9; // a method that does not exist
    check_bad(other, "damaged");
}

BOOST_AUTO_TEST_CASE(something_else_behind_the_end_is_reported) {
    check_bad(compressed("text") + "{\"a\":1}", "behind");
    check_bad(compressed("text") + std::string(1, '\0') + "x", "behind");
}

// A gigabyte of zeros is a megabyte of gzip; it must not become a gigabyte of memory.
BOOST_AUTO_TEST_CASE(a_bomb_is_read_piece_by_piece) {
    std::string bomb;
    gzip_writer writer([&bomb](std::string_view bytes) { bomb += bytes; });
    std::string const zeros(std::size_t(1) << 20, '\0');
    for (int i = 0; i < 64; ++i) writer.write(zeros);
    writer.finish();
    std::size_t asked_for = 0;
    auto const source = [&, at = std::size_t(0)](char* into, std::size_t room) mutable {
        asked_for = std::max(asked_for, room);
        auto const count = bomb.copy(into, room, at);
        at += count;
        return count;
    };
    input_decoder decoder(source, "in.gz");
    std::string piece(1000, 'x');
    std::size_t sum = 0;
    while (auto const count = decoder.read(piece.data(), piece.size())) {
        BOOST_REQUIRE(count <= piece.size());
        sum += count;
    }
    BOOST_TEST(sum == std::size_t(64) << 20);
    BOOST_TEST(asked_for <= std::size_t(64) << 10);
}

BOOST_AUTO_TEST_CASE(files_are_compressed_and_decompressed) {
    temporary_folder folder;
    auto const text = long_text();
    write_file(folder.file("plain"), text);
    compress_file(folder.file("plain"), folder.file("packed.gz"));
    BOOST_TEST(read_file(folder.file("packed.gz")).size() < text.size() / 2);
    decompress_file(folder.file("packed.gz"), folder.file("again"));
    BOOST_TEST((read_file(folder.file("again")) == text));
    BOOST_TEST(!std::filesystem::exists(folder.file("again.tmp")));
}

// A page or a merged file is whole, or as it was before.
BOOST_AUTO_TEST_CASE(a_file_takes_its_place_when_it_is_whole) {
    temporary_folder folder;
    auto const path = folder.file("page");
    write_file(path, "before");
    {
        replaced_file file(path);
        file.write("half");
        BOOST_TEST(read_file(path) == "before");
    }
    BOOST_TEST(read_file(path) == "before");
    BOOST_TEST(!std::filesystem::exists(path + ".tmp"));
    replaced_file file(path);
    file.write("after");
    file.commit();
    BOOST_TEST(read_file(path) == "after");
}

BOOST_AUTO_TEST_CASE(a_damaged_file_replaces_none) {
    temporary_folder folder;
    auto const whole = compressed(long_text());
    write_file(folder.file("cut.gz"), whole.substr(0, whole.size() / 2));
    write_file(folder.file("plain"), "before");
    BOOST_CHECK_THROW(decompress_file(folder.file("cut.gz"), folder.file("plain")), bad_input);
    BOOST_TEST(read_file(folder.file("plain")) == "before");
}

BOOST_AUTO_TEST_SUITE_END()
