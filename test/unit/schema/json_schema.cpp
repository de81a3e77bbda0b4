// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/type_name.hpp"
#include "support/fixtures/described_types.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

using namespace async_llm;
using namespace described_types;
namespace json = boost::json;

template <class T>
std::string strict() {
    return json::serialize(json_schema_of<T>());
}

template <class T>
std::string open() {
    return json::serialize(json_schema_of<T>(schema_form::open));
}

/// The schema of one member.
template <class T>
std::string member(std::string_view name, schema_form form = schema_form::strict) {
    return json::serialize(json_schema_of<T>(form).at("properties").at(name));
}

struct wrong_notes {
    int described = 0;
    int other = 0;
};
BOOST_DESCRIBE_STRUCT(wrong_notes, (), (described))

void describe_schema(schema_notes<wrong_notes>& notes) { notes.member(&wrong_notes::other).minimum(1); }

/// Checks the demands of strict servers on every object in a schema.
void check_closed(json::value const& schema) {
    if (auto const* list = schema.if_array()) {
        for (auto const& element : *list) check_closed(element);
    }
    auto const* object = schema.if_object();
    if (!object) return;
    if (auto const* properties = object->if_contains("properties")) {
        BOOST_TEST((object->at("additionalProperties") == json::value(false)));
        json::array names;
        for (auto const& property : properties->get_object()) names.push_back(json::string(property.key()));
        BOOST_TEST((object->at("required") == json::value(names)));
    }
    for (auto const& entry : *object) check_closed(entry.value());
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_schema)

BOOST_AUTO_TEST_CASE(scalars) {
    BOOST_TEST(strict<bool>() == R"({"type":"boolean"})");
    BOOST_TEST(strict<short>() == R"({"type":"integer"})");
    BOOST_TEST(strict<std::uint8_t>() == R"({"type":"integer"})");
    BOOST_TEST(strict<float>() == R"({"type":"number"})");
    BOOST_TEST(strict<std::string>() == R"({"type":"string"})");
    BOOST_TEST(strict<unit>() == R"({"type":"string","enum":["celsius","fahrenheit"]})");
    BOOST_TEST(strict<json::value>() == "{}");
}

BOOST_AUTO_TEST_CASE(sequences) {
    BOOST_TEST(strict<std::vector<int>>() == R"({"type":"array","items":{"type":"integer"}})");
    BOOST_TEST(strict<std::list<bool>>() == R"({"type":"array","items":{"type":"boolean"}})");
    BOOST_TEST(strict<std::set<std::string>>() == R"({"type":"array","items":{"type":"string"}})");
    BOOST_TEST(
        (strict<std::array<float, 2>>()) ==
        R"({"type":"array","minItems":2,"maxItems":2,"items":{"type":"number"}})"
    );
}

BOOST_AUTO_TEST_CASE(a_map_is_a_list_of_pairs_to_strict_servers) {
    BOOST_TEST(
        (open<std::unordered_map<std::string, int>>()) ==
        R"({"type":"object","additionalProperties":{"type":"integer"}})"
    );
    BOOST_TEST(
        (strict<std::map<std::string, int>>()) ==
        R"({"type":"array","items":{"type":"object","properties":{"key":{"type":"string"},)"
        R"("value":{"type":"integer"}},"required":["key","value"],"additionalProperties":false}})"
    );
}

BOOST_AUTO_TEST_CASE(a_struct_in_the_strict_form) {
    BOOST_TEST(
        strict<day>() ==
        R"({"type":"object","properties":{"name":{"type":"string"},"high":{"type":"number"},)"
        R"("low":{"type":["number","null"]}},"required":["name","high","low"],"additionalProperties":false})"
    );
    BOOST_TEST(
        strict<nothing>() == R"({"type":"object","properties":{},"required":[],"additionalProperties":false})"
    );
}

BOOST_AUTO_TEST_CASE(a_struct_in_the_open_form) {
    BOOST_TEST(
        open<day>() ==
        R"({"type":"object","properties":{"name":{"type":"string"},"high":{"type":"number"},)"
        R"("low":{"type":"number"}},"required":["name","high"]})"
    );
    BOOST_TEST(open<nothing>() == R"({"type":"object","properties":{}})");
}

BOOST_AUTO_TEST_CASE(nested_structs_are_written_out_in_the_order_of_their_members) {
    auto const a_day = strict<day>();
    BOOST_TEST(
        strict<forecast>() ==
        R"({"type":"object","properties":{"city":{"type":"string"},)"
        R"("scale":{"type":"string","enum":["celsius","fahrenheit"]},"days":{"type":"array","items":)" +
            a_day + R"(},"best":{"anyOf":[)" + a_day +
            R"(,{"type":"null"}]},"also":{"anyOf":[{"type":"string","enum":["celsius","fahrenheit"]},)"
            R"({"type":"null"}]}},"required":["city","scale","days","best","also"],"additionalProperties":false})"
    );
}

BOOST_AUTO_TEST_CASE(an_optional_of_anything_and_of_a_list) {
    BOOST_TEST(strict<std::optional<json::value>>() == "{}");
    BOOST_TEST(
        strict<std::optional<std::vector<int>>>() == R"({"type":["array","null"],"items":{"type":"integer"}})"
    );
    BOOST_TEST(open<std::optional<int>>() == R"({"type":"integer"})");
}

BOOST_AUTO_TEST_CASE(the_root_may_hold_itself) {
    BOOST_TEST(
        strict<tree>() ==
        R"({"type":"object","properties":{"label":{"type":"string"},)"
        R"("children":{"type":"array","items":{"$ref":"#"}}},"required":["label","children"],"additionalProperties":false})"
    );
    BOOST_TEST(member<chain>("next") == R"({"anyOf":[{"$ref":"#"},{"type":"null"}]})");
    BOOST_TEST(member<chain>("next", schema_form::open) == R"({"$ref":"#"})");
}

BOOST_AUTO_TEST_CASE(others_that_hold_themselves_are_defined_once) {
    auto const schema = json_schema_of<two_chains>();
    auto const& properties = schema.at("properties");
    BOOST_TEST(json::serialize(properties.at("first")) == R"({"$ref":"#/$defs/chain"})");
    BOOST_TEST(json::serialize(properties.at("third")) == R"({"$ref":"#/$defs/chain"})");
    BOOST_TEST(
        json::serialize(properties.at("second")) == R"({"anyOf":[{"$ref":"#/$defs/tree"},{"type":"null"}]})"
    );
    BOOST_TEST(schema.at("$defs").get_object().size() == 2U);
    BOOST_TEST(
        json::serialize(schema.at("$defs").at("chain")) ==
        R"({"type":"object","properties":{"link":{"type":"integer"},)"
        R"("next":{"anyOf":[{"$ref":"#/$defs/chain"},{"type":"null"}]}},)"
        R"("required":["link","next"],"additionalProperties":false})"
    );
    BOOST_TEST(strict<std::vector<tree>>().starts_with(
        R"({"type":"array","items":{"$ref":"#/$defs/tree"},"$defs":{"tree":{)"
    ));
}

BOOST_AUTO_TEST_CASE(every_object_is_closed_in_the_strict_form) {
    check_closed(json_schema_of<forecast>());
    check_closed(json_schema_of<two_chains>());
    check_closed(json_schema_of<everything>());
    check_closed(json_schema_of<product>());
}

BOOST_AUTO_TEST_CASE(inherited_members_come_first) {
    auto const names = json_schema_of<product>().at("required");
    BOOST_TEST(
        json::serialize(names) ==
        R"(["id","product-title","price","colours","stock","fits","or_fits","bundle"])"
    );
}

BOOST_AUTO_TEST_CASE(notes_are_keywords) {
    BOOST_TEST(json_schema_of<product>().at("description").get_string() == "A thing to sell");
    BOOST_TEST(member<product>("id") == R"({"type":"integer","minimum":1})");
    BOOST_TEST(
        member<product>("product-title", schema_form::open) ==
        R"({"type":"string","description":"As printed","minLength":1,"maxLength":8,"pattern":"^[A-Z]",)"
        R"("examples":["Shirt"]})"
    );
    BOOST_TEST(
        member<product>("price") ==
        R"({"type":["number","null"],"description":"In USD","exclusiveMinimum":0,"maximum":9.95E1})"
    );
    BOOST_TEST(
        member<product>("colours", schema_form::open) ==
        R"({"type":"array","minItems":1,"maxItems":2,"items":{"type":"string","minLength":3}})"
    );
    BOOST_TEST(
        member<product>("fits") ==
        R"({"type":"string","description":"Size of clothes","enum":["small","x-large"]})"
    );
}

BOOST_AUTO_TEST_CASE(what_strict_servers_refuse_goes_into_the_description) {
    BOOST_TEST(
        member<product>("product-title") ==
        R"~({"type":"string","description":"As printed (minLength: 1, maxLength: 8, examples: [\"Shirt\"])",)~"
        R"("pattern":"^[A-Z]"})"
    );
    BOOST_TEST(
        member<product>("colours") ==
        R"({"type":"array","minItems":1,"maxItems":2,"items":{"type":"string","description":"minLength: 3"}})"
    );
}

BOOST_AUTO_TEST_CASE(the_size_of_a_map_is_a_number_of_properties_in_the_open_form) {
    BOOST_TEST(
        member<product>("stock", schema_form::open) ==
        R"({"type":"object","maxProperties":2,"additionalProperties":{"type":"integer","minimum":0}})"
    );
    BOOST_TEST(member<product>("stock").starts_with(R"({"type":"array","maxItems":2,"items":)"));
}

BOOST_AUTO_TEST_CASE(a_member_may_say_what_its_type_says_otherwise) {
    BOOST_TEST(
        member<product>("or_fits") ==
        R"({"anyOf":[{"type":"string","enum":["small","x-large"]},{"type":"null"}],"description":"Second size"})"
    );
}

BOOST_AUTO_TEST_CASE(a_reference_has_no_keywords_beside_it) {
    BOOST_TEST(
        member<product>("bundle") ==
        R"({"anyOf":[{"$ref":"#"},{"type":"null"}],"description":"Sold with it"})"
    );
    BOOST_TEST(
        member<product>("bundle", schema_form::open) ==
        R"({"anyOf":[{"$ref":"#"}],"description":"Sold with it"})"
    );
}

BOOST_AUTO_TEST_CASE(notes_of_a_member_that_is_not_described) {
    BOOST_CHECK_THROW(json_schema_of<wrong_notes>(), std::logic_error);
}

BOOST_AUTO_TEST_CASE(only_a_value_of_any_kind_does_not_fit_the_strict_form) {
    using detail::describe_value;
    BOOST_TEST(detail::fits_strict_form(describe_value<product>()));
    BOOST_TEST(detail::fits_strict_form(describe_value<two_chains>()));
    BOOST_TEST(!detail::fits_strict_form(describe_value<everything>()));
    BOOST_TEST(!detail::fits_strict_form(describe_value<std::vector<std::optional<json::value>>>()));
}

BOOST_AUTO_TEST_CASE(names_of_types) {
    using codec::schema_name;
    BOOST_TEST(schema_name(typeid(forecast)) == "forecast");
    BOOST_TEST(schema_name(typeid(page<day>)) == "page_day");
    BOOST_TEST(schema_name(typeid(wrong_notes)) == "wrong_notes");
    BOOST_TEST(schema_name("a::pair<b::x<c::y>, d::z>") == "pair_x_y_z");
    BOOST_TEST(schema_name("f(int, b::c)::local") == "local");
    BOOST_TEST(schema_name("n\xc3\xa4me") == "n_me");
    BOOST_TEST(schema_name(">>::<<,") == "answer");
    BOOST_TEST(schema_name(std::string(100, 'x')) == std::string(64, 'x'));
}

BOOST_AUTO_TEST_SUITE_END()
