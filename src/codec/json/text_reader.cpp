// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/text_reader.hpp"

#include "base/ascii.hpp"

#include <array>

namespace async_llm::codec {
namespace {

// Bytes that are copied at a time.
constexpr std::size_t max_piece = 256u * 1024;

/// The work after which a step ends.
/// Copies a piece of a text.
void copy_piece(std::string_view& rest, std::string& out, json_budget& budget) {
    auto const piece = rest.substr(0, max_piece);
    out += piece;
    rest.remove_prefix(piece.size());
    budget.take_work(json_budget::work_of_text(piece.size()) + 1);
}

/// A text, or a number as it is written.
std::optional<std::string_view> text_of(json_view source) {
    if (auto const text = read_string(source)) return text;
    auto const number = source.number_text();
    return number.empty() ? std::nullopt : std::optional(number);
}

/// Returns whether a type of parts is that of something beside the answer's text.
bool names_other_thing(std::string_view type) noexcept {
    // Thinking parts hold text parts of their own; they are no part of the answer.
    return icontains_any(type, {"reason",     "think",    "thought",   "summary", "tool",     "function",
                                "call",       "search",   "result",    "source",  "citation", "reference",
                                "annotation", "image",    "audio",     "video",   "file",     "context",
                                "document",   "redacted", "signature", "error",   "status",   "usage"});
}

bool is_text_or_number(json_view source) noexcept {
    return !source.is_null() && !source.is_object() && !source.is_array();
}

constexpr std::array<std::string_view, 3> text_names{"text", "content", "value"};

} // namespace

bool names_text(std::string_view type) noexcept {
    return ifind(type, "text") != std::string_view::npos || iequals(type, "markdown");
}

part_text find_part_text(json_view part) {
    part_text found;
    auto const type = find_string(part, "type");
    if (type == "refusal") {
        found.is_refusal = true;
        found.text = find(part, "refusal");
        return found;
    }
    bool const is_usual = type.empty() || type == "text" || type == "output_text";
    if (!is_usual && names_other_thing(type)) return found;
    for (auto const name : text_names) {
        auto const member = find(part, name);
        if (!member) continue;
        if (is_text_or_number(*member)) {
            found.text = member;
            return found;
        }
        if (!member->is_object()) continue;
        for (auto const inner_name : text_names) {
            auto const inner = find(*member, inner_name);
            if (!inner || !is_text_or_number(*inner)) continue;
            found.text = inner;
            return found;
        }
    }
    return found;
}

text_reader::text_reader(json_view source)
    : budget_(source.budget()), rest_(read_string(source).value_or(std::string_view())) {
    if (budget_.take_memory(rest_.size() + json_budget::block_overhead))
        text_.reserve(rest_.size());
    else
        rest_ = {};
}

bool text_reader::step(std::size_t work) {
    auto const end = budget_.end_of_step(work);
    while (!rest_.empty() && budget_.work() < end) copy_piece(rest_, text_, budget_);
    return rest_.empty();
}

part_reader::part_reader(json_view source)
    : budget_(source.budget()), list_(source), next_(source.first()), left_(source.size()) {}

bool part_reader::step(std::size_t work) {
    auto const end = budget_.end_of_step(work);
    while (budget_.work() < end) {
        if (!rest_.empty()) {
            copy_piece(rest_, *out_, budget_);
            continue;
        }
        if (left_ == 0 && measuring_) make_room();
        if (left_ == 0 || budget_.exceeded()) return true;
        budget_.take_work(1);
        bool is_refusal = false;
        auto const text = read_part(is_refusal);
        next_ = next_.next();
        --left_;
        if (!text) continue;
        if (measuring_) {
            auto& total = is_refusal ? refusal_ : content_;
            total.size += text->size();
            total.is_there = true;
        } else {
            out_ = is_refusal ? &*joined_.refusal : &*joined_.content;
            rest_ = *text;
        }
    }
    return false;
}

/// The text of the next part, if it has one.
std::optional<std::string_view> part_reader::read_part(bool& is_refusal) {
    if (auto const text = text_of(next_)) return text;
    if (!next_.is_object()) return std::nullopt;
    auto const found = find_part_text(next_);
    is_refusal = found.is_refusal;
    auto const text = found.text ? text_of(*found.text) : std::nullopt;
    // An empty refusal is none.
    return is_refusal && text && text->empty() ? std::nullopt : text;
}

/// Begins to copy, once all has been measured.
void part_reader::make_room() {
    measuring_ = false;
    if (!make_room(content_, joined_.content) || !make_room(refusal_, joined_.refusal)) return;
    next_ = list_.first();
    left_ = list_.size();
}

/// False: it does not fit the budget.
bool part_reader::make_room(measured const& text, std::optional<std::string>& out) {
    if (!text.is_there) return true;
    out.emplace();
    if (!budget_.take_memory(text.size + json_budget::block_overhead)) return false;
    out->reserve(text.size);
    return true;
}

} // namespace async_llm::codec
