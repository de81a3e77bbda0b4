// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/schema/json_names.hpp"
#include <async_llm/json_schema.hpp>

#include <boost/json/array.hpp>

#include <cmath>

namespace async_llm::detail {
namespace {

namespace json = boost::json;

json::value encode(value_type const& type, void const* source);

/// Hands the elements of a container to a function.
template <class Write>
class writer_to final : public element_writer {
public:
    explicit writer_to(Write write) : write_(std::move(write)) {}

    void write(std::string_view key, void const* element) override { write_(key, element); }

private:
    Write write_;
};

json::value encode_integer(integer_type const& type, void const* source) {
    auto const bits = type.get(source);
    if (type.least < 0) return static_cast<std::int64_t>(bits);
    return bits;
}

json::value encode_number(number_type const& type, void const* source) {
    auto const number = type.get(source);
    return std::isfinite(number) ? json::value(number) : json::value();
}

json::value encode_text(std::string_view text) { return json::string(text.data(), text.size()); }

json::value encode_enumeration(enumeration_type const& type, void const* source) {
    auto const bits = type.get(source);
    for (std::size_t i = 0; i < type.count; ++i) {
        if (type.enumerators[i].bits == bits) return encode_text(codec::json_name(type, i));
    }
    return nullptr;
}

json::value encode_nullable(nullable_type const& type, void const* source) {
    auto const* value = type.get(source);
    return value ? encode(type.element(), value) : json::value();
}

json::value encode_sequence(sequence_type const& type, void const* source) {
    json::array list;
    writer_to writer([&](std::string_view, void const* each) { list.push_back(encode(type.element(), each)); }
    );
    type.visit(source, writer);
    return list;
}

json::value encode_dictionary(dictionary_type const& type, void const* source) {
    json::object entries;
    writer_to writer([&](std::string_view key, void const* each) {
        entries.insert_or_assign(key, encode(type.element(), each));
    });
    type.visit(source, writer);
    return entries;
}

bool is_empty(value_type const& type, void const* source) {
    return type.kind == value_kind::nullable && !static_cast<nullable_type const&>(type).get(source);
}

json::value encode_record(record_type const& type, void const* source) {
    json::object members;
    for (std::size_t i = 0; i < type.count; ++i) {
        auto const& member = type.members[i];
        // The address is read through and nothing else.
        void const* value = member.address(const_cast<void*>(source));
        if (!is_empty(member.type(), value))
            members.insert_or_assign(codec::json_name(type, i), encode(member.type(), value));
    }
    return members;
}

json::value encode(value_type const& type, void const* source) {
    switch (type.kind) {
    case value_kind::boolean: return *static_cast<bool const*>(source);
    case value_kind::integer: return encode_integer(static_cast<integer_type const&>(type), source);
    case value_kind::number: return encode_number(static_cast<number_type const&>(type), source);
    case value_kind::text: return encode_text(*static_cast<std::string const*>(source));
    case value_kind::enumeration:
        return encode_enumeration(static_cast<enumeration_type const&>(type), source);
    case value_kind::nullable: return encode_nullable(static_cast<nullable_type const&>(type), source);
    case value_kind::sequence: return encode_sequence(static_cast<sequence_type const&>(type), source);
    case value_kind::dictionary: return encode_dictionary(static_cast<dictionary_type const&>(type), source);
    case value_kind::record: return encode_record(static_cast<record_type const&>(type), source);
    case value_kind::any: break;
    }
    return *static_cast<json::value const*>(source);
}

} // namespace

json::value encode_value(value_type const& type, void const* source) { return encode(type, source); }

} // namespace async_llm::detail
