// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_scalar.hpp"

#include <boost/json/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

namespace json = boost::json;
using namespace async_llm::codec;

namespace {

constexpr auto most = std::numeric_limits<std::int64_t>::max();
constexpr auto least = std::numeric_limits<std::int64_t>::min();

json::value parsed(std::string_view text) { return json::parse(text); }

} // namespace

BOOST_AUTO_TEST_SUITE(json_scalar)

BOOST_AUTO_TEST_CASE(integers_come_as_any_kind_of_number) {
    BOOST_TEST((read_int(parsed("12")) == 12));
    BOOST_TEST((read_int(parsed("-12")) == -12));
    BOOST_TEST((read_int(parsed("12.0")) == 12));
    BOOST_TEST((read_int(parsed("12.9")) == 12));
    BOOST_TEST((read_int(parsed(R"("12")")) == 12));
    BOOST_TEST((read_int(parsed(R"(" 12 ")")) == 12));
    BOOST_TEST((read_int(parsed(R"("1.2e1")")) == 12));
    BOOST_TEST((read_int(parsed("9223372036854775807")) == most));
    BOOST_TEST((read_int(parsed(R"("9223372036854775807")")) == most));
    BOOST_TEST((read_int(parsed("-9223372036854775808")) == least));
}

BOOST_AUTO_TEST_CASE(integers_that_do_not_fit_are_none) {
    for (auto const* text :
         {"9223372036854775808",
          "18446744073709551615",
          "1e19",
          "-1e19",
          "1e300",
          R"("1e300")",
          R"("nan")",
          R"("inf")",
          R"("12 apples")",
          R"("")",
          "true",
          "null",
          "[]",
          "{}"})
        BOOST_TEST(!read_int(parsed(text)), text);
    BOOST_TEST(!read_int(json::value(9223372036854775808.0)));
    BOOST_TEST((read_int(json::value(-9223372036854775808.0)) == least));
    BOOST_TEST(!read_int(json::value(std::numeric_limits<double>::quiet_NaN())));
}

BOOST_AUTO_TEST_CASE(doubles_are_finite) {
    BOOST_TEST((read_double(parsed("0.25")) == 0.25));
    BOOST_TEST((read_double(parsed("2")) == 2.0));
    BOOST_TEST((read_double(parsed("18446744073709551615")) == 18446744073709551616.0));
    BOOST_TEST((read_double(parsed(R"("0.25")")) == 0.25));
    for (auto const* text : {R"("inf")", R"("nan")", R"("1e999")", R"("")", R"("x")", "false", "null", "[1]"})
        BOOST_TEST(!read_double(parsed(text)), text);
    BOOST_TEST(!read_double(json::value(std::numeric_limits<double>::infinity())));
}

BOOST_AUTO_TEST_CASE(truth_values_and_words) {
    BOOST_TEST((read_bool(parsed("true")) == true));
    BOOST_TEST((read_bool(parsed(R"("False")")) == false));
    BOOST_TEST(!read_bool(parsed("1")));
    BOOST_TEST(!read_bool(parsed(R"("yes")")));
    BOOST_TEST((read_word(parsed("429")) == "429"));
    BOOST_TEST((read_word(parsed("18446744073709551615")) == "18446744073709551615"));
    BOOST_TEST((read_word(parsed("429.0")) == "429"));
    BOOST_TEST((read_word(parsed(R"("rate_limited")")) == "rate_limited"));
    BOOST_TEST(!read_word(parsed("null")));
    BOOST_TEST(!read_word(parsed("{}")));
}

BOOST_AUTO_TEST_CASE(null_is_missing) {
    auto const value = parsed(R"({"a":null,"b":1,"c":{},"d":[],"e":"x"})");
    auto const& object = value.get_object();
    BOOST_TEST(find(object, "a") == nullptr);
    BOOST_TEST(find(object, "z") == nullptr);
    BOOST_TEST(find(object, "b") != nullptr);
    BOOST_TEST(find_object(object, "c") != nullptr);
    BOOST_TEST(find_object(object, "b") == nullptr);
    BOOST_TEST(find_object(object, "a") == nullptr);
    BOOST_TEST(find_array(object, "d") != nullptr);
    BOOST_TEST(find_array(object, "c") == nullptr);
    BOOST_TEST(find_string(object, "e") == "x");
    BOOST_TEST(find_string(object, "b") == "");
    BOOST_TEST(find_string(object, "a") == "");
}

BOOST_AUTO_TEST_CASE(assigning_leaves_the_target_on_null_and_on_wrong_types) {
    std::int64_t number = 7;
    BOOST_TEST(assign(parsed("null"), number));
    BOOST_TEST(!assign(parsed("[]"), number));
    BOOST_TEST(number == 7);
    BOOST_TEST(assign(parsed("8"), number));
    BOOST_TEST(number == 8);
}

BOOST_AUTO_TEST_CASE(parsing_stops_behind_the_value) {
    std::size_t used = 0;
    async_llm::error_code ec;
    auto const value = parse_json(R"({"a":1}   tail)", 8, used, ec);
    BOOST_TEST(!ec);
    BOOST_TEST((value == parsed(R"({"a":1})")));
    BOOST_TEST(used >= 7u);
    BOOST_TEST(used <= 10u);
}

BOOST_AUTO_TEST_CASE(parsing_tells_where_it_failed) {
    std::size_t used = 0;
    async_llm::error_code ec;
    BOOST_TEST(parse_json(R"({"a":x})", 8, used, ec).is_null());
    BOOST_TEST(bool(ec));
    BOOST_TEST(used == 5u);
    parse_json("[[[[[[[[[]]]]]]]]]", 8, used, ec);
    BOOST_TEST((ec == json::error::too_deep));
    parse_json("[[[[[[[[]]]]]]]]", 8, used, ec);
    BOOST_TEST(!ec);
    parse_json("\"\xff\"", 8, used, ec);
    BOOST_TEST(bool(ec));
    parse_json(R"({"a":)", 8, used, ec);
    BOOST_TEST((ec == json::error::incomplete));
}

BOOST_AUTO_TEST_CASE(no_depth_is_deeper_than_a_stack_bears) {
    std::size_t used = 0;
    async_llm::error_code ec;
    std::string const deep = std::string(100'000, '[') + std::string(100'000, ']');
    parse_json(deep, deep.size(), used, ec);
    BOOST_TEST((ec == json::error::too_deep));

    std::string const bearable = std::string(1000, '[') + std::string(1000, ']');
    auto const value = parse_json(bearable, deep.size(), used, ec);
    BOOST_TEST(!ec);
    BOOST_TEST(value.is_array());
}

BOOST_AUTO_TEST_SUITE_END()
