// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_SCHEMA_NOTES_HPP
#define ASYNC_LLM_SCHEMA_NOTES_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/detail/value_type.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace async_llm {

/// Notes of a JSON schema on one member of a struct, beyond its type. Each setter is a keyword of JSON
/// Schema.
/** Of an optional member they describe the value that it has. */
class member_notes {
public:
    ASYNC_LLM_DECL member_notes();
    ASYNC_LLM_DECL member_notes(member_notes&&) noexcept;
    ASYNC_LLM_DECL member_notes& operator=(member_notes&&) noexcept;
    ASYNC_LLM_DECL ~member_notes();

    /// Name of the member in JSON. By default as in C++.
    ASYNC_LLM_DECL member_notes& name(std::string in_json);
    /// Meaning of the member, for the model.
    ASYNC_LLM_DECL member_notes& description(std::string_view text);
    /// Appends one to `examples`.
    ASYNC_LLM_DECL member_notes& example(boost::json::value value);

    /// \name Numbers
    /// @{
    template <class Number>
        requires std::is_arithmetic_v<Number>
    member_notes& minimum(Number least) {
        return keyword("minimum", boost::json::value(least));
    }
    template <class Number>
        requires std::is_arithmetic_v<Number>
    member_notes& maximum(Number greatest) {
        return keyword("maximum", boost::json::value(greatest));
    }
    template <class Number>
        requires std::is_arithmetic_v<Number>
    member_notes& exclusive_minimum(Number below_all) {
        return keyword("exclusiveMinimum", boost::json::value(below_all));
    }
    template <class Number>
        requires std::is_arithmetic_v<Number>
    member_notes& exclusive_maximum(Number above_all) {
        return keyword("exclusiveMaximum", boost::json::value(above_all));
    }
    /// @}

    /// \name Texts
    /// Lengths are in characters. `pattern` (a regular expression) and `format` (`date-time`, `email`, ...)
    /// are for the server alone: decoding does not check them.
    /// @{
    ASYNC_LLM_DECL member_notes& min_length(std::size_t characters);
    ASYNC_LLM_DECL member_notes& max_length(std::size_t characters);
    ASYNC_LLM_DECL member_notes& pattern(std::string_view regular_expression);
    ASYNC_LLM_DECL member_notes& format(std::string_view name);
    /// @}

    /// \name Sequences and maps
    /// @{
    ASYNC_LLM_DECL member_notes& min_items(std::size_t count);
    ASYNC_LLM_DECL member_notes& max_items(std::size_t count);
    /// The notes of the elements.
    ASYNC_LLM_DECL member_notes& items();
    /// @}

    /// Any other keyword, sent as it is.
    ASYNC_LLM_DECL member_notes& keyword(std::string_view name, boost::json::value value);

    /// \name What was noted
    /// @{
    /// Empty: not renamed.
    std::string const& json_name() const noexcept { return name_; }
    boost::json::object const& keywords() const noexcept { return keywords_; }
    /// Null pointer: none.
    member_notes const* item_notes() const noexcept { return items_.get(); }
    /// @}

private:
    std::string name_;
    boost::json::object keywords_;
    std::unique_ptr<member_notes> items_;
};

namespace detail {

/// The notes of a struct and of its members, or of an enumeration and its enumerators, in the order of their
/// description.
class type_notes {
public:
    boost::json::object const& keywords() const noexcept { return keywords_; }
    member_notes const& operator[](std::size_t index) const { return members_[index]; }

    /// The notes of this member or enumerator; null pointer: the user gave none of the type.
    static member_notes const* find(type_notes const& (*notes)(), std::size_t index) {
        return notes ? &notes()[index] : nullptr;
    }

protected:
    ASYNC_LLM_DECL explicit type_notes(value_type const& type);
    type_notes(type_notes const&) = delete;
    type_notes& operator=(type_notes const&) = delete;
    ASYNC_LLM_DECL ~type_notes();

    ASYNC_LLM_DECL void set(std::string_view keyword, boost::json::value value);
    ASYNC_LLM_DECL void set_description(std::string_view text);
    ASYNC_LLM_DECL member_notes& member_at(void* sample, void const* member);
    ASYNC_LLM_DECL member_notes& enumerator_with(std::uint64_t bits);

private:
    value_type const& type_;
    boost::json::object keywords_;
    std::vector<member_notes> members_;
};

template <class T>
value_type const& describe_value();

} // namespace detail

/// Notes of a JSON schema on a described struct or enumeration, beyond its type.
/**
 * A function `describe_schema`, found by argument-dependent lookup, fills it. It is called once, when the
 * type is used first, and has to be declared before that: a friend of the struct, or in its namespace. That
 * of a base does not count for what is derived from it.
 *
 * ```
 * struct weather {
 *     std::string city;
 *     double high = 0;
 * };
 * BOOST_DESCRIBE_STRUCT(weather, (), (city, high))
 *
 * void describe_schema(async_llm::schema_notes<weather>& notes) {
 *     notes.description("The weather of one day");
 *     notes.member(&weather::high).description("In degrees Celsius").minimum(-90).maximum(60);
 * }
 * ```
 *
 * Thread safety: as any value; the result of `describe_schema` is shared and never changes.
 */
template <class T>
class schema_notes : public detail::type_notes {
public:
    schema_notes() : type_notes(detail::describe_value<T>()) {}

    /// Meaning of the type, for the model. A member of this type may have its own.
    schema_notes& description(std::string_view text) {
        set_description(text);
        return *this;
    }

    /// Any other keyword, sent as it is.
    schema_notes& keyword(std::string_view name, boost::json::value value) {
        set(name, std::move(value));
        return *this;
    }

    /// The notes of a member. Throws `std::logic_error` if it is not described.
    template <class Member, class Class>
        requires std::is_base_of_v<Class, T>
    member_notes& member(Member Class::* pointer) {
        return member_at(&sample_, std::addressof(sample_.*pointer));
    }

    /// The text that stands for an enumerator in JSON. By default its name in C++.
    schema_notes& enumerator(T value, std::string in_json)
        requires std::is_enum_v<T>
    {
        enumerator_with(static_cast<std::uint64_t>(value)).name(std::move(in_json));
        return *this;
    }

private:
    // Members are distinguished by their addresses: pointers to members of different types do not compare.
    T sample_{};
};

} // namespace async_llm

#endif
