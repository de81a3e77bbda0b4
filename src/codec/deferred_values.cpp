// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/deferred_values.hpp"

#include "codec/decode_tokens.hpp"
#include "codec/json_tree.hpp"

#include <optional>
#include <utility>

namespace async_llm::codec {
namespace {

// Most work for a value that is built in place; most for all of them in one unit before only small ones are.
// Each is a few milliseconds.
constexpr std::size_t max_in_place = 4096;
constexpr std::size_t max_small = 64;
constexpr std::size_t max_all_in_place = 64u * 1024;

// Work that is done in one step.
constexpr std::size_t step_size = 32u * 1024;

/// The work to make a tree; of a large value not all of it.
std::size_t work_of_tree(json_view from) noexcept {
    auto const size = from.span();
    return size > max_in_place ? size : size + json_budget::work_of_text(from.text_size());
}

template <class Reader>
void read_whole(Reader& reader) {
    while (!reader.step(step_size)) {
    }
}

} // namespace

/// Value that takes several steps.
struct deferred_values::item {
    virtual ~item() = default;

    virtual bool step() = 0;

    bool is_done = false;
};

template <class Reader>
struct deferred_values::item_of final : item {
    explicit item_of(json_view view) : from(view) {}

    // Nothing before the first step: until then, what the unit takes from the budget is to be given back.
    bool step() override {
        if (!reader) reader.emplace(from);
        return is_done = reader->step(step_size);
    }

    json_view from;
    std::optional<Reader> reader;
};

deferred_values::deferred_values() = default;
deferred_values::~deferred_values() = default;

void deferred_values::begin_unit() {
    items_.clear();
    waiting_.clear();
    in_place_ = 0;
}

json::value deferred_values::take_or_defer(json_view from) {
    if (may_build_in_place(work_of_tree(from))) return build_tree(from);
    auto const built = find_or_defer<tree_builder>(from, item_kind::tree);
    return built ? built->reader->take() : nullptr;
}

void deferred_values::take_or_defer(json_view from, std::vector<token_logprob>& to) {
    if (may_build_in_place(from.span())) {
        token_reader reader(from);
        read_whole(reader);
        to = reader.take();
    } else if (auto const built = find_or_defer<token_reader>(from, item_kind::tokens)) {
        to = built->reader->take();
    }
}

void deferred_values::take_or_defer(json_view from, std::string& to) {
    auto const text = *read_string(from);
    if (may_build_in_place(1 + json_budget::work_of_text(text.size()))) {
        if (from.budget().take_text(text.size())) to = text;
    } else if (auto const built = find_or_defer<text_reader>(from, item_kind::text)) {
        to = built->reader->take();
    }
}

void deferred_values::take_or_defer(json_view from, joined_parts& to) {
    if (may_build_in_place(work_of_tree(from))) {
        part_reader reader(from);
        read_whole(reader);
        to = reader.take();
    } else if (auto const built = find_or_defer<part_reader>(from, item_kind::parts)) {
        to = built->reader->take();
    }
}

/// The item if it is complete; null if it is, or has become, one that is waiting.
template <class Reader>
std::unique_ptr<deferred_values::item_of<Reader>>
deferred_values::find_or_defer(json_view from, item_kind kind) {
    auto& known = items_[std::pair(from.index(), kind)];
    if (!known) {
        known = std::make_unique<item_of<Reader>>(from);
        waiting_.push_back(known.get());
    }
    if (!known->is_done) return nullptr;
    return std::unique_ptr<item_of<Reader>>(static_cast<item_of<Reader>*>(known.release()));
}

bool deferred_values::step() {
    if (!waiting_.empty() && waiting_.back()->step()) waiting_.pop_back();
    return waiting_.empty();
}

bool deferred_values::may_build_in_place(std::size_t work) {
    if (work > max_in_place || (in_place_ > max_all_in_place && work > max_small)) return false;
    in_place_ += work;
    return true;
}

} // namespace async_llm::codec
