// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "types/errc_facts.hpp"
#include <async_llm/telemetry.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

namespace async_llm::telemetry {
namespace {

constexpr std::string_view other_error = "_OTHER";

/// Returns the name of the operation: OpenTelemetry's, or else the first segment of the path.
// All of a path would have too many values: it may name a file or a batch.
std::string_view operation_of(call_event const& event) noexcept {
    auto path = event.path;
    if (!event.endpoint || path.ends_with("/chat/completions")) return "chat";
    if (path.ends_with("/completions")) return "text_completion";
    if (path.ends_with("/embeddings")) return "embeddings";
    path.remove_prefix(std::min<std::size_t>(1, path.size()));
    return path.substr(0, path.find('/'));
}

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

std::string_view name_of(errc value) noexcept {
    auto const* const facts = find_facts(value);
    return facts ? facts->name : other_error;
}

/// Attributes that have a value.
class collection {
public:
    explicit collection(call_event const& event) : event_(event) {}

    void add(std::string_view name, std::string_view text) {
        if (!text.empty()) list_.emplace_back(name, event_.without_credentials(text));
    }
    void add(std::string_view name, std::vector<std::string> texts) {
        for (auto& each : texts) each = event_.without_credentials(each);
        if (!texts.empty()) list_.emplace_back(name, std::move(texts));
    }
    void add(std::string_view name, std::optional<double> value) {
        if (value) list_.emplace_back(name, *value);
    }
    void add(std::string_view name, std::optional<std::int64_t> value) {
        if (value) list_.emplace_back(name, *value);
    }
    void add_flag(std::string_view name, bool value) {
        if (value) list_.emplace_back(name, true);
    }

    /// OpenTelemetry knows some providers by name, `openai` among them; the name of any other stands for
    /// itself.
    void add_who(call_event const& event) {
        add(gen_ai_operation_name, operation_of(event));
        add(gen_ai_provider_name, event.info.provider);
        add(gen_ai_request_model, event.info.model);
        add(server_address, event.server_address);
        if (event.server_port != 0) add(server_port, std::optional<std::int64_t>(event.server_port));
    }

    /// Method and path, which a completion's name says already.
    void add_place(call_event const& event) {
        if (!event.endpoint) return;
        add(http_request_method, event.method);
        add(async_llm_path, event.path);
    }

    std::vector<attribute> take() && { return std::move(list_); }

private:
    call_event const& event_;
    std::vector<attribute> list_;
};

bool is_openai(call_event const& event) noexcept { return event.info.provider == "openai"; }

/// Returns the kind of answer that the request wants, if it says so.
std::string_view output_type(chat_request const& request) {
    if (request.response_format) {
        auto const* const type = request.response_format->value.if_contains("type");
        auto const* const text = type ? type->if_string() : nullptr;
        if (!text) return {};
        if (*text == "text") return "text";
        if (text->starts_with("json")) return "json";
        return {};
    }
    auto const wants = [&request](std::string_view kind) {
        auto const& kinds = request.modalities;
        return std::ranges::find(kinds, kind) != kinds.end();
    };
    if (wants("image")) return "image";
    return wants("audio") ? "speech" : "";
}

std::vector<std::string> finish_reasons(chat_completion const& completion) {
    std::vector<std::string> result;
    bool any = false;
    for (auto const& each : completion.choices) {
        result.emplace_back(each.finish_reason.text());
        any = any || !result.back().empty();
    }
    if (!any) result.clear();
    return result;
}

/// Nothing if the call is no stream, or had no content.
std::optional<double> time_to_first_chunk(call_event const& event) {
    auto const& spent = event.info.timings;
    if (!event.streaming || spent.first_content.count() <= 0) return std::nullopt;
    return seconds(spent.write + spent.first_content);
}

void add_usage(collection& out, usage const& used) {
    out.add(gen_ai_usage_input_tokens, std::optional<std::int64_t>(used.prompt_tokens));
    out.add(gen_ai_usage_output_tokens, std::optional<std::int64_t>(used.completion_tokens));
    out.add(gen_ai_usage_cache_read_input_tokens, used.cached_tokens);
    out.add(gen_ai_usage_cache_creation_input_tokens, used.cache_write_tokens);
    out.add(gen_ai_usage_reasoning_output_tokens, used.reasoning_tokens);
    out.add(async_llm_cost, used.cost);
}

} // namespace

std::vector<attribute> attributes_of(call_started_event const& event) {
    auto const& request = event.request;
    collection result(event);
    result.add_who(event);
    result.add_place(event);
    result.add_flag(gen_ai_request_stream, event.streaming);
    // One is the default.
    if (request.n != 1) result.add(gen_ai_request_choice_count, request.n);
    result.add(gen_ai_request_seed, request.seed);
    result.add(gen_ai_request_temperature, request.temperature);
    result.add(gen_ai_request_top_p, request.top_p);
    if (request.top_k)
        result.add(gen_ai_request_top_k, std::optional<double>(static_cast<double>(*request.top_k)));
    result.add(gen_ai_request_frequency_penalty, request.frequency_penalty);
    result.add(gen_ai_request_presence_penalty, request.presence_penalty);
    auto const& newer = request.max_completion_tokens;
    result.add(gen_ai_request_max_tokens, newer ? newer : request.max_tokens);
    result.add(gen_ai_request_stop_sequences, request.stop);
    result.add(gen_ai_output_type, output_type(request));
    if (request.session_id) result.add(gen_ai_conversation_id, *request.session_id);
    if (is_openai(event) && request.service_tier && *request.service_tier != "auto")
        result.add(openai_request_service_tier, *request.service_tier);
    return std::move(result).take();
}

std::vector<attribute> attributes_of(call_finished_event const& event) {
    auto const& info = event.info;
    auto const& completion = event.response.completion;
    collection result(event);
    result.add_who(event);
    result.add_place(event);
    result.add_flag(gen_ai_request_stream, event.streaming);
    result.add(gen_ai_response_id, completion.id);
    result.add(gen_ai_response_model, completion.model);
    result.add(gen_ai_response_finish_reasons, finish_reasons(completion));
    result.add(gen_ai_response_time_to_first_chunk, time_to_first_chunk(event));
    if (completion.usage) add_usage(result, *completion.usage);
    if (is_openai(event)) {
        result.add(openai_response_service_tier, completion.service_tier);
        result.add(openai_response_system_fingerprint, completion.system_fingerprint);
    }
    if (info.status != 0) result.add(http_response_status_code, std::optional<std::int64_t>(info.status));
    if (info.attempts > 1)
        result.add(http_request_resend_count, std::optional<std::int64_t>(info.attempts - 1));
    result.add(async_llm_request_id, info.request_id);
    result.add_flag(async_llm_hedged, info.hedged);
    result.add(error_type, error_type_of(event.ec));
    if (event.ec) result.add(async_llm_phase, to_string(info.phase));
    return std::move(result).take();
}

std::string span_name(call_event const& event) {
    std::string result(operation_of(event));
    if (!event.info.model.empty()) result += ' ' + event.info.model;
    return result;
}

std::string error_type_of(error_code const& ec) {
    if (!ec) return {};
    if (ec.category() == http_status_category()) return std::to_string(ec.value());
    if (ec.category() == client_category()) return std::string(name_of(static_cast<errc>(ec.value())));
    if (ec == asio::error::operation_aborted) return "cancelled";
    return std::string(ec.category().name()) + ':' + std::to_string(ec.value());
}

std::vector<measurement> measurements_of(call_finished_event const& event) {
    auto const& completion = event.response.completion;
    collection common(event);
    common.add_who(event);
    common.add(gen_ai_response_model, completion.model);
    auto const attributes = std::move(common).take();

    std::vector<measurement> result;
    result.emplace_back(client_operation_duration, seconds(event.info.timings.total), attributes);
    if (event.ec) result.back().attributes.emplace_back(error_type, error_type_of(event.ec));
    if (auto const first = time_to_first_chunk(event))
        result.emplace_back(client_operation_time_to_first_chunk, *first, attributes);
    auto const add_tokens = [&](char const* type, std::int64_t count) {
        auto& added = result.emplace_back(client_token_usage, static_cast<double>(count), attributes);
        added.attributes.emplace_back(gen_ai_token_type, std::string(type));
    };
    if (completion.usage) {
        add_tokens("input", completion.usage->prompt_tokens);
        add_tokens("output", completion.usage->completion_tokens);
    }
    return result;
}

} // namespace async_llm::telemetry
