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

std::string number_text(json::value const& number) {
    std::string text;
    codec::json_writer(text).value(number);
    return text;
}

class value_decoder {
public:
    value_decoder(decode_mode mode, std::string& detail) noexcept
        : lenient_(mode == decode_mode::lenient), detail_(detail) {}

    bool read(
        json::value const& source,
        value_type const& type,
        void* out,
        member_notes const* notes,
        json_path const& at
    ) {
        if (at.depth() > max_depth) return fail(at, "nested too deeply");
        if (type.kind == value_kind::nullable)
            return read_nullable(source, static_cast<nullable_type const&>(type), out, notes, at);
        if (!read_present(source, type, out, notes, at)) return false;
        return lenient_ || !notes || keeps_bounds(source, notes->keywords(), at);
    }

private:
    bool fail(json_path const& at, std::string_view problem) {
        detail_ = at.text();
        detail_.append(detail_.empty() ? "" : ": ").append(problem);
        return false;
    }

    bool expected(json_path const& at, std::string problem, json::value const& source) {
        return fail(at, problem.insert(0, "expected ").append(", got ").append(codec::shown_value(source)));
    }

    bool read_present(
        json::value const& source,
        value_type const& type,
        void* out,
        member_notes const* notes,
        json_path const& at
    ) {
        switch (type.kind) {
        case value_kind::boolean: return read_boolean(source, *static_cast<bool*>(out), at);
        case value_kind::integer:
            return read_integer(source, static_cast<integer_type const&>(type), out, at);
        case value_kind::number: return read_number(source, static_cast<number_type const&>(type), out, at);
        case value_kind::text: return read_text(source, *static_cast<std::string*>(out), at);
        case value_kind::enumeration:
            return read_enumeration(source, static_cast<enumeration_type const&>(type), out, at);
        case value_kind::sequence:
            return read_sequence(source, static_cast<sequence_type const&>(type), out, notes, at);
        case value_kind::dictionary:
            return read_dictionary(source, static_cast<dictionary_type const&>(type), out, notes, at);
        case value_kind::record: return read_record(source, static_cast<record_type const&>(type), out, at);
        case value_kind::nullable:
        case value_kind::any: break;
        }
        // A plain copy would stay on the memory resource of the document.
        *static_cast<json::value*>(out) = json::value(source, json::storage_ptr());
        return true;
    }

    bool read_boolean(json::value const& source, bool& out, json_path const& at) {
        auto const* plain = source.if_bool();
        auto const read = plain ? std::optional(*plain) : lenient_ ? codec::read_bool(source) : std::nullopt;
        if (!read) return expected(at, "a boolean", source);
        out = *read;
        return true;
    }

    bool read_integer(json::value const& source, integer_type const& type, void* out, json_path const& at) {
        auto number = codec::to_whole(source);
        if (auto const* text = source.if_string(); text && lenient_)
            number = codec::to_whole(std::string_view(*text));
        if (!number) return expected(at, "an integer", source);
        if (!fits(*number, type)) {
            auto const range = std::to_string(type.least) + " to " + std::to_string(type.greatest);
            return expected(at, "an integer from " + range, source);
        }
        type.set(out, number->bits);
        return true;
    }

    bool read_number(json::value const& source, number_type const& type, void* out, json_path const& at) {
        std::optional<double> number;
        if (source.is_number()) number = source.to_number<double>();
        if (auto const* text = source.if_string(); text && lenient_) number = codec::number_in<double>(*text);
        if (!number || std::isnan(*number)) return expected(at, "a number", source);
        if (!(std::abs(*number) <= type.greatest))
            return expected(at, "a number of at most " + number_text(type.greatest), source);
        type.set(out, *number);
        return true;
    }

    bool read_text(json::value const& source, std::string& out, json_path const& at) {
        if (auto const text = codec::read_string(source))
            out = *text;
        else if (lenient_ && (source.is_bool() || source.is_number()))
            out = number_text(source);
        else
            return expected(at, "a string", source);
        return true;
    }

    bool read_enumeration(
        json::value const& source,
        enumeration_type const& type,
        void* out,
        json_path const& at
    ) {
        if (auto const text = codec::read_string(source)) {
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
        return expected(at, std::move(names), source);
    }

    template <class Matches>
    static std::optional<std::size_t> find_enumerator(enumeration_type const& type, Matches matches) {
        for (std::size_t i = 0; i < type.count; ++i) {
            if (matches(codec::json_name(type, i))) return i;
        }
        return std::nullopt;
    }

    bool read_nullable(
        json::value const& source,
        nullable_type const& type,
        void* out,
        member_notes const* notes,
        json_path const& at
    ) {
        if (!source.is_null()) return read(source, type.element(), type.emplace(out), notes, at);
        type.clear(out);
        return true;
    }

    /// Reads an element of a container.
    class reader final : public element_reader {
    public:
        reader(
            value_decoder& decoder,
            json::value const& source,
            value_type const& type,
            member_notes const* notes,
            json_path const& at
        )
            : decoder_(decoder),
              source_(source),
              type_(type),
              notes_(notes ? notes->item_notes() : nullptr),
              at_(at) {}

        bool read(void* element) override { return decoder_.read(source_, type_, element, notes_, at_); }

    private:
        value_decoder& decoder_;
        json::value const& source_;
        value_type const& type_;
        member_notes const* notes_;
        json_path const& at_;
    };

    bool read_sequence(
        json::value const& source,
        sequence_type const& type,
        void* out,
        member_notes const* notes,
        json_path const& at
    ) {
        auto const* list = source.if_array();
        if (!list) return expected(at, "an array", source);
        if (type.fixed_size != sequence_type::any_size && list->size() != type.fixed_size)
            return fail(
                at,
                "expected " + with_unit(type.fixed_size, "item") + ", got " + std::to_string(list->size())
            );
        type.clear(out);
        for (std::size_t i = 0; i < list->size(); ++i) {
            json_path const place(at, i);
            reader element(*this, (*list)[i], type.element(), notes, place);
            if (!type.add(out, i, element)) return false;
        }
        return true;
    }

    bool read_dictionary(
        json::value const& source,
        dictionary_type const& type,
        void* out,
        member_notes const* notes,
        json_path const& at
    ) {
        if (auto const* list = source.if_array()) return read_pairs(*list, type, out, notes, at);
        auto const* object = source.if_object();
        if (!object) return expected(at, "an object", source);
        type.clear(out);
        for (auto const& entry : *object) {
            json_path const place(at, entry.key());
            reader value(*this, entry.value(), type.element(), notes, place);
            if (!type.add(out, entry.key(), value)) return false;
        }
        return true;
    }

    /// Reads a map in the strict form.
    bool read_pairs(
        json::array const& list,
        dictionary_type const& type,
        void* out,
        member_notes const* notes,
        json_path const& at
    ) {
        std::vector<std::string_view> keys;
        type.clear(out);
        for (std::size_t i = 0; i < list.size(); ++i) {
            json_path const place(at, i);
            json_path const key_place(place, "key");
            json_path const value_place(place, "value");
            auto const* pair = list[i].if_object();
            if (!pair) return expected(place, R"(an object of "key" and "value")", list[i]);
            auto const* key = pair->if_contains("key");
            auto const* value = pair->if_contains("value");
            if (!key) return fail(key_place, "missing");
            if (!key->is_string()) return expected(key_place, "a string", *key);
            if (!value) return fail(value_place, "missing");
            if (!lenient_ && pair->size() != 2) return fail(place, R"(more than "key" and "value")");
            keys.push_back(key->get_string());
            reader element(*this, *value, type.element(), notes, value_place);
            if (!type.add(out, keys.back(), element)) return false;
        }
        return lenient_ || are_distinct(keys, at);
    }

    bool are_distinct(std::vector<std::string_view>& keys, json_path const& at) {
        std::sort(keys.begin(), keys.end());
        auto const twice = std::adjacent_find(keys.begin(), keys.end());
        return twice == keys.end() ||
            fail(at, "the key " + codec::json_excerpt(*twice, 40) + " is there twice");
    }

    bool read_record(json::value const& source, record_type const& type, void* out, json_path const& at) {
        auto const* object = source.if_object();
        if (!object) return expected(at, "an object", source);
        std::size_t present = 0;
        for (std::size_t i = 0; i < type.count; ++i) {
            json_path const place(at, codec::json_name(type, i));
            auto const* member = object->if_contains(codec::json_name(type, i));
            present += member ? 1 : 0;
            if (!read_member(member, type, i, out, place)) return false;
        }
        return lenient_ || present == object->size() || refuse_unknown(*object, type, at);
    }

    bool read_member(
        json::value const* source,
        record_type const& type,
        std::size_t index,
        void* record,
        json_path const& at
    ) {
        auto const& member = type.members[index];
        auto const& wanted = member.type();
        if (!source && wanted.kind == value_kind::nullable) return true;
        if (lenient_ && (!source || source->is_null()) && may_be_missing(wanted)) return true;
        if (!source) return fail(at, "missing");
        return read(*source, wanted, member.address(record), type_notes::find(type.notes, index), at);
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

    bool keeps_bounds(json::value const& source, json::object const& keywords, json_path const& at) {
        if (source.is_number()) return keeps_range(source, keywords, at);
        if (auto const text = codec::read_string(source))
            return keeps_size(codec::count_characters(*text), keywords, "Length", "character", at);
        if (auto const* list = source.if_array())
            return keeps_size(list->size(), keywords, "Items", "item", at);
        auto const* object = source.if_object();
        return !object || keeps_size(object->size(), keywords, "Items", "item", at);
    }

    bool keeps_range(json::value const& source, json::object const& keywords, json_path const& at) {
        auto const number = source.to_number<double>();
        auto const keeps = [&](std::string_view keyword, std::string_view words, auto holds) {
            auto const* bound = keywords.if_contains(keyword);
            if (!bound || !bound->is_number() || holds(bound->to_number<double>())) return true;
            return expected(at, std::string(words).append(number_text(*bound)), source);
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
    if (value_decoder(mode, detail).read(source, *out.type, out.value, nullptr, root)) return {};
    return errc::schema_mismatch;
}

} // namespace async_llm::detail
