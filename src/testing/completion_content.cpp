// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/completion_content.hpp"

#include "testing/request_check.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string_view>
#include <utility>

namespace async_llm::testing {
namespace {

namespace json = boost::json;

// OpenRouter sends one about every second while it waits for the upstream provider.
constexpr std::size_t processing_comments = 3;

std::string completion_id(provider_dialect dialect, received_request const& request) {
    return (dialect == provider_dialect::openrouter ? "gen-" : "chatcmpl-") + unique_part(request);
}

// OpenRouter takes the account's default model if the request names none.
std::string model_of(received_request const& request) {
    auto model = request.model();
    return model.empty() ? "openrouter/auto" : model;
}

// About what the Llama tokenizers make of English text.
std::int64_t token_estimate(std::size_t characters) { return static_cast<std::int64_t>(characters / 4 + 1); }

json::object usage(received_request const& request, std::string const& text) {
    auto const prompt = token_estimate(request.last_user_text().size()) + 10;
    auto const completion = token_estimate(text.size());
    json::object result;
    result["prompt_tokens"] = prompt;
    result["completion_tokens"] = completion;
    result["total_tokens"] = prompt + completion;
    return result;
}

json::object choice(provider_dialect dialect, std::string const& text) {
    json::object message;
    message["role"] = "assistant";
    message["content"] = text;
    if (dialect == provider_dialect::aimlapi)
        message["tool_calls"] = json::array();
    else
        message["refusal"] = nullptr;
    json::object result;
    result["index"] = 0;
    result["finish_reason"] = "stop";
    result["logprobs"] = nullptr;
    if (dialect == provider_dialect::openrouter) result["native_finish_reason"] = "stop";
    result["message"] = std::move(message);
    return result;
}

bool wants_usage(received_request const& request) {
    error_code ec;
    auto const body = parse_body(request.body, ec);
    auto const* const wish = ec ? nullptr : body.find_pointer("/stream_options/include_usage", ec);
    return wish && *wish == true;
}

// The next word with the white space in front of it, taken off the text.
std::string_view take_word(std::string_view& text) {
    constexpr std::string_view space = " \t\r\n";
    auto const start = text.find_first_not_of(space);
    auto const end = start == text.npos ? text.npos : text.find_first_of(space, start);
    auto const word = text.substr(0, end);
    text.remove_prefix(word.size());
    return word;
}

json::object delta(char const* role, std::string_view content) {
    json::object result;
    if (role) result["role"] = role;
    result["content"] = json::string_view(content.data(), content.size());
    return result;
}

constexpr char const* no_role = nullptr;
constexpr char const* assistant = "assistant";

// Writes the events as OpenAI's API reference, OpenRouter's documentation and AI/ML API's streams of Claude
// models show them; the others of AI/ML API are like OpenAI's.
class event_writer {
public:
    event_writer(provider_dialect dialect, received_request const& request, std::string const& text)
        : dialect_(dialect),
          text_(text),
          id_(completion_id(dialect, request)),
          model_(model_of(request)),
          created_(unix_time()),
          usage_(usage(request, text)),
          usage_wanted_(wants_usage(request)) {}

    std::vector<std::string> run() {
        switch (dialect_) {
        case provider_dialect::openai: add_openai(); break;
        case provider_dialect::openrouter: add_openrouter(); break;
        case provider_dialect::aimlapi: add_aimlapi(); break;
        }
        events_.emplace_back("data: [DONE]\n\n");
        return std::move(events_);
    }

private:
    void add_openai() {
        auto first = delta(assistant, "");
        first["refusal"] = nullptr;
        add(std::move(first), nullptr);
        add_words(no_role);
        add(json::object(), "stop");
        if (!usage_wanted_) return;
        auto last = chunk(json::array());
        last["usage"] = usage_;
        add(last);
    }

    void add_openrouter() {
        for (std::size_t i = 0; i < processing_comments; ++i)
            events_.emplace_back(": OPENROUTER PROCESSING\n\n");
        add_words(assistant);
        add(delta(assistant, ""), "stop");
        auto last = chunk(json::array());
        last["usage"] = usage_;
        add(last);
    }

    void add_aimlapi() {
        add_words(assistant);
        auto finish = chunk(json::array(1, choice(delta(assistant, ""), "stop")));
        finish["usage"] = usage_;
        add(finish);
        auto again = choice(json::object(), "stop");
        again.erase("delta");
        add(chunk(json::array(1, std::move(again))));
    }

    void add_words(char const* role) {
        for (std::string_view rest = text_; !rest.empty();) add(delta(role, take_word(rest)), nullptr);
    }

    void add(json::object content, json::value finish_reason) {
        add(chunk(json::array(1, choice(std::move(content), std::move(finish_reason)))));
    }

    void add(json::object const& chunk) { events_.push_back("data: " + json::serialize(chunk) + "\n\n"); }

    json::object choice(json::object content, json::value finish_reason) const {
        json::object result;
        result["index"] = 0;
        result["delta"] = std::move(content);
        if (dialect_ == provider_dialect::openrouter) result["native_finish_reason"] = finish_reason;
        result["logprobs"] = nullptr;
        // AI/ML API leaves it out until the end.
        if (dialect_ != provider_dialect::aimlapi || !finish_reason.is_null())
            result["finish_reason"] = std::move(finish_reason);
        return result;
    }

    json::object chunk(json::array choices) {
        json::object result;
        result["id"] = id_;
        if (dialect_ == provider_dialect::openrouter) result["provider"] = "Mock";
        result["object"] = "chat.completion.chunk";
        result["created"] = created_;
        result["model"] = model_;
        if (dialect_ == provider_dialect::openai) {
            result["service_tier"] = "default";
            result["system_fingerprint"] = nullptr;
        }
        result["choices"] = std::move(choices);
        // OpenAI, if asked for usage: a null in all chunks but the one that has it.
        bool const null_usage =
            dialect_ == provider_dialect::aimlapi || (dialect_ == provider_dialect::openai && usage_wanted_);
        if (null_usage) result["usage"] = nullptr;
        if (dialect_ == provider_dialect::aimlapi) id_.clear();
        return result;
    }

    provider_dialect dialect_;
    std::string const& text_;
    std::string id_;
    std::string model_;
    std::int64_t created_;
    json::object usage_;
    bool usage_wanted_;
    std::vector<std::string> events_;
};

} // namespace

std::int64_t unix_time() {
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

std::string utc_time(char const* format) {
    auto const now = static_cast<std::time_t>(unix_time());
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << std::put_time(&parts, format);
    return text.str();
}

std::string unique_part(received_request const& request) {
    return std::to_string(request.connection) + "x" + std::to_string(request.request_on_connection);
}

std::string
completion_body(provider_dialect dialect, received_request const& request, std::string const& text) {
    json::object body;
    body["id"] = completion_id(dialect, request);
    if (dialect == provider_dialect::openrouter) body["provider"] = "Mock";
    body["object"] = "chat.completion";
    body["created"] = unix_time();
    body["model"] = model_of(request);
    body["choices"] = json::array(1, choice(dialect, text));
    if (dialect != provider_dialect::aimlapi) body["system_fingerprint"] = nullptr;
    body["usage"] = usage(request, text);
    return json::serialize(body);
}

std::vector<std::string>
completion_events(provider_dialect dialect, received_request const& request, std::string const& text) {
    return event_writer(dialect, request, text).run();
}

} // namespace async_llm::testing
