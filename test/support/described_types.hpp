// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_DESCRIBED_TYPES_HPP
#define ASYNC_LLM_TEST_SUPPORT_DESCRIBED_TYPES_HPP

#include <async_llm/json_schema.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// A user's types.
namespace described_types {

enum class unit { celsius, fahrenheit };
BOOST_DESCRIBE_ENUM(unit, celsius, fahrenheit)

struct day {
    std::string name;
    double high = 0;
    std::optional<double> low;
};
BOOST_DESCRIBE_STRUCT(day, (), (name, high, low))

struct forecast {
    std::string city;
    unit scale = unit::celsius;
    std::vector<day> days;
    std::optional<day> best;
    std::optional<unit> also;
};
BOOST_DESCRIBE_STRUCT(forecast, (), (city, scale, days, best, also))

struct everything {
    bool flag = false;
    std::int8_t small = 0;
    std::uint64_t large = 0;
    float fraction = 0;
    std::string text;
    std::set<std::string> tags;
    std::vector<bool> bits;
    std::array<int, 3> rgb{};
    std::map<std::string, int> counts;
    boost::json::value rest;
};
BOOST_DESCRIBE_STRUCT(everything, (), (flag, small, large, fraction, text, tags, bits, rgb, counts, rest))

/// Holds itself in a list.
struct tree {
    std::string label;
    std::vector<tree> children;
};
BOOST_DESCRIBE_STRUCT(tree, (), (label, children))

/// Holds itself by a pointer, beneath the root.
struct chain {
    int link = 0;
    std::unique_ptr<chain> next;
};
BOOST_DESCRIBE_STRUCT(chain, (), (link, next))

struct two_chains {
    chain first;
    std::optional<tree> second;
    chain third;
};
BOOST_DESCRIBE_STRUCT(two_chains, (), (first, second, third))

enum class size { small, extra_large };
BOOST_DESCRIBE_ENUM(size, small, extra_large)

inline void describe_schema(async_llm::schema_notes<size>& notes) {
    notes.description("Size of clothes").enumerator(size::extra_large, "x-large");
}

struct identified {
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(identified, (), (id))

struct product : identified {
    std::string title;
    std::optional<double> price;
    std::vector<std::string> colours;
    std::map<std::string, int> stock;
    size fits = size::small;
    std::optional<size> or_fits;
    std::unique_ptr<product> bundle;
};
BOOST_DESCRIBE_STRUCT(product, (identified), (title, price, colours, stock, fits, or_fits, bundle))

inline void describe_schema(async_llm::schema_notes<product>& notes) {
    notes.description("A thing to sell");
    notes.member(&product::id).minimum(1);
    notes.member(&product::title)
        .name("product-title")
        .description("As printed")
        .min_length(1)
        .max_length(8)
        .pattern("^[A-Z]")
        .example("Shirt");
    notes.member(&product::price).description("In USD").exclusive_minimum(0).maximum(99.5);
    notes.member(&product::colours).min_items(1).max_items(2).items().min_length(3);
    notes.member(&product::stock).max_items(2).items().minimum(0);
    notes.member(&product::or_fits).description("Second size");
    notes.member(&product::bundle).description("Sold with it");
}

template <class T>
struct page {
    std::vector<T> items;
};
BOOST_DESCRIBE_STRUCT(page<day>, (), (items))

struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

} // namespace described_types

#endif
