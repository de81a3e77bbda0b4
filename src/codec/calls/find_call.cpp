// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The call that a piece is about.

#include "codec/calls/argument_scanner.hpp"
#include "codec/calls/call_assembler.hpp"
#include "codec/calls/call_repetition.hpp"

namespace async_llm::codec {

/// Finds the call that the piece is about; `none` if it begins one. False: it might be about several.
bool call_assembler::find(call_list const& calls, tool_call_delta const& piece, std::size_t& place) {
    if (calls.empty()) return true;
    if (!piece.id.empty()) {
        place = find_id(calls, piece);
        if (place != none) return find_by_id(calls, piece, place);
    }
    place = find_repeated(calls, piece);
    if (place == none) place = find_anonymous(calls, piece);
    if (place != none) return true;
    auto const index = index_of(piece);
    if (!index) return find_nearby(calls, piece, place);
    place = find_index(*index);
    if (place != none) return true;
    auto const& last = states_[latest_];
    if (piece.name.empty()) return find_open(piece, place);
    // An index may come late.
    bool const is_last = !last.index && !last.is_final() && calls[latest_].name == piece.name &&
        (piece.id.empty() || calls[latest_].id.empty());
    if (is_last) place = latest_;
    return true;
}

/// The latest call with this id, preferably that with this index too.
std::size_t call_assembler::find_id(call_list const& calls, tool_call_delta const& piece) const noexcept {
    auto const index = index_of(piece);
    auto found = none;
    for (auto i = calls.size(); i-- > 0;) {
        if (calls[i].id != piece.id && states_[i].other_id != piece.id) continue;
        if (!index || states_[i].index == index) return i;
        if (found == none) found = i;
    }
    return found;
}

/// The call of another list that a piece says once more with its name and all arguments, one of them without
/// an id.
std::size_t call_assembler::find_repeated(call_list const& calls, tool_call_delta const& piece)
    const noexcept {
    auto const index = index_of(piece);
    if (piece.name.empty() || piece.arguments.empty()) return none;
    auto last = none;
    for (auto i = calls.size(); i-- > 0;) {
        auto const& state = states_[i];
        bool const may_be = state.is_finished() && state.list != lists_ && calls[i].name == piece.name &&
            (piece.id.empty() || calls[i].id.empty());
        if (!may_be || (index && state.index && *index != *state.index)) continue;
        if (is_same_text(calls[i].arguments, piece.arguments)) return i;
        if (last == none) last = i;
    }
    // That takes its time, so it is not done with each.
    bool const is_same = last != none && have_same_value(calls[last].arguments, piece.arguments);
    return is_same ? last : none;
}

/// The call that had neither id nor index when it came, as a `function_call`, and has one in this piece.
std::size_t call_assembler::find_anonymous(call_list const& calls, tool_call_delta const& piece)
    const noexcept {
    if (piece.name.empty() || (piece.id.empty() && !piece.index)) return none;
    for (auto i = calls.size(); i-- > 0;) {
        auto const& state = states_[i];
        bool const may_be = calls[i].id.empty() && !state.index && state.is_final() && state.list != lists_ &&
            calls[i].name == piece.name;
        if (may_be && std::string_view(calls[i].arguments).starts_with(piece.arguments)) return i;
    }
    return none;
}

std::size_t call_assembler::find_index(std::int64_t index) const noexcept {
    for (auto i = states_.size(); i-- > 0;) {
        if (states_[i].index == index) return i;
    }
    return none;
}

/// Judges the call that has the id of the piece. `place` becomes `none` if it is another call of the same id.
bool call_assembler::find_by_id(call_list const& calls, tool_call_delta const& piece, std::size_t& place) {
    auto const index = index_of(piece);
    auto const& call = calls[place];
    auto const& known = states_[place].index;
    if (!index || !known || *index == *known) return true;
    if (!piece.name.empty() && !call.name.empty() && piece.name != call.name) {
        place = none;
        return true;
    }
    if (find_index(*index) == none) return true;
    bool const is_repetition = !piece.name.empty() && states_[place].is_finished() &&
        are_same_arguments(call.arguments, piece.arguments);
    if (is_repetition) return true;
    return refuse("a piece has the id of one call and the index of another");
}

/// Finds the call that a piece without a name continues, whose index no call has.
bool call_assembler::find_open(tool_call_delta const& piece, std::size_t& place) {
    std::size_t count = 0;
    std::size_t without_index = 0;
    for (std::size_t i = 0; i < states_.size(); ++i) {
        if (!states_[i].is_open()) continue;
        ++count;
        bool const has_index = states_[i].index.has_value();
        without_index += has_index ? 0 : 1;
        if (!has_index || without_index == 0) place = i;
    }
    if (count == 1 && states_[place].index && place != latest_)
        return refuse("a piece without a name has an index of no call, and an earlier call is unfinished");
    if (count == 1 || without_index == 1) return true;
    if (count > 1)
        return refuse("a piece without a name has an index of no call, and several are unfinished");
    bool const is_head = piece.arguments.empty() && !piece.id.empty();
    place = is_head ? none : latest_;
    return is_head || count_placeholders() < 2 || !states_[latest_].arguments.is_placeholder() ||
        tells_nothing(piece.arguments) || refuse("the arguments may belong to several calls, which have {}");
}

/// Finds the placeholder for which the arguments of a piece without name and index are. Nothing is
/// unfinished.
bool call_assembler::find_placeholder(
    call_list const& calls,
    tool_call_delta const& piece,
    std::size_t& place
) {
    auto const& last = states_[latest_];
    auto const count = count_placeholders();
    std::string_view const known(calls[latest_].arguments);
    bool const is_real = begins_container(piece.arguments) && !tells_nothing(piece.arguments);
    if (!is_real || count == 0 || last.repeated != 0) return true;
    if (last.is_final() && are_same_arguments(known, piece.arguments)) return true;
    bool const may_be_last = last.is_final() && known.starts_with(piece.arguments);
    if (may_be_last || count > 1) return refuse("the arguments may belong to several calls, which have {}");
    for (std::size_t i = 0; i < states_.size(); ++i) {
        if (states_[i].arguments.is_placeholder()) place = i;
    }
    return true;
}

std::size_t call_assembler::count_placeholders() const noexcept {
    std::size_t count = 0;
    for (auto const& each : states_) count += each.arguments.is_placeholder() ? 1u : 0u;
    return count;
}

/// Finds the call that a piece without an index is about, whose id no call has.
bool call_assembler::find_nearby(call_list const& calls, tool_call_delta const& piece, std::size_t& place) {
    auto open = none;
    std::size_t count = 0;
    std::size_t namesakes = 0;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (!states_[i].is_open()) continue;
        ++count;
        bool const is_namesake = !piece.name.empty() && calls[i].name == piece.name;
        namesakes += is_namesake ? 1 : 0;
        if (piece.name.empty() || is_namesake) open = i;
    }
    place = latest_;
    auto const& last = states_[latest_];
    if (!piece.name.empty()) {
        if (piece.id.empty() && namesakes == 1 && calls[latest_].name != piece.name) place = open;
        return true;
    }
    bool const is_head = piece.arguments.empty() && !piece.id.empty() && count == 0;
    if (is_head && last.is_finished()) place = none;
    if (count == 0 && !is_head) return find_placeholder(calls, piece, place);
    if (count == 0 || (last.is_open() && (count == 1 || piece.id.empty()))) return true;
    bool const may_be_last =
        last.arguments.is_placeholder() || is_same_text(calls[latest_].arguments, piece.arguments);
    if (count > 1 || may_be_last) return refuse("a piece without name and index may belong to several calls");
    place = open;
    return true;
}

} // namespace async_llm::codec
