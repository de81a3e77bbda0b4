// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_tokens.hpp"

#include "codec/deferred_values.hpp"

#include <algorithm>
#include <limits>

namespace async_llm::codec {
namespace {

// Most alternatives of one token: more than providers show.
constexpr std::size_t max_alternatives = 64u * 1024;

// Tokens are a few bytes long.
constexpr std::size_t max_bytes = 4096;
constexpr std::size_t max_text = 64u * 1024;

/// Tells whether a list has nothing but objects. Looking for others is work, which counts.
bool all_objects(json_view list) {
    // One list is bounded by the values that it may have.
    if (!list.budget().take_work(std::min(list.size() / 4, json_budget::max_work_of_unit / 4))) return false;
    return list.for_each_element([](json_view entry) { return entry.is_object(); });
}

/// Makes room for so many elements. False: they do not fit the budget.
template <class T>
bool make_room(std::vector<T>& to, std::size_t count, json_budget& budget) {
    if (count == 0 || !budget.take_memory(count * sizeof(T) + json_budget::block_overhead)) return false;
    to.reserve(count);
    return true;
}

std::vector<unsigned char> read_bytes(json_view from) {
    std::vector<unsigned char> bytes;
    auto const numbers = find_array(from, "bytes");
    if (!numbers) return bytes;
    if (numbers->size() > max_bytes) from.budget().exceed(json_budget::limit::values);
    if (!make_room(bytes, numbers->size(), from.budget())) return bytes;
    from.budget().take_work(numbers->size());
    bool const all = numbers->for_each_element([&bytes](json_view number) {
        auto const byte = read_int(number);
        if (!byte || *byte < 0 || *byte > 255) return false;
        bytes.push_back(static_cast<unsigned char>(*byte));
        return true;
    });
    // Half of a token's bytes would be worse than none.
    if (!all) bytes.clear();
    return bytes;
}

std::string_view read_text(json_view from) {
    auto const text = read_string(from.scalar());
    if (text && text->size() > max_text) from.budget().exceed(json_budget::limit::values);
    return take_text(from).value_or(std::string_view());
}

token_logprob decode_token(json_view from) {
    token_logprob to;
    from.budget().take_work(1);
    if (auto const text = find(from, "token")) to.token = read_text(*text);
    if (auto const number = find(from, "logprob")) assign(*number, to.logprob);
    to.bytes = read_bytes(from);
    return to;
}

} // namespace

token_reader::token_reader(json_view from)
    : budget_(from.budget()), next_(from.first()), left_(from.size()), next_alternative_(next_) {
    if (!budget_.take_values(left_) || !make_room(tokens_, left_, budget_)) left_ = 0;
}

bool token_reader::step(std::size_t work) {
    auto const end =
        budget_.work() + std::min(work, std::numeric_limits<std::size_t>::max() - budget_.work());
    while (budget_.work() < end) {
        if (alternatives_left_ != 0) {
            tokens_.back().top_logprobs.push_back(decode_token(next_alternative_));
            --alternatives_left_;
            next_alternative_ = next_alternative_.next();
        } else if (left_ != 0) {
            tokens_.push_back(decode_token(next_));
            begin_alternatives(next_);
            --left_;
            next_ = next_.next();
        } else {
            return true;
        }
        if (budget_.exceeded()) left_ = alternatives_left_ = 0;
    }
    return left_ == 0 && alternatives_left_ == 0;
}

void token_reader::begin_alternatives(json_view token) {
    auto const list = find_array(token, "top_logprobs");
    if (!list || list->size() == 0) return;
    auto const count = list->size();
    if (count > max_alternatives) budget_.exceed(json_budget::limit::values);
    if (!budget_.allows_values(count) || !all_objects(*list)) return;
    if (!budget_.take_values(count) || !make_room(tokens_.back().top_logprobs, count, budget_)) return;
    next_alternative_ = list->first();
    alternatives_left_ = count;
}

bool read_tokens(json_view from, std::vector<token_logprob>& to) {
    if (from.is_null()) return true;
    if (!from.is_array()) return false;
    if (!from.budget().allows_values(from.size())) return true;
    if (!all_objects(from)) return false;
    to.clear();
    if (auto* const later = from.deferred()) {
        later->take_or_defer(from, to);
        return true;
    }
    token_reader reader(from);
    while (!reader.step(static_cast<std::size_t>(-1))) {
    }
    to = reader.take();
    return true;
}

} // namespace async_llm::codec
