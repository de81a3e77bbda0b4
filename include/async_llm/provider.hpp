// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_PROVIDER_HPP
#define ASYNC_LLM_PROVIDER_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/response_info.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace async_llm {

/// A secret that does not print.
/** There is no stream operator, no comparison and no conversion back to text: it leaves only through \ref
 * reveal. */
class credential {
public:
    /// No secret: nothing is sent.
    credential() = default;
    credential(char const* secret) : secret_(secret) {}
    credential(std::string secret) : secret_(std::move(secret)) {}

    bool empty() const noexcept { return secret_.empty(); }
    /// The secret itself, for the one place that sends it.
    std::string const& reveal() const noexcept { return secret_; }

private:
    std::string secret_;
};

/// A closed interval.
struct value_range {
    constexpr value_range() = default;
    constexpr value_range(double low, double high) : min(low), max(high) {}

    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
};

/// Rule by which the reasoning of earlier assistant turns is sent back to a provider.
/**
 * Some providers refuse a turn with tool calls that comes back without its reasoning (DeepSeek, Kimi), some
 * know only one name for it (vLLM: `reasoning`), some refuse it altogether.
 */
class reasoning_back {
public:
    enum class mode {
        /// Not sent.
        off,
        /// Sent under the name that it came under.
        as_received,
        /// Sent under \ref name.
        fixed_name,
    };

    /// `true`: as received; `false`: off.
    reasoning_back(bool is_sent = false) : mode_(is_sent ? mode::as_received : mode::off) {}
    static reasoning_back off() { return reasoning_back(false); }
    static reasoning_back as_received() { return reasoning_back(true); }
    /// Sends it under this name, whatever it came under: `reasoning`, `reasoning_content`, or another.
    static reasoning_back named(std::string member_name) {
        reasoning_back result(true);
        result.mode_ = mode::fixed_name;
        result.name_ = std::move(member_name);
        return result;
    }

    /// Sends it with all turns, and not only with those after the last message of the user.
    reasoning_back& all_turns(bool sends_all = true) {
        all_turns_ = sends_all;
        return *this;
    }

    /// True: it is sent.
    explicit operator bool() const noexcept { return mode_ != mode::off; }
    mode kind() const noexcept { return mode_; }
    /// The member's name; empty unless the mode is `fixed_name`.
    std::string const& name() const noexcept { return name_; }
    bool sends_all_turns() const noexcept { return all_turns_; }

private:
    mode mode_;
    bool all_turns_ = false;
    std::string name_;
};

/// Demands and habits of a provider, as data. The defaults are the widest common ranges.
/** A field is refused outside its limits before anything is sent; `allows_...` says whether a field exists at
 * all. */
struct dialect {
    dialect() = default;

    value_range temperature{0, 2};
    value_range top_p{0, 1};
    value_range top_k{0, std::numeric_limits<double>::infinity()};
    value_range top_a{0, 1};
    value_range min_p{0, 1};
    value_range frequency_penalty{-2, 2};
    value_range presence_penalty{-2, 2};
    value_range repetition_penalty{0, 2};
    value_range logit_bias{-100, 100};
    value_range top_logprobs{0, 20};
    value_range seed;
    value_range n{1, 128};
    value_range max_tokens{1, std::numeric_limits<double>::infinity()};
    /// Most texts in `stop`. 0: no limit.
    std::size_t max_stop = 4;
    /// Most `tools`. 0: no limit.
    std::size_t max_tools = 128;
    /// Is `model` required?
    bool requires_model = true;
    /// Are `messages` required?
    bool requires_messages = true;
    /// Does a message of the role `tool` have to name the call that it answers?
    bool requires_tool_call_id = true;
    /// Does the provider know `top_k`? OpenAI does not.
    bool allows_top_k = true;
    /// Does the provider know `top_a`? OpenRouter does.
    bool allows_top_a = true;
    /// Does the provider know `min_p`? OpenAI does not.
    bool allows_min_p = true;
    /// Does the provider know `repetition_penalty`? OpenAI does not.
    bool allows_repetition_penalty = true;
    /// Does the provider know `echo`? OpenAI does not.
    bool allows_echo = true;
    /// Does the provider know `max_completion_tokens`?
    bool allows_max_completion_tokens = true;
    /// Does the provider know the role `function`?
    bool allows_function_role = true;
    /// Does the provider know OpenRouter's own fields (`models`, `provider`, `plugins`, ...)?
    bool allows_openrouter_fields = true;
    /// Rule by which the reasoning of assistant messages, and their `reasoning_details`, are sent back.
    /** Off by default; as received for OpenRouter and for any server (\ref provider::openai_compatible). */
    reasoning_back takes_reasoning_back;
    /// Send the empty arguments of a tool call back as `{}`, since some servers parse them (llama.cpp's).
    bool sends_empty_arguments_as_object = true;
    /// Send arguments that are not JSON back as a JSON object whose member `invalid_arguments` is their text.
    /** llama.cpp's server answers 500 to anything else, so that every later turn would fail. */
    bool sends_invalid_arguments_as_object = true;
    /// May a tool result be an array of parts? AI/ML API takes text alone.
    bool allows_tool_parts = true;
    /// Is a stream asked for its usage (`stream_options.include_usage`) unless the request says otherwise?
    /** OpenAI reports it only then; OpenRouter always does; unknown servers may refuse the question. */
    bool asks_for_stream_usage = false;
    /// Does the provider take a JSON schema as `response_format`? If not, \ref client::complete_as asks for
    /// some JSON object and puts the schema into a message.
    bool allows_json_schema = true;
};

/// Address, credential and dialect of a provider. Data: copy it, change it.
struct provider {
    ASYNC_LLM_DECL provider();

    // Out of line, all five: they would be generated anew in every translation unit that names the type.
    ASYNC_LLM_DECL provider(provider const&);
    ASYNC_LLM_DECL provider(provider&&) noexcept;
    ASYNC_LLM_DECL provider& operator=(provider const&);
    ASYNC_LLM_DECL provider& operator=(provider&&) noexcept;
    ASYNC_LLM_DECL ~provider();

    /// OpenRouter, `https://openrouter.ai/api/v1`. Key in `OPENROUTER_API_KEY`.
    ASYNC_LLM_DECL static provider openrouter(credential key);
    /// AI/ML API, `https://api.aimlapi.com/v1`. Key in `AIMLAPI_API_KEY`.
    ASYNC_LLM_DECL static provider aimlapi(credential key);
    /// OpenAI, `https://api.openai.com/v1`. Key in `OPENAI_API_KEY`.
    ASYNC_LLM_DECL static provider openai(credential key);
    /// Any server with the same interface (vLLM, llama.cpp, Ollama, a gateway, ...).
    /**
     * `base_url`: as `https://host[:port][/path]` or `http://...`; without a path, `/v1` is taken. For a
     * Unix domain socket `unix:/path/of/socket`, or `unix:/path/of/socket:/v1` with the path of the API. An
     * empty key sends no `Authorization`. The URL is checked by the constructor of \ref client. Such servers
     * check for themselves, so the limits are as wide as any of them has.
     */
    ASYNC_LLM_DECL static provider openai_compatible(std::string base_url, credential key = {});

    /// The first of OpenRouter, AI/ML API and OpenAI whose key is in the environment; nothing if none is.
    /**
     * `OPENAI_BASE_URL`, if set, stands in for OpenAI's base URL, with the limits of \ref openai_compatible.
     * Thread safety: reads the environment, which may not be changed meanwhile.
     */
    ASYNC_LLM_DECL static std::optional<provider> from_environment();

    /// For OpenRouter's rankings: your application's address (`HTTP-Referer`) and name (`X-Title`).
    ASYNC_LLM_DECL provider& app(std::string url, std::string title) &;
    ASYNC_LLM_DECL provider&& app(std::string url, std::string title) &&;

    /// Appends a header field that is sent with every request.
    ASYNC_LLM_DECL provider& add_header(std::string field_name, std::string field_value) &;
    ASYNC_LLM_DECL provider&& add_header(std::string field_name, std::string field_value) &&;

    /// For errors and logs: `openrouter`, `aimlapi`, `openai`, `openai_compatible`, or your own.
    std::string name;
    /// `https://host[:port][/path][?query]`, or `unix:/path/of/socket[:/path][?query]`; `/chat/completions`
    /// is joined to the path.
    /** A path that ends in `/chat/completions` is taken as it is; so an API at the root of a host is named.
     */
    std::string base_url;
    /// Sent as `Authorization: Bearer`; empty: not sent. Never logged; from 8 characters on, texts have
    /// `***`.
    credential key;
    /// More keys for the same provider, used in turn with `key`, which must not be empty then.
    /**
     * A key that is refused (401, 402, 403, no credit or quota) is not used again while there is another; one
     * that has reached its rate limit (429) rests as long as the provider says. The call goes on with the
     * next key.
     */
    std::vector<credential> more_keys;
    /// Sent with every request.
    std::vector<http_header> headers;
    /// Demands and habits of the provider.
    async_llm::dialect dialect;
    /// An `http://` server that speaks HTTP/2 from the first byte on, by prior knowledge (h2c).
    /** Whatever `pool_config::http2` says. Refused with `https://`, and in builds without HTTP/2. */
    bool http2_prior_knowledge = false;
};

} // namespace async_llm

#endif
