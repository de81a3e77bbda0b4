// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/join_json.hpp"

#include "codec/decode_limits.hpp"

#include <algorithm>
#include <array>

namespace async_llm::codec {
namespace {

constexpr std::array<std::string_view, 2> reasoning_types{"reasoning.text", "reasoning.summary"};
// The members of a reasoning block and of sound that come in pieces.
constexpr std::array<std::string_view, 2> reasoning_texts{"text", "summary"};
constexpr std::array<std::string_view, 2> audio_texts{"data", "transcript"};

// One more shows that there were too many; with all of them a peer could make the table of an object slow.
constexpr std::size_t max_members = decode_limits().max_json_members;

template <class Names>
bool is_one_of(std::string_view name, Names const& names) noexcept {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// The member with this key. `place`: where it is in the piece, and mostly here as well, since pieces are alike.
template <class Object>
auto* find_near(Object& in, std::size_t place, json::string_view key) noexcept {
    if (place >= in.size()) return in.if_contains(key);
    auto const here = in.begin() + static_cast<std::ptrdiff_t>(place);
    return here->key() == key ? &here->value() : in.if_contains(key);
}

/// Joins the members for which `continues(name)` says so, and replaces the others.
template <class Continues>
void join(json::object& to, json::object const& piece, Continues continues) {
    std::size_t place = 0;
    for (auto const& member : piece) {
        std::string_view const name(member.key().data(), member.key().size());
        auto* known = find_near(to, place++, member.key());
        auto* text = known ? known->if_string() : nullptr;
        auto const* more = member.value().if_string();
        if (!known && to.size() <= max_members)
            to.emplace(name, member.value());
        else if (!known)
            continue;
        else if (text && more && continues(name))
            text->append(*more);
        else if (text && more)
            text->assign(*more); // in its memory, which an assigned value would replace
        else if (!member.value().is_null())
            *known = member.value();
    }
}

/// Are these two pieces of one reasoning block?
bool is_continued(json::value const& last, json::value const& next) noexcept {
    auto const* a = last.if_object();
    auto const* b = next.if_object();
    if (!a || !b) return false;
    auto const type = find_string(*a, "type");
    if (!is_one_of(type, reasoning_types) || type != find_string(*b, "type")) return false;
    auto const* first = find(*a, "index");
    auto const* second = find(*b, "index");
    return first && second ? *first == *second : !first && !second;
}

/// The text of a part that is nothing but text; null pointer if it is more, or something else.
json::string const* plain_text(json::value const& part) noexcept {
    auto const* object = part.if_object();
    if (!object || object->size() != 2 || find_string(*object, "type") != "text") return nullptr;
    auto const* text = object->if_contains("text");
    return text ? text->if_string() : nullptr;
}

} // namespace

void join_members(json::object& to, json::object const& piece, same_member rule) {
    join(to, piece, [rule](auto /*name*/) { return rule == same_member::append_text; });
}

void join_list(json::array& to, json::array const& piece) {
    for (auto const& entry : piece) to.push_back(entry);
}

void join_reasoning(json::array& to, json::array const& piece) {
    for (auto const& entry : piece) {
        if (to.empty() || !is_continued(to.back(), entry)) {
            to.push_back(entry);
            continue;
        }
        join(to.back().get_object(), entry.get_object(), [](auto name) {
            return is_one_of(name, reasoning_texts);
        });
    }
}

void join_parts(json::array& to, json::array const& piece) {
    bool is_first = true;
    for (auto const& part : piece) {
        auto const* text = is_first ? plain_text(part) : nullptr;
        is_first = false;
        if (text)
            join_text_part(to, std::string_view(text->data(), text->size()));
        else
            to.push_back(part);
    }
}

void join_text_part(json::array& to, std::string_view text) {
    if (!to.empty() && plain_text(to.back())) {
        to.back().get_object()["text"].get_string().append(text);
        return;
    }
    auto& part = to.emplace_back(json::object_kind).get_object();
    part.emplace("type", "text");
    part.emplace("text", json::string(text, part.storage()));
}

void join_audio(json::value& to, json::value const& piece) {
    if (to.is_object() && piece.is_object())
        join(to.get_object(), piece.get_object(), [](auto name) { return is_one_of(name, audio_texts); });
    else if (!piece.is_null())
        to = piece;
}

std::size_t size_of(json::value const& from) noexcept {
    auto const* text = from.if_string();
    auto const* list = from.if_array();
    auto const* object = from.if_object();
    return sizeof(from) + (text ? text->size() : list ? size_of(*list) : object ? size_of(*object) : 0);
}

std::size_t size_of(json::array const& from) noexcept {
    std::size_t size = 0;
    for (auto const& entry : from) size += size_of(entry);
    return size;
}

std::size_t size_of(json::object const& from) noexcept {
    std::size_t size = 0;
    for (auto const& member : from) size += member.key().size() + size_of(member.value());
    return size;
}

std::ptrdiff_t growth_of(json::object const& to, json::object const& piece, same_member rule) noexcept {
    auto const is_text = [rule](auto const& known, auto const& value) {
        return rule == same_member::append_text && known.is_string() && value.is_string();
    };
    std::ptrdiff_t growth = 0;
    std::size_t place = 0;
    for (auto const& member : piece) {
        auto const& value = member.value();
        auto const* known = find_near(to, place++, member.key());
        if (!known)
            growth += static_cast<std::ptrdiff_t>(member.key().size() + size_of(value));
        else if (is_text(*known, value))
            growth += static_cast<std::ptrdiff_t>(value.get_string().size());
        else if (!value.is_null())
            growth +=
                static_cast<std::ptrdiff_t>(size_of(value)) - static_cast<std::ptrdiff_t>(size_of(*known));
    }
    return growth;
}

} // namespace async_llm::codec
