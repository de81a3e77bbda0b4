// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/encode_request.hpp"

#include "base/ascii.hpp"
#include "codec/json/json_repair.hpp"
#include "codec/json/json_scalar.hpp"
#include "codec/json/json_writer.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace async_llm::codec {
namespace {

namespace json = boost::json;

void write(json_writer& writer, std::string const& text) { writer.string(text); }

void write(json_writer& writer, double value) { writer.number(value); }

void write(json_writer& writer, std::int64_t value) { writer.integer(value); }

void write(json_writer& writer, bool value) { writer.boolean(value); }

void write(json_writer& writer, json::object const& tree) { writer.value(tree); }

void write(json_writer& writer, json::array const& tree) { writer.value(tree); }

void write(json_writer& writer, json::value const& tree) { writer.value(tree); }

void write(json_writer& writer, response_format const& format) { writer.value(format.value); }

void write(json_writer& writer, tool_choice const& choice) { writer.value(choice.value); }

void write(json_writer& writer, content_part const& part);
void write(json_writer& writer, tool const& offered);
void write(json_writer& writer, plugin const& chosen);
void write(json_writer& writer, prediction const& expected);
void write(json_writer& writer, provider_preferences const& preferences);
void write(json_writer& writer, reasoning_options const& options);

template <class T>
void write(json_writer& writer, std::vector<T> const& list) {
    writer.begin_array();
    for (auto const& element : list) write(writer, element);
    writer.end_array();
}

template <class T>
void write(json_writer& writer, std::map<std::string, T> const& members) {
    writer.begin_object();
    for (auto const& [name, value] : members) {
        writer.key(name);
        write(writer, value);
    }
    writer.end_object();
}

/// An object of typed members, of which `extra` replaces those that it has too.
class object_writer {
public:
    object_writer(json_writer& writer, json::object const& extra) : writer_(writer), extra_(extra) {
        if (!extra_.empty()) replaced_.resize(extra_.size());
        writer_.begin_object();
    }

    /// A member that `write_value` writes.
    template <class WriteValue>
    void member_with(std::string_view name, WriteValue write_value) {
        writer_.key(name);
        if (auto const place = extra_.find(name); place != extra_.end()) {
            replaced_[static_cast<std::size_t>(place - extra_.begin())] = true;
            writer_.value(place->value());
        } else {
            write_value();
        }
    }

    template <class T>
    void member(std::string_view name, T const& value) {
        member_with(name, [&] { write(writer_, value); });
    }

    template <class T>
    void member(std::string_view name, std::optional<T> const& value) {
        if (value) member(name, *value);
    }

    template <class Container>
    void member_unless_empty(std::string_view name, Container const& value) {
        if (!value.empty()) member(name, value);
    }

    void member_unless_null(std::string_view name, json::value const& value) {
        if (!value.is_null()) member(name, value);
    }

    void text(std::string_view name, std::string_view value) {
        member_with(name, [&] { writer_.string(value); });
    }

    /// An object to which its own member of that name, if it is an object too, is merged.
    template <class WriteMembers>
    void merged_member(std::string_view name, WriteMembers write_members) {
        static json::object const nothing;
        auto const* const more = extra_.empty() ? nullptr : extra_.if_contains(name);
        auto const write_merged = [&](json::object const& added) {
            object_writer inner(writer_, added);
            write_members(inner);
            inner.finish();
        };
        if (more && more->is_object()) {
            replaced_[static_cast<std::size_t>(extra_.find(name) - extra_.begin())] = true;
            writer_.key(name);
            write_merged(more->get_object());
        } else {
            member_with(name, [&] { write_merged(nothing); });
        }
    }

    void finish() {
        for (std::size_t i = 0; i < extra_.size(); ++i) {
            if (!replaced_[i]) {
                auto const& rest = *(extra_.begin() + static_cast<std::ptrdiff_t>(i));
                writer_.key(rest.key());
                writer_.value(rest.value());
            }
        }
        writer_.end_object();
    }

private:
    json_writer& writer_;
    json::object const& extra_;
    std::vector<bool> replaced_;
};

void write_known_members(json_writer& writer, object_writer& object, content_part const& part) {
    if (part.type == "text" || part.type == "refusal") {
        object.member(part.type, part.value);
    } else if (part.type == "image_url") {
        object.member_with(part.type, [&] {
            json::object const nothing;
            object_writer image(writer, nothing);
            image.member("url", part.url);
            image.member("detail", part.detail);
            image.finish();
        });
    }
}

void write(json_writer& writer, content_part const& part) {
    object_writer object(writer, part.extra);
    object.member_unless_empty("type", part.type);
    write_known_members(writer, object, part);
    object.finish();
}

void write_function(json_writer& writer, tool const& offered) {
    json::object const nothing;
    object_writer function(writer, nothing);
    function.member("name", offered.name);
    function.member("description", offered.description);
    function.member("parameters", offered.parameters);
    function.member("strict", offered.strict);
    function.finish();
}

void write(json_writer& writer, tool const& offered) {
    object_writer object(writer, offered.extra);
    if (!offered.name.empty()) {
        object.text("type", "function");
        object.member_with("function", [&] { write_function(writer, offered); });
    }
    object.finish();
}

/// Deeper arguments count as invalid, as they do for \ref tool_call::parse_arguments.
constexpr std::size_t max_argument_depth = 128;

bool is_blank(std::string_view text) noexcept { return trim_left(text).empty(); }

bool is_json(std::string_view text) {
    std::size_t used = 0;
    error_code ec;
    parse_json(text, max_argument_depth, used, ec);
    return !ec && is_blank(text.substr(used));
}

/// Writes the arguments of a call such that a server that parses them can.
void write_arguments(json_writer& writer, std::string const& arguments, dialect const& accepted) {
    if (is_blank(arguments))
        return writer.string(accepted.sends_empty_arguments_as_object ? "{}" : arguments);
    if (!accepted.sends_invalid_arguments_as_object || is_json(arguments)) return writer.string(arguments);
    // Such as the model's tool was given.
    auto const repaired = repaired_json(arguments);
    if (repaired && is_json(*repaired)) return writer.string(*repaired);
    std::string wrapped;
    json_writer wrapper(wrapped);
    wrapper.begin_object();
    wrapper.key("invalid_arguments");
    wrapper.string(arguments);
    wrapper.end_object();
    // A text that JSON can't hold at all is refused where it is.
    writer.string(wrapper.fault() == json_fault::none ? wrapped : arguments);
}

void write(json_writer& writer, tool_call const& call, dialect const& accepted) {
    bool const is_custom = call.type == "custom";
    std::string_view const inner = is_custom ? "custom" : "function";
    object_writer object(writer, call.extra);
    // An id that the provider left empty goes back empty: that is what the result refers to.
    object.member("id", call.id);
    object.member("type", call.type);
    // A call in a notation of the provider's own has all that it says in `extra`.
    bool const is_foreign = call.name.empty() && call.arguments.empty() && !call.extra.empty();
    if (!is_foreign) {
        object.merged_member(inner, [&](object_writer& called) {
            called.member("name", call.name);
            if (is_custom)
                called.member("input", call.arguments);
            else
                called.member_with("arguments", [&] { write_arguments(writer, call.arguments, accepted); });
        });
    }
    object.finish();
}

/// Writes the reasoning of an assistant's turn as the dialect takes it back.
void write_reasoning(object_writer& object, message const& turn, reasoning_back const& rule) {
    bool const is_named = rule.kind() == reasoning_back::mode::fixed_name;
    auto const name = is_named ? std::string_view(rule.name()) : to_string(turn.reasoning_member);
    // Of several, the one that came under the name that the provider takes.
    auto const* const same_name = turn.other_reasoning ? turn.other_reasoning->if_contains(name) : nullptr;
    if (same_name && is_named)
        object.member(name, *same_name);
    else
        object.member(name, turn.reasoning);
    if (turn.other_reasoning && !is_named) {
        for (auto const& other : *turn.other_reasoning) {
            if (name_of(other) != name) object.member(name_of(other), other.value());
        }
    }
    object.member("reasoning_details", turn.reasoning_details);
}

void write(json_writer& writer, message const& turn, dialect const& accepted, bool with_reasoning) {
    object_writer object(writer, turn.extra);
    object.text("role", turn.role.text());
    if (turn.parts.empty())
        object.member("content", turn.content);
    else
        object.member("content", turn.parts);
    object.member("name", turn.name);
    object.member("tool_call_id", turn.tool_call_id);
    if (!turn.tool_calls.empty()) {
        object.member_with("tool_calls", [&] {
            writer.begin_array();
            for (auto const& call : turn.tool_calls) write(writer, call, accepted);
            writer.end_array();
        });
    }
    object.member("refusal", turn.refusal);
    if (with_reasoning) write_reasoning(object, turn, accepted.takes_reasoning_back);
    object.finish();
}

void write(json_writer& writer, plugin const& chosen) {
    object_writer object(writer, chosen.extra);
    object.member("id", chosen.id);
    object.member("enabled", chosen.enabled);
    object.finish();
}

void write(json_writer& writer, prediction const& expected) {
    json::object const nothing;
    object_writer object(writer, nothing);
    object.text("type", "content");
    if (expected.parts.empty())
        object.member("content", expected.content);
    else
        object.member("content", expected.parts);
    object.finish();
}

void write(json_writer& writer, provider_preferences const& preferences) {
    object_writer object(writer, preferences.extra);
    object.member_unless_empty("order", preferences.order);
    object.member_unless_empty("only", preferences.only);
    object.member_unless_empty("ignore", preferences.ignore);
    object.member("allow_fallbacks", preferences.allow_fallbacks);
    object.member("require_parameters", preferences.require_parameters);
    object.member("data_collection", preferences.data_collection);
    object.member("zdr", preferences.zdr);
    object.member("enforce_distillable_text", preferences.enforce_distillable_text);
    object.member_unless_empty("quantizations", preferences.quantizations);
    object.member_unless_null("sort", preferences.sort);
    object.member_unless_empty("max_price", preferences.max_price);
    object.member_unless_null("preferred_min_throughput", preferences.preferred_min_throughput);
    object.member_unless_null("preferred_max_latency", preferences.preferred_max_latency);
    object.finish();
}

void write(json_writer& writer, reasoning_options const& options) {
    object_writer object(writer, options.extra);
    object.member("effort", options.effort);
    object.member("max_tokens", options.max_tokens);
    object.member("exclude", options.exclude);
    object.member("enabled", options.enabled);
    object.member("summary", options.summary);
    object.finish();
}

/// The first message with which reasoning goes back; the number of messages if there is none.
std::size_t first_with_reasoning(std::vector<message> const& messages, reasoning_back const& rule) noexcept {
    if (!rule) return messages.size();
    if (rule.sends_all_turns()) return 0;
    auto const last = std::find_if(messages.rbegin(), messages.rend(), [](message const& turn) {
        return turn.role == role::user;
    });
    return static_cast<std::size_t>(messages.rend() - last);
}

void write_conversation(
    json_writer& writer,
    object_writer& body,
    std::vector<message> const& messages,
    dialect const& accepted
) {
    if (messages.empty()) return;
    auto const first = first_with_reasoning(messages, accepted.takes_reasoning_back);
    body.member_with("messages", [&] {
        writer.begin_array();
        for (std::size_t i = 0; i < messages.size(); ++i) write(writer, messages[i], accepted, i >= first);
        writer.end_array();
    });
}

void write_sampling(object_writer& body, chat_request const& request) {
    body.member("temperature", request.temperature);
    body.member("top_p", request.top_p);
    body.member("top_k", request.top_k);
    body.member("top_a", request.top_a);
    body.member("min_p", request.min_p);
    body.member("frequency_penalty", request.frequency_penalty);
    body.member("presence_penalty", request.presence_penalty);
    body.member("repetition_penalty", request.repetition_penalty);
    body.member("seed", request.seed);
    body.member_unless_empty("logit_bias", request.logit_bias);
    body.member("logprobs", request.logprobs);
    body.member("top_logprobs", request.top_logprobs);
    body.member("n", request.n);
    body.member("max_tokens", request.max_tokens);
    body.member("max_completion_tokens", request.max_completion_tokens);
    body.member_unless_empty("stop", request.stop);
}

void write_features(object_writer& body, chat_request const& request) {
    body.member("response_format", request.response_format);
    body.member_unless_empty("tools", request.tools);
    body.member("tool_choice", request.tool_choice);
    body.member("parallel_tool_calls", request.parallel_tool_calls);
    body.member("prediction", request.prediction);
    body.member("user", request.user_id);
    body.member("echo", request.echo);
    body.member("service_tier", request.service_tier);
    body.member("reasoning_effort", request.reasoning_effort);
    body.member("verbosity", request.verbosity);
    body.member_unless_empty("modalities", request.modalities);
    body.member_unless_empty("metadata", request.metadata);
}

void write_flag(json_writer& writer, std::string_view name, bool value) {
    writer.begin_object();
    writer.key(name);
    writer.boolean(value);
    writer.end_object();
}

void write_openrouter(json_writer& writer, object_writer& body, chat_request const& request) {
    body.member_unless_empty("models", request.models);
    body.member("provider", request.provider);
    body.member_unless_empty("plugins", request.plugins);
    body.member("transforms", request.transforms);
    body.member("reasoning", request.reasoning);
    if (request.usage_include)
        body.member_with("usage", [&] { write_flag(writer, "include", *request.usage_include); });
    body.member("session_id", request.session_id);
    body.member_unless_empty("trace", request.trace);
    body.member("route", request.route);
}

void write_stream(json_writer& writer, object_writer& body, chat_request const& request, dialect const& d) {
    body.member("stream", true);
    if (!request.include_usage && !d.asks_for_stream_usage) return;
    body.member_with("stream_options", [&] {
        write_flag(writer, "include_usage", request.include_usage.value_or(true));
    });
}

// The long part of a request is its conversation; an eighth more makes room for escaped quotes and line ends.
std::size_t estimated_size(chat_request const& request) noexcept {
    std::size_t size = 512;
    for (auto const& turn : request.messages) {
        size += 64 + (turn.content ? turn.content->size() : 0);
        for (auto const& part : turn.parts) size += 64 + part.value.size() + part.url.size();
        for (auto const& call : turn.tool_calls) size += 128 + call.arguments.size();
    }
    return size + size / 8;
}

} // namespace

error_code encode_request(
    chat_request const& request,
    dialect const& accepted,
    std::string& out,
    std::string& detail,
    bool streaming
) {
    auto const start = out.size();
    out.reserve(start + estimated_size(request));
    json_writer writer(out);
    object_writer body(writer, request.extra);
    body.member_unless_empty("model", request.model);
    write_conversation(writer, body, request.messages, accepted);
    write_sampling(body, request);
    write_features(body, request);
    write_openrouter(writer, body, request);
    if (streaming) write_stream(writer, body, request, accepted);
    body.finish();
    if (writer.fault() == json_fault::none) return {};
    detail = writer.fault_path();
    detail += detail.empty() ? "" : ": ";
    detail += to_string(writer.fault());
    out.resize(start);
    return errc::invalid_request;
}

} // namespace async_llm::codec
