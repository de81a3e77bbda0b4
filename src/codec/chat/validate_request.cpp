// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/validate_request.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "codec/json/json_writer.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace async_llm::codec {
namespace {

namespace json = boost::json;

constexpr std::size_t max_name_length = 64;
constexpr std::size_t max_metadata_pairs = 16;
constexpr std::size_t max_metadata_key_length = 64;
constexpr std::size_t max_metadata_value_length = 512;
constexpr std::size_t max_session_id_length = 256;

std::string number_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-infinity" : "infinity";
    return json_text(value);
}

std::string range_text(value_range const& range) {
    if (std::isinf(range.max)) return "less than " + number_text(range.min);
    if (std::isinf(range.min)) return "more than " + number_text(range.max);
    return "outside " + number_text(range.min) + ".." + number_text(range.max);
}

bool is_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= max_name_length && std::ranges::all_of(text, is_name_char);
}

std::string element(std::string_view list, std::size_t index) {
    std::string place(list);
    place += '[' + std::to_string(index) + ']';
    return place;
}

/// Notes the first thing that is wrong; each check is skipped once there is one.
class request_checker {
public:
    request_checker(
        chat_request const& request,
        dialect const& accepted,
        std::string_view provider_name,
        bool streaming,
        std::string& detail
    )
        : request_(request),
          accepted_(accepted),
          provider_name_(provider_name),
          streaming_(streaming),
          detail_(detail) {}

    bool run() {
        return check_streaming() && check_model() && check_messages() && check_known_fields() &&
            check_numbers() && check_limits() && check_tools() && check_response_format() &&
            check_prediction() && check_metadata() && check_openrouter();
    }

private:
    bool refuse(std::string_view field, std::string_view problem) {
        detail_ = field;
        detail_ += ": ";
        detail_ += problem;
        return false;
    }

    bool refuse_for_provider(std::string_view field, std::string problem) {
        if (!provider_name_.empty()) problem.append(" (").append(provider_name_).append(")");
        return refuse(field, problem);
    }

    // Is the field sent as it is in the request? A member that `extra` replaces is its user's own business.
    bool replaced(std::string_view field) const { return request_.extra.contains(field); }

    bool check_streaming() {
        constexpr auto reason = "not taken from extra, because a streamed reply is another operation";
        if (replaced("stream")) return refuse("stream", reason);
        if (replaced("stream_options") && !streaming_) return refuse("stream_options", reason);
        return true;
    }

    bool check_model() {
        bool const missing = request_.model.empty() && request_.models.empty();
        if (missing && accepted_.requires_model && !replaced("model") && !replaced("models"))
            return refuse("model", "empty");
        return true;
    }

    bool check_messages() {
        if (replaced("messages")) return true;
        if (request_.messages.empty() && accepted_.requires_messages) return refuse("messages", "empty");
        for (std::size_t i = 0; i < request_.messages.size(); ++i) {
            if (!check_message(request_.messages[i], i)) return false;
        }
        return true;
    }

    bool check_message(message const& turn, std::size_t index) {
        auto const place = [index](char const* member) { return element("messages", index) + member; };
        auto const is_sent = [&turn](char const* member) { return !turn.extra.contains(member); };
        if (is_sent("role")) {
            if (turn.role == role::unknown)
                return refuse(place(".role"), turn.role.text().empty() ? "empty" : "not a known role");
            if (turn.role == role::function && !accepted_.allows_function_role)
                return refuse_for_provider(place(".role"), "function is not known there");
        }
        bool const needs_id = turn.role == role::tool && accepted_.requires_tool_call_id;
        if (needs_id && !turn.tool_call_id && is_sent("tool_call_id"))
            return refuse(place(".tool_call_id"), "missing");
        if (turn.role == role::function && !turn.name && is_sent("name"))
            return refuse(place(".name"), "missing");
        if (!turn.tool_calls.empty() && is_sent("tool_calls") && !check_calls(turn, place(".tool_calls")))
            return false;
        return !is_sent("content") || check_content(turn, index);
    }

    /// A call without a name could not be distinguished from another, and providers refuse it.
    bool check_calls(message const& turn, std::string const& place) {
        for (std::size_t i = 0; i < turn.tool_calls.size(); ++i) {
            auto const& call = turn.tool_calls[i];
            // A call in a notation of the provider's own has all that it says in `extra`.
            bool const is_foreign = call.arguments.empty() && !call.extra.empty();
            if (trim(call.name).empty() && !is_foreign) return refuse(element(place, i) + ".name", "empty");
        }
        return true;
    }

    bool check_content(message const& turn, std::size_t index) {
        if (turn.content && turn.parts.empty()) return true;
        auto const place = element("messages", index) + ".content";
        // Of the roles only the model's own may be silent, as when it calls tools.
        if (!turn.content && turn.parts.empty() && !(turn.role == role::assistant))
            return refuse(place, "missing");
        if (turn.role == role::tool && !turn.parts.empty() && !accepted_.allows_tool_parts)
            return refuse_for_provider(place, "a tool's result must be a text there");
        return check_parts(turn.parts, place);
    }

    bool check_parts(std::vector<content_part> const& parts, std::string const& place) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            auto const& part = parts[i];
            if (part.type.empty() && part.extra.empty()) return refuse(element(place, i) + ".type", "empty");
            if (part.type == "image_url" && part.url.empty() && !part.extra.contains("image_url"))
                return refuse(element(place, i) + ".image_url.url", "empty");
            if (part.type == "input_audio" && !part.extra.contains("input_audio"))
                return refuse(element(place, i) + ".input_audio", "missing");
        }
        return true;
    }

    template <class Number>
    bool check_range(std::string_view field, std::optional<Number> const& value, value_range const& range) {
        if (!value || replaced(field)) return true;
        return check_value(field, static_cast<double>(*value), range);
    }

    bool check_value(std::string_view field, double value, value_range const& range) {
        if (!std::isfinite(value))
            return refuse(field, number_text(value) + " is not a number that JSON has");
        if (value < range.min || value > range.max)
            return refuse_for_provider(field, number_text(value) + " is " + range_text(range));
        return true;
    }

    bool check_numbers() {
        auto const& r = request_;
        auto const& d = accepted_;
        return check_range("temperature", r.temperature, d.temperature) &&
            check_range("top_p", r.top_p, d.top_p) && check_range("top_k", r.top_k, d.top_k) &&
            check_range("top_a", r.top_a, d.top_a) && check_range("min_p", r.min_p, d.min_p) &&
            check_range("frequency_penalty", r.frequency_penalty, d.frequency_penalty) &&
            check_range("presence_penalty", r.presence_penalty, d.presence_penalty) &&
            check_range("repetition_penalty", r.repetition_penalty, d.repetition_penalty) &&
            check_range("seed", r.seed, d.seed) && check_logit_bias() &&
            check_range("top_logprobs", r.top_logprobs, d.top_logprobs) && check_range("n", r.n, d.n) &&
            check_range("max_tokens", r.max_tokens, d.max_tokens) &&
            check_range("max_completion_tokens", r.max_completion_tokens, d.max_tokens);
    }

    bool check_logit_bias() {
        if (replaced("logit_bias")) return true;
        return std::ranges::all_of(request_.logit_bias, [this](auto const& entry) {
            return check_value("logit_bias." + entry.first, entry.second, accepted_.logit_bias);
        });
    }

    bool check_limits() {
        if (request_.max_tokens && request_.max_completion_tokens && !replaced("max_tokens") &&
            !replaced("max_completion_tokens"))
            return refuse("max_completion_tokens", "not together with max_tokens");
        bool const logprobs = request_.logprobs.value_or(false) || replaced("logprobs");
        if (request_.top_logprobs && !logprobs && !replaced("top_logprobs"))
            return refuse("top_logprobs", "needs logprobs");
        return check_count("stop", request_.stop.size(), accepted_.max_stop) &&
            check_count("tools", request_.tools.size(), accepted_.max_tools);
    }

    bool check_count(std::string_view field, std::size_t count, std::size_t most) {
        if (most == 0 || count <= most || replaced(field)) return true;
        return refuse_for_provider(field, std::to_string(count) + " is more than " + std::to_string(most));
    }

    bool check_known(std::string_view field, bool is_set, bool is_known) {
        if (!is_set || is_known || replaced(field)) return true;
        return refuse_for_provider(field, "not a field of this provider");
    }

    bool check_known_fields() {
        auto const& r = request_;
        auto const& d = accepted_;
        return check_known("top_k", r.top_k.has_value(), d.allows_top_k) &&
            check_known("top_a", r.top_a.has_value(), d.allows_top_a) &&
            check_known("min_p", r.min_p.has_value(), d.allows_min_p) &&
            check_known(
                   "repetition_penalty",
                   r.repetition_penalty.has_value(),
                   d.allows_repetition_penalty
            ) &&
            check_known(
                   "max_completion_tokens",
                   r.max_completion_tokens.has_value(),
                   d.allows_max_completion_tokens
            ) &&
            check_known("echo", r.echo.has_value(), d.allows_echo) &&
            check_known("models", !r.models.empty(), d.allows_openrouter_fields) &&
            check_known("provider", r.provider.has_value(), d.allows_openrouter_fields) &&
            check_known("plugins", !r.plugins.empty(), d.allows_openrouter_fields) &&
            check_known("transforms", r.transforms.has_value(), d.allows_openrouter_fields) &&
            check_known("reasoning", r.reasoning.has_value(), d.allows_openrouter_fields) &&
            check_known("usage", r.usage_include.has_value(), d.allows_openrouter_fields) &&
            check_known("session_id", r.session_id.has_value(), d.allows_openrouter_fields) &&
            check_known("trace", !r.trace.empty(), d.allows_openrouter_fields) &&
            check_known("route", r.route.has_value(), d.allows_openrouter_fields);
    }

    bool check_name(std::string_view field, std::string_view name) {
        return is_name(name) || refuse(field, "not 1 to 64 of a-z A-Z 0-9 _ -");
    }

    // The name in `value[outer].name`, where an object of the provider's own notation need not have one.
    bool check_inner_name(std::string_view field, json::object const& value, std::string_view outer) {
        auto const* inner = value.if_contains(outer);
        if (!inner) return true;
        auto place = std::string(field).append(".").append(outer);
        if (!inner->is_object()) return refuse(place, "not an object");
        auto const* name = inner->get_object().if_contains("name");
        place += ".name";
        if (!name || !name->is_string()) return refuse(place, "missing");
        return check_name(place, name->get_string());
    }

    bool check_tools() {
        if (!replaced("tools")) {
            for (std::size_t i = 0; i < request_.tools.size(); ++i) {
                if (!check_tool(request_.tools[i], element("tools", i))) return false;
            }
        }
        if (!request_.tool_choice || replaced("tool_choice")) return true;
        if (request_.tools.empty() && !replaced("tools")) return refuse("tool_choice", "needs tools");
        auto const& choice = request_.tool_choice->value;
        if (auto const* object = choice.if_object())
            return check_inner_name("tool_choice", *object, "function");
        return choice.is_string() || refuse("tool_choice", "neither a word nor an object");
    }

    bool check_tool(tool const& offered, std::string const& place) {
        if (!offered.name.empty())
            return offered.extra.contains("function") || check_name(place + ".function.name", offered.name);
        if (offered.extra.empty()) return refuse(place + ".function.name", "empty");
        if (offered.description || offered.parameters || offered.strict)
            return refuse(place + ".function.name", "missing, but the tool has fields of a function");
        return true;
    }

    bool check_response_format() {
        if (!request_.response_format || replaced("response_format")) return true;
        auto const& format = request_.response_format->value;
        auto const* type = format.if_contains("type");
        if (!type || !type->is_string()) return refuse("response_format.type", "missing");
        if (type->get_string() != "json_schema") return true;
        if (!format.contains("json_schema")) return refuse("response_format.json_schema", "missing");
        return check_inner_name("response_format", format, "json_schema");
    }

    bool check_prediction() {
        if (!request_.prediction || replaced("prediction")) return true;
        return check_parts(request_.prediction->parts, "prediction.content");
    }

    bool check_length(std::string_view field, std::string_view text, std::size_t most) {
        // Bytes are an upper bound of characters, and cheaper.
        if (text.size() <= most || count_characters(text) <= most) return true;
        return refuse(field, "longer than " + std::to_string(most) + " characters");
    }

    bool check_metadata() {
        if (replaced("metadata")) return true;
        if (request_.metadata.size() > max_metadata_pairs)
            return refuse("metadata", "more than " + std::to_string(max_metadata_pairs) + " pairs");
        return std::ranges::all_of(request_.metadata, [this](auto const& pair) {
            if (pair.first.empty()) return refuse("metadata", "a key is empty");
            return check_length("metadata", pair.first, max_metadata_key_length) &&
                check_length("metadata." + pair.first, pair.second, max_metadata_value_length);
        });
    }

    bool check_openrouter() {
        if (request_.session_id && !replaced("session_id") &&
            !check_length("session_id", *request_.session_id, max_session_id_length))
            return false;
        return check_reasoning() && check_plugins();
    }

    bool check_reasoning() {
        if (!request_.reasoning || replaced("reasoning")) return true;
        auto const& options = *request_.reasoning;
        if (options.effort && options.max_tokens)
            return refuse("reasoning.effort", "not together with reasoning.max_tokens");
        if (options.max_tokens && *options.max_tokens < 1)
            return refuse("reasoning.max_tokens", std::to_string(*options.max_tokens) + " is less than 1");
        return true;
    }

    bool check_plugins() {
        if (replaced("plugins")) return true;
        for (std::size_t i = 0; i < request_.plugins.size(); ++i) {
            if (request_.plugins[i].id.empty()) return refuse(element("plugins", i) + ".id", "empty");
        }
        return true;
    }

    chat_request const& request_;
    dialect const& accepted_;
    std::string_view provider_name_;
    bool streaming_;
    std::string& detail_;
};

} // namespace

error_code validate(
    chat_request const& request,
    dialect const& accepted,
    std::string& detail,
    std::string_view provider_name,
    bool streaming
) {
    if (request_checker(request, accepted, provider_name, streaming, detail).run()) return {};
    return errc::invalid_request;
}

} // namespace async_llm::codec
