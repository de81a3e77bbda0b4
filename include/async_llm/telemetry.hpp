// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TELEMETRY_HPP
#define ASYNC_LLM_TELEMETRY_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/observer.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// Contents of the events of an \ref async_llm::observer, under OpenTelemetry's names.
/**
 * After the semantic conventions for generative AI, which are still in development, and those for servers,
 * HTTP and errors, which are stable. Until version 1.36 `gen_ai.provider.name` was called `gen_ai.system`.
 *
 * Nothing here is content or a credential.
 */
namespace async_llm::telemetry {

/// \name Names of attributes
/// @{
inline constexpr std::string_view gen_ai_operation_name = "gen_ai.operation.name";
inline constexpr std::string_view gen_ai_provider_name = "gen_ai.provider.name";
inline constexpr std::string_view gen_ai_conversation_id = "gen_ai.conversation.id";
inline constexpr std::string_view gen_ai_output_type = "gen_ai.output.type";
inline constexpr std::string_view gen_ai_request_model = "gen_ai.request.model";
inline constexpr std::string_view gen_ai_request_stream = "gen_ai.request.stream";
inline constexpr std::string_view gen_ai_request_choice_count = "gen_ai.request.choice.count";
inline constexpr std::string_view gen_ai_request_seed = "gen_ai.request.seed";
inline constexpr std::string_view gen_ai_request_temperature = "gen_ai.request.temperature";
inline constexpr std::string_view gen_ai_request_top_p = "gen_ai.request.top_p";
inline constexpr std::string_view gen_ai_request_top_k = "gen_ai.request.top_k";
inline constexpr std::string_view gen_ai_request_frequency_penalty = "gen_ai.request.frequency_penalty";
inline constexpr std::string_view gen_ai_request_presence_penalty = "gen_ai.request.presence_penalty";
inline constexpr std::string_view gen_ai_request_max_tokens = "gen_ai.request.max_tokens";
inline constexpr std::string_view gen_ai_request_stop_sequences = "gen_ai.request.stop_sequences";
inline constexpr std::string_view gen_ai_response_id = "gen_ai.response.id";
inline constexpr std::string_view gen_ai_response_model = "gen_ai.response.model";
inline constexpr std::string_view gen_ai_response_finish_reasons = "gen_ai.response.finish_reasons";
inline constexpr std::string_view gen_ai_response_time_to_first_chunk = "gen_ai.response.time_to_first_chunk";
inline constexpr std::string_view gen_ai_token_type = "gen_ai.token.type";
inline constexpr std::string_view gen_ai_usage_input_tokens = "gen_ai.usage.input_tokens";
inline constexpr std::string_view gen_ai_usage_output_tokens = "gen_ai.usage.output_tokens";
inline constexpr std::string_view gen_ai_usage_cache_read_input_tokens =
    "gen_ai.usage.cache_read.input_tokens";
inline constexpr std::string_view gen_ai_usage_cache_creation_input_tokens =
    "gen_ai.usage.cache_creation.input_tokens";
inline constexpr std::string_view gen_ai_usage_reasoning_output_tokens =
    "gen_ai.usage.reasoning.output_tokens";
inline constexpr std::string_view openai_request_service_tier = "openai.request.service_tier";
inline constexpr std::string_view openai_response_service_tier = "openai.response.service_tier";
inline constexpr std::string_view openai_response_system_fingerprint = "openai.response.system_fingerprint";
inline constexpr std::string_view server_address = "server.address";
inline constexpr std::string_view server_port = "server.port";
inline constexpr std::string_view error_type = "error.type";
inline constexpr std::string_view http_request_method = "http.request.method";
inline constexpr std::string_view http_response_status_code = "http.response.status_code";
inline constexpr std::string_view http_request_resend_count = "http.request.resend_count";
/// @}

/// \name Names of our own, for what OpenTelemetry has no name for
/// @{
/// The provider's id of the HTTP exchange, for questions to its support; `gen_ai.response.id` is that of the
/// completion.
inline constexpr std::string_view async_llm_request_id = "async_llm.request_id";
/// Path of a call of an endpoint: `call_event::path`.
inline constexpr std::string_view async_llm_path = "async_llm.path";
/// Phase that a failed call reached: `to_string(phase)`.
inline constexpr std::string_view async_llm_phase = "async_llm.phase";
/// True if the answer came from the second of two identical calls.
inline constexpr std::string_view async_llm_hedged = "async_llm.hedged";
/// Cost of the call in USD, as the provider reports it.
inline constexpr std::string_view async_llm_cost = "async_llm.cost";
/// @}

/// Value of an attribute.
using attribute_value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// A name with its value.
struct attribute {
    template <class Value>
        requires std::is_constructible_v<attribute_value, Value>
    attribute(std::string_view key, Value&& v) : name(key), value(std::forward<Value>(v)) {}

    /// One of the constants above.
    std::string_view name;
    attribute_value value;
};

/// Attributes of a call from its start: provider, model, settings.
/**
 * What the request leaves unset is left out. `gen_ai.request.max_tokens` is `max_completion_tokens` or
 * `max_tokens`; `gen_ai.conversation.id` is `session_id`. A call of an endpoint has its method and path, and
 * its `gen_ai.operation.name` is `chat`, `text_completion`, `embeddings` or the first segment of the path.
 */
ASYNC_LLM_DECL std::vector<attribute> attributes_of(call_started_event const& event);

/// Attributes of a call at its end: provider, result, durations.
/** Of a stream without `request_options::keep_completion`, nothing of what is in its chunks. */
ASYNC_LLM_DECL std::vector<attribute> attributes_of(call_finished_event const& event);

/// The name of the span that stands for a call: the operation and the model, as `chat gpt-4o`.
ASYNC_LLM_DECL std::string span_name(call_event const& event);

/// The value of `error.type`; empty for a success.
/**
 * The name of the \ref errc, the HTTP status as text, `cancelled` for `asio::error::operation_aborted`; for
 * any other code (which means that memory or something like it is used up), its category and number, as
 * `generic:12`.
 */
ASYNC_LLM_DECL std::string error_type_of(error_code const& ec);

/// \name Metrics
/// @{

/// A histogram.
struct metric {
    constexpr metric(
        std::string_view key,
        std::string_view unit_name,
        std::string_view about,
        std::span<double const> bounds
    )
        : name(key), unit(unit_name), description(about), buckets(bounds) {}

    std::string_view name;
    /// As UCUM has it: `s`, `{token}`.
    std::string_view unit;
    std::string_view description;
    /// The upper bounds that the convention recommends, rising, without the infinite one.
    std::span<double const> buckets;
};

inline constexpr std::array<double, 14>
    duration_buckets{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
inline constexpr std::array<double, 14> token_buckets{
    1,
    4,
    16,
    64,
    256,
    1'024,
    4'096,
    16'384,
    65'536,
    262'144,
    1'048'576,
    4'194'304,
    16'777'216,
    67'108'864
};

/// The whole call, with its retries and everything it waited for.
inline constexpr metric client_operation_duration(
    "gen_ai.client.operation.duration",
    "s",
    "GenAI operation duration.",
    duration_buckets
);
/// Tokens; `gen_ai.token.type` says whether of the prompt (`input`) or of the answer (`output`).
inline constexpr metric client_token_usage(
    "gen_ai.client.token.usage",
    "{token}",
    "Number of input and output tokens used.",
    token_buckets
);
/// Streams: from the begin of sending to the first content.
/** As the client sees it; `gen_ai.server.time_to_first_token` is what servers measure. */
inline constexpr metric client_operation_time_to_first_chunk(
    "gen_ai.client.operation.time_to_first_chunk",
    "s",
    "Time to receive the first chunk of a stream.",
    duration_buckets
);

/// One value for a histogram.
struct measurement {
    measurement(telemetry::metric const& measured, double v, std::vector<attribute> labels)
        : metric(measured), value(v), attributes(std::move(labels)) {}

    telemetry::metric metric;
    double value;
    /// Only those that have few different values.
    std::vector<attribute> attributes;
};

/// All that a call adds to the metrics, when it has ended.
/**
 * Always its duration; tokens if the reply reports them; the time to the first chunk if it is a stream that
 * had one.
 *
 * ```
 * void call_finished(call_finished_event const& event) noexcept override {
 *     for (auto const& each : telemetry::measurements_of(event)) record(each.metric, each.value,
 * each.attributes);
 * }
 * ```
 */
ASYNC_LLM_DECL std::vector<measurement> measurements_of(call_finished_event const& event);
/// @}

} // namespace async_llm::telemetry

#endif
