// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_READ_HPP
#define ASYNC_LLM_CODEC_JSON_READ_HPP

#include <async_llm/detail/config.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Lenient readers of JSON that somebody else wrote: a wrong type is an answer, never an exception.
namespace async_llm::codec {

namespace json = boost::json;

/// Parses one value at the beginning of `text` and leaves what follows alone.
/**
 * `used` becomes the bytes that it took; of a text that does not parse (null is returned), where it went wrong. Nesting
 * deeper than `max_depth` is `json::error::too_deep`; invalid UTF-8 is an error. The value lives on `storage`.
 */
json::value parse_json(
    std::string_view text,
    std::size_t max_depth,
    json::storage_ptr storage,
    std::size_t& used,
    error_code& ec
);

/// An integer, a number that is cut to one, or either as text. Nothing for what does not fit 64 bits.
std::optional<std::int64_t> read_int(json::value const& from) noexcept;
/// A finite number, or one as text.
std::optional<double> read_double(json::value const& from) noexcept;
/// A truth value, as text too.
std::optional<bool> read_bool(json::value const& from) noexcept;
/// A text; valid as long as `from`.
std::optional<std::string_view> read_string(json::value const& from) noexcept;
/// A text, or a number or truth value written as text.
std::optional<std::string> read_word(json::value const& from);

/// The member with this name; null pointer if it is missing or null, which providers use alike.
json::value const* find(json::object const& from, std::string_view name) noexcept;
/// The same if it is an object, otherwise a null pointer.
json::object const* find_object(json::object const& from, std::string_view name) noexcept;
/// The same if it is an array, otherwise a null pointer.
json::array const* find_array(json::object const& from, std::string_view name) noexcept;
/// The same if it is a text, otherwise nothing.
std::string_view find_string(json::object const& from, std::string_view name) noexcept;

/// \name Assigning
/// Null leaves `to` as it is. False: `from` has the wrong type, and `to` is unchanged. Copies live on default storage.
/// @{
bool assign(json::value const& from, std::int64_t& to) noexcept;
bool assign(json::value const& from, double& to) noexcept;
bool assign(json::value const& from, bool& to) noexcept;
bool assign(json::value const& from, std::string& to);
bool assign(json::value const& from, json::array& to);
bool assign(json::value const& from, json::object& to);
bool assign(json::value const& from, json::value& to);

template <class T>
bool assign(json::value const& from, std::optional<T>& to) {
    if (from.is_null()) return true;
    T read{};
    if (!assign(from, read)) return false;
    to.emplace(std::move(read));
    return true;
}
/// @}

/// Keeps a copy of a member that is not understood.
void keep(std::string_view name, json::value const& from, json::object& extra);

/// Calls `understood(name, value)` for each member and keeps those for which it says no.
template <class Understood>
void read_members(json::object const& from, json::object& extra, Understood understood) {
    for (auto const& member : from) {
        std::string_view const name(member.key().data(), member.key().size());
        if (!understood(name, member.value())) keep(name, member.value(), extra);
    }
}

} // namespace async_llm::codec

#endif
