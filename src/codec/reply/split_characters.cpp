// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/split_characters.hpp"

#include "base/utf8.hpp"
#include "codec/json/half_character.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace async_llm::codec {
namespace {

namespace json = boost::json;

// In place of a call's index that is not reported.
constexpr std::int64_t no_index = -1;

/// Puts the bytes that are marked in the place of their marks.
std::string without_marks(std::string_view text) {
    std::string result;
    for (;;) {
        auto const at = find_mark(text);
        result += text.substr(0, at);
        if (at == std::string_view::npos) return result;
        auto const byte = read_mark(text.substr(at));
        if (byte)
            result += *byte;
        else
            result += text.substr(at, 3);
        text.remove_prefix(at + (byte ? 6 : 3));
    }
}

/// Appends the character of a surrogate pair.
void append_pair(int leading, int trailing, std::string& out) {
    auto const value = static_cast<unsigned>(0x10000 + ((leading - 0xd800) << 10) + (trailing - 0xdc00));
    for (auto const shift : {18u, 12u, 6u, 0u}) {
        auto const lead = shift == 18 ? 0xf0u : 0x80u;
        out += static_cast<char>(static_cast<unsigned char>(lead | (value >> shift & 0x3fu)));
    }
}

/// Makes valid UTF-8 of bytes, in which halves of surrogate pairs have three.
/** Gives an incomplete character at the end. */
std::string to_valid(std::string_view bytes, std::string& out) {
    while (!bytes.empty()) {
        auto length = utf8_length(bytes);
        if (length != 0) {
            out += bytes.substr(0, length);
        } else if (auto const half = read_half_of_pair(bytes); half >= 0) {
            auto const other = read_half_of_pair(bytes.substr(3));
            bool const leads = half < 0xdc00;
            if (leads && bytes.size() == 3) return std::string(bytes);
            bool const is_pair = leads && other >= 0xdc00;
            if (is_pair)
                append_pair(half, other, out);
            else
                out += replacement_character;
            length = is_pair ? 6 : 3;
        } else {
            length = utf8_prefix(bytes);
            if (length == bytes.size() && is_utf8_lead(bytes[0])) return std::string(bytes);
            out += replacement_character;
        }
        bytes.remove_prefix(length);
    }
    return std::string();
}

void replace_marks(json::value& tree);

void replace_marks(json::object& tree) {
    for (auto& member : tree) replace_marks(member.value());
}

void replace_marks(json::array& tree) {
    for (auto& element : tree) replace_marks(element);
}

/// Makes U+FFFD of what is marked in a tree, where nothing is joined.
void replace_marks(json::value& tree) {
    if (auto* const object = tree.if_object()) return replace_marks(*object);
    if (auto* const list = tree.if_array()) return replace_marks(*list);
    auto* const text = tree.if_string();
    if (!text || find_mark(std::string_view(text->data(), text->size())) == std::string_view::npos) return;
    std::string valid;
    if (!to_valid(without_marks(std::string_view(text->data(), text->size())), valid).empty())
        valid += replacement_character;
    text->assign(valid);
}

void replace_marks(std::vector<token_logprob>& tokens) {
    for (auto& token : tokens) {
        replace_marks(token.extra);
        replace_marks(token.top_logprobs);
    }
}

/// In all that is kept as it came.
void replace_marks_in_trees(chunk_choice& choice) {
    auto& delta = choice.delta;
    for (auto* const list : {&delta.content_parts, &delta.annotations, &delta.images}) replace_marks(*list);
    if (delta.reasoning_details) replace_marks(*delta.reasoning_details);
    replace_marks(delta.audio);
    replace_marks(delta.extra);
    for (auto& call : delta.tool_calls) replace_marks(call.extra);
    replace_marks(choice.logprobs);
    replace_marks(choice.refusal_logprobs);
    if (choice.error) replace_marks(choice.error->raw);
    replace_marks(choice.extra);
}

void replace_marks_in_trees(chat_chunk& chunk) {
    for (auto& choice : chunk.choices) replace_marks_in_trees(choice);
    replace_marks(chunk.extra);
    if (!chunk.usage) return;
    replace_marks(chunk.usage->extra);
    replace_marks(chunk.usage->cost_details);
}

std::int64_t index_of(tool_call_delta const& call) noexcept { return call.index.value_or(no_index); }

} // namespace

void split_characters::join(chat_chunk& chunk, bool is_marked) {
    for (auto& choice : chunk.choices) join(choice, is_marked);
    if (is_marked) replace_marks_in_trees(chunk);
}

void split_characters::join(chunk_choice& choice, bool is_marked) {
    bool const is_last = !(choice.finish_reason == finish_reason::none);
    auto& delta = choice.delta;
    auto const join_text = [&](field text_member, std::optional<std::string>& text) {
        if (text) join(place(choice.index, text_member, no_index), *text, is_marked, is_last);
    };
    join_text(field::content, delta.content);
    join_text(field::reasoning, delta.reasoning);
    join_text(field::refusal, delta.refusal);
    join_calls(choice, is_marked);
    if (is_last) end(choice);
}

void split_characters::join_calls(chunk_choice& choice, bool is_marked) {
    auto& calls = choice.delta.tool_calls;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        place const at(choice.index, field::arguments, index_of(calls[i]));
        // A name begins a call: what the one before it has not completed, perhaps with the same index, is its
        // own.
        if (!calls[i].name.empty() && !take(at).empty()) {
            tool_call_delta rest;
            rest.index = calls[i].index;
            rest.arguments = replacement_character;
            calls.insert(calls.begin() + static_cast<std::ptrdiff_t>(i++), std::move(rest));
        }
        if (!calls[i].arguments.empty()) join(at, calls[i].arguments, is_marked, false);
    }
}

void split_characters::join(place const& at, std::string& text, bool is_marked, bool is_last) {
    // An empty text says nothing of the character that is not complete.
    if (text.empty()) return;
    auto bytes = take(at);
    if (bytes.empty() && (!is_marked || find_mark(text) == std::string_view::npos)) return;
    bytes += is_marked ? without_marks(text) : text;
    text.clear();
    auto rest = to_valid(bytes, text);
    if (rest.empty()) return;
    if (is_last || kept_.size() == max_kept)
        text += replacement_character;
    else
        kept_.emplace_back(at, std::move(rest));
}

void split_characters::end(chunk_choice& choice) {
    auto const is_of_choice = [&choice](beginning const& each) { return each.at.choice == choice.index; };
    for (auto const& each : kept_)
        if (is_of_choice(each)) append(each.at, choice);
    std::erase_if(kept_, is_of_choice);
}

void split_characters::end(chat_chunk& chunk) {
    for (auto const& each : kept_) {
        auto known = std::ranges::find(chunk.choices, each.at.choice, &chunk_choice::index);
        if (known == chunk.choices.end()) {
            known = chunk.choices.emplace(known);
            known->index = each.at.choice;
        }
        append(each.at, *known);
    }
    kept_.clear();
}

/// Appends U+FFFD to one of the texts of a choice.
void split_characters::append(place const& at, chunk_choice& out) {
    auto& delta = out.delta;
    if (at.member == field::arguments) {
        auto& piece = delta.tool_calls.emplace_back();
        if (at.call != no_index) piece.index = at.call;
        piece.arguments = replacement_character;
        return;
    }
    auto& text = at.member == field::content ? delta.content
        : at.member == field::reasoning      ? delta.reasoning
                                             : delta.refusal;
    if (!text) text.emplace();
    *text += replacement_character;
}

/// Takes what is kept for a place; empty: nothing.
std::string split_characters::take(place const& at) {
    auto const known = std::ranges::find(kept_, at, &beginning::at);
    if (known == kept_.end()) return std::string();
    auto bytes = std::move(known->bytes);
    kept_.erase(known);
    return bytes;
}

} // namespace async_llm::codec
