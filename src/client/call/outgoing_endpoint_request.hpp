// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_OUTGOING_ENDPOINT_REQUEST_HPP
#define ASYNC_LLM_CLIENT_CALL_OUTGOING_ENDPOINT_REQUEST_HPP

#include "client/call/outgoing_request.hpp"
#include <async_llm/detail/endpoint_request.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm::detail {

/// Request for any endpoint: its body goes to each target as it is.
class outgoing_endpoint_request final : public outgoing_request {
public:
    /// `targets`: all that may be asked; they have to stay.
    outgoing_endpoint_request(endpoint_request request, std::vector<endpoint> const& targets);

    request_options&& options() noexcept { return std::move(request_->options); }
    std::string_view method() const noexcept { return has_body() ? "POST" : "GET"; }
    /// Path as it was given, with its query.
    std::string_view path() const noexcept { return request_->path; }

    error_code validate(client_config const& config, std::string& detail) override;
    chat_request const& values() const noexcept override;
    std::string const& model_for(endpoint const& target) const noexcept override;
    bool is_endpoint() const noexcept override { return true; }
    bool has_effect() const noexcept override { return has_body(); }
    std::int64_t expected_tokens() const noexcept override;
    std::shared_ptr<spending_share> take_spending() noexcept override {
        return std::move(request_->spending);
    }

private:
    bool has_body() const noexcept { return request_->verb == endpoint_request::method::post; }
    error_code append_head(
        policy::target_choice choice,
        request_options const& options,
        std::size_t body_size,
        std::string& out,
        std::string& detail
    ) override;
    error_code encode_body(
        endpoint const& target,
        std::string& out,
        std::string_view& kept,
        std::string& detail
    ) override;

    endpoint_request request_;
    std::int64_t reply_tokens_ = 0;
};

} // namespace async_llm::detail

#endif
