// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "codec/json/json_integer.hpp"
#include "codec/json/json_scalar.hpp"
#include "codec/json/json_writer.hpp"
#include "codec/schema/json_names.hpp"
#include "codec/schema/json_path.hpp"
#include <async_llm/json_schema.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace async_llm::detail {
namespace {

namespace json = boost::json;
using codec::json_path;

/// The reader recurses, and a type may hold itself.
constexpr std::size_t max_depth = 128;
constexpr std::size_t shown_enumerators = 12;

bool fits(codec::json_integer const& number, integer_type const& type) noexcept {
    if (number.negative) return static_cast<std::int64_t>(number.bits) >= type.least;
    return number.bits <= type.greatest;
}

std::string with_unit(std::size_t count, std::string_view unit) {
    return std::to_string(count).append(" ").append(unit).append(count == 1 ? "" : "s");
}

/// Value of the document, with its path and the user's notes of what it becomes (null: none).
struct value_node {
    value_node(json::value const& source, member_notes const* user_notes, json_path const& path) noexcept
        : value(source), notes(user_notes), at(path) {}

    /// An element of this value.
    value_node element(json::value const& source, json_path const& path) const noexcept {
        return value_node(source, notes ? notes->item_notes() : nullptr, path);
    }

    json::value const& value;
    member_notes const* notes;
    json_path const& at;
};

class value_decoder {
public:
    value_decoder(decode_mode mode, std::string& detail) noexcept
        : lenient_(mode == decode_mode::lenient), detail_(detail) {}

    bool read(value_node const& source, value_type const& type, void* out) {
        if (source.at.depth() > max_depth) return fail(source.at, "nested too deeply");
        if (type.kind == value_kind::nullable)
            return read_nullable(source, static_cast<nullable_type const&>(type), out);
        if (!read_present(source, type, out)) return false;
        return lenient_ || !source.notes || keeps_bounds(source, source.notes->keywords());
    }

private:
    bool fail(json_path const& at, std::string_view problem) {
        detail_ = at.text();
        detail_.append(detail_.empty() ? "" : ": ").append(problem);
        return false;
    }

    bool expected(value_node const& source, std::string problem) {
        problem.insert(0, "expected ").append(", got ").append(codec::shown_value(source.value));
        return fail(source.at, problem);
    }

    bool read_present(value_node const& source, value_type const& type, void* out) {
        switch (type.kind) {
        case value_kind::boolean: return read_boolean(source, *static_cast<bool*>(out));
        case value_kind::integer: return read_integer(source, static_cast<integer_type const&>(type), out);
        case value_kind::number: return read_number(source, static_cast<number_type const&>(type), out);
        case value_kind::text: return read_text(source, *static_cast<std::string*>(out));
        case value_kind::enumeration:
            return read_enumeration(source, static_cast<enumeration_type const&>(type), out);
        case value_kind::sequence: return read_sequence(source, static_cast<sequence_type const&>(type), out);
        case value_kind::dictionary:
            return read_dictionary(source, static_cast<dictionary_type const&>(type), out);
        case value_kind::record: return read_record(source, static_cast<record_type const&>(type), out);
        case value_kind::nullable:
        case value_kind::any: break;
        }
        // A plain copy would stay on the memory resource of the document.
        *static_cast<json::value*>(out) = json::value(source.value, json::storage_ptr());
        return true;
    }

    bool read_boolean(value_node const& source, bool& out) {
        auto const* plain = source.value.if_bool();
        auto read = plain ? std::optional(*plain) : std::nullopt;
        if (!read && lenient_) read = codec::read_bool(source.value);
        if (!read) return expected(source, "a boolean");
        out = *read;
        return true;
    }

    bool read_integer(value_node const& source, integer_type const& type, void* out) {
        auto number = codec::to_whole(source.value);
        if (auto const* text = source.value.if_string(); text && lenient_)
            number = codec::to_whole(std::string_view(*text));
        if (!number) return expected(source, "an integer");
        if (!fits(*number, type)) {
            auto const range = std::to_string(type.least) + " to " + std::to_string(type.greatest);
            return expected(source, "an integer from " + range);
        }
        type.set(out, number->bits);
        return true;
    }

    bool read_number(value_node const& source, number_type const& type, void* out) {
        std::optional<double> number;
        if (source.value.is_number()) number = source.value.to_number<double>();
        if (auto const* text = source.value.if_string(); text && lenient_)
            number = codec::number_in<double>(*text);
        if (!number || std::isnan(*number)) return expected(source, "a number");
        if (!(std::abs(*number) <= type.greatest))
            return expected(source, "a number of at most " + codec::json_text(type.greatest));
        type.set(out, *number);
        return true;
    }

    bool read_text(value_node const& source, std::string& out) {
        if (auto const text = codec::read_string(source.value))
            out = *text;
        else if (lenient_ && (source.value.is_bool() || source.value.is_number()))
            out = codec::json_text(source.value);
        else
            return expected(source, "a string");
        return true;
    }

    bool read_enumeration(value_node const& source, enumeration_type const& type, void* out) {
        if (auto const text = codec::read_string(source.value)) {
            auto index = find_enumerator(type, [&](auto name) { return name == *text; });
            if (!index && lenient_)
                index = find_enumerator(type, [&](auto name) {
                    return codec::iequals(name, codec::trim(*text));
                });
            if (index) {
                type.set(out, type.enumerators[*index].bits);
                return true;
            }
        }
        std::string names = "one of ";
        for (std::size_t i = 0; i < std::min(type.count, shown_enumerators); ++i)
            names.append(i == 0 ? "" : ", ").append(codec::json_excerpt(codec::json_name(type, i), 40));
        if (type.count > shown_enumerators) names += ", ...";
        return expected(source, std::move(names));
    }

    template <class Matches>
    static std::optional<std::size_t> find_enumerator(enumeration_type const& type, Matches matches) {
        for (std::size_t i = 0; i < type.count; ++i) {
            if (matches(codec::json_name(type, i))) return i;
        }
        return std::nullopt;
    }

    bool read_nullable(value_node const& source, nullable_type const& type, void* out) {
        if (!source.value.is_null()) return read(source, type.element(), type.emplace(out));
        type.clear(out);
        return true;
    }

    /// Reads an element of a container.
    class reader final : public element_reader {
    public:
        reader(value_decoder& decoder, value_node const& source, value_type const& type)
            : decoder_(decoder), source_(source), type_(type) {}

        bool read(void* element) override { return decoder_.read(source_, type_, element); }

    private:
        value_decoder& decoder_;
        value_node source_;
        value_type const& type_;
    };

    bool read_sequence(value_node const& source, sequence_type const& type, void* out) {
        auto const* list = source.value.if_array();
        if (!list) return expected(source, "an array");
        auto const size = list->size();
        if (type.fixed_size != sequence_type::any_size && size != type.fixed_size) {
            auto const wanted = "expected " + with_unit(type.fixed_size, "item");
            return fail(source.at, wanted + ", got " + std::to_string(size));
        }
        type.clear(out);
        for (std::size_t i = 0; i < size; ++i) {
            json_path const place(source.at, i);
            reader element(*this, source.element((*list)[i], place), type.element());
            if (!type.add(out, i, element)) return false;
        }
        return true;
    }

    bool read_dictionary(value_node const& source, dictionary_type const& type, void* out) {
        if (auto const* list = source.value.if_array()) return read_pairs(source, *list, type, out);
        auto const* object = source.value.if_object();
        if (!object) return expected(source, "an object");
        type.clear(out);
        for (auto const& entry : *object) {
            json_path const place(source.at, entry.key());
            reader value(*this, source.element(entry.value(), place), type.element());
            if (!type.add(out, entry.key(), value)) return false;
        }
        return true;
    }

    /// Reads a map in the strict form.
    bool
    read_pairs(value_node const& source, json::array const& list, dictionary_type const& type, void* out) {
        std::vector<std::string_view> keys;
        type.clear(out);
        for (std::size_t i = 0; i < list.size(); ++i) {
            json_path const place(source.at, i);
            json_path const key_place(place, "key");
            json_path const value_place(place, "value");
            auto const* pair = list[i].if_object();
            if (!pair) return expected(source.element(list[i], place), R"(an object of "key" and "value")");
            auto const* key = pair->if_contains("key");
            auto const* value = pair->if_contains("value");
            if (!key) return fail(key_place, "missing");
            if (!key->is_string()) return expected(source.element(*key, key_place), "a string");
            if (!value) return fail(value_place, "missing");
            if (!lenient_ && pair->size() != 2) return fail(place, R"(more than "key" and "value")");
            keys.push_back(key->get_string());
            reader element(*this, source.element(*value, value_place), type.element());
            if (!type.add(out, keys.back(), element)) return false;
        }
        return lenient_ || are_distinct(keys, source.at);
    }

    bool are_distinct(std::vector<std::string_view>& keys, json_path const& at) {
        std::ranges::sort(keys);
        auto const twice = std::ranges::adjacent_find(keys);
        return twice == keys.end() ||
            fail(at, "the key " + codec::json_excerpt(*twice, 40) + " is there twice");
    }

    bool read_record(value_node const& source, record_type const& type, void* out) {
        auto const* object = source.value.if_object();
        if (!object) return expected(source, "an object");
        std::size_t present = 0;
        for (std::size_t i = 0; i < type.count; ++i) {
            auto const name = codec::json_name(type, i);
            json_path const place(source.at, name);
            auto const* member = object->if_contains(name);
            present += member ? 1 : 0;
            auto const& wanted = type.members[i].type();
            if (may_be_skipped(member, wanted)) continue;
            if (!member) return fail(place, "missing");
            value_node const node(*member, type_notes::find(type.notes, i), place);
            if (!read(node, wanted, type.members[i].address(out))) return false;
        }
        return lenient_ || present == object->size() || refuse_unknown(*object, type, source.at);
    }

    bool may_be_skipped(json::value const* source, value_type const& wanted) const noexcept {
        if (!source && wanted.kind == value_kind::nullable) return true;
        return lenient_ && (!source || source->is_null()) && may_be_missing(wanted);
    }

    /// Models leave out what is empty.
    static bool may_be_missing(value_type const& type) noexcept {
        if (type.kind == value_kind::sequence)
            return static_cast<sequence_type const&>(type).fixed_size == sequence_type::any_size;
        return type.kind == value_kind::dictionary;
    }

    bool refuse_unknown(json::object const& object, record_type const& type, json_path const& at) {
        for (auto const& member : object) {
            bool known = false;
            for (std::size_t i = 0; i < type.count && !known; ++i)
                known = std::string_view(member.key()) == codec::json_name(type, i);
            if (!known) return fail(json_path(at, member.key()), "not a member of the schema");
        }
        return true;
    }

    bool keeps_bounds(value_node const& source, json::object const& keywords) {
        if (source.value.is_number()) return keeps_range(source, keywords);
        if (auto const text = codec::read_string(source.value))
            return keeps_size(codec::count_characters(*text), keywords, "Length", "character", source.at);
        auto const* list = source.value.if_array();
        auto const* object = source.value.if_object();
        if (!list && !object) return true;
        return keeps_size(list ? list->size() : object->size(), keywords, "Items", "item", source.at);
    }

    bool keeps_range(value_node const& source, json::object const& keywords) {
        auto const number = source.value.to_number<double>();
        auto const keeps = [&](std::string_view keyword, std::string_view words, auto holds) {
            auto const* bound = keywords.if_contains(keyword);
            if (!bound || !bound->is_number() || holds(bound->to_number<double>())) return true;
            return expected(source, std::string(words).append(codec::json_text(*bound)));
        };
        return keeps("minimum", "at least ", [=](double b) { return number >= b; }) &&
            keeps("maximum", "at most ", [=](double b) { return number <= b; }) &&
            keeps("exclusiveMinimum", "more than ", [=](double b) { return number > b; }) &&
            keeps("exclusiveMaximum", "less than ", [=](double b) { return number < b; });
    }

    bool keeps_size(
        std::size_t size,
        json::object const& keywords,
        std::string_view problem,
        std::string_view unit,
        json_path const& at
    ) {
        auto const bound = [&](std::string_view side) {
            auto const* value = keywords.if_contains(std::string(side).append(problem));
            auto const number = value ? codec::to_whole(*value) : std::nullopt;
            return number && !number->negative ? std::optional<std::size_t>(number->bits) : std::nullopt;
        };
        auto const least = bound("min");
        auto const most = bound("max");
        auto const got = ", got " + std::to_string(size);
        if (least && size < *least) return fail(at, "expected at least " + with_unit(*least, unit) + got);
        if (most && size > *most) return fail(at, "expected at most " + with_unit(*most, unit) + got);
        return true;
    }

    bool lenient_;
    std::string& detail_;
};

bool is_structure(value_kind kind) noexcept {
    return kind == value_kind::record || kind == value_kind::sequence || kind == value_kind::dictionary;
}

} // namespace

error_code
decode_value(json::value const& source, value_slot const& out, decode_mode mode, std::string& detail) {
    // Some models write the answer as a text that holds it.
    auto const text = codec::read_string(source);
    if (text && mode == decode_mode::lenient && is_structure(out.type->kind)) {
        std::size_t used = 0;
        error_code ec;
        auto const inner = codec::parse_json(*text, max_depth, used, ec);
        bool const is_all = !ec && codec::trim(text->substr(used)).empty();
        if (is_all && inner.is_structured()) return decode_value(inner, out, mode, detail);
    }
    json_path const root;
    value_node const node(source, nullptr, root);
    if (value_decoder(mode, detail).read(node, *out.type, out.value)) return {};
    return errc::schema_mismatch;
}

} // namespace async_llm::detail
