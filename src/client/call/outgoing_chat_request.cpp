// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/outgoing_chat_request.hpp"

#include "codec/chat/encode_request.hpp"
#include "codec/chat/validate_request.hpp"
#include "codec/json/json_scalar.hpp"

namespace async_llm::detail {
namespace {

/// Returns whether a request asks for one choice, as most do. Where `extra` has `n`, that is sent.
bool asks_for_one(chat_request const& request) {
    if (auto const* n = request.extra.if_contains("n")) return n->is_null() || codec::read_int(*n) == 1;
    return request.n.value_or(1) == 1;
}

} // namespace

outgoing_chat_request::outgoing_chat_request(
    request_argument request,
    std::vector<endpoint> const& targets,
    bool streaming
)
    : outgoing_request(targets),
      values_(std::move(request).take()),
      model_(targets.size() > 1 ? values_->request.model : std::string()),
      streaming_(streaming) {}

std::string const& outgoing_chat_request::model_for(endpoint const& target) const noexcept {
    if (!target.settings.model.empty()) return target.settings.model;
    return targets().size() > 1 ? model_ : values_->request.model;
}

void outgoing_chat_request::apply_model(endpoint const& target) {
    if (!target.settings.model.empty())
        values_->request.model = target.settings.model;
    else if (!model_.empty())
        values_->request.model = model_;
}

error_code outgoing_chat_request::validate(client_config const& config, std::string& detail) {
    auto const& request = values_->request;
    for (auto const& each : targets()) {
        auto const& provider = each.settings.provider;
        apply_model(each);
        auto const ec = codec::validate(request, provider.dialect, detail, provider.name, streaming_);
        if (ec) return ec;
    }
    one_choice_ = asks_for_one(request);
    auto const limit = request.max_completion_tokens ? request.max_completion_tokens : request.max_tokens;
    reply_tokens_ = limit.value_or(config.rates.expected_reply_tokens);
    return error_code();
}

error_code outgoing_chat_request::append_head(
    policy::target_choice choice,
    request_options const& options,
    std::size_t body_size,
    std::string& out,
    std::string& detail
) {
    auto const& head = targets()[choice.target].heads[choice.key];
    return codec::append_head(head, options.headers, options.idempotency_key, body_size, out, detail);
}

error_code outgoing_chat_request::encode_body(
    endpoint const& target,
    std::string& out,
    std::string_view& /*kept*/,
    std::string& detail
) {
    apply_model(target);
    auto const& dialect = target.settings.provider.dialect;
    return codec::encode_request(values_->request, dialect, out, detail, streaming_);
}

std::int64_t outgoing_chat_request::expected_tokens() const noexcept {
    return tokens_of_text(body().size()) + reply_tokens_;
}

} // namespace async_llm::detail
