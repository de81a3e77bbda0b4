// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_JSON_SCALAR_HPP
#define ASYNC_LLM_CODEC_JSON_JSON_SCALAR_HPP

#include <async_llm/detail/config.hpp>

#include <boost/json/array.hpp>
#include <boost/json/kind.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Lenient readers of JSON of foreign origin: a wrong type is an answer, never an exception.
namespace async_llm::codec {

namespace json = boost::json;

/// Parses one value at the beginning of `text` and leaves what follows alone.
/**
 * `used` becomes the bytes that it took; of a text that does not parse (null is returned), where it went
 * wrong. Nesting deeper than `max_depth` is `json::error::too_deep`; invalid UTF-8 is an error, as is, with
 * `errc::json_too_complex`, what exceeds the other defaults of \ref decode_limits. For texts that are in
 * memory as the caller's already.
 */
json::value parse_json(std::string_view text, std::size_t max_depth, std::size_t& used, error_code& ec);

/// The nesting that a limit allows: a stack bears no more than 1000.
std::size_t bearable_depth(std::size_t limit) noexcept;

/// A value that is no container, or which container it is.
class json_scalar {
public:
    explicit json_scalar(json::kind kind) noexcept : kind_(kind), integer_(0) {}
    explicit json_scalar(std::int64_t number) noexcept : kind_(json::kind::int64), integer_(number) {}
    explicit json_scalar(std::uint64_t number) noexcept : kind_(json::kind::uint64), natural_(number) {}
    explicit json_scalar(double number) noexcept : kind_(json::kind::double_), real_(number) {}
    explicit json_scalar(bool truth) noexcept : kind_(json::kind::bool_), truth_(truth) {}
    explicit json_scalar(std::string_view text) noexcept : kind_(json::kind::string), text_(text) {}
    /// Implicit, so that the readers below take values as well. The text is that of `source`.
    json_scalar(json::value const& source) noexcept;

    json::kind kind() const noexcept { return kind_; }
    bool is_null() const noexcept { return kind_ == json::kind::null; }

    std::int64_t const* if_int64() const noexcept { return kind_ == json::kind::int64 ? &integer_ : nullptr; }
    std::uint64_t const* if_uint64() const noexcept {
        return kind_ == json::kind::uint64 ? &natural_ : nullptr;
    }
    double const* if_double() const noexcept { return kind_ == json::kind::double_ ? &real_ : nullptr; }
    bool const* if_bool() const noexcept { return kind_ == json::kind::bool_ ? &truth_ : nullptr; }
    std::string_view const* if_string() const noexcept {
        return kind_ == json::kind::string ? &text_ : nullptr;
    }

private:
    json::kind kind_;
    union {
        std::int64_t integer_;
        std::uint64_t natural_;
        double real_;
        bool truth_;
        std::string_view text_;
    };
};

/// An integer, a number that is cut to one, or either as text. Nothing for what does not fit 64 bits.
std::optional<std::int64_t> read_int(json_scalar const& source) noexcept;
/// A finite number, or one as text.
std::optional<double> read_double(json_scalar const& source) noexcept;
/// A truth value, as text too.
std::optional<bool> read_bool(json_scalar const& source) noexcept;
/// A text; valid as long as what `source` was made of.
std::optional<std::string_view> read_string(json_scalar const& source) noexcept;
/// A text, or a number or truth value written as text.
std::optional<std::string> read_word(json_scalar const& source);
/// A text, or a number or truth value as it is usually written: where text is expected, and nothing else
/// makes sense.
std::optional<std::string> read_plain_text(json_scalar const& source);

/// \name Assigning
/// Null leaves `out` as it is. False: `source` has the wrong type, and `out` is unchanged.
/// @{
bool assign(json_scalar const& source, std::int64_t& out) noexcept;
bool assign(json_scalar const& source, double& out) noexcept;
bool assign(json_scalar const& source, bool& out) noexcept;
bool assign(json_scalar const& source, std::string& out);
/// @}

/// The name of a member.
inline std::string_view name_of(json::key_value_pair const& member) noexcept {
    return std::string_view(member.key().data(), member.key().size());
}

/// The member with this name; null pointer if it is missing or null, which providers use alike.
json::value const* find(json::object const& source, std::string_view name) noexcept;
/// Returns the member if it is an object, otherwise a null pointer.
json::object const* find_object(json::object const& source, std::string_view name) noexcept;
/// Returns the member if it is an array, otherwise a null pointer.
json::array const* find_array(json::object const& source, std::string_view name) noexcept;
/// Returns the member if it is a text, otherwise nothing.
std::string_view find_string(json::object const& source, std::string_view name) noexcept;

} // namespace async_llm::codec

#endif
