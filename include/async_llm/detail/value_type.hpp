// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_VALUE_TYPE_HPP
#define ASYNC_LLM_DETAIL_VALUE_TYPE_HPP

#include <async_llm/detail/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <typeinfo>

/// C++ types as tables, so that what reads and writes JSON is compiled once and not for each type.
namespace async_llm::detail {

class type_notes;

enum class value_kind {
    /// A `bool`.
    boolean,
    integer,
    /// A floating-point number.
    number,
    /// A `std::string`.
    text,
    enumeration,
    /// A `std::optional` or `std::unique_ptr`.
    nullable,
    sequence,
    /// A map from text.
    dictionary,
    /// A described struct.
    record,
    /// A `boost::json::value`.
    any,
};

/// Description common to all types. `kind` says which of the types below it is; those of `boolean`, `text`
/// and `any` are this.
/** The pointers to values in all functions are those of the described type. */
struct value_type {
    constexpr value_type(value_kind k, std::type_info const& type) noexcept : kind(k), id(&type) {}

    value_kind kind;
    std::type_info const* id;
};

/// By a function, because a type may hold itself.
using value_type_of = value_type const& (*)();

/// Reads one value of a container into an object that the container makes.
class element_reader {
public:
    virtual ~element_reader() = default;
    virtual bool read(void* element) = 0;
};

/// Takes the values of a container one by one.
class element_writer {
public:
    virtual ~element_writer() = default;
    /// `key`: of a dictionary's entry, otherwise empty.
    virtual void write(std::string_view key, void const* element) = 0;
};

/// Integers and enumerators pass as their 64 bits in two's complement.
struct integer_type : value_type {
    constexpr integer_type(std::type_info const& type, std::int64_t least_value, std::uint64_t greatest_value)
        : value_type(value_kind::integer, type), least(least_value), greatest(greatest_value) {}

    std::int64_t least;
    std::uint64_t greatest;
    void (*set)(void* out, std::uint64_t bits) = nullptr;
    std::uint64_t (*get)(void const* object) = nullptr;
};

struct number_type : value_type {
    constexpr number_type(std::type_info const& type, double greatest_value)
        : value_type(value_kind::number, type), greatest(greatest_value) {}

    double greatest;
    void (*set)(void* out, double value) = nullptr;
    double (*get)(void const* object) = nullptr;
};

struct enumerator_type {
    constexpr enumerator_type(char const* enumerator_name, std::uint64_t value) noexcept
        : name(enumerator_name), bits(value) {}

    std::string_view name;
    std::uint64_t bits;
};

struct enumeration_type : value_type {
    constexpr explicit enumeration_type(std::type_info const& type)
        : value_type(value_kind::enumeration, type) {}

    enumerator_type const* enumerators = nullptr;
    std::size_t count = 0;
    void (*set)(void* out, std::uint64_t bits) = nullptr;
    std::uint64_t (*get)(void const* object) = nullptr;
    /// Null: the user gave none.
    type_notes const& (*notes)() = nullptr;
};

struct nullable_type : value_type {
    constexpr nullable_type(std::type_info const& type, value_type_of element_type)
        : value_type(value_kind::nullable, type), element(element_type) {}

    value_type_of element;
    void (*clear)(void* out) = nullptr;
    void* (*emplace)(void* out) = nullptr;
    /// Null: it holds nothing.
    void const* (*get)(void const* object) = nullptr;
};

struct sequence_type : value_type {
    constexpr sequence_type(std::type_info const& type, value_type_of element_type)
        : value_type(value_kind::sequence, type), element(element_type) {}

    static constexpr std::size_t any_size = static_cast<std::size_t>(-1);

    value_type_of element;
    /// Number of elements that it always has.
    std::size_t fixed_size = any_size;
    void (*clear)(void* out) = nullptr;
    bool (*add)(void* out, std::size_t index, element_reader& reader) = nullptr;
    void (*visit)(void const* object, element_writer& writer) = nullptr;
};

struct dictionary_type : value_type {
    constexpr dictionary_type(std::type_info const& type, value_type_of element_type)
        : value_type(value_kind::dictionary, type), element(element_type) {}

    value_type_of element;
    void (*clear)(void* out) = nullptr;
    bool (*add)(void* out, std::string_view key, element_reader& reader) = nullptr;
    void (*visit)(void const* object, element_writer& writer) = nullptr;
};

struct member_type {
    constexpr member_type(char const* member_name, value_type_of t, void* (*a)(void*)) noexcept
        : name(member_name), type(t), address(a) {}

    std::string_view name;
    value_type_of type;
    void* (*address)(void* record);
};

struct record_type : value_type {
    constexpr explicit record_type(std::type_info const& type) : value_type(value_kind::record, type) {}

    member_type const* members = nullptr;
    std::size_t count = 0;
    /// Null: the user gave none.
    type_notes const& (*notes)() = nullptr;
};

/// Destination of a value.
struct value_slot {
    value_slot(value_type const& t, void* address, void (*make_new)(void*)) noexcept
        : type(&t), value(address), reset(make_new) {}

    value_type const* type;
    void* value;
    /// Makes the value new, after a try that did not fit.
    void (*reset)(void* value);
};

} // namespace async_llm::detail

#endif
