// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_content.hpp"

#include "base/has_text.hpp"
#include "codec/json/deferred_values.hpp"
#include "codec/json/json_tree.hpp"
#include "codec/json/take_word.hpp"
#include "codec/json/text_reader.hpp"

#include <utility>

namespace async_llm::codec {
namespace {

joined_parts read_parts(json_view source) {
    if (auto* const later = source.deferred())
        return later->take_or_defer<part_reader>(source, work_of_tree(source));
    return read_whole<part_reader>(source);
}

/// Returns whether an object is a part of a content, and not JSON that the model was asked for.
bool is_part(json_view source) {
    auto const type = find_string(source, "type");
    bool const has_text = find(source, "text").has_value();
    if (type.empty()) return has_text && source.size() == 1;
    if (has_text || find(source, type)) return true;
    return names_text(type) && (find(source, "content") || find(source, "value"));
}

template <class Message>
void read_one_part(json_view source, Message& out) {
    auto const found = find_part_text(source);
    auto const words = found.text ? take_word(*found.text) : std::nullopt;
    if (!words) return;
    if (!found.is_refusal)
        append_text(out.content, *words);
    else if (!words->empty())
        append_text(out.refusal, *words);
}

/// Reads what stands in place of the content. Unset: it is no text.
std::optional<std::string> read_other_text(json_view source) {
    std::optional<std::string> text;
    // A large text is copied in steps.
    if (assign(source, text)) return text;
    if (!source.is_array() && !source.is_object()) return take_word(source);
    if (source.size() == 0) return std::nullopt;
    if (source.is_array()) {
        if (!source.budget().take_values(source.size())) return std::nullopt;
        return read_parts(source).content;
    }
    auto const part = is_part(source) ? find_part_text(source).text : std::nullopt;
    auto word = part ? take_word(*part) : std::nullopt;
    return word ? std::move(word) : take_json(source);
}

} // namespace

void append_text(std::optional<std::string>& out, std::string_view text) {
    if (!out) out.emplace();
    *out += text;
}

template <class Message>
void read_content(json_view source, Message& out) {
    if (source.is_null()) return;
    out.content.reset();
    // A large text is copied in steps.
    if (assign(source, out.content)) return;
    if (auto word = take_word(source)) {
        out.content = std::move(*word);
    } else if (source.is_object()) {
        // A part without its list, or a structured answer that ought to have been a text.
        if (!is_part(source)) return append_text(out.content, take_json(source));
        read_one_part(source, out);
        auto value = source.to_value();
        if (value.is_object()) out.content_parts.push_back(std::move(value));
    } else {
        // Taken, since there may be several lists.
        if (!source.budget().take_values(source.size())) return;
        auto read = read_parts(source);
        out.content = std::move(read.content);
        if (!out.refusal)
            out.refusal = std::move(read.refusal);
        else if (read.refusal && source.budget().take_text(read.refusal->size()))
            *out.refusal += *read.refusal;
        assign(source, out.content_parts);
    }
}

template void read_content(json_view, assistant_message&);
template void read_content(json_view, message_delta&);

bool read_text_beside(
    json_view source,
    std::initializer_list<std::string_view> names,
    empty_text empty,
    std::optional<std::string>& content,
    json::object& extra
) {
    if (extra.empty() || has_text(content)) return false;
    for (auto const name : names) {
        auto const member = extra.contains(name) ? find(source, name) : std::nullopt;
        auto text = member ? read_other_text(*member) : std::nullopt;
        if (!text || (text->empty() && empty == empty_text::is_none)) continue;
        content = std::move(text);
        extra.stable_erase(name);
        return true;
    }
    return false;
}

} // namespace async_llm::codec
