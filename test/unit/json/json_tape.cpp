// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_tape.hpp"

#include <boost/json/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace json = boost::json;
using namespace async_llm::codec;

namespace {

// A text on the heap with nothing behind it, so that a view that leaves it is found out.
class taped {
public:
    explicit taped(std::string_view text, std::size_t max_depth = 32)
        : text_(std::make_unique<std::vector<char>>(text.begin(), text.end())) {
        ec = tape_.parse(
            std::string_view(text_->data(), text_->size()),
            async_llm::codec::decode_limits(max_depth),
            used
        );
    }

    json_view root() const { return tape_.root(); }

    async_llm::error_code ec;
    std::size_t used = 0;

private:
    std::unique_ptr<std::vector<char>> text_;
    json_tape tape_;
};

constexpr char const* const documents[] = {
    "null",
    "true",
    "[]",
    "{}",
    "-1",
    "9223372036854775808",
    "1.5e3",
    R"("")",
    R"("plain")",
    R"("\"")",
    R"("a\nb\u00e9\ud83d\ude00c")",
    R"([1,[2,[3,{"a":[]}],4],{"b":{"c":null}},"x"])",
    R"({"a":{"b":[1,2,{"c":"d\te"}],"f":true},"k\\ey":"v","g":[[],{},""]})",
    " { \"a\" : [ 1 , 2.25 , \"\xc3\xa4\" ] } ",
};

} // namespace

BOOST_AUTO_TEST_SUITE(json_tape)

BOOST_AUTO_TEST_CASE(a_tape_holds_what_a_tree_holds) {
    for (std::string const text : documents) {
        taped const t(text);
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!t.ec);
            BOOST_TEST((t.root().to_value() == json::parse(text)));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_long_text_with_escapes_is_put_together) {
    // Longer than the parser's own buffer, with escapes at its start, in its middle and at its end.
    std::string inner;
    for (int i = 0; i < 3000; ++i) inner += i % 7 == 0 ? "\\n" : i % 11 == 0 ? "\\u00e9" : "word ";
    auto const text = "{\"" + inner + "\":[\"\\t" + inner + "\\\"\",\"" + std::string(20'000, 'x') + "\"]}";
    taped const t(text);
    BOOST_TEST(!t.ec);
    BOOST_TEST((t.root().to_value() == json::parse(text)));
}

BOOST_AUTO_TEST_CASE(texts_cut_anywhere_are_refused) {
    std::string const whole = R"({"a":[1,"b\n",{"c":null}],"d":"e"})";
    for (std::size_t i = 0; i < whole.size(); ++i) {
        taped const t(whole.substr(0, i));
        BOOST_TEST(bool(t.ec));
        BOOST_TEST(t.root().is_null());
    }
}

BOOST_AUTO_TEST_CASE(what_follows_is_left_alone) {
    taped const t(R"({"a":1}   tail)");
    BOOST_TEST(!t.ec);
    BOOST_TEST(t.used >= 7u);
    BOOST_TEST(t.used <= 10u);
}

BOOST_AUTO_TEST_CASE(faults_are_those_of_the_parser) {
    taped const bad(R"({"a":x})");
    BOOST_TEST(bool(bad.ec));
    BOOST_TEST(bad.used == 5u);
    BOOST_TEST((taped("[[[[[[[[[]]]]]]]]]", 8).ec == json::error::too_deep));
    BOOST_TEST(!taped("[[[[[[[[]]]]]]]]", 8).ec);
    BOOST_TEST(bool(taped("\"\xff\"").ec));
    std::string const deep = std::string(100'000, '[') + std::string(100'000, ']');
    BOOST_TEST((taped(deep, deep.size()).ec == json::error::too_deep));
    std::string const bearable = std::string(1000, '[') + std::string(1000, ']');
    BOOST_TEST(taped(bearable, deep.size()).root().to_value().is_array());
}

BOOST_AUTO_TEST_CASE(null_is_missing) {
    taped const t(R"({"a":null,"b":1,"c":{},"d":[],"e":"x"})");
    BOOST_TEST(!find(t.root(), "a"));
    BOOST_TEST(find_any(t.root(), "a").has_value());
    BOOST_TEST(!find_any(t.root(), "z"));
    BOOST_TEST(find(t.root(), "b").has_value());
    BOOST_TEST(find_object(t.root(), "c").has_value());
    BOOST_TEST(!find_object(t.root(), "b"));
    BOOST_TEST(find_array(t.root(), "d").has_value());
    BOOST_TEST(!find_array(t.root(), "c"));
    BOOST_TEST(find_string(t.root(), "e") == "x");
    BOOST_TEST(find_string(t.root(), "b") == "");
    BOOST_TEST(find_string(t.root(), "a") == "");
}

BOOST_AUTO_TEST_CASE(of_members_with_the_same_name_the_last_counts) {
    taped const t(R"({"a":1,"b":2,"a":3})");
    BOOST_TEST((read_int(*find(t.root(), "a")) == 3));
    BOOST_TEST((t.root().to_value() == json::parse(R"({"a":3,"b":2})")));
    json::object extra;
    read_members(t.root(), extra, [](auto, auto) { return false; });
    BOOST_TEST((json::value(extra) == json::parse(R"({"a":3,"b":2})")));
}

BOOST_AUTO_TEST_CASE(assigning_leaves_the_target_on_null_and_on_wrong_types) {
    std::optional<std::string> text;
    BOOST_TEST(assign(taped("null").root(), text));
    BOOST_TEST(!assign(taped("1").root(), text));
    BOOST_TEST(!text);
    BOOST_TEST(assign(taped(R"("")").root(), text));
    BOOST_TEST((text == ""));
    std::int64_t number = 7;
    BOOST_TEST(!assign(taped("[]").root(), number));
    BOOST_TEST(number == 7);
    BOOST_TEST(assign(taped("8").root(), number));
    BOOST_TEST(number == 8);
    json::array list{1};
    BOOST_TEST(!assign(taped("{}").root(), list));
    BOOST_TEST(list.size() == 1u);
}

BOOST_AUTO_TEST_CASE(copies_outlive_text_and_tape) {
    json::array list;
    json::object object;
    std::optional<json::array> optional_list;
    json::value any;
    json::object extra;
    {
        taped const document(R"({"list":[{"a":"a long text, longer than a small one"}]})");
        auto const from = *find(document.root(), "list");
        BOOST_TEST(assign(from, list));
        BOOST_TEST(assign(document.root(), object));
        BOOST_TEST(assign(from, optional_list));
        BOOST_TEST(assign(document.root(), any));
        keep("kept", document.root(), extra);
    }
    auto const expected = json::parse(R"([{"a":"a long text, longer than a small one"}])");
    BOOST_TEST((json::value(list) == expected));
    BOOST_TEST((object.at("list") == expected));
    BOOST_TEST((json::value(*optional_list) == expected));
    BOOST_TEST((any.at("list") == expected));
    BOOST_TEST((extra.at("kept").at("list") == expected));
}

BOOST_AUTO_TEST_CASE(texts_within_texts_have_tapes_of_their_own) {
    taped const outer(R"({"a":"\n1","b":["x"]})");
    for (int i = 0; i < 3; ++i) {
        taped const inner(R"(["\n2",{"c":"\n3"}])");
        BOOST_TEST((inner.root().to_value() == json::parse(R"(["\n2",{"c":"\n3"}])")));
    }
    BOOST_TEST((outer.root().to_value() == json::parse(R"({"a":"\n1","b":["x"]})")));
}

BOOST_AUTO_TEST_SUITE_END()
