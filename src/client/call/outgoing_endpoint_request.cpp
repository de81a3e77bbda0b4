// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/outgoing_endpoint_request.hpp"

#include "codec/http/endpoint_path.hpp"

#include <optional>

namespace async_llm::detail {
namespace {

// A longer body is not copied behind its head: another write costs less.
constexpr std::size_t max_joined_body = 16u * 1024;

} // namespace

outgoing_endpoint_request::outgoing_endpoint_request(
    endpoint_request request,
    std::vector<endpoint> const& targets
)
    : outgoing_request(targets), request_(std::move(request)) {}

error_code outgoing_endpoint_request::validate(client_config const& config, std::string& detail) {
    if (auto const ec = codec::check_endpoint_path(request_->path, detail)) return ec;
    if (!has_body()) return error_code();
    if (request_->body.empty()) {
        detail = "body: empty";
        return errc::invalid_request;
    }
    reply_tokens_ = config.rates.expected_reply_tokens;
    return error_code();
}

chat_request const& outgoing_endpoint_request::values() const noexcept {
    static chat_request const none{std::string()};
    return none;
}

std::string const& outgoing_endpoint_request::model_for(endpoint const& /*target*/) const noexcept {
    static std::string const unknown;
    return unknown;
}

error_code outgoing_endpoint_request::append_head(
    policy::target_choice choice,
    request_options const& options,
    std::size_t body_size,
    std::string& out,
    std::string& detail
) {
    auto const& to = targets()[choice.target];
    auto const target = codec::join_endpoint(to.url.target, request_->path);
    auto const length = has_body() ? std::optional(body_size) : std::nullopt;
    codec::request_line const line(method(), target, length);
    auto const& head = to.heads[choice.key];
    return codec::append_head(head, line, options.headers, options.idempotency_key, out, detail);
}

error_code outgoing_endpoint_request::encode_body(
    endpoint const& /*target*/,
    std::string& out,
    std::string_view& kept,
    std::string& /*detail*/
) {
    auto const& body = request_->body;
    if (body.size() > max_joined_body)
        kept = body;
    else
        out += body;
    return error_code();
}

std::int64_t outgoing_endpoint_request::expected_tokens() const noexcept {
    return tokens_of_text(body().size()) + reply_tokens_;
}

} // namespace async_llm::detail
