// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/endpoint_reply.hpp"

#include "codec/chat/decode_choice.hpp"
#include "codec/errors/decode_error.hpp"
#include "codec/errors/error_words.hpp"
#include "codec/reply/reply_errors.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace async_llm::codec {
namespace {

// Lists and objects that belong to an error, or to any reply.
constexpr std::array<std::string_view, 20> not_of_answer{
    "error",    "errors", "err",    "exception", "fault", "detail",   "details",          "cause",
    "baseresp", "status", "header", "headers",   "meta",  "metadata", "responsemetadata", "request",
    "stack",    "trace",  "usage",  "debug",
};

// Texts that are an answer by themselves.
constexpr std::array<std::string_view, 8>
    texts_of_answer{"text", "content", "output", "outputtext", "result", "data", "answer", "completion"};

bool is_of_answer(std::string_view name, json_view value) noexcept {
    if (value.is_object() || value.is_array()) return value.size() != 0 && !is_named_any(name, not_of_answer);
    auto const text = read_string(value);
    return text && !text->empty() && is_named_any(name, texts_of_answer);
}

// Members of a completion that say nothing of an error; `object` may.
constexpr std::array<std::string_view, 9> plain_members{
    "id",
    "object",
    "created",
    "model",
    "choices",
    "usage",
    "system_fingerprint",
    "service_tier",
    "provider",
};

bool is_plain(std::string_view name, json_view value) noexcept {
    bool const is_known = std::find(plain_members.begin(), plain_members.end(), name) != plain_members.end();
    return is_known && (name != "object" || read_string(value) != "error");
}

/// Returns whether an object may be an error: it has nothing of an answer, or is that of a completion and has
/// more than the plain members.
/** To read an object as an error takes longer than all else that is done with a small reply. */
bool may_be_error(json_view body) {
    bool has_answer = false;
    bool has_choices = false;
    bool has_more = false;
    body.for_each_member([&](std::string_view name, json_view value) {
        has_choices = has_choices || name == "choices";
        has_answer = has_answer || is_of_answer(name, value);
        has_more = has_more || !is_plain(name, value);
    });
    return has_choices ? has_more || !has_answer : !has_answer;
}

} // namespace

bool endpoint_reply_judge::step() {
    switch (stage_) {
    case stage::padding:
        if (!padding_.pass_over(reply_.body, reply_padding::max_in_one_step)) return false;
        // A list, a text or a number reports nothing.
        stage_ = reply_.body.substr(padding_.size()).starts_with('{') ? stage::parsing : stage::ended;
        body_.begin_at(padding_.size());
        if (!is_small() || stage_ == stage::ended) return stage_ == stage::ended;
        [[fallthrough]];
    case stage::parsing:
        if (!body_.step(reply_.body, limits_)) return false;
        stage_ = stage::ended;
        if (body_.valid() && body_.value().is_object()) judge(body_.value());
        return is_small();
    case stage::ended: break;
    }
    return is_small() || give_up();
}

bool endpoint_reply_judge::give_up() {
    stage_ = stage::ended;
    return body_.tape().release_part();
}

void endpoint_reply_judge::judge(json_view body) {
    body.for_each_member([this](std::string_view name, json_view value) {
        if (name == "usage" || name == "id" || name == "model") read_reply_member(name, value, facts_);
    });
    if (!may_be_error(body)) return;
    bool const has_member = find_error(body).has_value();
    auto claimed = decode_error(body);
    if (!has_member && !claims_failure(claimed)) return;
    error_ = std::move(claimed);
    detail_ = "the provider reported an error inside of a successful reply";
    result_ = reported(error_, errc::error_in_response);
}

error_code judge_endpoint_reply(
    reply_view const& reply,
    decode_limits const& limits,
    chat_completion& facts,
    api_error& error,
    std::string& detail
) {
    endpoint_reply_judge judge(reply, limits, facts, error, detail);
    while (!judge.step()) {
    }
    return judge.result();
}

} // namespace async_llm::codec
