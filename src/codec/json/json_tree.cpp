// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_tree.hpp"

#include "base/utf8.hpp"
#include "codec/json/deferred_values.hpp"

#include <algorithm>
#include <utility>

namespace async_llm::codec {
namespace {

// An object with more members has a table of buckets as well.
constexpr std::size_t most_without_table = 18;
// A json::string holds shorter ones itself.
constexpr std::size_t short_text = 15;
// Of each text in a tree that is cut: what is long must not leave nothing for the words behind it.
constexpr std::size_t longest_cut_text = 16u * 1024;
// A longer text is copied in pieces, so long at most.
constexpr std::size_t text_in_one_piece = 256u * 1024;
// Longest name of a member of a large reply.
constexpr std::size_t longest_name = 1024u * 1024;
// Most members of a cut object.
constexpr std::size_t most_cut_members = 256;

std::size_t size_of_list(json_view source) noexcept {
    auto const count = source.size();
    if (count == 0) return 0;
    if (source.is_array()) return count * sizeof(json::value) + json_budget::block_overhead;
    auto const table = count > most_without_table ? count * sizeof(std::uint32_t) : 0;
    return count * sizeof(json::key_value_pair) + table + json_budget::block_overhead;
}

/// The beginning of a text that has at most so many bytes and does not end within a character.
std::string_view cut(std::string_view text, std::size_t most) noexcept {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
    return text.substr(0, most);
}

} // namespace

tree_builder::tree_builder(json_view source)
    : budget_(source.budget()), cuts_(false), in_steps_(source.deferred()) {
    if (budget_.take_values(1)) put(source, root_);
}

tree_builder::tree_builder(json_view source, std::size_t max_values, std::size_t max_text)
    : budget_(source.budget()),
      cuts_(true),
      in_steps_(false),
      values_left_(max_values),
      text_left_(max_text) {
    put(source, root_);
}

tree_builder::~tree_builder() = default;

bool tree_builder::step(std::size_t work) {
    auto const end = budget_.end_of_step(work);
    while (budget_.work() < end) {
        if (!rest_of_text_.empty()) {
            add_text(end - budget_.work());
            continue;
        }
        while (!open_.empty() && open_.back().left == 0) open_.pop_back();
        if (open_.empty()) return true;
        if (!cuts_ && budget_.exceeded()) return true;
        add_next();
    }
    return open_.empty() && rest_of_text_.empty();
}

json::value tree_builder::take() {
    if (!cuts_ && budget_.exceeded()) return nullptr;
    return std::move(root_);
}

/// Adds the next element of the innermost open container.
void tree_builder::add_next() {
    budget_.take_work(1);
    auto& inner = open_.back();
    --inner.left;
    auto at = inner.next;
    if (auto* const list = inner.value->if_array()) {
        inner.next = at.next();
        put(at, list->emplace_back(nullptr));
        return;
    }
    auto const name = read_string(at).value_or(std::string_view());
    at = at.next();
    inner.next = at.next();
    auto const size = name.size() + json_budget::block_overhead;
    if (!cuts_ && !(budget_.take_memory(size) && may_copy_name(name))) return;
    auto const shown = cuts_ ? cut(name, std::min(text_left_, longest_cut_text)) : name;
    if (cuts_) text_left_ -= shown.size();
    // Of several members of one name the last counts.
    put(at, inner.value->get_object().insert_or_assign(shown, nullptr).first->value());
}

/// Counts the work to copy the name of a member, which is not done in pieces. False: it is too long for that.
bool tree_builder::may_copy_name(std::string_view name) noexcept {
    if (in_steps_ && name.size() > longest_name) return budget_.exceed(json_budget::limit::unit);
    return budget_.take_work(json_budget::work_of_text(name.size()));
}

void tree_builder::put(json_view source, json::value& out) {
    switch (source.kind()) {
    case json::kind::array:
    case json::kind::object: return open(source, out);
    case json::kind::string: return put_text(*read_string(source), out);
    case json::kind::int64: out = *source.scalar().if_int64(); return;
    case json::kind::uint64: out = *source.scalar().if_uint64(); return;
    case json::kind::double_: out = *source.scalar().if_double(); return;
    case json::kind::bool_: out = *source.scalar().if_bool(); return;
    case json::kind::null: return;
    }
}

void tree_builder::put_text(std::string_view text, json::value& out) {
    if (cuts_) {
        text = cut(text, std::min(text_left_, longest_cut_text));
        text_left_ -= text.size();
    } else if (text.size() >= short_text && !budget_.take_memory(text.size() + json_budget::block_overhead)) {
        return;
    }
    if (text.size() <= text_in_one_piece) {
        out = text;
        budget_.take_work(json_budget::work_of_text(text.size()));
        return;
    }
    text_ = &out.emplace_string();
    text_->reserve(text.size());
    rest_of_text_ = text;
}

/// Copies on at a long text. `most`: work.
void tree_builder::add_text(std::size_t most) {
    auto const size =
        std::min({rest_of_text_.size(), text_in_one_piece, 64 * std::min(most, text_in_one_piece)});
    text_->append(rest_of_text_.substr(0, size));
    rest_of_text_.remove_prefix(size);
    budget_.take_work(json_budget::work_of_text(size) + 1);
}

/// Makes an empty container with room for all that it gets, so that what is in it stays where it is.
void tree_builder::open(json_view source, json::value& out) {
    auto const count = admit(source);
    if (source.is_array())
        out.emplace_array().reserve(count);
    else
        out.emplace_object().reserve(count);
    if (count != 0) open_.emplace_back(out, source.first(), count);
}

/// Counts the elements that a container gets.
std::size_t tree_builder::admit(json_view container) {
    auto count = container.size();
    if (cuts_) {
        count = std::min(count, values_left_);
        if (container.is_object()) count = std::min(count, most_cut_members);
        values_left_ -= count;
        return count;
    }
    if (container.is_object() && !budget_.allows_members(count)) return 0;
    return budget_.take_values(count) && budget_.take_memory(size_of_list(container)) ? count : 0;
}

json::value parse_json(std::string_view text, std::size_t max_depth, std::size_t& used, error_code& ec) {
    decode_limits limits(max_depth);
    // The caller has the text, and no peer decides when it is parsed: a list of numbers is welcome.
    limits.max_json_expansion = 32;
    json_tape tape;
    ec = tape.parse(text, limits, used);
    if (ec) return nullptr;
    auto tree = build_tree(tape.root());
    ec = tape.budget().error();
    return tree;
}

json::value build_tree(json_view source) { return read_whole<tree_builder>(source); }

json::value build_cut_tree(json_view source, std::size_t max_values, std::size_t max_text) {
    return read_whole<tree_builder>(source, max_values, max_text);
}

std::size_t work_of_tree(json_view source) noexcept {
    // More than what is built in one go, so its texts need not be looked at.
    constexpr std::size_t large = 4096;
    auto const size = source.span();
    return size > large ? size : size + json_budget::work_of_text(source.text_size());
}

} // namespace async_llm::codec
