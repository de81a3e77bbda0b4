// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_DESCRIBE_VALUE_HPP
#define ASYNC_LLM_DETAIL_DESCRIBE_VALUE_HPP

#include <async_llm/detail/value_type.hpp>
#include <async_llm/schema_notes.hpp>

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// Makes the tables of value_type.hpp. Nothing here does anything: a new kind of type is a new table.
namespace async_llm::detail {

template <class T>
concept described_enumeration = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
concept described_record = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
concept integer =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <class T>
concept text_map = requires(T& map, std::string key, typename T::mapped_type value) {
    requires std::same_as<typename T::key_type, std::string>;
    map.clear();
    map.insert_or_assign(std::move(key), std::move(value));
};

template <class T>
concept growing_sequence = requires(T& list, typename T::value_type value) {
    list.clear();
    list.insert(list.end(), std::move(value));
};

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

template <class T>
constexpr bool is_unique_ptr = false;
template <class T>
constexpr bool is_unique_ptr<std::unique_ptr<T>> = true;

template <class T>
constexpr bool is_array = false;
template <class T, std::size_t Size>
constexpr bool is_array<std::array<T, Size>> = true;

template <class T>
constexpr bool is_describable = false;

// Functions of the tables; templates on the type and nothing else, so that each exists once.

template <class T>
void renew(void* out) {
    *static_cast<T*>(out) = T{};
}

template <class Nullable>
void* emplace_nullable(void* out) {
    auto& target = *static_cast<Nullable*>(out);
    if constexpr (is_optional<Nullable>)
        target.emplace();
    else
        target = std::make_unique<typename Nullable::element_type>();
    return std::addressof(*target);
}

template <class Sequence>
bool add_element(void* out, std::size_t, element_reader& reader) {
    // Read apart: a set must not see a value change, and a vector<bool> has none to point to.
    typename Sequence::value_type element{};
    if (!reader.read(&element)) return false;
    auto& target = *static_cast<Sequence*>(out);
    target.insert(target.end(), std::move(element));
    return true;
}

template <class Sequence>
void visit_elements(void const* object, element_writer& writer) {
    for (auto const& element : *static_cast<Sequence const*>(object)) {
        typename Sequence::value_type const& value = element;
        writer.write({}, std::addressof(value));
    }
}

template <class Map>
bool add_entry(void* out, std::string_view key, element_reader& reader) {
    typename Map::mapped_type value{};
    if (!reader.read(&value)) return false;
    static_cast<Map*>(out)->insert_or_assign(std::string(key), std::move(value));
    return true;
}

template <class Map>
void visit_entries(void const* object, element_writer& writer) {
    for (auto const& [key, value] : *static_cast<Map const*>(object))
        writer.write(key, std::addressof(value));
}

template <class T>
type_notes const& notes_of() {
    struct user_notes : schema_notes<T> {
        user_notes() { describe_schema(static_cast<schema_notes<T>&>(*this)); }
    };
    static user_notes const notes;
    return notes;
}

/// A function that gives the user's notes of a type; null if there are none.
template <class T>
constexpr auto find_notes() -> type_notes const& (*)() {
    if constexpr (requires(schema_notes<T>& notes) { describe_schema(notes); })
        return &notes_of<T>;
    else
        return nullptr;
}

template <class T, class Descriptor>
constexpr member_type member_of() {
    using type = std::remove_reference_t<decltype(std::declval<T&>().*Descriptor::pointer)>;
    static_assert(!std::is_const_v<type>, "async_llm: a const member can't be decoded");
    return member_type(Descriptor::name, &describe_value<type>, [](void* record) -> void* {
        return std::addressof(static_cast<T*>(record)->*Descriptor::pointer);
    });
}

template <class T, template <class...> class List, class... Descriptors>
constexpr std::array<member_type, sizeof...(Descriptors)> members_of(List<Descriptors...>) {
    return {member_of<T, Descriptors>()...};
}

template <class T, template <class...> class List, class... Descriptors>
constexpr std::array<enumerator_type, sizeof...(Descriptors)> enumerators_of(List<Descriptors...>) {
    return {enumerator_type(Descriptors::name, static_cast<std::uint64_t>(Descriptors::value))...};
}

template <class T>
constexpr integer_type make_integer_type() {
    static_assert(sizeof(T) <= sizeof(std::uint64_t), "async_llm: an integer of more than 64 bits");
    using limits = std::numeric_limits<T>;
    integer_type type(
        typeid(T),
        static_cast<std::int64_t>(limits::min()),
        static_cast<std::uint64_t>(limits::max())
    );
    type.set = [](void* out, std::uint64_t bits) { *static_cast<T*>(out) = static_cast<T>(bits); };
    type.get = [](void const* object) { return static_cast<std::uint64_t>(*static_cast<T const*>(object)); };
    return type;
}

template <class T>
constexpr number_type make_number_type() {
    static_assert(sizeof(T) <= sizeof(double), "async_llm: JSON's numbers are no longer than a double");
    number_type type(typeid(T), static_cast<double>(std::numeric_limits<T>::max()));
    type.set = [](void* out, double value) { *static_cast<T*>(out) = static_cast<T>(value); };
    type.get = [](void const* object) { return static_cast<double>(*static_cast<T const*>(object)); };
    return type;
}

template <class T>
inline constexpr auto enumerators = enumerators_of<T>(boost::describe::describe_enumerators<T>());

template <class T>
constexpr enumeration_type make_enumeration_type() {
    static_assert(!enumerators<T>.empty(), "async_llm: an enumeration without enumerators");
    enumeration_type type(typeid(T));
    type.enumerators = enumerators<T>.data();
    type.count = enumerators<T>.size();
    type.set = [](void* out, std::uint64_t bits) { *static_cast<T*>(out) = static_cast<T>(bits); };
    type.get = [](void const* object) { return static_cast<std::uint64_t>(*static_cast<T const*>(object)); };
    type.notes = find_notes<T>();
    return type;
}

template <class T, class Element>
constexpr nullable_type make_nullable_type() {
    static_assert(
        !is_optional<Element> && !is_unique_ptr<Element>,
        "async_llm: JSON has one null, so an optional of an optional can't be told apart"
    );
    nullable_type type(typeid(T), &describe_value<Element>);
    type.clear = [](void* out) { static_cast<T*>(out)->reset(); };
    type.emplace = &emplace_nullable<T>;
    type.get = [](void const* object) -> void const* {
        auto const& source = *static_cast<T const*>(object);
        return source ? std::addressof(*source) : nullptr;
    };
    return type;
}

template <class T>
constexpr sequence_type make_sequence_type() {
    sequence_type type(typeid(T), &describe_value<typename T::value_type>);
    if constexpr (is_array<T>) {
        type.fixed_size = std::tuple_size_v<T>;
        type.clear = &renew<T>;
        type.add = [](void* out, std::size_t index, element_reader& reader) {
            return reader.read(&(*static_cast<T*>(out))[index]);
        };
    } else {
        type.clear = [](void* out) { static_cast<T*>(out)->clear(); };
        type.add = &add_element<T>;
    }
    type.visit = &visit_elements<T>;
    return type;
}

template <class T>
constexpr dictionary_type make_dictionary_type() {
    dictionary_type type(typeid(T), &describe_value<typename T::mapped_type>);
    type.clear = [](void* out) { static_cast<T*>(out)->clear(); };
    type.add = &add_entry<T>;
    type.visit = &visit_entries<T>;
    return type;
}

// The members of bases come first.
template <class T>
inline constexpr auto members = members_of<T>(
    boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>()
);

template <class T>
constexpr record_type make_record_type() {
    static_assert(
        std::default_initializable<T> && std::movable<T>,
        "async_llm: a struct that is decoded has to be default-constructible and movable"
    );
    record_type type(typeid(T));
    type.members = members<T>.data();
    type.count = members<T>.size();
    type.notes = find_notes<T>();
    return type;
}

template <class T>
constexpr auto make_value_type() {
    if constexpr (std::same_as<T, bool>)
        return value_type(value_kind::boolean, typeid(T));
    else if constexpr (std::same_as<T, std::string>)
        return value_type(value_kind::text, typeid(T));
    else if constexpr (std::same_as<T, boost::json::value>)
        return value_type(value_kind::any, typeid(T));
    else if constexpr (integer<T>)
        return make_integer_type<T>();
    else if constexpr (std::floating_point<T>)
        return make_number_type<T>();
    else if constexpr (described_enumeration<T>)
        return make_enumeration_type<T>();
    else if constexpr (is_optional<T>)
        return make_nullable_type<T, typename T::value_type>();
    else if constexpr (is_unique_ptr<T>)
        return make_nullable_type<T, typename T::element_type>();
    else if constexpr (described_record<T>)
        return make_record_type<T>();
    else if constexpr (text_map<T>)
        return make_dictionary_type<T>();
    else if constexpr (is_array<T> || growing_sequence<T>)
        return make_sequence_type<T>();
    else
        static_assert(
            is_describable<T>,
            "async_llm: no JSON schema for this type; structs need BOOST_DESCRIBE_STRUCT, enumerations "
            "BOOST_DESCRIBE_ENUM"
        );
}

template <class T>
value_type const& describe_value() {
    static constexpr auto type = make_value_type<T>();
    return type;
}

} // namespace async_llm::detail

#endif
