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
#include <utility>

namespace async_llm::codec {
namespace {

// Every template here is for a tool_call and a tool_call_delta, or for lists of them.

/// Reads a text that the encoder writes: so it is never kept as unknown, whatever its type.
void read_known_word(json_view source, std::string& out) {
    if (auto word = take_word(source)) out = std::move(*word);
}

/// Arguments are text, but some providers send the object that the text ought to hold.
void read_arguments(json_view source, std::string& out) {
    if (!assign(source, out)) out = take_json(source);
}

/// Keeps a member that was not understood. A null says nothing, and would go back as a null.
void keep_unless_null(std::string_view name, json_view source, json::object& extra) {
    if (!source.is_null()) keep(name, source, extra);
}

/// Arguments as a member has them.
enum class telling { nothing, empty_container, text, container };

telling find_telling(json_view source) {
    if (source.is_null()) return telling::nothing;
    bool const is_container = source.is_object() || source.is_array();
    if (is_container) return source.size() == 0 ? telling::empty_container : telling::container;
    auto const text = read_string(source);
    if (!text || !tells_nothing(*text))
        return text && begins_container(*text) ? telling::container : telling::text;
    return begins_container(*text) ? telling::empty_container : telling::nothing;
}

/// Returns whether a member may hold the arguments, or a custom tool's input, in place of that of the usual
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

/// Reads the first that has any arguments, or else the first; the others are kept where they were. An empty
/// object gives way to no text that is none.
void read_first(
    argument_members const& inner,
    argument_members const& outer,
    std::string& out,
    json::object& inner_extra,
    json::object& outer_extra
) {
    std::array const all{inner.usual, inner.other, outer.usual, outer.other};
    std::array<telling, 4> reported{};
    std::transform(all.begin(), all.end(), reported.begin(), [](auto const& each) {
        return each ? find_telling(*each) : telling::nothing;
    });
    bool const has_empty = std::ranges::find(reported, telling::empty_container) != reported.end();
    auto const least = has_empty ? telling::container : telling::text;
    auto chosen = all.begin() +
        (std::ranges::find_if(reported, [least](auto each) { return each >= least; }) - reported.begin());
    if (chosen == all.end())
        chosen = std::ranges::find_if(all, [](auto const& each) { return each.has_value(); });
    if (chosen == all.end()) return;
    read_arguments(**chosen, out);
    auto const keep_other = [&](std::size_t place, std::string_view name, json::object& extra) {
        auto const& each = all[place];
        if (chosen != all.begin() + place && reported[place] >= telling::text) keep(name, *each, extra);
    };
    keep_other(1, inner.other_name, inner_extra);
    keep_other(2, outer.usual_name, outer_extra);
    keep_other(3, outer.other_name, outer_extra);
}

/// Reads what is called. `outer`: what stands beside it.
template <class Call>
void read_called(std::string_view member, json_view source, argument_members const& outer, Call& out) {
    argument_members inner(member == "custom");
    json::object unknown;
    auto const object = as_object(source);
    if (object && source.budget().allows_members(object->size())) {
        object->for_each_member([&](std::string_view name, json_view value) {
            if (name == "name") return read_known_word(value, out.name);
            if (!inner.note(name, value)) keep_unless_null(name, value, unknown);
        });
    } else if (!object) {
        read_known_word(source, out.name);
    }
    read_first(inner, outer, out.arguments, unknown, out.extra);
    if (!unknown.empty()) out.extra.insert_or_assign(member, std::move(unknown));
}

/// A call of a completion has its place in the list; its `index` is no news.
bool read_index(json_view /*from*/, tool_call& /*to*/) noexcept { return false; }
bool read_index(json_view source, tool_call_delta& out) noexcept { return assign(source, out.index); }

/// Returns whether a type is one of those under which others write a function's call without an inner object.
bool is_flat_type(std::string_view type) noexcept {
    return type.empty() || type == "custom" ||
        is_named_any(type, {"function", "functioncall", "toolcall", "tooluse"});
}

template <class Call>
Call decode_tool_call(json_view source) {
    Call out;
    if (!source.budget().allows_members(source.size())) return out;
    std::optional<json_view> function;
    std::optional<json_view> custom;
    std::string_view type;
    source.for_each_member([&](std::string_view name, json_view value) {
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
        out.type = "custom";
    else if (is_flat && !type.empty())
        out.type = "function";
    else if (!type.empty() && !(function && type == "custom") && source.budget().take_text(type.size()))
        out.type = type;
    bool const has_called = function || has_custom;
    bool const may_be_beside = has_called || is_flat;
    argument_members outer(is_custom);
    std::optional<json_view> outer_name;
    if (may_be_beside) {
        source.for_each_member([&](std::string_view name, json_view value) {
            if (name == "name")
                outer_name = value;
            else
                outer.note(name, value);
        });
    }
    if (is_flat) read_first(argument_members(is_custom), outer, out.arguments, out.extra, out.extra);
    argument_members read(is_custom);
    source.for_each_member([&](std::string_view name, json_view value) {
        if (name == "id")
            read_known_word(value, out.id);
        else if ((name == "function" && has_called) || (name == "custom" && has_custom))
            read_called(name, value, outer, out);
        else if (may_be_beside && (name == "name" || read.note(name, value)))
            return;
        else if (name != "type" && name != "function" && !(name == "index" && read_index(value, out)))
            keep_unless_null(name, value, out.extra);
    });
    if (outer_name && out.name.empty())
        read_known_word(*outer_name, out.name);
    else if (outer_name)
        keep_unless_null("name", *outer_name, out.extra);
    return out;
}

/// Gives a call of a map the word under which it stands.
void take_place(std::string_view word, json_view source, tool_call& out) {
    if (out.id.empty() && !read_int(json_scalar(word)) && source.budget().take_text(word.size()))
        out.id = word;
}
void take_place(std::string_view word, json_view source, tool_call_delta& out) {
    if (out.index || out.extra.contains("index")) return;
    out.index = read_int(json_scalar(word));
    if (out.index || !source.budget().take_text(2 * word.size()) || !source.budget().take_values(1)) return;
    out.extra["index"] = word;
    // Of a piece that continues its call, that may be another than it has.
    if (out.id.empty() && !out.name.empty()) out.id = word;
}

/// Portkey's gateway sends an object where others send a list: a call, or calls by their number.
template <class Call>
bool read_call_object(json_view source, std::vector<Call>& out) {
    auto& budget = source.budget();
    if (!budget.allows_members(source.size())) return true;
    bool const is_call = find(source, "function") || find(source, "custom") || find(source, "id") ||
        find(source, "name") || find(source, "arguments");
    if (!is_call && source.size() > json_budget::max_tool_calls)
        budget.exceed(json_budget::limit::tool_calls);
    auto const count = is_call ? 1 : source.size();
    if (!budget.take_memory(count * sizeof(Call))) return true;
    if (is_call) {
        out.push_back(decode_tool_call<Call>(source));
        return true;
    }
    bool understood = true;
    source.for_each_member([&](std::string_view name, json_view value) {
        if (!value.is_object()) {
            understood = understood && value.is_null();
            return;
        }
        auto& call = out.emplace_back(decode_tool_call<Call>(value));
        take_place(name, value, call);
    });
    return understood;
}

} // namespace

template <class Call>
bool read_tool_calls(json_view source, std::vector<Call>& out) {
    if (source.is_null()) return true;
    if (!source.is_array() && !source.is_object()) return false;
    out.clear();
    if (source.is_object()) return read_call_object(source, out);
    bool understood = true;
    auto& budget = source.budget();
    if (source.size() > json_budget::max_tool_calls) budget.exceed(json_budget::limit::tool_calls);
    if (source.size() == 0 || !budget.take_memory(source.size() * sizeof(Call))) return true;
    out.reserve(source.size());
    source.for_each_element([&](json_view call) {
        if (call.is_object())
            out.push_back(decode_tool_call<Call>(call));
        else
            understood = understood && call.is_null();
        return true;
    });
    return understood;
}

template <class Call>
void take_function_call(json_view source, std::vector<Call>& out, json::object& extra) {
    if (!extra.contains("function_call")) return;
    auto const reported = find(source, "function_call");
    auto const object = reported ? as_object(*reported) : std::nullopt;
    if (object) {
        Call call;
        read_called("function_call", *object, argument_members(false), call);
        if (out.empty())
            out.push_back(std::move(call));
        else if (!call.name.empty() || !call.arguments.empty())
            add_told_again(out, std::move(call));
    }
    if (object || !reported) extra.erase("function_call");
}

template <class Call>
void take_calls_of_choice(json_view source, std::vector<Call>& out, json::object& extra) {
    if (extra.empty()) return;
    if (extra.contains("tool_calls")) {
        auto const reported = find(source, "tool_calls");
        std::vector<Call> calls;
        bool const understood = !reported || read_tool_calls(*reported, calls);
        if (out.empty())
            out = std::move(calls);
        else
            for (auto& call : calls) add_told_again(out, std::move(call));
        if (understood) extra.erase("tool_calls");
    }
    take_function_call(source, out, extra);
}

template bool read_tool_calls(json_view, std::vector<tool_call>&);
template bool read_tool_calls(json_view, std::vector<tool_call_delta>&);
template void take_function_call(json_view, std::vector<tool_call>&, json::object&);
template void take_function_call(json_view, std::vector<tool_call_delta>&, json::object&);
template void take_calls_of_choice(json_view, std::vector<tool_call>&, json::object&);
template void take_calls_of_choice(json_view, std::vector<tool_call_delta>&, json::object&);

} // namespace async_llm::codec
