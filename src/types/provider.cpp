// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/ascii.hpp"
#include "types/provider_presets.hpp"
#include <async_llm/provider.hpp>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace async_llm {
namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

// OpenRouter's `n` is not in its description, but models that know it get it; so it is not refused.
dialect openrouter_dialect() {
    dialect result;
    result.n = value_range(1, unbounded);
    result.requires_model = false;
    result.requires_messages = false;
    result.requires_tool_call_id = false;
    result.allows_function_role = false;
    result.takes_reasoning_back = true;
    return result;
}

// The narrower limits are those of AI/ML API's published schemas. `max_completion_tokens` and the role
// `function` are in the schemas of some of its models only, and which ones those are changes.
dialect aimlapi_dialect() {
    dialect result;
    result.top_p = value_range(0.01, 1);
    result.min_p = value_range(0.001, 0.999);
    result.seed = value_range(1, unbounded);
    result.n = value_range(1, unbounded);
    result.allows_top_a = false;
    result.allows_openrouter_fields = false;
    result.allows_tool_parts = false;
    result.asks_for_stream_usage = true;
    return result;
}

// OpenAI answers 400 to a field that it does not know.
dialect openai_dialect() {
    dialect result;
    result.allows_top_k = false;
    result.allows_top_a = false;
    result.allows_min_p = false;
    result.allows_repetition_penalty = false;
    result.allows_echo = false;
    result.allows_openrouter_fields = false;
    result.asks_for_stream_usage = true;
    return result;
}

// vLLM turns `top_k` off by -1, and local servers count neither stop texts nor tools.
dialect widest_dialect() {
    dialect result;
    result.top_k = value_range(-1, unbounded);
    result.repetition_penalty = value_range(0, unbounded);
    result.n = value_range(1, unbounded);
    result.max_stop = 0;
    result.max_tools = 0;
    // DeepSeek's and Kimi's servers refuse a turn with tool calls that comes back without its reasoning.
    result.takes_reasoning_back = true;
    return result;
}

provider make_provider(char const* name, std::string base_url, credential key, dialect accepted) {
    provider result;
    result.name = name;
    result.base_url = std::move(base_url);
    result.key = std::move(key);
    result.dialect = std::move(accepted);
    return result;
}

// One value only: asked for twice, the second counts.
void set_header(std::vector<http_header>& headers, char const* name, std::string value) {
    auto const same = [name](http_header const& field) { return codec::iequals(field.name, name); };
    std::erase_if(headers, same);
    if (!value.empty()) headers.emplace_back(name, std::move(value));
}

} // namespace

provider::provider() = default;
provider::provider(provider const&) = default;
provider::provider(provider&&) noexcept = default;
provider& provider::operator=(provider const&) = default;
provider& provider::operator=(provider&&) noexcept = default;
provider::~provider() = default;

provider provider::openrouter(credential key) {
    return make_provider("openrouter", "https://openrouter.ai/api/v1", std::move(key), openrouter_dialect());
}

provider provider::aimlapi(credential key) {
    return make_provider("aimlapi", "https://api.aimlapi.com/v1", std::move(key), aimlapi_dialect());
}

provider provider::openai(credential key) {
    return make_provider("openai", "https://api.openai.com/v1", std::move(key), openai_dialect());
}

provider provider::openai_compatible(std::string base_url, credential key) {
    return make_provider("openai_compatible", std::move(base_url), std::move(key), widest_dialect());
}

std::optional<provider> provider::from_environment() {
    return codec::provider_from([](char const* variable) -> char const* { return std::getenv(variable); });
}

provider& provider::app(std::string url, std::string title) & {
    set_header(headers, "HTTP-Referer", std::move(url));
    set_header(headers, "X-Title", std::move(title));
    return *this;
}

provider&& provider::app(std::string url, std::string title) && {
    return std::move(app(std::move(url), std::move(title)));
}

provider& provider::add_header(std::string field_name, std::string field_value) & {
    headers.emplace_back(std::move(field_name), std::move(field_value));
    return *this;
}

provider&& provider::add_header(std::string field_name, std::string field_value) && {
    return std::move(add_header(std::move(field_name), std::move(field_value)));
}

std::optional<provider> codec::provider_from(environment const& lookup) {
    if (auto const key = variable(lookup, "OPENROUTER_API_KEY"); !key.empty())
        return provider::openrouter(std::string(key));
    if (auto const key = variable(lookup, "AIMLAPI_API_KEY"); !key.empty())
        return provider::aimlapi(std::string(key));
    auto const key = variable(lookup, "OPENAI_API_KEY");
    if (key.empty()) return std::nullopt;
    auto result = provider::openai(std::string(key));
    if (auto const url = variable(lookup, "OPENAI_BASE_URL"); !url.empty()) {
        result.base_url = url;
        result.dialect = widest_dialect();
    }
    return result;
}

} // namespace async_llm
