// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/deferred_values.hpp"

#include "codec/decode_tokens.hpp"

#include <optional>
#include <utility>

namespace async_llm::codec {
namespace {

// Most entries of a tape in a value that is built in place; most in all of them in one unit before
// only small ones are, and how many of those there may be. Each is a few milliseconds.
constexpr std::size_t max_in_place = 4096;
constexpr std::size_t max_small = 64;
constexpr std::size_t max_all_in_place = 64u * 1024;
constexpr std::size_t max_all_small = 256u * 1024;

// Entries that are built in one step.
constexpr std::size_t step_size = 32u * 1024;

} // namespace

/// Value that takes several steps: a tree, or a list of tokens.
class deferred_values::item {
public:
    item(json_view from, bool is_list) : from_(from), is_list_(is_list) {}

    bool is_done() const noexcept { return is_done_; }

    // Nothing before the first step: until then, what the unit takes from the budget is to be given back.
    bool step() {
        if (is_list_) {
            if (!tokens_) tokens_.emplace(from_);
            is_done_ = tokens_->step(step_size);
        } else {
            if (!tree_) tree_.emplace(from_);
            is_done_ = tree_->step(step_size);
        }
        return is_done_;
    }

    json::value take_tree() { return tree_->take(); }
    std::vector<token_logprob> take_tokens() { return tokens_->take(); }

private:
    json_view from_;
    bool is_list_;
    bool is_done_ = false;
    std::optional<tree_builder> tree_;
    std::optional<token_reader> tokens_;
};

deferred_values::deferred_values() = default;
deferred_values::~deferred_values() = default;

void deferred_values::begin_unit() {
    items_.clear();
    waiting_.clear();
    in_place_ = 0;
}

json::value deferred_values::take_or_defer(json_view from) {
    if (may_build_in_place(from)) return build_tree(from);
    auto const built = take_or_defer(from, false);
    return built ? built->take_tree() : nullptr;
}

void deferred_values::take_or_defer(json_view from, std::vector<token_logprob>& to) {
    if (may_build_in_place(from)) {
        token_reader reader(from);
        while (!reader.step(step_size)) {
        }
        to = reader.take();
    } else if (auto const built = take_or_defer(from, true)) {
        to = built->take_tokens();
    }
}

/// The item if it is complete; null if it is, or has become, one that is waiting.
std::unique_ptr<deferred_values::item> deferred_values::take_or_defer(json_view from, bool is_list) {
    auto& known = items_[from.index()];
    if (known && known->is_done()) return std::move(known);
    if (!known) {
        known = std::make_unique<item>(from, is_list);
        waiting_.push_back(known.get());
    }
    return nullptr;
}

bool deferred_values::step() {
    if (!waiting_.empty() && waiting_.back()->step()) waiting_.pop_back();
    return waiting_.empty();
}

bool deferred_values::may_build_in_place(json_view from) {
    auto const size = from.span();
    if (size > max_in_place || (in_place_ > max_all_in_place && size > max_small)) return false;
    in_place_ += size;
    if (in_place_ > max_all_small) from.budget().exceed(json_budget::limit::unit);
    return true;
}

} // namespace async_llm::codec
