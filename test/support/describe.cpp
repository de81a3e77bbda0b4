// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/describe.hpp"

#include "codec/decode_chunk.hpp"

#include <boost/json/serialize.hpp>

#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace async_llm::test {
namespace {

namespace json = boost::json;

/// Writes a name and a value on each line, whatever the value is; what is empty is told too.
class teller {
public:
    template <class T>
    void tell(std::string_view name, T const& value) {
        names_.push_back(name);
        tell(value);
        names_.pop_back();
    }

    std::string text() const { return out_.str(); }

private:
    template <class T>
    void line(T const& value) {
        for (auto const name : names_) out_ << '.' << name;
        out_ << " = " << value << '\n';
    }

    void tell(std::string const& value) { line('"' + value + '"'); }
    void tell(std::int64_t value) { line(value); }
    void tell(int value) { line(value); }
    void tell(double value) { line(value); }
    void tell(bool value) { line(value); }
    void tell(unsigned char value) { line(static_cast<int>(value)); }
    void tell(json::value const& value) { line(json::serialize(value)); }
    void tell(json::object const& value) { line(json::serialize(value)); }
    void tell(json::array const& value) { line(json::serialize(value)); }

    template <class T>
    void tell(std::optional<T> const& value) {
        if (value)
            tell(*value);
        else
            line("unset");
    }

    template <class T>
    void tell(std::vector<T> const& list) {
        line(list.size());
        for (auto const& entry : list) tell("[]", entry);
    }

    template <class Enum>
    void tell(open_enum<Enum> const& value) {
        line(value.text());
    }

    void tell(api_error const& error) {
        tell("message", error.message);
        tell("type", error.type);
        tell("code", error.code);
        tell("param", error.param);
        tell("provider_name", error.provider_name);
        tell("upstream", error.upstream);
        tell("status", error.status);
        tell("retryable", error.retryable);
        tell("refused_content", error.refused_content);
        tell("raw", error.raw);
    }

    void tell(usage const& value) {
        tell("prompt_tokens", value.prompt_tokens);
        tell("completion_tokens", value.completion_tokens);
        tell("total_tokens", value.total_tokens);
        tell("cached_tokens", value.cached_tokens);
        tell("cache_write_tokens", value.cache_write_tokens);
        tell("prompt_audio_tokens", value.prompt_audio_tokens);
        tell("prompt_image_tokens", value.prompt_image_tokens);
        tell("prompt_video_tokens", value.prompt_video_tokens);
        tell("reasoning_tokens", value.reasoning_tokens);
        tell("completion_audio_tokens", value.completion_audio_tokens);
        tell("completion_image_tokens", value.completion_image_tokens);
        tell("accepted_prediction_tokens", value.accepted_prediction_tokens);
        tell("rejected_prediction_tokens", value.rejected_prediction_tokens);
        tell("cost", value.cost);
        tell("credits_used", value.credits_used);
        tell("is_byok", value.is_byok);
        tell("cost_details", value.cost_details);
        tell("extra", value.extra);
    }

    void tell(token_logprob const& token) {
        tell("token", token.token);
        tell("logprob", token.logprob);
        tell("bytes", token.bytes);
        tell("top_logprobs", token.top_logprobs);
        tell("extra", token.extra);
    }

    void tell(tool_call_delta const& call) {
        tell("index", call.index);
        tell("id", call.id);
        tell("type", call.type);
        tell("name", call.name);
        tell("arguments", call.arguments);
        tell("extra", call.extra);
    }

    void tell(message_delta const& delta) {
        tell("role", delta.role);
        tell("content", delta.content);
        tell("content_parts", delta.content_parts);
        tell("refusal", delta.refusal);
        tell("reasoning", delta.reasoning);
        tell("reasoning_member", std::string(to_string(delta.reasoning_member)));
        tell("reasoning_details", delta.reasoning_details);
        tell("tool_calls", delta.tool_calls);
        tell("annotations", delta.annotations);
        tell("images", delta.images);
        tell("audio", delta.audio);
        tell("extra", delta.extra);
    }

    void tell(chunk_choice const& choice) {
        tell("index", choice.index);
        tell("delta", choice.delta);
        tell("finish_reason", choice.finish_reason);
        tell("native_finish_reason", choice.native_finish_reason);
        tell("logprobs", choice.logprobs);
        tell("refusal_logprobs", choice.refusal_logprobs);
        tell("error", choice.error);
        tell("extra", choice.extra);
    }

    std::vector<std::string_view> names_;
    std::ostringstream out_;
};

} // namespace

std::string describe(chat_chunk const& chunk) {
    teller to;
    to.tell("id", chunk.id);
    to.tell("object", chunk.object);
    to.tell("created", chunk.created);
    to.tell("model", chunk.model);
    to.tell("provider", chunk.provider);
    to.tell("system_fingerprint", chunk.system_fingerprint);
    to.tell("service_tier", chunk.service_tier);
    to.tell("choices", chunk.choices);
    to.tell("usage", chunk.usage);
    to.tell("extra", chunk.extra);
    return to.text();
}

std::string describe(chat_completion const& completion) { return describe(codec::to_chunk(completion)); }

} // namespace async_llm::test
