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
using codec::answer_path;

/// The reader recurses, and a type may hold itself.
constexpr std::size_t max_depth = 128;
constexpr std::size_t shown_enumerators = 12;

bool fits(codec::whole_number const& number, integer_type const& type) noexcept {
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
        json::value const& from,
        value_type const& type,
        void* to,
        member_notes const* notes,
        answer_path const& at
    ) {
        if (at.depth() > max_depth) return fail(at, "nested too deeply");
        if (type.kind == value_kind::nullable)
            return read_nullable(from, static_cast<nullable_type const&>(type), to, notes, at);
        if (!read_present(from, type, to, notes, at)) return false;
        return lenient_ || !notes || keeps_bounds(from, notes->keywords(), at);
    }

private:
    bool fail(answer_path const& at, std::string_view what) {
        detail_ = at.text();
        detail_.append(detail_.empty() ? "" : ": ").append(what);
        return false;
    }

    bool expected(answer_path const& at, std::string what, json::value const& from) {
        return fail(at, what.insert(0, "expected ").append(", got ").append(codec::shown_value(from)));
    }

    bool read_present(
        json::value const& from,
        value_type const& type,
        void* to,
        member_notes const* notes,
        answer_path const& at
    ) {
        switch (type.kind) {
        case value_kind::boolean: return read_boolean(from, *static_cast<bool*>(to), at);
        case value_kind::integer: return read_integer(from, static_cast<integer_type const&>(type), to, at);
        case value_kind::number: return read_number(from, static_cast<number_type const&>(type), to, at);
        case value_kind::text: return read_text(from, *static_cast<std::string*>(to), at);
        case value_kind::enumeration:
            return read_enumeration(from, static_cast<enumeration_type const&>(type), to, at);
        case value_kind::sequence:
            return read_sequence(from, static_cast<sequence_type const&>(type), to, notes, at);
        case value_kind::dictionary:
            return read_dictionary(from, static_cast<dictionary_type const&>(type), to, notes, at);
        case value_kind::record: return read_record(from, static_cast<record_type const&>(type), to, at);
        case value_kind::nullable:
        case value_kind::any: break;
        }
        // A plain copy would stay on the memory resource of the document.
        *static_cast<json::value*>(to) = json::value(from, json::storage_ptr());
        return true;
    }

    bool read_boolean(json::value const& from, bool& to, answer_path const& at) {
        auto const* plain = from.if_bool();
        auto const read = plain ? std::optional(*plain) : lenient_ ? codec::read_bool(from) : std::nullopt;
        if (!read) return expected(at, "a boolean", from);
        to = *read;
        return true;
    }

    bool read_integer(json::value const& from, integer_type const& type, void* to, answer_path const& at) {
        auto number = codec::to_whole(from);
        if (auto const* text = from.if_string(); text && lenient_)
            number = codec::to_whole(std::string_view(*text));
        if (!number) return expected(at, "an integer", from);
        if (!fits(*number, type)) {
            auto const range = std::to_string(type.least) + " to " + std::to_string(type.greatest);
            return expected(at, "an integer from " + range, from);
        }
        type.set(to, number->bits);
        return true;
    }

    bool read_number(json::value const& from, number_type const& type, void* to, answer_path const& at) {
        std::optional<double> number;
        if (from.is_number()) number = from.to_number<double>();
        if (auto const* text = from.if_string(); text && lenient_) number = codec::number_in<double>(*text);
        if (!number || std::isnan(*number)) return expected(at, "a number", from);
        if (!(std::abs(*number) <= type.greatest))
            return expected(at, "a number of at most " + number_text(type.greatest), from);
        type.set(to, *number);
        return true;
    }

    bool read_text(json::value const& from, std::string& to, answer_path const& at) {
        if (auto const text = codec::read_string(from))
            to = *text;
        else if (lenient_ && (from.is_bool() || from.is_number()))
            to = number_text(from);
        else
            return expected(at, "a string", from);
        return true;
    }

    bool
    read_enumeration(json::value const& from, enumeration_type const& type, void* to, answer_path const& at) {
        if (auto const text = codec::read_string(from)) {
            auto index = find_enumerator(type, [&](auto name) { return name == *text; });
            if (!index && lenient_)
                index = find_enumerator(type, [&](auto name) {
                    return codec::iequals(name, codec::trim(*text));
                });
            if (index) {
                type.set(to, type.enumerators[*index].bits);
                return true;
            }
        }
        std::string names = "one of ";
        for (std::size_t i = 0; i < std::min(type.count, shown_enumerators); ++i)
            names.append(i == 0 ? "" : ", ").append(codec::json_excerpt(codec::json_name(type, i), 40));
        if (type.count > shown_enumerators) names += ", ...";
        return expected(at, std::move(names), from);
    }

    template <class Matches>
    static std::optional<std::size_t> find_enumerator(enumeration_type const& type, Matches matches) {
        for (std::size_t i = 0; i < type.count; ++i) {
            if (matches(codec::json_name(type, i))) return i;
        }
        return std::nullopt;
    }

    bool read_nullable(
        json::value const& from,
        nullable_type const& type,
        void* to,
        member_notes const* notes,
        answer_path const& at
    ) {
        if (!from.is_null()) return read(from, type.element(), type.emplace(to), notes, at);
        type.clear(to);
        return true;
    }

    /// Reads an element of a container.
    class reader final : public element_reader {
    public:
        reader(
            value_decoder& decoder,
            json::value const& from,
            value_type const& type,
            member_notes const* notes,
            answer_path const& at
        )
            : decoder_(decoder),
              from_(from),
              type_(type),
              notes_(notes ? notes->item_notes() : nullptr),
              at_(at) {}

        bool read(void* element) override { return decoder_.read(from_, type_, element, notes_, at_); }

    private:
        value_decoder& decoder_;
        json::value const& from_;
        value_type const& type_;
        member_notes const* notes_;
        answer_path const& at_;
    };

    bool read_sequence(
        json::value const& from,
        sequence_type const& type,
        void* to,
        member_notes const* notes,
        answer_path const& at
    ) {
        auto const* list = from.if_array();
        if (!list) return expected(at, "an array", from);
        if (type.fixed_size != sequence_type::any_size && list->size() != type.fixed_size)
            return fail(
                at,
                "expected " + with_unit(type.fixed_size, "item") + ", got " + std::to_string(list->size())
            );
        type.clear(to);
        for (std::size_t i = 0; i < list->size(); ++i) {
            answer_path const place(at, i);
            reader element(*this, (*list)[i], type.element(), notes, place);
            if (!type.add(to, i, element)) return false;
        }
        return true;
    }

    bool read_dictionary(
        json::value const& from,
        dictionary_type const& type,
        void* to,
        member_notes const* notes,
        answer_path const& at
    ) {
        if (auto const* list = from.if_array()) return read_pairs(*list, type, to, notes, at);
        auto const* object = from.if_object();
        if (!object) return expected(at, "an object", from);
        type.clear(to);
        for (auto const& entry : *object) {
            answer_path const place(at, entry.key());
            reader value(*this, entry.value(), type.element(), notes, place);
            if (!type.add(to, entry.key(), value)) return false;
        }
        return true;
    }

    /// Reads a map in the strict form.
    bool read_pairs(
        json::array const& list,
        dictionary_type const& type,
        void* to,
        member_notes const* notes,
        answer_path const& at
    ) {
        std::vector<std::string_view> keys;
        type.clear(to);
        for (std::size_t i = 0; i < list.size(); ++i) {
            answer_path const place(at, i);
            answer_path const key_place(place, "key");
            answer_path const value_place(place, "value");
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
            if (!type.add(to, keys.back(), element)) return false;
        }
        return lenient_ || are_distinct(keys, at);
    }

    bool are_distinct(std::vector<std::string_view>& keys, answer_path const& at) {
        std::sort(keys.begin(), keys.end());
        auto const twice = std::adjacent_find(keys.begin(), keys.end());
        return twice == keys.end() ||
            fail(at, "the key " + codec::json_excerpt(*twice, 40) + " is there twice");
    }

    bool read_record(json::value const& from, record_type const& type, void* to, answer_path const& at) {
        auto const* object = from.if_object();
        if (!object) return expected(at, "an object", from);
        std::size_t present = 0;
        for (std::size_t i = 0; i < type.count; ++i) {
            answer_path const place(at, codec::json_name(type, i));
            auto const* member = object->if_contains(codec::json_name(type, i));
            present += member ? 1 : 0;
            if (!read_member(member, type, i, to, place)) return false;
        }
        return lenient_ || present == object->size() || refuse_unknown(*object, type, at);
    }

    bool read_member(
        json::value const* from,
        record_type const& type,
        std::size_t index,
        void* record,
        answer_path const& at
    ) {
        auto const& member = type.members[index];
        auto const& wanted = member.type();
        if (!from && wanted.kind == value_kind::nullable) return true;
        if (lenient_ && (!from || from->is_null()) && may_be_missing(wanted)) return true;
        if (!from) return fail(at, "missing");
        return read(*from, wanted, member.address(record), type_notes::find(type.notes, index), at);
    }

    /// Models leave out what is empty.
    static bool may_be_missing(value_type const& type) noexcept {
        if (type.kind == value_kind::sequence)
            return static_cast<sequence_type const&>(type).fixed_size == sequence_type::any_size;
        return type.kind == value_kind::dictionary;
    }

    bool refuse_unknown(json::object const& object, record_type const& type, answer_path const& at) {
        for (auto const& member : object) {
            bool known = false;
            for (std::size_t i = 0; i < type.count && !known; ++i)
                known = std::string_view(member.key()) == codec::json_name(type, i);
            if (!known) return fail(answer_path(at, member.key()), "not a member of the schema");
        }
        return true;
    }

    bool keeps_bounds(json::value const& from, json::object const& keywords, answer_path const& at) {
        if (from.is_number()) return keeps_range(from, keywords, at);
        if (auto const text = codec::read_string(from))
            return keeps_size(codec::count_characters(*text), keywords, "Length", "character", at);
        if (auto const* list = from.if_array())
            return keeps_size(list->size(), keywords, "Items", "item", at);
        auto const* object = from.if_object();
        return !object || keeps_size(object->size(), keywords, "Items", "item", at);
    }

    bool keeps_range(json::value const& from, json::object const& keywords, answer_path const& at) {
        auto const number = from.to_number<double>();
        auto const keeps = [&](std::string_view keyword, std::string_view words, auto holds) {
            auto const* bound = keywords.if_contains(keyword);
            if (!bound || !bound->is_number() || holds(bound->to_number<double>())) return true;
            return expected(at, std::string(words).append(number_text(*bound)), from);
        };
        return keeps("minimum", "at least ", [=](double b) { return number >= b; }) &&
            keeps("maximum", "at most ", [=](double b) { return number <= b; }) &&
            keeps("exclusiveMinimum", "more than ", [=](double b) { return number > b; }) &&
            keeps("exclusiveMaximum", "less than ", [=](double b) { return number < b; });
    }

    bool keeps_size(
        std::size_t size,
        json::object const& keywords,
        std::string_view what,
        std::string_view unit,
        answer_path const& at
    ) {
        auto const bound = [&](std::string_view side) {
            auto const* value = keywords.if_contains(std::string(side).append(what));
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
decode_value(json::value const& from, value_slot const& to, decode_mode mode, std::string& detail) {
    // Some models write the answer as a text that holds it.
    auto const text = codec::read_string(from);
    if (text && mode == decode_mode::lenient && is_structure(to.type->kind)) {
        std::size_t used = 0;
        error_code ec;
        auto const inner = codec::parse_json(*text, max_depth, used, ec);
        bool const is_all = !ec && codec::trim(text->substr(used)).empty();
        if (is_all && inner.is_structured()) return decode_value(inner, to, mode, detail);
    }
    answer_path const root;
    if (value_decoder(mode, detail).read(from, *to.type, to.value, nullptr, root)) return {};
    return errc::answer_mismatch;
}

} // namespace async_llm::detail
