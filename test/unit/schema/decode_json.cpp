// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/described_types.hpp"
#include "support/printing.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace async_llm;
using namespace described_types;
namespace json = boost::json;

constexpr auto lenient = decode_mode::lenient;
constexpr auto strict = decode_mode::strict;

template <class T>
struct decoded {
    error_code ec;
    T value{};
    std::string detail;
};

template <class T>
decoded<T> decode(std::string_view text, decode_mode mode) {
    decoded<T> result;
    result.ec = decode_json(text, result.value, mode, result.detail);
    return result;
}

/// The complaint about an answer that does not fit.
template <class T>
std::string mismatch(std::string_view text, decode_mode mode) {
    auto const result = decode<T>(text, mode);
    BOOST_TEST(result.ec == errc::schema_mismatch);
    return result.detail;
}

template <class T>
std::string mismatch(std::string_view text) {
    auto const said = mismatch<T>(text, strict);
    BOOST_TEST(mismatch<T>(text, lenient) == said);
    return said;
}

template <class T>
T fitting(std::string_view text, decode_mode mode) {
    auto result = decode<T>(text, mode);
    BOOST_TEST(!result.ec, text << ": " << result.detail);
    return std::move(result.value);
}

template <class T>
T fitting(std::string_view text) {
    fitting<T>(text, lenient);
    return fitting<T>(text, strict);
}

template <class T>
bool fits(std::string_view text, decode_mode mode) {
    return !decode<T>(text, mode).ec;
}

template <class T>
std::string no_json(std::string_view text, decode_mode mode) {
    auto const result = decode<T>(text, mode);
    BOOST_TEST(result.ec == errc::invalid_json);
    return result.detail;
}

std::string repeated(std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

/// A tree of so many levels.
std::string nested_tree(int levels) {
    return repeated(R"({"label":"x","children":[)", levels) + repeated("]}", levels);
}

} // namespace

BOOST_AUTO_TEST_SUITE(decode_json)

BOOST_AUTO_TEST_CASE(a_forecast) {
    auto const f = fitting<forecast>(R"({"city":"Oslo","scale":"fahrenheit","days":[
        {"name":"Mon","high":3,"low":-1.5},{"name":"Tue","high":4.25,"low":null}],
        "best":{"name":"Wed","high":0,"low":null},"also":null})");
    BOOST_TEST(f.city == "Oslo");
    BOOST_TEST((f.scale == unit::fahrenheit));
    BOOST_TEST_REQUIRE(f.days.size() == 2U);
    BOOST_TEST(f.days[0].high == 3);
    BOOST_TEST((f.days[0].low == -1.5));
    BOOST_TEST(f.days[1].name == "Tue");
    BOOST_TEST(!f.days[1].low);
    BOOST_TEST_REQUIRE(f.best.has_value());
    BOOST_TEST(f.best->name == "Wed");
    BOOST_TEST(!f.also);
}

BOOST_AUTO_TEST_CASE(every_kind_of_member) {
    auto const e =
        fitting<everything>(R"({"flag":true,"small":-128,"large":18446744073709551615,"fraction":0.5,
        "text":"a\u0000b","tags":["b","a","b"],"bits":[true,false],"rgb":[1,2,3],"counts":{"x":1,"y":2},
        "rest":{"a":[1]}})");
    BOOST_TEST(e.flag);
    BOOST_TEST(e.small == -128);
    BOOST_TEST(e.large == std::numeric_limits<std::uint64_t>::max());
    BOOST_TEST(e.fraction == 0.5F);
    BOOST_TEST((e.text == std::string("a\0b", 3)));
    BOOST_TEST((e.tags == std::set<std::string>{"a", "b"}));
    BOOST_TEST((e.bits == std::vector<bool>{true, false}));
    BOOST_TEST((e.rgb == std::array<int, 3>{1, 2, 3}));
    BOOST_TEST((e.counts == std::map<std::string, int>{{"x", 1}, {"y", 2}}));
    BOOST_TEST(json::serialize(e.rest) == R"({"a":[1]})");
}

BOOST_AUTO_TEST_CASE(types_that_hold_themselves) {
    auto const t =
        fitting<tree>(R"({"label":"a","children":[{"label":"b","children":[{"label":"c","children":[]}]},)"
                      R"({"label":"d","children":[]}]})");
    BOOST_TEST(t.children.at(0).children.at(0).label == "c");
    auto const c = fitting<chain>(R"({"link":1,"next":{"link":2,"next":null}})");
    BOOST_TEST_REQUIRE(c.next);
    BOOST_TEST(c.next->link == 2);
    BOOST_TEST(!c.next->next);
}

BOOST_AUTO_TEST_CASE(the_path_of_what_does_not_fit) {
    BOOST_TEST(
        mismatch<forecast>(
            R"({"city":"Oslo","scale":"celsius","days":[{"name":"Mon","high":3},{"name":"Tue","high":4},)"
            R"({"name":"Wed","high":"warm"}]})"
        ) == R"(days[2].high: expected a number, got "warm")"
    );
    BOOST_TEST(mismatch<forecast>(R"({"city":["Oslo"]})") == "city: expected a string, got an array");
    BOOST_TEST(mismatch<forecast>(R"({"city":"Oslo"})") == "scale: missing");
    BOOST_TEST(
        mismatch<forecast>(R"({"city":"Oslo","scale":"kelvin"})") ==
        R"(scale: expected one of "celsius", "fahrenheit", got "kelvin")"
    );
    BOOST_TEST(
        mismatch<forecast>(R"({"city":"Oslo","scale":1})") ==
        R"(scale: expected one of "celsius", "fahrenheit", got 1)"
    );
    BOOST_TEST(
        mismatch<forecast>(R"({"city":"","scale":"celsius","days":{}})") ==
        "days: expected an array, got an object"
    );
    BOOST_TEST(
        mismatch<forecast>(R"({"city":"","scale":"celsius","days":[],"best":{"name":"Mon"}})") ==
        "best.high: missing"
    );
    BOOST_TEST(mismatch<std::vector<int>>("[1,[]]") == "[1]: expected an integer, got an array");
    BOOST_TEST(mismatch<forecast>("[]") == "expected an object, got an array");
    BOOST_TEST(mismatch<forecast>("null") == "expected an object, got null");
    BOOST_TEST(mismatch<bool>("1.5") == "expected a boolean, got 1.5");
    BOOST_TEST(mismatch<std::string>("null") == "expected a string, got null");
    BOOST_TEST((mismatch<std::array<int, 3>>("[1,2]")) == "expected 3 items, got 2");
    BOOST_TEST((mismatch<std::array<int, 1>>("[1,2]")) == "expected 1 item, got 2");
}

BOOST_AUTO_TEST_CASE(keys_of_maps_in_a_path) {
    using counts = std::map<std::string, int>;
    BOOST_TEST(mismatch<counts>(R"({"a-b":[]})") == "a-b: expected an integer, got an array");
    BOOST_TEST(mismatch<counts>(R"({"a.b\n":[]})") == R"(["a.b"]: expected an integer, got an array)");
    BOOST_TEST(
        mismatch<counts>('{' + json::serialize(json::string(std::string(500, 'k'))) + ":[]}") ==
        "[\"" + std::string(40, 'k') + "...\"]: expected an integer, got an array"
    );
    BOOST_TEST(mismatch<counts>("1") == "expected an object, got 1");
}

BOOST_AUTO_TEST_CASE(maps_are_objects_or_pairs) {
    using counts = std::map<std::string, int>;
    counts const expected{{"x", 1}, {"y", 2}};
    BOOST_TEST((fitting<counts>(R"({"x":1,"y":2})") == expected));
    BOOST_TEST((fitting<counts>(R"([{"key":"x","value":1},{"key":"y","value":2}])") == expected));
    BOOST_TEST(
        mismatch<counts>(R"([{"key":"x","value":1},{"key":"y","value":[]}])") ==
        "[1].value: expected an integer, got an array"
    );
    BOOST_TEST(mismatch<counts>(R"([{"value":1}])") == "[0].key: missing");
    BOOST_TEST(mismatch<counts>(R"([{"key":"x"}])") == "[0].value: missing");
    BOOST_TEST(mismatch<counts>(R"([{"key":1,"value":1}])") == "[0].key: expected a string, got 1");
    BOOST_TEST(mismatch<counts>("[7]") == R"([0]: expected an object of "key" and "value", got 7)");
    auto const twice = R"([{"key":"x","value":1},{"key":"x","value":2}])";
    BOOST_TEST(mismatch<counts>(twice, strict) == R"(the key "x" is there twice)");
    BOOST_TEST(fitting<counts>(twice, lenient).at("x") == 2);
    auto const more = R"([{"key":"x","value":1,"note":""}])";
    BOOST_TEST(mismatch<counts>(more, strict) == R"([0]: more than "key" and "value")");
    BOOST_TEST(fits<counts>(more, lenient));
}

BOOST_AUTO_TEST_CASE(what_is_missing) {
    BOOST_TEST(mismatch<day>("{}") == "name: missing");
    BOOST_TEST(!fitting<day>(R"({"name":"Mon","high":1})").low);
    auto const no_days = R"({"city":"Oslo","scale":"celsius"})";
    BOOST_TEST(mismatch<forecast>(no_days, strict) == "days: missing");
    BOOST_TEST(fitting<forecast>(no_days, lenient).days.empty());
    auto const null_days = R"({"city":"Oslo","scale":"celsius","days":null})";
    BOOST_TEST(mismatch<forecast>(null_days, strict) == "days: expected an array, got null");
    BOOST_TEST(fitting<forecast>(null_days, lenient).days.empty());
}

BOOST_AUTO_TEST_CASE(unknown_members) {
    auto const more = R"({"name":"Mon","high":1,"wind":{"from":"N"}})";
    BOOST_TEST(mismatch<day>(more, strict) == "wind: not a member of the schema");
    BOOST_TEST(fitting<day>(more, lenient).name == "Mon");
}

BOOST_AUTO_TEST_CASE(numbers_and_booleans_as_text_and_text_as_numbers) {
    BOOST_TEST(fitting<int>(R"(" -12 ")", lenient) == -12);
    BOOST_TEST(fitting<int>(R"("12.0")", lenient) == 12);
    BOOST_TEST(fitting<double>(R"("1e3")", lenient) == 1000);
    BOOST_TEST(fitting<std::uint64_t>(R"("18446744073709551615")", lenient) == 18446744073709551615U);
    BOOST_TEST(fitting<bool>(R"("TRUE")", lenient));
    BOOST_TEST(fitting<std::string>("12", lenient) == "12");
    BOOST_TEST(fitting<std::string>("0.1", lenient) == "0.1");
    BOOST_TEST(fitting<std::string>("false", lenient) == "false");
    BOOST_TEST((fitting<unit>(R"(" Celsius")", lenient) == unit::celsius));
    BOOST_TEST(mismatch<int>(R"("12")", strict) == R"(expected an integer, got "12")");
    BOOST_TEST(mismatch<double>(R"("1e3")", strict) == R"(expected a number, got "1e3")");
    BOOST_TEST(mismatch<bool>(R"("true")", strict) == R"(expected a boolean, got "true")");
    BOOST_TEST(mismatch<std::string>("12", strict) == "expected a string, got 12");
    BOOST_TEST(mismatch<unit>(R"("Celsius")", strict).starts_with("expected one of"));
    for (auto const* text : {R"("")", R"("12 apples")", R"("0x10")", R"("--1")", "true", "{}"})
        BOOST_TEST(!fits<int>(text, lenient), text);
    for (auto const* text : {R"("nan")", R"("inf")", R"("1e999")", R"("")", "false"})
        BOOST_TEST(!fits<double>(text, lenient), text);
}

BOOST_AUTO_TEST_CASE(an_integer_may_have_a_fraction_of_zero) {
    BOOST_TEST(fitting<int>("3.0") == 3);
    BOOST_TEST(fitting<std::int64_t>("-1e3") == -1000);
    BOOST_TEST(mismatch<int>("3.5") == "expected an integer, got 3.5");
}

BOOST_AUTO_TEST_CASE(an_integer_that_its_type_does_not_hold_never_fits) {
    BOOST_TEST(mismatch<std::int8_t>("128") == "expected an integer from -128 to 127, got 128");
    BOOST_TEST(mismatch<std::int8_t>("-129") == "expected an integer from -128 to 127, got -129");
    BOOST_TEST(mismatch<std::uint8_t>("-1") == "expected an integer from 0 to 255, got -1");
    BOOST_TEST(mismatch<std::uint16_t>("65536.0").starts_with("expected an integer from 0 to 65535"));
    BOOST_TEST(fitting<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
    BOOST_TEST(fitting<std::int64_t>("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
    BOOST_TEST(!fits<std::int64_t>("9223372036854775808", lenient));
    BOOST_TEST(!fits<std::int64_t>("-9223372036854775809", lenient));
    BOOST_TEST(!fits<std::uint64_t>("18446744073709551616", lenient));
    BOOST_TEST(!fits<std::uint64_t>(R"("18446744073709551616")", lenient));
}

BOOST_AUTO_TEST_CASE(huge_numbers) {
    BOOST_TEST(mismatch<int>("1e999") == "expected an integer, got a number that is too large");
    BOOST_TEST(mismatch<double>("-1e999").ends_with("got a number that is too large"));
    BOOST_TEST(mismatch<float>("1e39").starts_with("expected a number of at most 3.4028"));
    BOOST_TEST(fitting<double>("1e308") == 1e308);
    BOOST_TEST(fitting<double>("1e-999") == 0);
    BOOST_TEST(!fits<int>(std::string(100'000, '9'), lenient));
    BOOST_TEST(!fits<int>('"' + std::string(100'000, '9') + '"', lenient));
}

BOOST_AUTO_TEST_CASE(bounds_count_in_strict_decoding) {
    auto const with = [](std::string_view members) {
        std::string text = R"({"id":1,"product-title":"Shirt","colours":["red"],"stock":{},"fits":"small")";
        auto const other = json::parse(members);
        for (auto const& member : other.get_object()) {
            auto const name = '"' + std::string(member.key()) + "\":";
            auto const begin = text.find(name);
            if (begin != std::string::npos) text.erase(begin, text.find(",\"", begin) - begin + 1);
            text += ',' + name + json::serialize(member.value());
        }
        text += '}';
        BOOST_TEST(fits<product>(text, lenient), text);
        return decode<product>(text, strict).detail;
    };
    BOOST_TEST(with("{}") == "");
    BOOST_TEST(with(R"({"id":0})") == "id: expected at least 1, got 0");
    BOOST_TEST(with(R"({"price":0})") == "price: expected more than 0, got 0");
    BOOST_TEST(with(R"({"price":99.5})") == "");
    BOOST_TEST(with(R"({"price":99.75})") == "price: expected at most 99.5, got 99.75");
    BOOST_TEST(with(R"({"price":null})") == "");
    BOOST_TEST(with(R"({"product-title":""})") == "product-title: expected at least 1 character, got 0");
    BOOST_TEST(with(R"({"product-title":"12345678"})") == "");
    BOOST_TEST(with(R"({"product-title":"äöüäöüäö"})") == "");
    BOOST_TEST(
        with(R"({"product-title":"123456789"})") == "product-title: expected at most 8 characters, got 9"
    );
    BOOST_TEST(with(R"({"colours":[]})") == "colours: expected at least 1 item, got 0");
    BOOST_TEST(with(R"({"colours":["red","red","red"]})") == "colours: expected at most 2 items, got 3");
    BOOST_TEST(with(R"({"colours":["re"]})") == "colours[0]: expected at least 3 characters, got 2");
    BOOST_TEST(with(R"({"stock":{"a":-1}})") == "stock.a: expected at least 0, got -1");
    BOOST_TEST(
        with(R"({"stock":[{"key":"a","value":-1}]})") == "stock[0].value: expected at least 0, got -1"
    );
    BOOST_TEST(with(R"({"stock":{"a":1,"b":1,"c":1}})") == "stock: expected at most 2 items, got 3");
}

BOOST_AUTO_TEST_CASE(names_of_the_notes_are_those_that_are_read) {
    auto const p = fitting<product>(
        R"({"id":1,"product-title":"Shirt","colours":["red"],"stock":{},"fits":"x-large","or_fits":"small"})"
    );
    BOOST_TEST(p.id == 1);
    BOOST_TEST(p.title == "Shirt");
    BOOST_TEST((p.fits == described_types::size::extra_large));
    BOOST_TEST(!fits<described_types::size>(R"("extra_large")", lenient));
    BOOST_TEST(!fits<product>(R"({"id":1,"title":"Shirt","fits":"small"})", lenient));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_leaves_the_value_as_it_was) {
    day d;
    d.name = "before";
    std::string detail;
    BOOST_TEST(
        async_llm::decode_json(R"({"name":"after","high":[]})", d, lenient, detail) == errc::schema_mismatch
    );
    BOOST_TEST(d.name == "before");
    BOOST_TEST(!async_llm::decode_json(json::parse(R"({"name":"after","high":1})"), d, lenient, detail));
    BOOST_TEST(d.name == "after");
}

BOOST_AUTO_TEST_CASE(of_duplicate_keys_the_last_counts) {
    BOOST_TEST(fitting<day>(R"({"name":"a","high":1,"name":"b"})").name == "b");
    BOOST_TEST(mismatch<day>(R"({"name":"a","high":1,"high":[]})").starts_with("high: "));
}

BOOST_AUTO_TEST_CASE(an_answer_among_other_text) {
    auto const answer = std::string(R"({"name":"Mon","high":1})");
    for (auto const& text : {
             "```json\n" + answer + "\n```",
             "Here it is:\n\n```\n" + answer + "\n```\nAnything else?",
             "The set {a, b} and [1]: " + answer + " :-)",
             "<think>Maybe {\"name\":\"Sun\",\"high\":0}?</think>" + answer,
             "\xef\xbb\xbf " + answer,
             answer + "\n\nNote: {\"x\":1}.",
             answer + " and {\"name\":\"cut",
             json::serialize(json::string(answer)),
         }) {
        BOOST_TEST(fitting<day>(text, lenient).name == "Mon");
        if (!text.starts_with("\xef")) BOOST_TEST(!fits<day>(text, strict));
    }
    BOOST_TEST(fitting<std::vector<int>>("Sure: [1, 2]", lenient).size() == 2U);
    BOOST_TEST(
        mismatch<day>("See {\"x\":1}, I mean {\"name\":\"Mon\",\"high\":\"x\"}.", lenient) ==
        R"(high: expected a number, got "x")"
    );
}

BOOST_AUTO_TEST_CASE(a_broken_answer_is_not_searched_for_smaller_ones) {
    // Its members are all optional, so that any object would do.
    using loose = described_types::page<day>;
    BOOST_TEST(fits<loose>(R"(so: {"x":1})", lenient));
    BOOST_TEST(
        no_json<loose>(R"({"items":[{"name":"Mon","high":1},{"name)", lenient).find("incomplete") !=
        std::string::npos
    );
    no_json<loose>(R"({"a":[{"x":1},],"b":{"y":2}})", lenient);
    no_json<loose>(R"({"a":NaN,"b":{"y":2}})", lenient);
    no_json<loose>("{\"a\":\"\xff\",\"b\":{\"y\":2}}", lenient);
}

BOOST_AUTO_TEST_CASE(text_without_json) {
    for (auto const mode : {lenient, strict}) {
        BOOST_TEST(no_json<day>("", mode) == "the answer is empty");
        BOOST_TEST(no_json<day>(" \n", mode) == "the answer is empty");
        BOOST_TEST(
            no_json<day>("Sorry, no.", mode) == "the answer is not JSON from byte 0 of 10: syntax error"
        );
        no_json<day>("{'name':'Mon'}", mode);
        no_json<day>("{\"name\":\"\xed\xa0\x80\",\"high\":1}", mode);
    }
    BOOST_TEST(no_json<int>("1 2", strict) == "the answer is not JSON from byte 2 of 3");
}

BOOST_AUTO_TEST_CASE(depth_is_bounded) {
    // Each level of a tree is an object and an array.
    BOOST_TEST(fits<tree>(nested_tree(64), strict));
    no_json<tree>(nested_tree(65), strict);
    no_json<tree>(nested_tree(100'000), lenient);
    no_json<json::value>(std::string(1'000'000, '['), lenient);
    no_json<tree>(std::string(1'000'000, '{'), lenient);
    no_json<tree>(repeated("{\"a\":", 100'000), lenient);
    // A value that the caller parsed may be deeper.
    json::parse_options options;
    options.max_depth = 1000;
    auto const deep = json::parse(nested_tree(200), {}, options);
    tree t;
    std::string detail;
    BOOST_TEST(async_llm::decode_json(deep, t, lenient, detail) == errc::schema_mismatch);
    BOOST_TEST(
        detail == "children[0].children[0].children...children[0].children[0].label: nested too deeply"
    );
}

BOOST_AUTO_TEST_CASE(complaints_are_short_and_on_one_line) {
    auto const said = mismatch<int>(json::serialize(json::string(std::string(100'000, 'x') + "\n\x1b[2J")));
    BOOST_TEST(said == "expected an integer, got \"" + std::string(40, 'x') + "...\"");
    BOOST_TEST(mismatch<int>(R"("a\nb\u001b[2J")") == R"(expected an integer, got "a b?[2J")");
}

BOOST_AUTO_TEST_CASE(a_value_of_any_kind_lives_on_its_own) {
    json::value value;
    {
        json::monotonic_resource memory;
        auto const document = json::parse(R"({"a":[1,"long enough to be allocated somewhere"]})", &memory);
        std::string detail;
        BOOST_TEST(!async_llm::decode_json(document, value, strict, detail));
    }
    BOOST_TEST(value.at("a").get_array().size() == 2U);
    BOOST_TEST((value.storage().get() == json::storage_ptr().get()));
}

BOOST_AUTO_TEST_CASE(what_was_encoded_decodes_to_the_same) {
    auto const text =
        R"({"id":-5,"product-title":"Shirt","price":1.5E0,"colours":["red"],"stock":{"a":1},)"
        R"("fits":"x-large","bundle":{"id":2,"product-title":"","colours":[],"stock":{},"fits":"small"}})";
    BOOST_TEST(json::serialize(encode_json(fitting<product>(text, lenient))) == text);
    everything e;
    e.large = std::numeric_limits<std::uint64_t>::max();
    e.bits = {true, false};
    e.fraction = std::numeric_limits<float>::infinity();
    BOOST_TEST(
        json::serialize(encode_json(e)) ==
        R"({"flag":false,"small":0,"large":18446744073709551615,"fraction":null,"text":"","tags":[],)"
        R"("bits":[true,false],"rgb":[0,0,0],"counts":{},"rest":null})"
    );
    BOOST_TEST(encode_json(static_cast<unit>(7)).is_null());
    BOOST_TEST(json::serialize(encode_json(std::vector<std::optional<int>>{1, std::nullopt})) == "[1,null]");
}

BOOST_AUTO_TEST_SUITE_END()
