// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_OUTGOING_CHAT_REQUEST_HPP
#define ASYNC_LLM_CLIENT_CALL_OUTGOING_CHAT_REQUEST_HPP

#include "client/call/outgoing_request.hpp"
#include <async_llm/request_argument.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace async_llm::detail {

/// Request for a chat completion.
class outgoing_chat_request final : public outgoing_request {
public:
    /// `targets`: all that may be asked; they have to stay.
    outgoing_chat_request(request_argument request, std::vector<endpoint> const& targets, bool streaming);

    /// Takes the options out. Precondition: not \ref encode yet.
    request_options&& options() noexcept { return std::move(values_->options); }

    error_code validate(client_config const& config, std::string& detail) override;
    chat_request const& values() const noexcept override { return values_->request; }
    std::string const& model_for(endpoint const& target) const noexcept override;
    bool has_one_choice() const noexcept override { return one_choice_; }
    std::int64_t expected_tokens() const noexcept override;
    std::shared_ptr<spending_share> take_spending() noexcept override { return std::move(values_->spending); }

private:
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
    void forget_values() noexcept override { values_.reset(); }
    void apply_model(endpoint const& target);

    // By itself, and empty once it is encoded for the only target: it has more than a kilobyte, for which a
    // call that waits for its reply has no use.
    std::unique_ptr<request_argument::values> values_; // without the options
    std::string model_;                                // as it was given, if there are several targets
    std::int64_t reply_tokens_ = 0;
    bool streaming_;
    bool one_choice_ = true;
};

} // namespace async_llm::detail

#endif
