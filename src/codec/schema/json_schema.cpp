// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/type_name.hpp"
#include "codec/json/json_writer.hpp"
#include "codec/schema/json_names.hpp"
#include <async_llm/json_schema.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace async_llm::detail {
namespace {

namespace json = boost::json;

/// Keywords of JSON Schema that strict servers refuse; they go into the description.
constexpr std::array<std::string_view, 4> refused_keywords{"minLength", "maxLength", "examples", "default"};

bool is_refused(std::string_view keyword) noexcept {
    return std::ranges::find(refused_keywords, keyword) != refused_keywords.end();
}

json::value as_value(std::string_view text) { return json::string(text.data(), text.size()); }

json::object with_type(std::string_view name) {
    json::object schema;
    schema["type"] = as_value(name);
    return schema;
}

/// A struct that is being written, or is in `$defs`.
struct known_record {
    known_record(std::type_info const& type, bool root) : id(&type), is_root(root) {}

    std::type_info const* id;
    bool is_root;
    /// Its name in `$defs`; empty: nothing has referred to it so far.
    std::string name;
};

class schema_builder {
public:
    explicit schema_builder(schema_form form) noexcept : strict_(form == schema_form::strict) {}

    json::object build(value_type const& root) {
        root_ = &root;
        auto schema = schema_of(root, nullptr);
        if (!definitions_.empty()) schema["$defs"] = std::move(definitions_);
        return schema;
    }

private:
    json::object schema_of(value_type const& type, member_notes const* notes) {
        switch (type.kind) {
        case value_kind::boolean: return leaf("boolean", notes);
        case value_kind::integer: return leaf("integer", notes);
        case value_kind::number: return leaf("number", notes);
        case value_kind::text: return leaf("string", notes);
        case value_kind::enumeration: return enumeration(static_cast<enumeration_type const&>(type), notes);
        case value_kind::nullable: return nullable(static_cast<nullable_type const&>(type), notes);
        case value_kind::sequence: return sequence(static_cast<sequence_type const&>(type), notes);
        case value_kind::dictionary: return dictionary(static_cast<dictionary_type const&>(type), notes);
        case value_kind::record: return record(static_cast<record_type const&>(type), notes);
        case value_kind::any: break;
        }
        json::object schema;
        annotate(schema, notes);
        return schema;
    }

    void annotate(json::object& schema, json::object const& keywords) const {
        std::string aside;
        for (auto const& [keyword, value] : keywords) {
            if (strict_ && is_refused(keyword)) {
                aside += aside.empty() ? "" : ", ";
                aside.append(keyword).append(": ").append(codec::json_text(value));
            } else
                schema.insert_or_assign(keyword, value);
        }
        if (aside.empty()) return;
        auto const* said = schema.if_contains("description");
        if (said && said->is_string())
            aside = std::string(said->get_string()).append(" (").append(aside).append(")");
        schema.insert_or_assign("description", as_value(aside));
    }

    void annotate(json::object& schema, member_notes const* notes) const {
        if (notes) annotate(schema, notes->keywords());
    }

    json::object leaf(std::string_view type, member_notes const* notes) const {
        auto schema = with_type(type);
        annotate(schema, notes);
        return schema;
    }

    json::object enumeration(enumeration_type const& type, member_notes const* notes) const {
        auto schema = with_type("string");
        if (type.notes) annotate(schema, type.notes().keywords());
        annotate(schema, notes);
        auto& names = schema["enum"].emplace_array();
        for (std::size_t i = 0; i < type.count; ++i) names.push_back(as_value(codec::json_name(type, i)));
        return schema;
    }

    json::object nullable(nullable_type const& type, member_notes const* notes) {
        auto schema = schema_of(type.element(), notes);
        return strict_ ? or_null(std::move(schema)) : schema;
    }

    static json::object or_null(json::object schema) {
        if (schema.empty()) return schema;
        auto null = with_type("null");
        if (auto* choices = schema.if_contains("anyOf")) {
            choices->get_array().push_back(std::move(null));
            return schema;
        }
        auto* type = schema.if_contains("type");
        if (type && *type != "object" && !schema.contains("enum")) {
            json::array both;
            both.push_back(std::move(*type));
            both.push_back("null");
            *type = std::move(both);
            return schema;
        }
        json::object result;
        result["anyOf"] = json::array();
        // Said of the whole, because the model reads it there first.
        if (auto const* description = schema.if_contains("description")) {
            result["description"] = *description;
            schema.erase("description");
        }
        auto& choices = result["anyOf"].get_array();
        choices.push_back(std::move(schema));
        choices.push_back(std::move(null));
        return result;
    }

    json::object sequence(sequence_type const& type, member_notes const* notes) {
        auto schema = leaf("array", notes);
        if (type.fixed_size != sequence_type::any_size) {
            schema["minItems"] = type.fixed_size;
            schema["maxItems"] = type.fixed_size;
        }
        schema["items"] = schema_of(type.element(), notes ? notes->item_notes() : nullptr);
        return schema;
    }

    json::object dictionary(dictionary_type const& type, member_notes const* notes) {
        auto element = schema_of(type.element(), notes ? notes->item_notes() : nullptr);
        if (strict_) {
            auto schema = leaf("array", notes);
            auto& item = schema["items"].emplace_object();
            item = with_type("object");
            auto& properties = item["properties"].emplace_object();
            properties["key"] = with_type("string");
            properties["value"] = std::move(element);
            item["required"] = {"key", "value"};
            item["additionalProperties"] = false;
            return schema;
        }
        auto schema = leaf("object", notes);
        rename(schema, "minItems", "minProperties");
        rename(schema, "maxItems", "maxProperties");
        schema["additionalProperties"] = std::move(element);
        return schema;
    }

    static void rename(json::object& schema, std::string_view old_name, std::string_view new_name) {
        if (auto* value = schema.if_contains(old_name)) {
            auto moved = std::move(*value);
            schema.erase(old_name);
            schema.insert_or_assign(new_name, std::move(moved));
        }
    }

    json::object record(record_type const& type, member_notes const* notes) {
        if (auto* known = find_known(*type.id)) return reference_to(*known, notes);
        known_.emplace_back(*type.id, &type == root_);
        auto schema = with_type("object");
        if (type.notes) annotate(schema, type.notes().keywords());
        // The notes of a member are those of one use, and do not belong into `$defs`.
        auto described = schema;
        annotate(described, notes);
        json::object rest;
        write_members(type, rest);
        auto& known = *find_known(*type.id);
        if (known.is_root || known.name.empty()) {
            if (!known.is_root) forget(*type.id);
            append(described, std::move(rest));
            return described;
        }
        append(schema, std::move(rest));
        definitions_[known.name] = std::move(schema);
        return reference_to(known, notes);
    }

    void write_members(record_type const& type, json::object& schema) {
        json::object properties;
        json::array required;
        for (std::size_t i = 0; i < type.count; ++i) {
            auto const& member = type.members[i].type();
            auto const name = codec::json_name(type, i);
            properties.insert_or_assign(name, schema_of(member, type_notes::find(type.notes, i)));
            if (strict_ || member.kind != value_kind::nullable) required.push_back(as_value(name));
        }
        schema["properties"] = std::move(properties);
        // An empty list is an error to older validators.
        if (strict_ || !required.empty()) schema["required"] = std::move(required);
        if (strict_) schema["additionalProperties"] = false;
    }

    static void append(json::object& out, json::object source) {
        for (auto& member : source) out.insert_or_assign(member.key(), std::move(member.value()));
    }

    known_record* find_known(std::type_info const& id) {
        auto const same = [&id](auto const& known) { return *known.id == id; };
        auto const found = std::ranges::find_if(known_, same);
        return found == known_.end() ? nullptr : &*found;
    }

    void forget(std::type_info const& id) { known_.erase(known_.begin() + (find_known(id) - known_.data())); }

    json::object reference_to(known_record& known, member_notes const* notes) {
        if (known.name.empty() && !known.is_root) known.name = unused_name(*known.id);
        json::object reference;
        reference["$ref"] = as_value(known.is_root ? "#" : "#/$defs/" + known.name);
        if (!notes || notes->keywords().empty()) return reference;
        // Strict servers take no keywords beside a reference.
        json::object schema;
        schema["anyOf"].emplace_array().push_back(std::move(reference));
        annotate(schema, notes);
        return schema;
    }

    std::string unused_name(std::type_info const& id) const {
        auto name = codec::schema_name(id);
        auto const is_used = [this](std::string const& wanted) {
            return std::ranges::find(known_, wanted, &known_record::name) != known_.end();
        };
        if (!is_used(name)) return name;
        for (int i = 2;; ++i) {
            if (auto other = name + '_' + std::to_string(i); !is_used(other)) return other;
        }
    }

    bool strict_;
    value_type const* root_ = nullptr;
    std::vector<known_record> known_;
    json::object definitions_;
};

/// Goes through a type and all that it holds; `seen` are the structs on the way.
bool holds_any(value_type const& type, std::vector<std::type_info const*>& seen) {
    switch (type.kind) {
    case value_kind::any: return true;
    case value_kind::nullable: return holds_any(static_cast<nullable_type const&>(type).element(), seen);
    case value_kind::sequence: return holds_any(static_cast<sequence_type const&>(type).element(), seen);
    case value_kind::dictionary: return holds_any(static_cast<dictionary_type const&>(type).element(), seen);
    case value_kind::record: break;
    default: return false;
    }
    auto const same = [&type](auto const* id) { return *id == *type.id; };
    if (std::ranges::any_of(seen, same)) return false;
    seen.push_back(type.id);
    auto const& record = static_cast<record_type const&>(type);
    return std::any_of(record.members, record.members + record.count, [&seen](auto const& member) {
        return holds_any(member.type(), seen);
    });
}

} // namespace

bool fits_strict_form(value_type const& type) {
    std::vector<std::type_info const*> seen;
    return !holds_any(type, seen);
}

json::object build_schema(value_type const& type, schema_form form) {
    return schema_builder(form).build(type);
}

} // namespace async_llm::detail
