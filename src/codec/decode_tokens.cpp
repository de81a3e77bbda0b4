// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_tokens.hpp"

#include "codec/deferred_values.hpp"

#include <algorithm>

namespace async_llm::codec {
namespace {

// Most alternatives of one token, which is read in one step: more than providers show.
constexpr std::size_t max_alternatives = 64u * 1024;

// Tokens are a few bytes long.
constexpr std::size_t max_bytes = 4096;

bool all_objects(json_view list) {
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

token_logprob decode_token(json_view from) {
    token_logprob to;
    if (auto const text = find(from, "token")) to.token = take_text(*text).value_or(std::string_view());
    if (auto const number = find(from, "logprob")) assign(*number, to.logprob);
    to.bytes = read_bytes(from);
    return to;
}

void read_alternatives(json_view token, std::vector<token_logprob>& to) {
    auto const list = find_array(token, "top_logprobs");
    if (!list || list->size() == 0) return;
    auto& budget = token.budget();
    if (list->size() > max_alternatives) budget.exceed(json_budget::limit::values);
    if (!budget.allows_values(list->size()) || !all_objects(*list)) return;
    if (!budget.take_values(list->size()) || !make_room(to, list->size(), budget)) return;
    list->for_each_element([&to](json_view alternative) {
        to.push_back(decode_token(alternative));
        return true;
    });
}

} // namespace

token_reader::token_reader(json_view from) : next_(from.first()), left_(from.size()) {
    auto& budget = from.budget();
    if (!budget.take_values(left_) || !make_room(tokens_, left_, budget)) left_ = 0;
}

bool token_reader::step(std::size_t entries) {
    std::size_t taken = 0;
    while (left_ != 0 && taken < entries) {
        taken += next_.span();
        auto& added = tokens_.emplace_back(decode_token(next_));
        read_alternatives(next_, added.top_logprobs);
        --left_;
        next_ = next_.next();
    }
    return left_ == 0;
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
