// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/calls/call_assembler.hpp"

#include "base/ascii.hpp"
#include "codec/calls/call_repetition.hpp"
#include "codec/json/merge_deltas.hpp"
#include <async_llm/completion_builder.hpp>

#include <algorithm>
#include <utility>

namespace async_llm::codec {
namespace {

constexpr std::size_t max_calls = completion_builder::max_items;
bool says_nothing(tool_call_delta const& piece) noexcept {
    return piece.id.empty() && piece.name.empty() && piece.arguments.empty() && piece.extra.empty();
}

bool repeats(tool_call const& call, tool_call_delta const& piece) {
    return are_same_arguments(call.arguments, piece.arguments);
}

} // namespace

bool call_assembler::add(std::vector<tool_call>& calls, std::vector<tool_call_delta> const& pieces) {
    ++lists_;
    return std::ranges::all_of(pieces, [&](auto const& piece) {
        auto const* const word = piece.index ? nullptr : piece.extra.if_contains("index");
        return word && word->is_string() ? add_worded_piece(calls, piece) : add_piece(calls, piece);
    });
}

/// Adds a piece whose index is a word; each word is an index that no number is.
bool call_assembler::add_worded_piece(call_list& calls, tool_call_delta const& piece) {
    tool_call_delta numbered(piece);
    std::string word(piece.extra.at("index").get_string());
    numbered.extra.erase("index");
    if (!trim(word).empty()) {
        auto const known = std::ranges::find(words_, word);
        if (known == words_.end() && words_.size() == max_calls) return refuse_more();
        numbered.index = static_cast<std::int64_t>(max_calls) + (known - words_.begin());
        if (known == words_.end()) words_.push_back(std::move(word));
    }
    return add_piece(calls, numbered);
}

bool call_assembler::add_piece(call_list& calls, tool_call_delta const& piece) {
    if (goes_on(calls, piece)) return join_arguments(calls, latest_, piece.arguments);
    if (says_nothing(piece)) return true;
    auto place = none;
    if (!find(calls, piece, place)) return false;
    if (place == none || begins_another(calls[place], states_[place], piece)) return begin(calls, piece);
    return join(calls, place, piece);
}

/// Returns whether the piece is as most are: arguments alone, with the index of the latest call.
bool call_assembler::goes_on(call_list const& calls, tool_call_delta const& piece) const noexcept {
    bool const has_only_arguments =
        piece.index && piece.id.empty() && piece.name.empty() && piece.type.empty() && piece.extra.empty();
    if (!has_only_arguments || latest_ == none || calls[latest_].arguments.empty()) return false;
    return !states_[latest_].is_contested && find_index(*piece.index) == latest_;
}

// ---------------------------------------------------------------------------------- what it does to the call

bool call_assembler::begins_another(
    tool_call const& call,
    call_state const& state,
    tool_call_delta const& piece
) const {
    bool const has_other_type = state.has_type && !piece.type.empty() && piece.type != call.type;
    // Without a name only a call of the provider's own kind, which has no arguments, can begin.
    bool const is_of_its_own =
        !piece.id.empty() && piece.id != call.id && piece.arguments.empty() && !piece.extra.empty();
    if (has_other_type && (!piece.name.empty() || is_of_its_own)) return true;
    if (piece.name.empty() || call.name.empty()) return false;
    bool const other_id =
        !piece.id.empty() && !call.id.empty() && piece.id != call.id && piece.id != state.other_id;
    bool const is_neighbour = state.list == lists_ && piece.id.empty();
    bool const is_placeholder = state.arguments.is_placeholder();
    if (piece.name != call.name) {
        bool const has_begun = is_custom(call) ? !call.arguments.empty() : !state.arguments.is_blank();
        if (!has_begun) return other_id || is_neighbour;
        // Within unfinished arguments of the call itself it is refused.
        return state.is_finished() || piece.id.empty() || piece.id != call.id;
    }
    if (other_id && (is_custom(call) || is_placeholder || state.list == lists_)) return true;
    if (state.is_open()) return false;
    if (is_neighbour) return true;
    if (is_placeholder) return false;
    // Once the id has changed within a call, ids do not distinguish calls.
    if (other_id) return state.other_id.empty() || (!trim(piece.arguments).empty() && !repeats(call, piece));
    // A call with an id is closed by a piece that says nothing more.
    bool const may_close = !call.id.empty() && tells_nothing(piece.arguments);
    if (may_close || trim(piece.arguments).empty() || repeats(call, piece)) return false;
    std::string_view const known(call.arguments);
    bool const is_part = !piece.id.empty() && known.substr(state.repeated).starts_with(piece.arguments);
    return !is_part && known.substr(state.last_piece) != piece.arguments;
}

bool call_assembler::begin(call_list& calls, tool_call_delta const& piece) {
    if (calls.size() == max_calls) return refuse_more();
    calls.emplace_back();
    states_.emplace_back(lists_);
    return join(calls, calls.size() - 1, piece);
}

bool call_assembler::join(call_list& calls, std::size_t place, tool_call_delta const& piece) {
    auto const index = index_of(piece);
    auto& call = calls[place];
    auto& state = states_[place];
    bool const has_its_id = !piece.id.empty() && (piece.id == call.id || piece.id == state.other_id);
    bool const brings_arguments = piece.name.empty() && !piece.arguments.empty();
    if (brings_arguments && state.is_contested && !has_its_id)
        return refuse("arguments without a name may belong to several calls");
    bool const brings_id = call.id.empty() && !piece.id.empty();
    if (brings_id)
        call.id = piece.id;
    else if (!piece.id.empty() && !has_its_id)
        state.other_id = piece.id;
    if (!piece.type.empty() && !state.has_type) {
        call.type = piece.type;
        state.has_type = true;
    }
    if (!piece.name.empty() && piece.name != call.name) {
        bool const has_begun = !call.name.empty() && !call.arguments.empty();
        if (has_begun) return refuse("the name of a call changes within its arguments");
        if (piece.name.starts_with(call.name))
            call.name = piece.name;
        else
            call.name += piece.name;
    } else if (!piece.name.empty() && trim(piece.arguments).empty() && !has_its_id && state.is_final()) {
        state.is_announced = true;
        if (brings_id) state.announced_id = piece.id;
    }
    bool const moves = !piece.arguments.empty() || !piece.name.empty();
    if (index && state.index != index && (!state.index || (moves && find_index(*index) == none)))
        state.index = index;
    join_call_members(call.extra, piece.extra);
    latest_ = place;
    bool const is_told_again = has_its_id || (piece.id.empty() && !piece.name.empty());
    if (is_told_again && is_custom(call) && repeats_text(call, state, piece)) return true;
    if (brings_arguments && !has_its_id && calls.size() > 1 && call.arguments.empty())
        contest_others(place, index);
    return join_arguments(calls, place, piece.arguments);
}

/// Remembers the calls to which the arguments that come now may belong as well.
void call_assembler::contest_others(std::size_t place, call_index index) noexcept {
    for (std::size_t i = 0; i < states_.size(); ++i) {
        auto& other = states_[i];
        if (i != place && other.is_open() && (!index || other.index == index)) other.is_contested = true;
    }
}

bool call_assembler::join_arguments(call_list& calls, std::size_t place, std::string_view piece) {
    auto& call = calls[place];
    auto& state = states_[place];
    if (is_custom(call)) {
        state.last_piece = call.arguments.size();
        call.arguments += piece;
        return true;
    }
    // That is how some spell that there are no arguments yet.
    if (state.arguments.is_blank() && trim(piece) == "null") return true;
    while (!piece.empty()) {
        if (state.is_finished()) {
            if (trim_left(piece).empty()) break;
            if (!makes_way(call, state, piece)) return join_behind(calls, place, piece);
            call.arguments.clear();
            state.arguments = argument_scanner();
        }
        state.last_piece = call.arguments.size();
        auto const taken = state.arguments.scan(piece);
        call.arguments += piece.substr(0, taken);
        piece.remove_prefix(taken);
    }
    return true;
}

/// Returns whether a piece is the whole free text of a call once more, and not a part that happens to be
/// alike.
bool call_assembler::repeats_text(
    tool_call const& call,
    call_state const& state,
    tool_call_delta const& piece
) const noexcept {
    // Of models, longer parts are not made.
    constexpr std::size_t longest_part = 16;
    bool const is_clear =
        !piece.name.empty() || state.last_piece != 0 || call.arguments.size() > longest_part;
    return is_clear && state.list != lists_ && !call.arguments.empty() && call.arguments == piece.arguments;
}

/// Returns whether the arguments are a placeholder, and the piece is what it stands for.
bool call_assembler::makes_way(tool_call const& call, call_state const& state, std::string_view piece) {
    return state.arguments.is_placeholder() && begins_container(piece) &&
        !is_same_text(call.arguments, piece);
}

/// Judges text behind a complete value.
bool call_assembler::join_behind(call_list& calls, std::size_t place, std::string_view piece) {
    auto& call = calls[place];
    auto& state = states_[place];
    std::string_view const known(call.arguments);
    if (state.repeated == 0 && (is_same_text(known, piece) || piece == known.substr(state.last_piece)))
        return true;
    if (known.substr(state.repeated).starts_with(piece)) {
        state.repeated = (state.repeated + piece.size()) % known.size();
        return true;
    }
    if (state.repeated == 0 && (tells_nothing(piece) || have_same_value(known, piece))) return true;
    if (!state.is_announced) return refuse("text follows the complete arguments of a tool call");
    tool_call_delta next;
    next.name = call.name;
    next.arguments = std::string(known.substr(0, state.repeated)).append(piece);
    state.is_announced = false;
    state.repeated = 0;
    next.index = state.index;
    if (!state.announced_id.empty()) {
        // So it was another call, and not this one with the id that it lacked.
        next.id = std::exchange(state.announced_id, std::string());
        call.id.clear();
    }
    return begin(calls, next);
}

void call_assembler::mark_cut(std::vector<tool_call>& calls) const noexcept {
    for (std::size_t i = 0; i < calls.size(); ++i) {
        // One in a notation of the provider's own has no arguments.
        if (calls[i].name.empty()) continue;
        calls[i].is_cut = is_custom(calls[i]) ? i + 1 == calls.size() : !states_[i].is_finished();
    }
}

bool call_assembler::refuse_more() {
    return refuse("there are more than " + std::to_string(max_calls) + " tool calls");
}

bool call_assembler::refuse(std::string_view reason) {
    detail_ = reason;
    return false;
}

} // namespace async_llm::codec
