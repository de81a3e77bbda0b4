// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_JSON_SCHEMA_HPP
#define ASYNC_LLM_JSON_SCHEMA_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/detail/describe_value.hpp>
#include <async_llm/detail/value_type.hpp>
#include <async_llm/error.hpp>
#include <async_llm/schema_notes.hpp>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

/// \file
/// C++ types as JSON schemas, and values of them from and to JSON.
/**
 * | C++ | JSON |
 * | --- | --- |
 * | `bool`, integers, `float`, `double`, `std::string` | boolean, integer, number, string |
 * | an enumeration with `BOOST_DESCRIBE_ENUM` | string, one of the enumerators' names |
 * | a struct with `BOOST_DESCRIBE_STRUCT` | object; public members, those of described bases first |
 * | `std::vector`, `list`, `deque`, `set`, ... | array |
 * | `std::array` | array of that many |
 * | `std::map`, `unordered_map` from `std::string` | object; strict: an array of `{"key", "value"}` |
 * | `std::optional`, `std::unique_ptr` | the same or null |
 * | `boost::json::value` | anything; no strict server takes it |
 *
 * Types may hold themselves, through a sequence, a map or a `std::unique_ptr`. Structs have to be
 * default-constructible and movable. Notes of the user (\ref schema_notes) add descriptions, bounds and other
 * names.
 */
namespace async_llm {

/// Form of the schema of a type.
enum class schema_form {
    /// As servers with strict structured output demand it (OpenAI's subset).
    /**
     * Every property is required, no others are allowed, and what is optional may be null. Lengths of texts
     * and examples stand in the description, because such servers refuse the keywords.
     */
    strict,
    /// Plain JSON Schema: what is optional is not required, and more properties are allowed.
    open,
};

/// Strictness with which JSON has to fit a type.
enum class decode_mode {
    /// Values count as the model meant them.
    /**
     * Unknown members are ignored; a missing or null sequence or map is empty; numbers and booleans may be
     * texts and texts may be numbers; letter case of enumerators does not count; bounds are not checked. Of a
     * text that is not JSON as a whole (prose or a code fence around the answer, a chain of thought before
     * it), the last of the outermost objects and arrays counts that fits; JSON written as a JSON string is
     * read too.
     */
    lenient,
    /// As the schema says, with the bounds of numbers, lengths and sizes (not `pattern`, `format` and what is
    /// unknown).
    strict,
};

namespace detail {

ASYNC_LLM_DECL boost::json::object build_schema(value_type const& type, schema_form form);
/// Returns whether a type holds nothing that strict servers have no schema for.
ASYNC_LLM_DECL bool fits_strict_form(value_type const& type);
ASYNC_LLM_DECL error_code
decode_value(boost::json::value const& source, value_slot const& out, decode_mode mode, std::string& detail);
ASYNC_LLM_DECL error_code
decode_text(std::string_view text, value_slot const& out, decode_mode mode, std::string& detail);
ASYNC_LLM_DECL boost::json::value encode_value(value_type const& type, void const* source);

template <class T, class Decode>
error_code decode_into(T& out, Decode decode) {
    T decoded{};
    error_code const ec = decode(value_slot(describe_value<T>(), &decoded, &renew<T>));
    if (!ec) out = std::move(decoded);
    return ec;
}

} // namespace detail

/// The JSON schema of a type.
/**
 * Structs are written out where they are used, except those that hold themselves: these are referred to, by
 * `"#"` or as
 * `"#/$defs/..."`. Throws what the user's `describe_schema` throws.
 *
 * Thread safety: all.
 */
template <class T>
boost::json::object json_schema_of(schema_form form = schema_form::strict) {
    return detail::build_schema(detail::describe_value<T>(), form);
}

/// Decodes a value.
/**
 * Optional members may be missing or null, and all others have to be there (but see `decode_mode::lenient`).
 * A map may be an object or an array of `{"key", "value"}`. 3.0 is an integer, as JSON Schema has it; a
 * number that the C++ type can't hold never fits.
 *
 * Errors: `errc::schema_mismatch`; `detail` then names the path, as `days[2].high: expected a number, got
 * "warm"`, and `out` is unchanged.
 *
 * Thread safety: distinct objects.
 */
template <class T, std::same_as<boost::json::value> Json>
error_code decode_json(Json const& source, T& out, decode_mode mode, std::string& detail) {
    return detail::decode_into(out, [&](detail::value_slot const& slot) {
        return detail::decode_value(source, slot, mode, detail);
    });
}

/// Decodes a text. Nesting deeper than 128 counts as no JSON.
/** Errors: `errc::invalid_json` if there is no JSON in it. Everything else is as above. */
template <class T>
error_code decode_json(std::string_view text, T& out, decode_mode mode, std::string& detail) {
    return detail::decode_into(out, [&](detail::value_slot const& slot) {
        return detail::decode_text(text, slot, mode, detail);
    });
}

/// A value as JSON that decodes back to it. Numbers that JSON does not have, and enumerators that are not
/// described, are null; an optional member without a value is left out.
template <class T>
boost::json::value encode_json(T const& source) {
    return detail::encode_value(detail::describe_value<T>(), &source);
}

} // namespace async_llm

#endif
