// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_tokens.hpp"

#include "base/ascii.hpp"
#include "codec/json/deferred_values.hpp"
#include "codec/json/json_tree.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace async_llm::codec {
namespace {

// Most alternatives of one token: more than providers show.
constexpr std::size_t max_alternatives = 64u * 1024;

// Most entries of an unknown member of one token, for the same reason.
constexpr std::size_t max_unknown = 64u * 1024;

// Tokens are a few bytes long.
constexpr std::size_t max_bytes = 4096;
constexpr std::size_t max_text = 64u * 1024;

bool all_objects(json_view list) {
    // One list is bounded by the values that it may have.
    if (!list.budget().take_work(std::min(list.size() / 4, json_budget::max_work_of_unit / 4))) return false;
    return list.for_each_element([](json_view entry) { return entry.is_object(); });
}

/// Makes room for so many elements. False: they do not fit the budget.
template <class T>
bool make_room(std::vector<T>& out, std::size_t count, json_budget& budget) {
    if (count == 0 || !budget.take_memory(count * sizeof(T) + json_budget::block_overhead)) return false;
    out.reserve(count);
    return true;
}

/// Keeps an unknown member of a token, whose reader goes by steps already.
void keep_in_place(std::string_view name, json_view source, json::object& extra) {
    auto& budget = source.budget();
    if (source.span() > max_unknown) budget.exceed(json_budget::limit::values);
    auto const size = 2 * sizeof(json::key_value_pair) + name.size() + json_budget::block_overhead;
    if (budget.take_values(1) && budget.take_memory(size)) extra.insert_or_assign(name, build_tree(source));
}

// These give false for a value that is to be kept as it is.

bool read_token_text(json_view source, std::string& out) {
    auto const written = read_string(source.scalar());
    if (written && written->size() > max_text) source.budget().exceed(json_budget::limit::values);
    if (auto const text = take_text(source)) {
        out = *text;
        return true;
    }
    auto word = read_word(source.scalar());
    if (word) out = std::move(*word);
    return word || source.is_null();
}

/// A number, as text too, or infinity as text.
bool read_logprob(json_view source, double& out) {
    if (assign(source, out)) return true;
    auto text = read_string(source).value_or(std::string_view());
    if (iequals(text, "nan")) return true;
    bool const is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    if (!iequals(text, "infinity") && !iequals(text, "inf")) return false;
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    out = is_negative ? -infinity : infinity;
    return true;
}

bool read_bytes(json_view source, std::vector<unsigned char>& out) {
    if (!source.is_array()) return source.is_null();
    out.clear();
    if (source.size() > max_bytes) source.budget().exceed(json_budget::limit::values);
    if (!make_room(out, source.size(), source.budget())) return true;
    source.budget().take_work(source.size());
    bool const all = source.for_each_element([&out](json_view number) {
        auto const byte = read_int(number);
        if (!byte || *byte < 0 || *byte > 255) return false;
        out.push_back(static_cast<unsigned char>(*byte));
        return true;
    });
    // Half of a token's bytes would be worse than none.
    if (!all) out.clear();
    return all;
}

bool read_alternatives(json_view source, std::vector<token_logprob>& out);

bool is_long_list(json_view source);

/// An alternative has none of its own. `later`: a list of alternatives that is read in steps; null: there is
/// no reader.
token_logprob decode_token(json_view source, bool is_alternative, std::optional<json_view>* later = nullptr) {
    token_logprob out;
    source.budget().take_work(1);
    if (!source.budget().allows_members(source.size())) return out;
    source.for_each_member([&](std::string_view name, json_view value) {
        bool understood = false;
        if (name == "token")
            understood = read_token_text(value, out.token);
        else if (name == "logprob")
            understood = read_logprob(value, out.logprob);
        else if (name == "bytes")
            understood = read_bytes(value, out.bytes);
        else if (name == "top_logprobs" && later && is_long_list(value))
            understood = (*later = value).has_value();
        else if (name == "top_logprobs" && !is_alternative)
            understood = read_alternatives(value, out.top_logprobs);
        if (!understood) keep_in_place(name, value, out.extra);
    });
    return out;
}

/// Returns whether an object is a token, and not a map whose names are tokens.
bool is_token(json_view source) {
    auto const text = find(source, "token");
    return (text && read_string(*text)) || find_any(source, "logprob");
}

/// Returns whether it is a list of alternatives that takes several steps.
bool is_long_list(json_view source) {
    constexpr std::size_t max_in_place = 64;
    return source.is_array() && source.size() > max_in_place && source.first().is_object() &&
        is_token(source.first()) && all_objects(source);
}

/// Returns whether an object is a map of tokens to their log probabilities, or to objects that have these.
bool is_map(json_view source) {
    if (!source.budget().allows_members(source.size())) return false;
    bool all = true;
    source.for_each_member([&all](std::string_view, json_view value) {
        all = all && (value.is_object() || value.is_null() || read_double(value));
    });
    return all;
}

void add_alternatives(json_view source, std::vector<token_logprob>& out) {
    if (is_token(source)) return out.push_back(decode_token(source, true));
    source.for_each_member([&](std::string_view name, json_view value) {
        token_logprob added;
        source.budget().take_work(1);
        if (value.is_object())
            added = decode_token(value, true);
        else
            read_logprob(value, added.logprob);
        if (added.token.empty() && source.budget().take_text(name.size())) added.token = name;
        out.push_back(std::move(added));
    });
}

/// Reads a list of alternatives, a map of them, or a list of such maps.
bool read_alternatives(json_view source, std::vector<token_logprob>& out) {
    if (source.is_null()) return true;
    auto& budget = source.budget();
    if (source.is_array() && !budget.allows_values(source.size())) return true;
    std::size_t count = 0;
    auto const add_size = [&count](json_view each) {
        if (!each.is_object()) return false;
        bool const is_one = is_token(each);
        count += is_one ? 1 : each.size();
        return is_one || is_map(each);
    };
    if (!(source.is_array() ? source.for_each_element(add_size) : add_size(source))) return false;
    if (count > max_alternatives) budget.exceed(json_budget::limit::values);
    out.clear();
    if (!budget.take_values(count) || !make_room(out, count, budget)) return true;
    if (source.is_object()) {
        add_alternatives(source, out);
        return true;
    }
    return source.for_each_element([&out](json_view each) {
        add_alternatives(each, out);
        return true;
    });
}

} // namespace

token_reader::column::column(std::string_view member, content reported, json_view list)
    : name(member), kind(reported), next(list.first()), left(list.size()) {}

token_reader::token_reader(json_view source)
    : budget_(source.budget()), next_(source.first()), left_(source.size()), next_alternative_(next_) {
    if (source.is_object()) add_columns(source);
    auto& budget = source.budget();
    if (!budget.take_values(left_) || !make_room(tokens_, left_, budget)) left_ = 0;
}

void token_reader::add_columns(json_view source) {
    auto const tokens = find_array(source, "tokens");
    left_ = tokens ? tokens->size() : 0;
    if (!make_room(columns_, source.size(), source.budget())) return;
    source.for_each_member([&](std::string_view name, json_view value) {
        if (value.is_array() && value.size() == 0) return;
        if (!is_token_column(name, value, left_)) return;
        auto const kind = name == "tokens" ? content::token
            : name == "token_logprobs"     ? content::logprob
            : name == "top_logprobs"       ? content::alternatives
                                           : content::other;
        columns_.emplace_back(name, kind, value);
    });
}

/// Reads a token's element of each list.
void token_reader::read_row() {
    auto& added = tokens_.emplace_back();
    for (auto& each : columns_) {
        budget_.take_work(1);
        if (each.left == 0) continue;
        auto const value = std::exchange(each.next, each.next.next());
        --each.left;
        bool understood = value.is_null();
        if (each.kind == content::token) understood = read_token_text(value, added.token);
        if (each.kind == content::logprob) understood = read_logprob(value, added.logprob);
        if (each.kind == content::alternatives) understood = read_alternatives(value, added.top_logprobs);
        if (!understood) keep_in_place(each.name, value, added.extra);
    }
}

bool token_reader::step(std::size_t work) {
    auto const end = budget_.end_of_step(work);
    while (budget_.work() < end) {
        if (alternatives_left_ != 0) {
            tokens_.back().top_logprobs.push_back(decode_token(next_alternative_, true));
            --alternatives_left_;
            next_alternative_ = next_alternative_.next();
        } else if (left_ != 0) {
            read_token();
        } else {
            return true;
        }
        if (budget_.exceeded()) left_ = alternatives_left_ = 0;
    }
    return left_ == 0 && alternatives_left_ == 0;
}

void token_reader::read_token() {
    --left_;
    if (!columns_.empty()) return read_row();
    std::optional<json_view> alternatives;
    tokens_.push_back(decode_token(next_, false, &alternatives));
    next_ = next_.next();
    if (!alternatives) return;
    auto const count = alternatives->size();
    if (count > max_alternatives) budget_.exceed(json_budget::limit::values);
    if (!budget_.take_values(count) || !make_room(tokens_.back().top_logprobs, count, budget_)) return;
    next_alternative_ = alternatives->first();
    alternatives_left_ = count;
}

namespace {

void read_list(json_view source, std::vector<token_logprob>& out) {
    out.clear();
    auto* const later = source.deferred();
    out =
        later ? later->take_or_defer<token_reader>(source, source.span()) : read_whole<token_reader>(source);
}

} // namespace

bool read_tokens(json_view source, std::vector<token_logprob>& out) {
    if (source.is_null()) return true;
    if (source.is_object() && is_token(source)) {
        auto& budget = source.budget();
        out.clear();
        if (budget.take_values(1) && make_room(out, 1, budget)) out.push_back(decode_token(source, false));
        return true;
    }
    if (!source.is_array()) return false;
    if (!source.budget().allows_values(source.size())) return true;
    if (!all_objects(source)) return false;
    read_list(source, out);
    return true;
}

bool has_token_columns(json_view source) {
    auto const tokens = find_array(source, "tokens");
    if (!tokens || !source.budget().allows_values(tokens->size())) return false;
    return tokens->size() != 0 &&
        tokens->for_each_element([](json_view each) { return !each.is_object() && !each.is_array(); });
}

bool is_token_column(std::string_view name, json_view source, std::size_t count) {
    if (!source.is_array()) return false;
    // These may be shorter; nothing else says what belongs to which token.
    if (name == "token_logprobs" || name == "top_logprobs") return source.size() <= count;
    return source.size() == count && name != "content" && name != "refusal";
}

void read_token_columns(json_view source, std::vector<token_logprob>& out) { read_list(source, out); }

} // namespace async_llm::codec
