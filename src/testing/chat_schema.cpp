// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/request_check.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>

namespace async_llm::testing {
namespace {

namespace json = boost::json;

constexpr double unbounded = std::numeric_limits<double>::infinity();

struct number_rule {
    std::string_view name;
    double least;
    double most;
    bool integer;
    bool null_for_aimlapi; // OpenAI and OpenRouter accept null for all of them
};

// OpenAI's and OpenRouter's documented ranges; where both have a field, the wider one.
constexpr std::array number_rules{
    number_rule{"temperature", 0, 2, false, false},
    number_rule{"top_p", 0, 1, false, false},
    number_rule{"top_k", 0, unbounded, true, false},
    number_rule{"top_a", 0, 1, false, true},
    number_rule{"min_p", 0, 1, false, false},
    number_rule{"frequency_penalty", -2, 2, false, true},
    number_rule{"presence_penalty", -2, 2, false, true},
    number_rule{"repetition_penalty", 0, 2, false, true},
    number_rule{"n", 1, 128, true, true},
    number_rule{"seed", -unbounded, unbounded, true, false},
    number_rule{"max_tokens", 1, unbounded, true, false},
    number_rule{"max_completion_tokens", 1, unbounded, true, false},
    number_rule{"top_logprobs", 0, 20, true, true},
};

// Differences of AI/ML API's schema from the table above.
constexpr std::array aimlapi_number_rules{
    number_rule{"top_p", 0.01, 1, false, false},
    number_rule{"top_k", -unbounded, unbounded, false, false},
    number_rule{"min_p", 0.001, 0.999, false, false},
    number_rule{"repetition_penalty", -unbounded, unbounded, false, true},
    number_rule{"n", 1, unbounded, true, true},
    number_rule{"seed", 1, unbounded, true, false},
};

[[noreturn]] void refuse(std::string_view path, std::string_view problem) {
    std::string message(path);
    message.append(": ").append(problem);
    throw request_fault(400, std::move(message), std::string(path));
}

bool one_of(std::string_view value, std::initializer_list<std::string_view> known) {
    return std::find(known.begin(), known.end(), value) != known.end();
}

bool is_media(std::string_view part_type) {
    return one_of(part_type, {"input_audio", "file", "video_url", "input_video"});
}

std::string join(std::string_view path, std::string_view key) {
    std::string result(path);
    if (!path.empty()) result += '.';
    return result.append(key);
}

std::string join(std::string_view path, std::size_t index) { return join(path, std::to_string(index)); }

json::object const& as_object(json::value const& value, std::string_view path) {
    if (auto const* object = value.if_object()) return *object;
    refuse(path, "expected an object");
}

std::string_view as_string(json::value const& value, std::string_view path) {
    if (auto const* text = value.if_string()) return std::string_view(text->data(), text->size());
    refuse(path, "expected a string");
}

json::value const& required(json::object const& object, std::string_view key, std::string_view path) {
    if (auto const* value = object.if_contains(key)) return *value;
    refuse(join(path, key), "Required");
}

std::string_view required_string(json::object const& object, std::string_view key, std::string_view path) {
    return as_string(required(object, key, path), join(path, key));
}

void refuse_other_keys(
    json::object const& object,
    std::initializer_list<std::string_view> known,
    std::string_view path
) {
    for (auto const& entry : object) {
        if (!one_of(entry.key(), known)) refuse(join(path, entry.key()), "Unrecognized key");
    }
}

class body_checker {
public:
    body_checker(provider_dialect dialect, json::object const& body) : dialect_(dialect), body_(body) {}

    void run() const {
        check_model();
        check_messages();
        check_numbers();
        check_booleans();
        check_stop();
        check_logit_bias();
        check_tools();
        check_tool_choice();
        check_response_format();
        check_stream_options();
        if (dialect_ == provider_dialect::openrouter) check_routing();
    }

private:
    bool aimlapi() const noexcept { return dialect_ == provider_dialect::aimlapi; }
    bool openrouter() const noexcept { return dialect_ == provider_dialect::openrouter; }

    // The field's value, or null if it is absent or a null that the dialect takes for absent.
    json::value const* optional(
        json::object const& object,
        std::string_view key,
        std::string_view path,
        bool null_for_aimlapi = false
    ) const {
        auto const* value = object.if_contains(key);
        if (value && value->is_null()) {
            // AI/ML API takes null for a value of the wrong type and not for "unset".
            if (aimlapi() && !null_for_aimlapi) refuse(join(path, key), "Invalid type: received null");
            return nullptr;
        }
        return value;
    }

    void check_model() const {
        auto const* model = body_.if_contains("model");
        if (!model && openrouter()) return;
        if (required_string(body_, "model", {}).empty()) refuse("model", "must not be empty");
    }

    void check_messages() const {
        auto const* list = required(body_, "messages", {}).if_array();
        if (!list || list->empty()) refuse("messages", "expected a non-empty array");
        for (std::size_t i = 0; i < list->size(); ++i) {
            auto const path = join("messages", i);
            check_message(as_object((*list)[i], path), path);
        }
    }

    void check_message(json::object const& message, std::string_view path) const {
        auto const role = required_string(message, "role", path);
        bool const known = one_of(role, {"system", "user", "assistant", "tool", "developer"}) ||
            (role == "function" && !openrouter());
        if (!known) refuse(join(path, "role"), "Invalid enum value");
        if (auto const* name = optional(message, "name", path, role == "tool"))
            as_string(*name, join(path, "name"));
        if (role == "tool") required_string(message, "tool_call_id", path);
        if (role == "function") required_string(message, "name", path);
        if (role == "assistant")
            check_assistant(message, path);
        else
            check_content(role, required(message, "content", path), join(path, "content"));
        // The message schemas of AI/ML API but user's and assistant's are closed.
        if (aimlapi() && !one_of(role, {"user", "assistant"}))
            refuse_other_keys(message, {"role", "content", "name", "tool_call_id"}, path);
    }

    void check_assistant(json::object const& message, std::string_view path) const {
        if (auto const* content = optional(message, "content", path))
            check_content("assistant", *content, join(path, "content"));
        auto const* calls = optional(message, "tool_calls", path);
        if (!calls) return;
        auto const calls_path = join(path, "tool_calls");
        if (!calls->is_array()) refuse(calls_path, "expected an array");
        for (std::size_t i = 0; i < calls->get_array().size(); ++i) {
            auto const call_path = join(calls_path, i);
            auto const& call = as_object(calls->get_array()[i], call_path);
            required_string(call, "id", call_path);
            if (required_string(call, "type", call_path) != "function")
                refuse(join(call_path, "type"), "Invalid enum value");
            auto const function_path = join(call_path, "function");
            auto const& function = as_object(required(call, "function", call_path), function_path);
            required_string(function, "name", function_path);
            required_string(function, "arguments", function_path);
        }
    }

    void check_content(std::string_view role, json::value const& content, std::string_view path) const {
        if (content.is_string()) return;
        auto const* parts = content.if_array();
        bool const string_only = role == "function" || (role == "tool" && aimlapi());
        if (!parts || string_only)
            refuse(path, string_only ? "expected a string" : "expected a string or an array of parts");
        for (std::size_t i = 0; i < parts->size(); ++i)
            check_part(role, as_object((*parts)[i], join(path, i)), join(path, i));
    }

    void check_part(std::string_view role, json::object const& part, std::string_view path) const {
        auto const type = required_string(part, "type", path);
        if (type == "text") {
            required_string(part, "text", path);
        } else if (type == "refusal" && role == "assistant") {
            required_string(part, "refusal", path);
        } else if (type == "image_url" && role == "user") {
            auto const image_path = join(path, "image_url");
            auto const& image = as_object(required(part, "image_url", path), image_path);
            required_string(image, "url", image_path);
            auto const* detail = optional(image, "detail", image_path);
            if (detail &&
                !one_of(as_string(*detail, join(image_path, "detail")), {"auto", "low", "high", "original"}))
                refuse(join(image_path, "detail"), "Invalid enum value");
        } else if (role == "user" && !aimlapi() && is_media(type)) {
            as_object(required(part, type, path), join(path, type));
        } else {
            refuse(join(path, "type"), "Invalid content part");
        }
    }

    void check_number(number_rule const& rule) const {
        auto const path = rule.name;
        auto const* value = optional(body_, rule.name, {}, rule.null_for_aimlapi);
        if (!value) return;
        if (!value->is_number())
            refuse(path, std::string("expected ") + (rule.integer ? "an integer" : "a number"));
        if (rule.integer && value->is_double()) refuse(path, "expected an integer");
        auto const number = value->to_number<double>();
        if (!(number >= rule.least && number <= rule.most)) refuse(path, "out of range");
    }

    void check_numbers() const {
        for (auto const& rule : number_rules) {
            auto const* applied = &rule;
            for (auto const& own : aimlapi_number_rules)
                applied = aimlapi() && own.name == rule.name ? &own : applied;
            check_number(*applied);
        }
    }

    void check_booleans() const {
        for (std::string_view const name : {"stream", "parallel_tool_calls", "echo", "logprobs"}) {
            auto const* value = optional(body_, name, {}, name == "logprobs");
            if (value && !value->is_bool()) refuse(name, "expected a boolean");
        }
    }

    void check_stop() const {
        auto const* stop = optional(body_, "stop", {}, true);
        if (!stop || stop->is_string()) return;
        if (!stop->is_array() || stop->get_array().size() > 4)
            refuse("stop", "expected a string or at most four");
        for (auto const& entry : stop->get_array()) as_string(entry, "stop");
    }

    void check_logit_bias() const {
        auto const* bias = optional(body_, "logit_bias", {}, true);
        if (!bias) return;
        for (auto const& entry : as_object(*bias, "logit_bias")) {
            bool const number = entry.value().is_number();
            if (!number || std::abs(entry.value().to_number<double>()) > 100)
                refuse(join("logit_bias", entry.key()), "expected a number from -100 to 100");
        }
    }

    void check_tools() const {
        auto const* tools = optional(body_, "tools", {});
        if (!tools) return;
        if (!tools->is_array()) refuse("tools", "expected an array");
        for (std::size_t i = 0; i < tools->get_array().size(); ++i) {
            auto const path = join("tools", i);
            check_tool(as_object(tools->get_array()[i], path), path);
        }
    }

    void check_tool(json::object const& tool, std::string_view path) const {
        auto const type = required_string(tool, "type", path);
        if (openrouter() && type.starts_with("openrouter:")) return;
        if (type != "function") refuse(join(path, "type"), "Invalid enum value");
        auto const function_path = join(path, "function");
        auto const& function = as_object(required(tool, "function", path), function_path);
        if (required_string(function, "name", function_path).empty())
            refuse(join(function_path, "name"), "must not be empty");
        if (aimlapi()) {
            required(function, "parameters", function_path);
            refuse_other_keys(tool, {"type", "function"}, path);
            refuse_other_keys(function, {"name", "description", "parameters", "strict"}, function_path);
        }
        if (auto const* parameters = optional(function, "parameters", function_path))
            as_object(*parameters, join(function_path, "parameters"));
    }

    void check_tool_choice() const {
        auto const* choice = optional(body_, "tool_choice", {});
        if (!choice) return;
        if (choice->is_string()) {
            if (!one_of(as_string(*choice, {}), {"none", "auto", "required"}))
                refuse("tool_choice", "Invalid enum value");
            return;
        }
        auto const& object = as_object(*choice, "tool_choice");
        auto const type = required_string(object, "type", "tool_choice");
        if (openrouter() && type.starts_with("openrouter:")) return;
        if (type != "function") refuse("tool_choice.type", "Invalid enum value");
        required_string(
            as_object(required(object, "function", "tool_choice"), "tool_choice.function"),
            "name",
            "tool_choice.function"
        );
    }

    void check_response_format() const {
        auto const* format = optional(body_, "response_format", {});
        if (!format) return;
        auto const& object = as_object(*format, "response_format");
        auto const type = required_string(object, "type", "response_format");
        if (type == "json_schema") {
            auto const& schema =
                as_object(required(object, "json_schema", "response_format"), "response_format.json_schema");
            required_string(schema, "name", "response_format.json_schema");
            return;
        }
        bool const known =
            one_of(type, {"text", "json_object"}) || (openrouter() && one_of(type, {"grammar", "python"}));
        if (!known) refuse("response_format.type", "Invalid enum value");
    }

    void check_stream_options() const {
        auto const* options = optional(body_, "stream_options", {});
        if (!options) return;
        auto const* usage = as_object(*options, "stream_options").if_contains("include_usage");
        if (usage ? !usage->is_bool() : aimlapi())
            refuse("stream_options.include_usage", "expected a boolean");
        auto const* stream = body_.if_contains("stream");
        bool const streaming = stream && *stream == true;
        if (dialect_ == provider_dialect::openai && !streaming)
            refuse("stream_options", "only allowed when 'stream' is enabled");
    }

    void check_routing() const {
        if (auto const* models = optional(body_, "models", {})) {
            if (!models->is_array()) refuse("models", "expected an array");
            for (auto const& model : models->get_array()) as_string(model, "models");
        }
        if (auto const* provider = optional(body_, "provider", {}))
            refuse_other_keys(
                as_object(*provider, "provider"),
                {"order",
                 "only",
                 "ignore",
                 "allow_fallbacks",
                 "require_parameters",
                 "data_collection",
                 "zdr",
                 "enforce_distillable_text",
                 "quantizations",
                 "sort",
                 "max_price",
                 "preferred_min_throughput",
                 "preferred_max_latency"},
                "provider"
            );
    }

    provider_dialect dialect_;
    json::object const& body_;
};

} // namespace

void check_chat_body(provider_dialect dialect, json::value const& body) {
    auto const* object = body.if_object();
    if (!object) throw request_fault(400, "The body is not a JSON object");
    body_checker(dialect, *object).run();
}

} // namespace async_llm::testing
