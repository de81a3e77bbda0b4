// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_template.hpp"

#include "codec/chat/decode_reasoning.hpp"
#include "codec/json/plain_run.hpp"
#include "codec/json/unescape.hpp"
#include "codec/reply/reply_errors.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>

namespace async_llm::codec {
namespace {

constexpr std::size_t max_slots = 4;
// Longer events are rare, and copies of them would stay as long as the stream.
constexpr std::size_t max_model_size = 4096;
// After so many models that were of no use, only one event in so many becomes one.
constexpr std::size_t many_in_vain = 8;
constexpr std::size_t rarely = 32;

using texts = std::array<std::string_view, max_slots>;

enum class field { content, reasoning, extra };

/// A text that may be another one in the next event.
struct slot {
    slot() = default;
    slot(field member_kind, std::size_t index, std::string_view now)
        : kind(member_kind), member(index), text(now) {}

    field kind = field::content;
    /// Of `extra`: which of its members.
    std::size_t member = 0;
    /// Place in the event that is learned.
    std::string_view text;
    /// Text before it, from the slot before it on: its place in the model.
    std::size_t start = 0;
    std::size_t size = 0;
};

/// The member if there is exactly one of this name. Of two, the decoder would take which it likes.
std::optional<json_view> only(json_view source, std::string_view name) {
    std::optional<json_view> found;
    std::size_t count = 0;
    source.for_each_member([&](std::string_view key, json_view value) {
        if (key != name) return;
        found = value;
        ++count;
    });
    return count == 1 ? found : std::nullopt;
}

bool is_within(std::string_view whole, std::string_view part) noexcept {
    std::less_equal<> const before;
    return before(whole.data(), part.data()) &&
        before(part.data() + part.size(), whole.data() + whole.size());
}

/// Returns whether a choice says nothing but its index, a role, and the texts that may be slots.
bool is_bare(chunk_choice const& choice) noexcept {
    // By all members that there are, so that one more does not compile before it has been thought of.
    auto const& [index, delta, finish, native_finish, logprobs, refusal_logprobs, error, extra] = choice;
    auto const& [role, content, parts, refusal, reasoning, member, details, calls, notes, images, audio, more] =
        delta;
    return parts.empty() && !refusal && !details && calls.empty() && notes.empty() && images.empty() &&
        audio.is_null() && more.empty() && finish == finish_reason::none && native_finish.empty() &&
        logprobs.empty() && refusal_logprobs.empty() && !error && extra.empty();
}

/// Nearly always it is the same, which is cheaper to see than to write.
void overwrite(std::string& out, std::string const& text) {
    if (out != text) out = text;
}

/// Returns whether these texts are under the names that `shape` has, in its order.
bool are_texts_of(boost::json::object const& extra, boost::json::object const& shape) noexcept {
    return std::ranges::equal(extra, shape, [](auto const& a, auto const& b) {
        return a.value().is_string() && a.key() == b.key();
    });
}

void set_text(boost::json::value& out, std::string_view text) {
    if (auto* const known = out.if_string())
        known->assign(text);
    else
        out = text;
}

/// Looks for the texts of an event.
class slot_search {
public:
    slot_search(std::string_view data, chat_chunk const& chunk) : data_(data), chunk_(chunk) {}

    /// False: the event is no model.
    bool run(json_view event) {
        if (!event.is_object() || chunk_.choices.size() != 1) return false;
        look_at_choice(event);
        std::size_t member = 0;
        for (auto const& each : chunk_.extra) {
            auto const value = only(event, std::string_view(each.key().data(), each.key().size()));
            if (value) add(*value, field::extra, member);
            ++member;
        }
        return count_ != 0;
    }

    std::array<slot, max_slots> const& slots() const noexcept { return slots_; }
    std::size_t count() const noexcept { return count_; }

private:
    void look_at_choice(json_view event) {
        auto const choices = only(event, "choices");
        if (!choices || !choices->is_array()) return;
        choices->for_each_element([this](json_view choice) {
            // A message beside it may be read in its place, which depends on the texts.
            if (!choice.is_object() || find(choice, "message")) return false;
            auto const delta = only(choice, "delta");
            if (!delta || !delta->is_object()) return false;
            // It depends on the texts which of several counts.
            bool const has_others = find(choice, "text") || find(choice, "content") || find(*delta, "text");
            if (!has_others && !has_other_reasoning(*delta)) look_at_delta(*delta);
            return false;
        });
    }

    static bool has_other_reasoning(json_view delta) {
        bool found = false;
        delta.for_each_member([&found](std::string_view name, json_view) {
            found = found || find_other_reasoning(name).has_value();
        });
        return found;
    }

    void look_at_delta(json_view delta) {
        if (auto const content = only(delta, "content")) add(*content, field::content, 0);
        // With both names present it depends on the texts which of them counts.
        auto const reasoning = find(delta, "reasoning");
        auto const older_name = find(delta, "reasoning_content");
        if (!reasoning == !older_name) return;
        auto const text = only(delta, reasoning ? "reasoning" : "reasoning_content");
        if (text) add(*text, field::reasoning, 0);
    }

    void add(json_view value, field kind, std::size_t member) {
        auto const text = read_string(value);
        // A string that had escapes is elsewhere.
        if (!text || !is_within(data_, *text) || count_ == max_slots) return;
        // In the order of the text.
        auto place = count_++;
        for (; place != 0 && std::less<>()(text->data(), slots_[place - 1].text.data()); --place)
            slots_[place] = slots_[place - 1];
        slots_[place] = slot(kind, member, *text);
    }

    std::string_view data_;
    chat_chunk const& chunk_;
    std::array<slot, max_slots> slots_;
    std::size_t count_ = 0;
};

} // namespace

/// An event that was read in full, in pieces.
struct chunk_template::shape {
    shape(std::string_view data, slot_search const& found, chat_chunk const& said)
        : text(data), slots(found.slots()), count(found.count()), chunk(said), choice(said.choices.front()) {
        chunk.choices.clear();
        for (std::size_t i = 0; i < count; ++i) {
            auto& each = slots[i];
            auto const begin = static_cast<std::size_t>(each.text.data() - data.data());
            each.start = tail;
            each.size = begin - tail;
            tail = begin + each.text.size();
            each.text = {};
        }
        bare = is_bare(choice);
        only_texts = count_of(field::extra) == chunk.extra.size();
        has_content_slot = count_of(field::content) != 0;
        has_reasoning_slot = count_of(field::reasoning) != 0;
        // The texts need not be copied again and again.
        fill(texts(), chunk, choice);
        may_be_hollow = !chunk.extra.empty() && shows_nothing(choice);
    }

    std::size_t count_of(field kind) const noexcept {
        auto const is_there = [kind](slot const& each) { return each.kind == kind; };
        auto const end = slots.begin() + static_cast<std::ptrdiff_t>(count);
        return static_cast<std::size_t>(std::count_if(slots.begin(), end, is_there));
    }

    enum class match_result { same, other_texts, other };

    /// Is `data` this event with other texts? They stay until the next call.
    match_result match(std::string_view data, texts& found) {
        std::string_view const whole(text);
        auto rest = data;
        for (std::size_t i = 0; i < count; ++i) {
            auto const& next = slots[i];
            if (!rest.starts_with(whole.substr(next.start, next.size))) return match_result::other;
            rest.remove_prefix(next.size);
            found[i] = rest.substr(0, literal_length(rest));
            rest.remove_prefix(found[i].size());
            if (rest.starts_with('\\') && data.size() <= max_model_size) {
                auto& read = unescaped[i];
                read = found[i];
                rest.remove_prefix(unescape(rest, read));
                found[i] = read;
            }
            if (!rest.starts_with('"')) return match_result::other_texts;
        }
        return rest == whole.substr(tail) ? match_result::same : match_result::other;
    }

    /// Says it with these texts. Over what `out` says, which mostly is the same with other texts: so in its
    /// memory.
    void write(texts const& found, chat_chunk& out) const {
        // All that there is, as above.
        auto& [id, object, created, answering, provider, fingerprint, tier, choices, usage, extra] = out;
        overwrite(id, chunk.id);
        overwrite(object, chunk.object);
        created = chunk.created;
        overwrite(answering, chunk.model);
        overwrite(provider, chunk.provider);
        overwrite(fingerprint, chunk.system_fingerprint);
        overwrite(tier, chunk.service_tier);
        tell_choice(choices);
        usage = chunk.usage;
        if (!only_texts || !are_texts_of(extra, chunk.extra)) extra = chunk.extra;
        fill(found, out, choices.front());
    }

    /// Returns whether an event with these texts has nothing but them and further members.
    bool is_hollow(texts const& found) const noexcept {
        if (!may_be_hollow) return false;
        for (std::size_t i = 0; i < count; ++i) {
            if (slots[i].kind != field::extra && !found[i].empty()) return false;
        }
        return true;
    }

    void tell_choice(std::vector<chunk_choice>& out) const {
        if (!bare) return out.assign(1, choice);
        if (out.size() != 1 || !is_bare(out.front())) {
            // To begin with an empty one is a fourth of the work of a copy.
            out.clear();
            out.emplace_back();
        }
        auto& said = out.front();
        said.index = choice.index;
        said.delta.role = choice.delta.role;
        said.delta.reasoning_member = choice.delta.reasoning_member;
        if (!has_content_slot) said.delta.content = choice.delta.content;
        if (!has_reasoning_slot) said.delta.reasoning = choice.delta.reasoning;
    }

    void fill(texts const& source, chat_chunk& out, chunk_choice& said) const {
        for (std::size_t i = 0; i < count; ++i) {
            switch (slots[i].kind) {
            case field::content: said.delta.content = source[i]; break;
            case field::reasoning: said.delta.reasoning = source[i]; break;
            case field::extra:
                set_text(
                    (out.extra.begin() + static_cast<std::ptrdiff_t>(slots[i].member))->value(),
                    source[i]
                );
                break;
            }
        }
    }

    std::string text;
    std::array<slot, max_slots> slots;
    /// Texts with escapes of the event that is read; short, as it is.
    std::array<std::string, max_slots> unescaped;
    std::size_t count;
    /// End of the last slot.
    std::size_t tail = 0;
    /// Chunk without the texts; the choice by itself.
    chat_chunk chunk;
    chunk_choice choice;
    bool bare = false;
    /// Returns whether every member of `extra` is a slot.
    bool only_texts = false;
    bool has_content_slot = false;
    bool has_reasoning_slot = false;
    /// Without its texts it may be an error (\ref codec::is_hollow), and then is read in full.
    bool may_be_hollow = false;
};

chunk_template::chunk_template() = default;
chunk_template::chunk_template(chunk_template&&) noexcept = default;
chunk_template& chunk_template::operator=(chunk_template&&) noexcept = default;
chunk_template::~chunk_template() = default;

bool chunk_template::read(std::string_view data, chat_chunk& chunk) {
    if (!shape_) return false;
    texts found;
    auto const similarity = shape_->match(data, found);
    still_good_ = similarity == shape::match_result::other_texts;
    if (similarity != shape::match_result::same || shape_->is_hollow(found)) return false;
    in_vain_ = 0;
    shape_->write(found, chunk);
    return true;
}

void chunk_template::learn(std::string_view data, json_view event, chat_chunk const& chunk) {
    if (still_good_ || data.size() > max_model_size) return;
    if (in_vain_ >= many_in_vain && ++passed_over_ % rarely != 0) return;
    slot_search found(data, chunk);
    if (!found.run(event)) return;
    ++in_vain_;
    shape_ = std::make_unique<shape>(data, found, chunk);
}

} // namespace async_llm::codec
