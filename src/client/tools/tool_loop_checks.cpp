// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/tools/tool_loop_checks.hpp"

#include "base/sanitize.hpp"
#include "client/state/validate_config.hpp"
#include "codec/calls/cut_calls.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

namespace async_llm::detail {
namespace {

namespace json = boost::json;

std::string_view text_of(json::object const& object, std::string_view member) noexcept {
    auto const* value = object.if_contains(member);
    if (!value || !value->is_string()) return {};
    return value->get_string();
}

std::string element(std::size_t index, std::string_view problem) {
    return "toolbox[" + std::to_string(index) + "]." + std::string(problem);
}

bool is_offered(chat_request const& request, std::string_view name) {
    return std::ranges::find(request.tools, name, name_of) != request.tools.end();
}

bool demands_call(json::value const& choice) noexcept {
    if (choice.is_string()) return choice.get_string() != "auto" && choice.get_string() != "none";
    auto const* object = choice.if_object();
    if (!object) return false;
    // OpenAI's list of allowed tools has a mode of its own.
    auto const* allowed = object->if_contains("allowed_tools");
    if (allowed && allowed->is_object()) return text_of(allowed->get_object(), "mode") == "required";
    return true;
}

// Nine letters and digits: the one form that every provider takes (Mistral takes no other).
std::string made_up_id(std::size_t place, std::size_t index) {
    auto const padded = [](std::size_t number, std::size_t width) {
        auto text = std::to_string(number);
        text.insert(0, width - std::min(width, text.size()), '0');
        return text;
    };
    return 'c' + padded(place, 5) + padded(index, 3);
}

// The numbers come from the network.
std::int64_t sum(std::int64_t a, std::int64_t b) noexcept {
    using limits = std::numeric_limits<std::int64_t>;
    if (b > 0 && a > limits::max() - b) return limits::max();
    if (b < 0 && a < limits::min() - b) return limits::min();
    return a + b;
}

double sum(double a, double b) noexcept { return a + b; }

template <class Number>
void add(std::optional<Number> const& part, std::optional<Number>& total) noexcept {
    if (part) total = sum(total.value_or(0), *part);
}

void add(std::int64_t part, std::int64_t& total) noexcept { total = sum(total, part); }

} // namespace

std::string_view name_of(tool const& definition) noexcept {
    if (!definition.name.empty()) return definition.name;
    for (std::string_view const kind : {"function", "custom"}) {
        auto const* inner = definition.extra.if_contains(kind);
        if (inner && inner->is_object()) return text_of(inner->get_object(), "name");
    }
    return {};
}

error_code check_run(
    chat_request const& request,
    toolbox const& tools,
    run_tools_options const& options,
    std::string& detail
) {
    auto const refuse = [&detail](std::string problem) {
        detail = std::move(problem);
        return error_code(errc::invalid_request);
    };
    if (options.max_turns < 1) return refuse("max_turns: is below 1");
    if (options.tool_timeout.count() < 0) return refuse("tool_timeout: is negative");
    if (auto problem = check_spending(options.spending); !problem.empty()) return refuse(std::move(problem));
    if (request.extra.contains("messages"))
        return refuse("messages: not taken from extra, because the conversation grows");
    auto const& definitions = tools.definitions();
    for (std::size_t i = 0; i < definitions.size(); ++i) {
        auto const name = name_of(definitions[i]);
        if (name.empty()) return refuse(element(i, "name: empty"));
        if (!*tools.find(name)) return refuse(element(i, "function: empty"));
        if (is_offered(request, name)) return refuse(element(i, "name: is in tools already"));
    }
    return {};
}

std::string too_many_calls(std::size_t calls, std::size_t limit) {
    if (limit == 0 || calls <= limit) return {};
    return "the turn has " + std::to_string(calls) + " tool calls, and max_calls_per_turn is " +
        std::to_string(limit);
}

std::string unusable_call(choice const& turn) {
    auto const& calls = turn.message.tool_calls;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        auto const number = std::to_string(i);
        if (codec::is_nameless(calls[i])) return "tool call " + number + " has no name";
        if (calls[i].is_cut)
            return "the reply was cut off (finish_reason " + codec::sanitize(turn.finish_reason.text(), 100) +
                ") within tool call " + number + ", so that no tool of the turn runs";
    }
    return {};
}

void relax_tool_choice(chat_request& request) {
    if (request.tool_choice && demands_call(request.tool_choice->value))
        request.tool_choice = tool_choice::automatic();
    auto const* choice = request.extra.if_contains("tool_choice");
    if (choice && demands_call(*choice)) request.extra["tool_choice"] = "auto";
}

void complete_ids(message& turn, std::size_t place) {
    std::unordered_set<std::string_view> taken;
    for (std::size_t i = 0; i < turn.tool_calls.size(); ++i) {
        auto& id = turn.tool_calls[i].id;
        if (id.empty() || !taken.insert(id).second) id = made_up_id(place, i);
    }
}

void add_usage(usage const& turn, usage& total) noexcept {
    add(turn.prompt_tokens, total.prompt_tokens);
    add(turn.completion_tokens, total.completion_tokens);
    add(turn.total_tokens, total.total_tokens);
    add(turn.cached_tokens, total.cached_tokens);
    add(turn.cache_write_tokens, total.cache_write_tokens);
    add(turn.prompt_audio_tokens, total.prompt_audio_tokens);
    add(turn.prompt_image_tokens, total.prompt_image_tokens);
    add(turn.prompt_video_tokens, total.prompt_video_tokens);
    add(turn.reasoning_tokens, total.reasoning_tokens);
    add(turn.completion_audio_tokens, total.completion_audio_tokens);
    add(turn.completion_image_tokens, total.completion_image_tokens);
    add(turn.accepted_prediction_tokens, total.accepted_prediction_tokens);
    add(turn.rejected_prediction_tokens, total.rejected_prediction_tokens);
    add(turn.cost, total.cost);
    add(turn.credits_used, total.credits_used);
    if (turn.is_byok) total.is_byok = total.is_byok.value_or(false) || *turn.is_byok;
}

} // namespace async_llm::detail
