// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/call_assembler.hpp"

#include "codec/ascii.hpp"
#include "codec/join_json.hpp"
#include "codec/json_read.hpp"
#include <async_llm/completion_builder.hpp>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace async_llm::codec {
namespace {

constexpr std::size_t max_calls = completion_builder::max_items;
// Arguments are compared as values if that takes well below a millisecond, and no more than the piece itself
// pays for.
constexpr std::size_t max_compared = 64u * 1024;
constexpr std::size_t max_ratio = 4;
constexpr std::size_t max_compared_depth = 128;

bool is_custom(tool_call const& call) noexcept { return call.type == "custom"; }

bool says_nothing(tool_call_delta const& piece) noexcept {
    return piece.id.empty() && piece.name.empty() && piece.arguments.empty() && piece.extra.empty();
}

bool says_nothing(tool_call const& call) noexcept {
    bool const only_index = call.extra.size() == 1 && call.extra.contains("index");
    return call.id.empty() && call.name.empty() && call.arguments.empty() &&
        (call.extra.empty() || only_index);
}

std::optional<json::value> value_of(std::string_view text) {
    std::size_t used = 0;
    error_code ec;
    auto value = parse_json(text, max_compared_depth, used, ec);
    if (ec || !trim(text.substr(used)).empty()) return std::nullopt;
    return value;
}

/// Tells whether these texts are the same JSON, unless that would take long.
bool have_same_value(std::string_view known, std::string_view text) {
    if (std::max(known.size(), text.size()) > max_compared || known.size() > max_ratio * text.size())
        return false;
    auto const first = value_of(known);
    return first && first == value_of(text);
}

/// Tells whether these texts are the same but for a little white space around them.
bool is_same_text(std::string_view known, std::string_view text) noexcept {
    // Whatever long white space is around them, it is not looked at again and again.
    if (known.size() > max_ratio * text.size() || text.size() > max_ratio * known.size()) return false;
    return trim(known) == trim(text);
}

bool repeats(tool_call const& call, tool_call_delta const& piece) {
    return is_same_text(call.arguments, piece.arguments) || have_same_value(call.arguments, piece.arguments);
}

tool_call_delta to_piece(tool_call const& from, std::size_t place) {
    tool_call_delta to;
    to.index = static_cast<std::int64_t>(place);
    to.id = from.id;
    to.type = from.type;
    to.name = from.name;
    to.arguments = from.arguments;
    to.extra = from.extra;
    return to;
}

/// Tells whether every call can only be one of its own: it has a name, and an id that no other has.
bool are_plain(std::vector<tool_call> const& calls) {
    if (calls.size() == 1) return true;
    std::unordered_set<std::string_view> ids;
    return std::all_of(calls.begin(), calls.end(), [&ids](tool_call const& call) {
        return !call.name.empty() && !call.id.empty() && ids.insert(call.id).second;
    });
}

} // namespace

bool call_assembler::add(std::vector<tool_call>& calls, std::vector<tool_call_delta> const& pieces) {
    ++lists_;
    return std::all_of(pieces.begin(), pieces.end(), [&](auto const& piece) {
        return add_piece(calls, piece);
    });
}

bool call_assembler::add_piece(std::vector<tool_call>& calls, tool_call_delta const& piece) {
    if (goes_on(calls, piece)) return join_arguments(calls, latest_, piece.arguments);
    if (says_nothing(piece)) return true;
    auto const index = piece.index == -1 ? std::optional<std::int64_t>(0) : piece.index;
    auto place = none;
    if (!find(calls, piece, index, place)) return false;
    if (place == none || begins_another(calls[place], states_[place], piece))
        return begin(calls, piece, index);
    return join(calls, place, piece, index);
}

/// Tells whether the piece is as most are: arguments alone, with the index of the latest call.
bool call_assembler::goes_on(std::vector<tool_call> const& calls, tool_call_delta const& piece)
    const noexcept {
    bool const has_only_arguments =
        piece.index && piece.id.empty() && piece.name.empty() && piece.type.empty() && piece.extra.empty();
    if (!has_only_arguments || latest_ == none || calls[latest_].arguments.empty()) return false;
    return !states_[latest_].is_contested && find_index(*piece.index) == latest_;
}

// --------------------------------------------------------------------------------- the call that it is about

/// Finds the call that the piece is about; `none` if it begins one. False: it might be about several.
bool call_assembler::find(
    std::vector<tool_call> const& calls,
    tool_call_delta const& piece,
    std::optional<std::int64_t> index,
    std::size_t& place
) {
    if (calls.empty()) return true;
    if (!piece.id.empty()) {
        place = find_id(calls, piece.id, index);
        if (place != none) return find_by_id(calls, piece, index, place);
    }
    place = find_repeated(calls, piece, index);
    if (place != none) return true;
    if (!index) return find_nearby(calls, piece, place);
    place = find_index(*index);
    if (place != none) return true;
    auto const& last = states_[latest_];
    if (piece.name.empty()) return find_open(piece, place);
    // An index may come late.
    bool const is_last = !last.index && last.is_open() && calls[latest_].name == piece.name &&
        (piece.id.empty() || calls[latest_].id.empty());
    if (is_last) place = latest_;
    return true;
}

/// The latest call with this id, preferably that with this index too.
std::size_t call_assembler::find_id(
    std::vector<tool_call> const& calls,
    std::string_view id,
    std::optional<std::int64_t> index
) const noexcept {
    auto found = none;
    for (auto i = calls.size(); i-- > 0;) {
        if (calls[i].id != id && states_[i].other_id != id) continue;
        if (!index || states_[i].index == index) return i;
        if (found == none) found = i;
    }
    return found;
}

/// The call of another list that a piece says once more with its name and all arguments, and without an id.
std::size_t call_assembler::find_repeated(
    std::vector<tool_call> const& calls,
    tool_call_delta const& piece,
    std::optional<std::int64_t> index
) const noexcept {
    if (piece.name.empty() || !piece.id.empty() || piece.arguments.empty()) return none;
    for (auto i = calls.size(); i-- > 0;) {
        auto const& state = states_[i];
        bool const may_be = state.is_finished() && state.list != lists_ && calls[i].name == piece.name;
        if (may_be && (!index || !state.index || *index == *state.index) &&
            is_same_text(calls[i].arguments, piece.arguments))
            return i;
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
bool call_assembler::find_by_id(
    std::vector<tool_call> const& calls,
    tool_call_delta const& piece,
    std::optional<std::int64_t> index,
    std::size_t& place
) {
    auto const& call = calls[place];
    auto const& known = states_[place].index;
    if (!index || !known || *index == *known) return true;
    if (!piece.name.empty() && !call.name.empty() && piece.name != call.name) {
        place = none;
        return true;
    }
    if (find_index(*index) == none) return true;
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
    return true;
}

/// Finds the call that a piece without an index is about, whose id no call has.
bool call_assembler::find_nearby(
    std::vector<tool_call> const& calls,
    tool_call_delta const& piece,
    std::size_t& place
) {
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
    if (count == 0 || (last.is_open() && (count == 1 || piece.id.empty()))) return true;
    bool const may_be_last =
        last.arguments.is_placeholder() || is_same_text(calls[latest_].arguments, piece.arguments);
    if (count > 1 || may_be_last) return refuse("a piece without name and index may belong to several calls");
    place = open;
    return true;
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
    // Once the id has changed within a call, ids tell no calls apart.
    if (other_id) return state.other_id.empty() || (!trim(piece.arguments).empty() && !repeats(call, piece));
    if (trim(piece.arguments).empty() || repeats(call, piece)) return false;
    std::string_view const known(call.arguments);
    bool const is_part = !piece.id.empty() && known.substr(state.repeated).starts_with(piece.arguments);
    return !is_part && known.substr(state.last_piece) != piece.arguments;
}

bool call_assembler::begin(
    std::vector<tool_call>& calls,
    tool_call_delta const& piece,
    std::optional<std::int64_t> index
) {
    if (calls.size() == max_calls)
        return refuse("there are more than " + std::to_string(max_calls) + " tool calls");
    calls.emplace_back();
    states_.emplace_back(lists_);
    return join(calls, calls.size() - 1, piece, index);
}

bool call_assembler::join(
    std::vector<tool_call>& calls,
    std::size_t place,
    tool_call_delta const& piece,
    std::optional<std::int64_t> index
) {
    auto& call = calls[place];
    auto& state = states_[place];
    bool const has_its_id = !piece.id.empty() && (piece.id == call.id || piece.id == state.other_id);
    bool const brings_arguments = piece.name.empty() && !piece.arguments.empty();
    if (brings_arguments && state.is_contested && !has_its_id)
        return refuse("arguments without a name may belong to several calls");
    if (call.id.empty())
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
    }
    bool const moves = !piece.arguments.empty() || !piece.name.empty();
    if (index && state.index != index && (!state.index || (moves && find_index(*index) == none)))
        state.index = index;
    join_call_members(call.extra, piece.extra);
    latest_ = place;
    if (brings_arguments && !has_its_id && calls.size() > 1 && call.arguments.empty())
        contest_others(place, index);
    return join_arguments(calls, place, piece.arguments);
}

/// Remembers the calls to which the arguments that come now may belong as well.
void call_assembler::contest_others(std::size_t place, std::optional<std::int64_t> index) noexcept {
    for (std::size_t i = 0; i < states_.size(); ++i) {
        auto& other = states_[i];
        if (i != place && other.is_open() && (!index || other.index == index)) other.is_contested = true;
    }
}

bool call_assembler::join_arguments(
    std::vector<tool_call>& calls,
    std::size_t place,
    std::string_view piece
) {
    auto& call = calls[place];
    auto& state = states_[place];
    if (is_custom(call)) {
        call.arguments += piece;
        return true;
    }
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

/// Tells whether the arguments are a placeholder, and the piece is what it stands for.
bool call_assembler::makes_way(tool_call const& call, call_state const& state, std::string_view piece) {
    return state.arguments.is_placeholder() && begins_container(piece) &&
        !is_same_text(call.arguments, piece);
}

/// Judges text behind a complete value.
bool call_assembler::join_behind(std::vector<tool_call>& calls, std::size_t place, std::string_view piece) {
    auto& call = calls[place];
    auto& state = states_[place];
    std::string_view const known(call.arguments);
    if (state.repeated == 0 && (is_same_text(known, piece) || piece == known.substr(state.last_piece)))
        return true;
    if (known.substr(state.repeated).starts_with(piece)) {
        state.repeated = (state.repeated + piece.size()) % known.size();
        return true;
    }
    if (state.repeated == 0 && have_same_value(known, piece)) return true;
    if (!state.is_announced) return refuse("text follows the complete arguments of a tool call");
    tool_call_delta next;
    next.name = call.name;
    next.arguments = std::string(known.substr(0, state.repeated)).append(piece);
    state.is_announced = false;
    state.repeated = 0;
    return begin(calls, next, state.index);
}

bool call_assembler::refuse(std::string_view why) {
    detail_ = why;
    return false;
}

bool assemble_calls(std::vector<tool_call>& calls, std::string& detail) {
    if (calls.empty()) return true;
    auto const end =
        std::remove_if(calls.begin(), calls.end(), [](auto const& each) { return says_nothing(each); });
    calls.erase(end, calls.end());
    for (auto& call : calls) {
        if (!is_custom(call)) normalize_arguments(call.arguments);
    }
    if (calls.size() > max_calls || are_plain(calls)) return true;
    std::vector<tool_call_delta> pieces;
    pieces.reserve(calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) pieces.push_back(to_piece(calls[i], i));
    std::vector<tool_call> joined;
    joined.reserve(calls.size());
    call_assembler assembler;
    if (!assembler.add(joined, pieces)) {
        detail = assembler.detail();
        return false;
    }
    calls = std::move(joined);
    return true;
}

} // namespace async_llm::codec
