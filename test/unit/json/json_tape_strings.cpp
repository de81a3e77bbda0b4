// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// A tape reads long strings with escapes itself. Whatever the text, that may not show.

#include "codec/json/json_tape.hpp"
#include "support/fixtures/draw.hpp"
#include "support/fixtures/reference_json.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace json = boost::json;
using async_llm::codec::find_string;
using async_llm::codec::json_view;
using async_llm::test::draw;
using async_llm::test::parse_with_boost;

namespace {

// Behind an escape, long enough that the tape reads it.
constexpr std::size_t long_enough = 1100;

std::string filled(std::string_view unit, std::size_t least = long_enough) {
    std::string text;
    while (text.size() < least) text += unit;
    return text;
}

/// A text on the heap with nothing behind it, so that AddressSanitizer sees who reads beyond it, and its
/// tape.
class long_text {
public:
    explicit long_text(std::string_view text, std::size_t max_depth = 32) : bytes_(text.begin(), text.end()) {
        async_llm::codec::decode_limits limits(max_depth);
        limits.max_json_members = limits.max_json_values = limits.max_json_expansion = 0;
        ec = tape_.parse(view(), limits, used);
    }

    std::string_view view() const { return std::string_view(bytes_.data(), bytes_.size()); }
    json_view root() const { return tape_.root(); }

    async_llm::error_code ec;
    std::size_t used = 0;

private:
    std::vector<char> bytes_;
    async_llm::codec::json_tape tape_;
};

/// Is the tape in all what the parser makes of the text when it is given all of it?
bool is_parsed_as_ever(std::string_view text, std::size_t max_depth = 32) {
    long_text const tape(text, max_depth);
    std::size_t used = 0;
    async_llm::error_code ec;
    auto const tree = parse_with_boost(text, max_depth, used, ec);
    // As text, which distinguishes doubles that differ in their last bit, and a double from an integer.
    bool const same = json::serialize(tape.root().to_value()) == json::serialize(tree);
    return tape.ec == ec && tape.used == used && same;
}

void require_as_ever(std::string_view text, std::size_t max_depth = 32) {
    BOOST_TEST(is_parsed_as_ever(text, max_depth), "not as the parser has it: " << text);
}

/// Keys and values that are long, with all kinds of escapes, between values of other kinds.
std::string varied() {
    return "{\"a\":[1.5,\"\\n" + filled("line\\n\xc3\xa4\\ud83d\\ude00 \\\"q\\\" \\u00e9\\\\") +
        "\",-17,true],\"\\t" + filled("key \\/ \\u20ac ") + "\":null , \"c\":\"" + filled("plain ") +
        "\",\"d\":\"\\u0000" + filled("\\u4f60\\u597d") + "\\\\\",\"e\":{\"f\":\"\\b\",\"g\":1e5}} \n";
}

/// A random JSON text, with or without faults.
class random_text {
public:
    random_text(std::mt19937& random, bool faulty) : pick_{random}, faulty_(faulty) {}

    std::string run() {
        value(0);
        out_ += pick_("", "", " \n", " x", "\"", "[DONE]");
        return out_;
    }

private:
    void value(int depth) {
        space();
        switch (pick_.below(depth > 3 ? 4 : 7)) {
        case 0: out_ += pick_("0", "-1", "0.12345678901234567", "123456789.123456789e-9", "1E400"); break;
        case 1: out_ += pick_("null", "true", "false", "18446744073709551615", "\"\""); break;
        case 2:
        case 3: string(); break;
        case 4: list(depth); break;
        default: object(depth); break;
        }
        space();
    }

    void list(int depth) {
        out_ += '[';
        for (auto left = pick_.below(4); left != 0; --left) {
            value(depth + 1);
            if (left != 1) out_ += ',';
        }
        out_ += ']';
    }

    void object(int depth) {
        out_ += '{';
        for (auto left = pick_.below(4); left != 0; --left) {
            string();
            out_ += ':';
            value(depth + 1);
            if (left != 1) out_ += ',';
        }
        out_ += '}';
    }

    void string() {
        out_ += '"';
        auto const size = out_.size() + pick_(0u, 3u, 20u, 900u, 1024u, 1100u, 1500u, 3000u);
        bool const plain = pick_.below(4) == 0;
        while (out_.size() < size) out_ += plain ? "plain text " : unit();
        out_ += '"';
    }

    std::string_view unit() {
        if (faulty_ && pick_.below(300) == 0) return fault();
        return pick_(
            "a",
            "some words ",
            "\\n",
            "\\\"",
            "\\\\",
            "\\/\\b\\f\\r\\t",
            "\\u00e9",
            "\\uD83D\\uDE00",
            "\xc3\xa4",
            "\xf0\x9f\x98\x80",
            "\\u0000",
            "1234567890123456",
            "{[:,]}",
            "a line of a text without anything special\\n"
        );
    }

    std::string_view fault() {
        return pick_(
            "\n",
            "\"",
            "\\",
            "\\x",
            "\\u12",
            "\\u123g",
            "\\ud800",
            "\\ud800\\n",
            "\\ud800\\ud800",
            "\\udc00",
            "\xff",
            "\xc3",
            "\xed\xa0\x80",
            "\x01"
        );
    }

    void space() { out_ += pick_("", "", "", " ", "\n\t"); }

    draw pick_;
    bool faulty_;
    std::string out_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(json_tape_strings)

BOOST_AUTO_TEST_CASE(long_strings_are_those_of_the_parser) {
    require_as_ever(varied());
    for (std::string_view const unit :
         {"text ",
          "\\n",
          "\\\\",
          "\\\"",
          "\\u0041",
          "\\ud83d\\ude00",
          "\xe2\x82\xac",
          "text\\n",
          "\\\"text\\\\"}) {
        // Each length of what comes behind, up to the longest escape and a word of the processor.
        for (std::size_t tail = 0; tail < 20; ++tail) {
            auto const text = "\"\\n" + filled(unit) + std::string(tail, 'x');
            long_text const whole(text + '"');
            BOOST_TEST(!whole.ec);
            require_as_ever(text + '"');
            require_as_ever(text + "\" ,");
            require_as_ever(text);
        }
    }
}

BOOST_AUTO_TEST_CASE(strings_of_each_length_are_those_of_the_parser) {
    for (std::size_t size = 900; size < 1200; ++size) {
        require_as_ever("[\"\\n" + std::string(size, 'x') + "\",1]");
        require_as_ever("[\"" + std::string(size, 'x') + "\\\"\",\"\\\"" + std::string(size, 'y') + "\"]");
    }
}

BOOST_AUTO_TEST_CASE(texts_cut_anywhere_are_judged_as_by_the_parser) {
    auto const text = varied();
    BOOST_TEST(!long_text(text).ec);
    for (std::size_t size = 0; size < text.size(); ++size)
        require_as_ever(std::string_view(text).substr(0, size));
}

BOOST_AUTO_TEST_CASE(one_wrong_byte_anywhere_is_judged_as_by_the_parser) {
    std::string_view const bytes("\"\\ud{]0,\n\x01\x80\xc3\xff");
    auto text = varied();
    for (std::size_t place = 0; place < text.size(); ++place) {
        auto const right = text[place];
        // Two of them at each place, and at the next one others.
        for (std::size_t i = 0; i < 2; ++i) {
            text[place] = bytes[(2 * place + i) % bytes.size()];
            require_as_ever(text);
        }
        text[place] = right;
    }
}

BOOST_AUTO_TEST_CASE(numbers_before_a_long_string_are_those_of_the_parser) {
    auto const tail = filled("more\\n");
    for (std::string_view const number :
         {"0.12345678901234567",
          "0.123456789012345678",
          "12.3456789012345678",
          "-98.7654321098765432",
          "99.1234567890123457",
          "-0.98765432109876543",
          "1234567890123456789",
          "-9223372036854775808",
          "18446744073709551615",
          "9007199254740993.25",
          "3.14159265358979312e-7",
          "1e22"}) {
        for (std::size_t distance = 0; distance < 60; ++distance) {
            auto const before = '[' + std::string(number);
            require_as_ever(before + ',' + std::string(distance, ' ') + "\"\\n" + tail + "\"]");
            require_as_ever(before + ",\"" + std::string(distance, 'x') + "\\n" + tail + "\"]");
        }
    }
}

BOOST_AUTO_TEST_CASE(random_texts_are_those_of_the_parser) {
    std::mt19937 random(20261122);
    std::size_t valid = 0;
    for (int i = 0; i < 3000; ++i) {
        auto text = random_text(random, i % 2 == 0).run();
        if (i % 5 == 0) text.resize(draw{random}.below(text.size() + 1));
        if (!long_text(text).ec) ++valid;
        require_as_ever(text);
    }
    BOOST_TEST(valid > 1000u);
    BOOST_TEST(valid < 2700u);
}

BOOST_AUTO_TEST_CASE(nesting_counts_before_and_behind_a_long_string) {
    auto const text = "\"\\n" + filled("text\\n") + '"';
    for (std::size_t depth = 1; depth < 12; ++depth) {
        std::string const open(depth, '[');
        std::string const close(depth, ']');
        require_as_ever(open + text + close, 8);
        require_as_ever('[' + text + ',' + open + close + ']', 8);
        require_as_ever(open + text + close + text, 8);
    }
    std::string const deep = std::string(1000, '[') + text + ',' + text + std::string(1000, ']');
    require_as_ever(deep, 2000);
    require_as_ever('[' + deep + ']', 2000);
}

BOOST_AUTO_TEST_CASE(faults_outside_of_strings_are_not_covered_up) {
    auto const text = filled("text\\n");
    constexpr char const* const starts[] = {
        "",
        "[",
        "{",
        "{\"a\"",
        "{\"a\":",
        "[1",
        "[\"a\"",
        "\"a\"",
        "tru",
        "[-",
        "[1e",
        "{} ",
        "1 ",
        "[] \"",
        "\xff",
        "\"\xc3",
    };
    for (std::string const start : starts) {
        for (std::string const first : {"\\", "\\n", "\"\\n", "\\\"", "\"\\", "\"\\x"}) {
            for (std::string const end : {"", "\"", "\"]", "\":1}", "\"\"", "\"}"})
                require_as_ever(start + first + text + end);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_string_without_escapes_stays_where_it_is) {
    auto const plain = filled("plain text ", 100'000);
    auto const escaped = "\\n" + filled("text ", 100'000);
    long_text const t("{\"a\":\"" + plain + "\",\"b\":\"" + escaped + "\",\"c\":\"" + plain + "\"}");
    auto const is_in_place = [&](std::string_view name) {
        auto const* const found = find_string(t.root(), name).data();
        return !std::less<>()(found, t.view().data()) &&
            std::less<>()(found, t.view().data() + t.view().size());
    };
    BOOST_TEST(is_in_place("a"));
    BOOST_TEST(!is_in_place("b"));
    BOOST_TEST(is_in_place("c"));
    BOOST_TEST(find_string(t.root(), "c") == plain);
}

BOOST_AUTO_TEST_SUITE_END()
