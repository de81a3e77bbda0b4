// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/said_texts.hpp"

#include "base/has_text.hpp"

#include <boost/json/object.hpp>

#include <algorithm>

namespace async_llm::codec {

void said_text::keep(std::string_view piece) noexcept {
    auto const count = std::min(piece.size(), beginning_.size() - size_);
    std::copy_n(piece.begin(), count, beginning_.begin() + static_cast<std::ptrdiff_t>(size_));
}

bool said_text::begins(std::string_view text) const noexcept {
    auto const kept = std::string_view(beginning_.data(), std::min(size_, beginning_.size()));
    return text.substr(0, kept.size()) == kept.substr(0, text.size());
}

said_texts::said_by_choice& said_texts::find_other(std::int64_t index) {
    auto const known = std::ranges::find(others_, index, &said_by_choice::index);
    return known != others_.end() ? *known : others_.emplace_back(index);
}

bool said_texts::is_whole(said_by_choice const& known, chunk_choice const& choice) noexcept {
    if (known.by_deltas) return true;
    // Without deltas, messages are the pieces of the answer.
    auto const& text = choice.delta.content;
    return text && !(choice.finish_reason == finish_reason::none) && known.content.pieces() > 1 &&
        text->size() >= known.content.size() && known.content.begins(*text);
}

void said_texts::take_out(said_by_choice const& known, chunk_choice& choice) {
    auto& delta = choice.delta;
    auto const reduce = [&choice](said_text const& said, std::optional<std::string>& text, char const* name) {
        if (!has_text(text) || said.size() == 0) return;
        if (!said.begins(*text)) {
            auto& kept = choice.extra["message"];
            if (!kept.is_object()) kept.emplace_object();
            kept.get_object()[name] = *text;
            text.reset();
        } else if (text->size() <= said.size()) {
            text.reset();
        } else {
            text->erase(0, said.size());
        }
    };
    // Parts say the text once more.
    if (known.content.size() != 0) delta.content_parts.clear();
    reduce(known.content, delta.content, "content");
    reduce(known.reasoning, delta.reasoning, "reasoning");
    reduce(known.refusal, delta.refusal, "refusal");
    if (known.has_blocks) delta.reasoning_details.reset();
    if (known.has_audio) delta.audio = nullptr;
    if (known.has_logprobs) choice.logprobs.clear();
    if (!known.has_extra) return;
    // Texts of one name are joined.
    for (auto at = delta.extra.begin(); at != delta.extra.end();)
        at = at->value().is_string() ? delta.extra.erase(at) : std::next(at);
}

void said_texts::reduce(std::vector<chunk_choice>& choices, message_places const& messages) {
    for (std::size_t i = 0; i < choices.size(); ++i) {
        auto& choice = choices[i];
        auto& known = find(choice.index);
        bool const is_message = i < messages.size() && messages[i];
        if (is_message && is_whole(known, choice)) take_out(known, choice);
        auto const& delta = choice.delta;
        known.content.note(delta.content);
        known.reasoning.note(delta.reasoning);
        known.refusal.note(delta.refusal);
        bool const says_text =
            has_text(delta.content) || has_text(delta.reasoning) || has_text(delta.refusal);
        known.by_deltas = known.by_deltas || (!is_message && says_text);
        known.has_blocks = known.has_blocks || delta.reasoning_details;
        known.has_audio = known.has_audio || !delta.audio.is_null();
        known.has_logprobs = known.has_logprobs || !choice.logprobs.empty();
        known.has_extra = known.has_extra || !delta.extra.empty();
    }
}

} // namespace async_llm::codec
