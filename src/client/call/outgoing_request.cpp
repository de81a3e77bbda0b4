// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/outgoing_request.hpp"

#include "codec/chat/encode_request.hpp"
#include "codec/chat/validate_request.hpp"
#include "codec/json/json_scalar.hpp"

#include <utility>

namespace async_llm::detail {
namespace {

// Usual size of the fields that a call adds to the head; most that a thread keeps for bodies to come.
constexpr std::size_t room_for_fields = 128;
constexpr std::size_t max_kept_body = 64u * 1024;

/// Returns whether a request asks for one choice, as most do. Where `extra` has `n`, that is sent.
bool asks_for_one(chat_request const& request) {
    if (auto const* n = request.extra.if_contains("n")) return n->is_null() || codec::read_int(*n) == 1;
    return request.n.value_or(1) == 1;
}

} // namespace

outgoing_request::outgoing_request(
    std::unique_ptr<request_argument::values> values,
    std::vector<endpoint> const& targets,
    bool streaming
)
    : targets_(targets),
      values_(std::move(values)),
      model_(targets.size() > 1 ? values_->request.model : std::string()),
      streaming_(streaming) {}

std::string const& outgoing_request::model_for(endpoint const& target) const noexcept {
    if (!target.settings.model.empty()) return target.settings.model;
    return targets_.size() > 1 ? model_ : values_->request.model;
}

void outgoing_request::apply_model(endpoint const& target) {
    if (!target.settings.model.empty())
        values_->request.model = target.settings.model;
    else if (!model_.empty())
        values_->request.model = model_;
}

error_code outgoing_request::validate(client_config const& config, std::string& detail) {
    auto const& request = values_->request;
    for (auto const& each : targets_) {
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

error_code
outgoing_request::encode(policy::target_choice choice, request_options const& options, std::string& detail) {
    bool const first = wire_.empty();
    bool const same_target = !first && encoded_for_.target == choice.target;
    if (same_target && encoded_for_.key == choice.key) return error_code();
    auto const& target = targets_[choice.target];
    // Its length has to be known before the head is written, so it waits here.
    thread_local std::string body;
    body.clear();
    error_code ec;
    if (same_target) {
        body.assign(wire_, head_size_);
    } else {
        apply_model(target);
        auto const& dialect = target.settings.provider.dialect;
        ec = codec::encode_request(values_->request, dialect, body, detail, streaming_);
    }
    wire_.clear();
    auto const& head = target.heads[choice.key];
    wire_.reserve(head.size() + room_for_fields + body.size());
    if (!ec)
        ec = codec::append_head(head, options.headers, options.idempotency_key, body.size(), wire_, detail);
    if (ec) return ec;
    head_size_ = wire_.size();
    // One buffer for head and body: one write, and for most requests one TLS record.
    wire_ += body;
    if (body.capacity() > max_kept_body) std::string().swap(body);
    encoded_for_ = choice;
    if (targets_.size() == 1) values_.reset();
    return error_code();
}

std::int64_t outgoing_request::expected_tokens() const noexcept {
    // A token of English is about four bytes.
    return static_cast<std::int64_t>(body().size() / 4) + reply_tokens_;
}

} // namespace async_llm::detail
