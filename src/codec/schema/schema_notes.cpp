// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/schema_notes.hpp>

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <stdexcept>

namespace async_llm {
namespace {

namespace json = boost::json;

json::value text_value(std::string_view text) { return json::string(text.data(), text.size()); }

std::size_t count_parts(detail::value_type const& type) {
    using namespace detail;
    if (type.kind == value_kind::record) return static_cast<record_type const&>(type).count;
    if (type.kind == value_kind::enumeration) return static_cast<enumeration_type const&>(type).count;
    return 0;
}

} // namespace

member_notes::member_notes() = default;
member_notes::member_notes(member_notes&&) noexcept = default;
member_notes& member_notes::operator=(member_notes&&) noexcept = default;
member_notes::~member_notes() = default;

member_notes& member_notes::name(std::string in_json) {
    name_ = std::move(in_json);
    return *this;
}

member_notes& member_notes::description(std::string_view text) {
    return keyword("description", text_value(text));
}

member_notes& member_notes::example(json::value value) {
    auto& examples = keywords_["examples"];
    if (!examples.is_array()) examples.emplace_array();
    examples.get_array().push_back(std::move(value));
    return *this;
}

member_notes& member_notes::min_length(std::size_t characters) { return keyword("minLength", characters); }

member_notes& member_notes::max_length(std::size_t characters) { return keyword("maxLength", characters); }

member_notes& member_notes::pattern(std::string_view regular_expression) {
    return keyword("pattern", text_value(regular_expression));
}

member_notes& member_notes::format(std::string_view name) { return keyword("format", text_value(name)); }

member_notes& member_notes::min_items(std::size_t count) { return keyword("minItems", count); }

member_notes& member_notes::max_items(std::size_t count) { return keyword("maxItems", count); }

member_notes& member_notes::items() {
    if (!items_) items_ = std::make_unique<member_notes>();
    return *items_;
}

member_notes& member_notes::keyword(std::string_view name, json::value value) {
    keywords_.insert_or_assign(name, std::move(value));
    return *this;
}

namespace detail {

type_notes::type_notes(value_type const& type) : type_(type), members_(count_parts(type)) {}

type_notes::~type_notes() = default;

void type_notes::set(std::string_view keyword, json::value value) {
    keywords_.insert_or_assign(keyword, std::move(value));
}

void type_notes::set_description(std::string_view text) { set("description", text_value(text)); }

member_notes& type_notes::member_at(void* sample, void const* member) {
    auto const& type = static_cast<record_type const&>(type_);
    for (std::size_t i = 0; i < type.count; ++i) {
        if (type.members[i].address(sample) == member) return members_[i];
    }
    throw std::logic_error("describe_schema: the struct's description does not have this member");
}

member_notes& type_notes::enumerator_with(std::uint64_t bits) {
    auto const& type = static_cast<enumeration_type const&>(type_);
    for (std::size_t i = 0; i < type.count; ++i) {
        if (type.enumerators[i].bits == bits) return members_[i];
    }
    throw std::logic_error("describe_schema: the enumeration's description does not have this enumerator");
}

} // namespace detail

} // namespace async_llm
