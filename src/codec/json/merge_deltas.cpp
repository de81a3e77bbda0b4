// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/merge_deltas.hpp"

#include "codec/json/decode_limits.hpp"

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
    return std::ranges::find(names, name) != names.end();
}

/// The member with this key. `place`: where it is in the piece, and mostly here as well, since pieces are
/// alike.
template <class Object>
auto* find_near(Object& object, std::size_t place, json::string_view key) noexcept {
    if (place >= object.size()) return object.if_contains(key);
    auto const here = object.begin() + static_cast<std::ptrdiff_t>(place);
    return here->key() == key ? &here->value() : object.if_contains(key);
}

/// Joins a member: a text is continued or replaced. `place`: as in \ref find_near.
void join_member(
    json::object& out,
    json::key_value_pair const& member,
    std::size_t place,
    bool is_continued
) {
    auto* known = find_near(out, place, member.key());
    auto* text = known ? known->if_string() : nullptr;
    auto const* more = member.value().if_string();
    if (!known && out.size() <= max_members)
        out.emplace(member.key(), member.value());
    else if (!known)
        return;
    else if (text && more && is_continued)
        text->append(*more);
    else if (text && more)
        text->assign(*more); // in its memory, which an assigned value would replace
    else if (!member.value().is_null())
        *known = member.value();
}

/// Joins the members for which `continues(name)` says so, and replaces the others.
template <class Continues>
void join(json::object& out, json::object const& piece, Continues continues) {
    std::size_t place = 0;
    for (auto const& member : piece) {
        std::string_view const name(member.key().data(), member.key().size());
        join_member(out, member, place++, continues(name));
    }
}

/// Returns whether these two texts are those of one thing, as far as both are known.
bool agree(std::string_view first, std::string_view second) noexcept {
    return first.empty() || second.empty() || first == second;
}

bool has_reasoning_text(json::object const& block) noexcept {
    return std::ranges::any_of(reasoning_texts, [&block](auto name) {
        return !find_string(block, name).empty();
    });
}

/// Returns whether these are pieces of one reasoning block, by their type, index and id.
bool are_of_one_block(json::object const& known, json::object const& piece) noexcept {
    auto const type = find_string(known, "type");
    if (!is_one_of(type, reasoning_types) || type != find_string(piece, "type")) return false;
    auto const* first = find(known, "index");
    auto const* second = find(piece, "index");
    bool const same_index = first && second ? *first == *second : !first && !second;
    return same_index && agree(find_string(known, "id"), find_string(piece, "id"));
}

/// Returns whether the piece goes on with a block, which may be signed.
bool continues(json::object const& known, json::object const& piece) noexcept {
    auto const signature = find_string(known, "signature");
    if (signature.empty()) return true;
    auto const other = find_string(piece, "signature");
    if (!other.empty()) return other == signature;
    return !has_reasoning_text(known) || !has_reasoning_text(piece);
}

/// Returns whether the piece is all of a signed block once more.
bool repeats(json::object const& known, json::object const& piece) noexcept {
    auto const signature = find_string(known, "signature");
    return !signature.empty() && signature == find_string(piece, "signature") &&
        std::ranges::all_of(reasoning_texts, [&](auto name) {
            return find_string(known, name) == find_string(piece, name);
        });
}

/// The block that the piece belongs to; null pointer: it begins one.
json::object* find_block(json::array& blocks, json::object const& piece) noexcept {
    bool const has_index = find(piece, "index") != nullptr;
    auto const looked_at = std::min(blocks.size(), has_index ? max_open_blocks : std::size_t(1));
    for (std::size_t i = 0; i < looked_at; ++i) {
        auto* const block = blocks[blocks.size() - 1 - i].if_object();
        // Of blocks with the same index, the latest is the one that may go on.
        if (block && are_of_one_block(*block, piece))
            return continues(*block, piece) || repeats(*block, piece) ? block : nullptr;
    }
    return nullptr;
}

/// Returns whether an entry that does not come in pieces is among the last blocks.
bool is_known(json::array const& blocks, json::value const& entry) noexcept {
    auto const looked_at = static_cast<std::ptrdiff_t>(std::min(blocks.size(), max_open_blocks));
    auto const* const object = entry.if_object();
    // Without a name of its own it may be another one that looks alike.
    if (!object || find_string(*object, "id").empty()) return false;
    return std::any_of(blocks.end() - looked_at, blocks.end(), [&](auto const& each) {
        auto const* const other = each.if_object();
        return other && find_string(*other, "id") == find_string(*object, "id") && *other == *object;
    });
}

/// The text of a part that is nothing but text; null pointer if it is more, or something else.
json::string const* plain_text(json::value const& part) noexcept {
    auto const* object = part.if_object();
    if (!object || object->size() != 2 || find_string(*object, "type") != "text") return nullptr;
    auto const* text = object->if_contains("text");
    return text ? text->if_string() : nullptr;
}

// A nested object that has more is replaced, and not joined.
constexpr std::size_t max_joined_members = 256;

/// Returns whether a value is nothing that could take the place of another.
bool says_nothing(json::value const& value) noexcept {
    return value.is_null() || (value.is_string() && value.get_string().empty()) ||
        (value.is_object() && value.get_object().empty()) || (value.is_array() && value.get_array().empty());
}

} // namespace

void join_members(json::object& out, json::object const& piece, same_member rule) {
    join(out, piece, [rule](auto /*name*/) { return rule == same_member::append_text; });
}

void join_call_members(json::object& out, json::object const& piece) {
    std::size_t place = 0;
    for (auto const& member : piece) {
        auto* const known = find_near(out, place, member.key());
        // Names that collide make large objects slow.
        bool const is_narrow =
            known && known->is_object() && known->get_object().size() <= max_joined_members;
        if (is_narrow && member.value().is_object())
            join_call_members(known->get_object(), member.value().get_object());
        else if (!known || !says_nothing(member.value()))
            join_member(out, member, place, false);
        ++place;
    }
}

void known_entries::join(json::array& out, json::array const& piece) {
    for (auto const& entry : piece) {
        auto const hash = std::hash<json::value>()(entry);
        auto const known = places_.find(hash);
        if (known != places_.end() && out[known->second] == entry) continue;
        if (known == places_.end() && places_.size() < max_size) places_.emplace(hash, out.size());
        out.push_back(entry);
    }
}

void join_reasoning(json::array& out, json::array const& piece) {
    for (auto const& entry : piece) {
        auto const* const object = entry.if_object();
        auto* const block = object ? find_block(out, *object) : nullptr;
        if (!block) {
            if (!is_known(out, entry)) out.push_back(entry);
        } else if (!repeats(*block, *object)) {
            codec::join(*block, *object, [](auto name) { return is_one_of(name, reasoning_texts); });
        }
    }
}

void join_parts(json::array& out, json::array const& piece) {
    bool is_first = true;
    for (auto const& part : piece) {
        auto const* text = is_first ? plain_text(part) : nullptr;
        is_first = false;
        if (text)
            join_text_part(out, std::string_view(text->data(), text->size()));
        else
            out.push_back(part);
    }
}

void join_text_part(json::array& out, std::string_view text) {
    if (!out.empty() && plain_text(out.back())) {
        out.back().get_object()["text"].get_string().append(text);
        return;
    }
    auto& part = out.emplace_back(json::object_kind).get_object();
    part.emplace("type", "text");
    part.emplace("text", json::string(text, part.storage()));
}

void join_audio(json::value& out, json::value const& piece) {
    if (out.is_object() && piece.is_object())
        join(out.get_object(), piece.get_object(), [](auto name) { return is_one_of(name, audio_texts); });
    else if (!piece.is_null())
        out = piece;
}

std::size_t size_of(json::value const& source) noexcept {
    auto const* text = source.if_string();
    auto const* list = source.if_array();
    auto const* object = source.if_object();
    return sizeof(source) + (text ? text->size() : list ? size_of(*list) : object ? size_of(*object) : 0);
}

std::size_t size_of(json::array const& source) noexcept {
    std::size_t size = 0;
    for (auto const& entry : source) size += size_of(entry);
    return size;
}

std::size_t size_of(json::object const& source) noexcept {
    std::size_t size = 0;
    for (auto const& member : source) size += member.key().size() + size_of(member.value());
    return size;
}

std::ptrdiff_t growth_of(json::object const& out, json::object const& piece, same_member rule) noexcept {
    auto const is_text = [rule](auto const& known, auto const& value) {
        return rule == same_member::append_text && known.is_string() && value.is_string();
    };
    std::ptrdiff_t growth = 0;
    std::size_t place = 0;
    for (auto const& member : piece) {
        auto const& value = member.value();
        auto const* known = find_near(out, place++, member.key());
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
