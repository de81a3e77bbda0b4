// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_OPENROUTER_HPP
#define ASYNC_LLM_OPENROUTER_HPP

#include <async_llm/detail/config.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace async_llm {

/// OpenRouter's `provider` object: which upstream providers may answer. Unset or empty members are not sent.
/** Source: OpenRouter's provider selection guide. The object is closed there: unknown members are refused. */
struct provider_preferences {
    provider_preferences() = default;

    /// Slugs to try in this order.
    std::vector<std::string> order;
    /// Only these.
    std::vector<std::string> only;
    /// None of these.
    std::vector<std::string> ignore;
    /// May others answer when those in `order` fail? Provider's default: yes.
    std::optional<bool> allow_fallbacks;
    /// Only providers that support every parameter sent. Provider's default: no.
    std::optional<bool> require_parameters;
    /// `allow` or `deny` providers that store data.
    std::optional<std::string> data_collection;
    /// Only endpoints with zero data retention.
    std::optional<bool> zdr;
    /// Only models whose text may be distilled.
    std::optional<bool> enforce_distillable_text;
    /// `int4`, `int8`, `fp8`, `fp16`, `bf16`, ...
    std::vector<std::string> quantizations;
    /// `price`, `throughput`, `latency`, or an object `{"by":...,"partition":...}`. Null: not sent.
    boost::json::value sort;
    /// Limits in USD per million tokens (`prompt`, `completion`) or per unit; numbers or texts, sent as
    /// given.
    boost::json::object max_price;
    /// Tokens per second, as a number or as `{"p50":...}`. Null: not sent.
    boost::json::value preferred_min_throughput;
    /// Seconds, as a number or as `{"p50":...}`. Null: not sent.
    boost::json::value preferred_max_latency;
    /// Further members.
    boost::json::object extra;
};

/// OpenRouter's `reasoning` object. Unset members are not sent.
struct reasoning_options {
    reasoning_options() = default;

    /// `minimal`, `low`, `medium`, `high`, ... Not together with `max_tokens`.
    std::optional<std::string> effort;
    /// Tokens to reason with, 1 or more.
    std::optional<std::int64_t> max_tokens;
    /// Reason, but leave it out of the reply.
    std::optional<bool> exclude;
    /// Turns reasoning on with the provider's defaults, or off.
    std::optional<bool> enabled;
    /// `auto`, `concise`, `detailed`.
    std::optional<std::string> summary;
    /// Further members.
    boost::json::object extra;
};

/// One of OpenRouter's plugins.
struct plugin {
    explicit plugin(std::string plugin_id) : id(std::move(plugin_id)) {}

    /// `web`, `file-parser`, `response-healing`, ...
    std::string id;
    /// Unset: not sent.
    std::optional<bool> enabled;
    /// The plugin's own options.
    boost::json::object extra;
};

} // namespace async_llm

#endif
