// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/calls/decode_calls.hpp"

#include "codec/calls/argument_scanner.hpp"
#include "codec/calls/call_repetition.hpp"
#include "codec/errors/error_words.hpp"
#include "codec/json/list_like.hpp"
#include "codec/json/take_word.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace async_llm::codec {
namespace {

// Every template here is for a tool_call and a tool_call_delta, or for lists of them.

template <class Call>
constexpr bool is_piece = std::is_same_v<Call, tool_call_delta>;

/// Reads a text that the encoder writes: so it is never kept as unknown, whatever its type.
void read_known_word(json_view from, std::string& to) {
    if (auto word = take_word(from)) to = std::move(*word);
}

/// Arguments are text, but some providers send the object that the text ought to hold.
void read_arguments(json_view from, std::string& to) {
    if (!assign(from, to)) to = take_json(from);
}

/// Keeps a member that was not understood. A null says nothing, and would go back as a null.
void keep_unless_null(std::string_view name, json_view from, json::object& extra) {
    if (!from.is_null()) keep(name, from, extra);
}

/// Arguments as a member has them.
enum class telling { nothing, empty_container, text, container };

telling find_telling(json_view from) {
    if (from.is_null()) return telling::nothing;
    bool const is_container = from.is_object() || from.is_array();
    if (is_container) return from.size() == 0 ? telling::empty_container : telling::container;
    auto const text = read_string(from);
    if (!text || !tells_nothing(*text))
        return text && begins_container(*text) ? telling::container : telling::text;
    return begins_container(*text) ? telling::empty_container : telling::nothing;
}

/// Tells whether a member may hold the arguments, or a custom tool's input, in place of that of the usual
/// name.
bool stands_in_for(std::string_view usual, std::string_view name) noexcept {
    if (usual == "input") return name == "arguments";
    return name == "input" || name == "parameters" || name == "args" || name == "params";
}

/// Members of one object that may hold the arguments.
struct argument_members {
    explicit argument_members(bool is_custom) : usual_name(is_custom ? "input" : "arguments") {}

    /// False: the member is another one.
    bool note(std::string_view name, json_view value) noexcept {
        if (name == usual_name) {
            if (!value.is_null()) usual = value;
            return true;
        }
        if (other || value.is_null() || !stands_in_for(usual_name, name)) return false;
        other = value;
        other_name = name;
        return true;
    }

    std::string_view usual_name;
    std::optional<json_view> usual;
    std::optional<json_view> other;
    std::string_view other_name;
};

/// Reads the first that tells any arguments, or else the first; the others are kept where they were. An empty
/// object gives way to no text that is none.
void read_first(
    argument_members const& inner,
    argument_members const& outer,
    std::string& to,
    json::object& inner_extra,
    json::object& outer_extra
) {
    std::array const all{inner.usual, inner.other, outer.usual, outer.other};
    std::array<telling, 4> told{};
    std::transform(all.begin(), all.end(), told.begin(), [](auto const& each) {
        return each ? find_telling(*each) : telling::nothing;
    });
    bool const has_empty = std::find(told.begin(), told.end(), telling::empty_container) != told.end();
    auto const least = has_empty ? telling::container : telling::text;
    auto chosen = all.begin() +
        (std::find_if(told.begin(), told.end(), [least](auto each) { return each >= least; }) - told.begin());
    if (chosen == all.end())
        chosen = std::find_if(all.begin(), all.end(), [](auto const& each) { return each.has_value(); });
    if (chosen == all.end()) return;
    read_arguments(**chosen, to);
    auto const keep_other = [&](std::size_t place, std::string_view name, json::object& extra) {
        auto const& each = all[place];
        if (chosen != all.begin() + place && told[place] >= telling::text) keep(name, *each, extra);
    };
    keep_other(1, inner.other_name, inner_extra);
    keep_other(2, outer.usual_name, outer_extra);
    keep_other(3, outer.other_name, outer_extra);
}

/// Reads what is called. `outer`: what stands beside it.
template <class Call>
void read_called(std::string_view member, json_view from, argument_members const& outer, Call& to) {
    argument_members inner(member == "custom");
    json::object unknown;
    auto const object = as_object(from);
    if (object && from.budget().allows_members(object->size())) {
        object->for_each_member([&](std::string_view name, json_view value) {
            if (name == "name") return read_known_word(value, to.name);
            if (!inner.note(name, value)) keep_unless_null(name, value, unknown);
        });
    } else if (!object) {
        read_known_word(from, to.name);
    }
    read_first(inner, outer, to.arguments, unknown, to.extra);
    if (!unknown.empty()) to.extra.insert_or_assign(member, std::move(unknown));
}

/// A call of a completion has its place in the list; its `index` is no news.
bool read_index(json_view /*from*/, tool_call& /*to*/) noexcept { return false; }
bool read_index(json_view from, tool_call_delta& to) noexcept { return assign(from, to.index); }

/// Tells whether a type is one of those under which others write a function's call without an inner object.
bool is_flat_type(std::string_view type) noexcept {
    for (std::string_view const plain : {"function", "functioncall", "toolcall", "tooluse"}) {
        if (is_named(type, plain)) return true;
    }
    return type.empty() || type == "custom";
}

template <class Call>
Call decode_tool_call(json_view from) {
    Call to;
    if (!from.budget().allows_members(from.size())) return to;
    std::optional<json_view> function;
    std::optional<json_view> custom;
    std::string_view type;
    from.for_each_member([&](std::string_view name, json_view value) {
        if (name == "function" && !value.is_null())
            function = value;
        else if (name == "custom" && value.is_object())
            custom = value;
        else if (name == "type")
            type = read_string(value).value_or(std::string_view());
    });
    // A call is custom if its name is in the member of that name, whatever its type says.
    bool const has_custom = custom && !function;
    bool const is_flat = !function && !custom && is_flat_type(type);
    bool const is_custom = has_custom || (is_flat && type == "custom");
    if (is_custom)
        to.type = "custom";
    else if (is_flat && !type.empty())
        to.type = "function";
    else if (!type.empty() && !(function && type == "custom") && from.budget().take_text(type.size()))
        to.type = type;
    bool const has_called = function || has_custom;
    bool const may_be_beside = has_called || is_flat;
    argument_members outer(is_custom);
    std::optional<json_view> outer_name;
    if (may_be_beside) {
        from.for_each_member([&](std::string_view name, json_view value) {
            if (name == "name")
                outer_name = value;
            else
                outer.note(name, value);
        });
    }
    if (is_flat) read_first(argument_members(is_custom), outer, to.arguments, to.extra, to.extra);
    argument_members read(is_custom);
    from.for_each_member([&](std::string_view name, json_view value) {
        if (name == "id")
            read_known_word(value, to.id);
        else if ((name == "function" && has_called) || (name == "custom" && has_custom))
            read_called(name, value, outer, to);
        else if (may_be_beside && (name == "name" || read.note(name, value)))
            return;
        else if (name != "type" && name != "function" && !(name == "index" && read_index(value, to)))
            keep_unless_null(name, value, to.extra);
    });
    if (outer_name && to.name.empty())
        read_known_word(*outer_name, to.name);
    else if (outer_name)
        keep_unless_null("name", *outer_name, to.extra);
    return to;
}

/// Gives a call of a map the word under which it stands.
void take_place(std::string_view word, json_view from, tool_call& to) {
    if (to.id.empty() && !read_int(json_scalar(word)) && from.budget().take_text(word.size())) to.id = word;
}
void take_place(std::string_view word, json_view from, tool_call_delta& to) {
    if (to.index || to.extra.contains("index")) return;
    to.index = read_int(json_scalar(word));
    if (to.index || !from.budget().take_text(2 * word.size()) || !from.budget().take_values(1)) return;
    to.extra["index"] = word;
    // Of a piece that continues its call, that may be another than it has.
    if (to.id.empty() && !to.name.empty()) to.id = word;
}

/// Portkey's gateway sends an object where others send a list: a call, or calls by their number.
template <class Call>
bool read_call_object(json_view from, std::vector<Call>& to) {
    auto& budget = from.budget();
    if (!budget.allows_members(from.size())) return true;
    bool const is_call = find(from, "function") || find(from, "custom") || find(from, "id") ||
        find(from, "name") || find(from, "arguments");
    if (!is_call && from.size() > json_budget::max_tool_calls) budget.exceed(json_budget::limit::tool_calls);
    auto const count = is_call ? 1 : from.size();
    if (!budget.take_memory(count * sizeof(Call))) return true;
    if (is_call) {
        to.push_back(decode_tool_call<Call>(from));
        return true;
    }
    bool understood = true;
    from.for_each_member([&](std::string_view name, json_view value) {
        if (!value.is_object()) {
            understood = understood && value.is_null();
            return;
        }
        auto& call = to.emplace_back(decode_tool_call<Call>(value));
        take_place(name, value, call);
    });
    return understood;
}

template <class Call>
bool read_calls(json_view from, std::vector<Call>& to) {
    if (from.is_null()) return true;
    if (!from.is_array() && !from.is_object()) return false;
    to.clear();
    if (from.is_object()) return read_call_object(from, to);
    bool understood = true;
    auto& budget = from.budget();
    if (from.size() > json_budget::max_tool_calls) budget.exceed(json_budget::limit::tool_calls);
    if (from.size() == 0 || !budget.take_memory(from.size() * sizeof(Call))) return true;
    to.reserve(from.size());
    from.for_each_element([&](json_view call) {
        if (call.is_object())
            to.push_back(decode_tool_call<Call>(call));
        else
            understood = understood && call.is_null();
        return true;
    });
    return understood;
}

template <class Call>
void take_legacy_call(json_view from, std::vector<Call>& to, json::object& extra) {
    if (!extra.contains("function_call")) return;
    auto const told = find(from, "function_call");
    auto const object = told ? as_object(*told) : std::nullopt;
    if (object) {
        Call call;
        read_called("function_call", *object, argument_members(false), call);
        if (to.empty())
            to.push_back(std::move(call));
        else if (!call.name.empty() || !call.arguments.empty())
            add_told_again(to, std::move(call));
    }
    if (object || !told) extra.erase("function_call");
}

template <class Call>
void take_calls(json_view from, std::vector<Call>& to, json::object& extra) {
    if (extra.empty()) return;
    if (extra.contains("tool_calls")) {
        auto const told = find(from, "tool_calls");
        std::vector<Call> calls;
        bool const understood = !told || read_calls(*told, calls);
        if (to.empty())
            to = std::move(calls);
        else
            for (auto& call : calls) add_told_again(to, std::move(call));
        if (understood) extra.erase("tool_calls");
    }
    take_legacy_call(from, to, extra);
}

} // namespace

bool read_tool_calls(json_view from, std::vector<tool_call>& to) { return read_calls(from, to); }
bool read_tool_calls(json_view from, std::vector<tool_call_delta>& to) { return read_calls(from, to); }

void take_function_call(json_view from, std::vector<tool_call>& to, json::object& extra) {
    take_legacy_call(from, to, extra);
}
void take_function_call(json_view from, std::vector<tool_call_delta>& to, json::object& extra) {
    take_legacy_call(from, to, extra);
}

void take_calls_of_choice(json_view from, std::vector<tool_call>& to, json::object& extra) {
    take_calls(from, to, extra);
}
void take_calls_of_choice(json_view from, std::vector<tool_call_delta>& to, json::object& extra) {
    take_calls(from, to, extra);
}

} // namespace async_llm::codec
