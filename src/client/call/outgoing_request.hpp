// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_OUTGOING_REQUEST_HPP
#define ASYNC_LLM_CLIENT_CALL_OUTGOING_REQUEST_HPP

#include "client/state/client_state.hpp"
#include "policy/target_selector.hpp"
#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>
#include <async_llm/request_argument.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::detail {

/// Request of a call, encoded for one target after the other. Thread safety: none.
class outgoing_request {
public:
    /// `targets`: all that may be asked; they have to stay.
    outgoing_request(
        std::unique_ptr<request_argument::values> values,
        std::vector<endpoint> const& targets,
        bool streaming
    );

    /// Checks the request for every target, since what a call moves on to must not be what refuses it.
    /** `detail`: the member that is refused, and why. Precondition: not \ref encode yet. */
    error_code validate(client_config const& config, std::string& detail);

    /// Makes \ref wire what the chosen target expects; does nothing if it is that already.
    error_code encode(policy::target_choice choice, request_options const& options, std::string& detail);

    /// The request itself. Precondition: not \ref encode yet.
    chat_request const& values() const noexcept { return values_->request; }
    /// Model that a target is asked for.
    std::string const& model_for(endpoint const& target) const noexcept;
    /// Returns whether one choice is asked for.
    bool has_one_choice() const noexcept { return one_choice_; }
    /// Tokens that the call may take, as far as is known beforehand.
    std::int64_t expected_tokens() const noexcept;

    /// \name After \ref encode
    /// @{
    std::string_view wire() const noexcept { return wire_; }
    std::string_view head() const noexcept { return wire().substr(0, head_size_); }
    std::string_view body() const noexcept { return wire().substr(head_size_); }
    /// @}

private:
    void apply_model(endpoint const& target);

    std::vector<endpoint> const& targets_;
    // By itself, and empty once it is encoded for the only target: it has more than a kilobyte, for which a
    // call that waits for its reply has no use.
    std::unique_ptr<request_argument::values> values_; // without the options
    std::string model_;                                // as it was given, if there are several targets
    std::string wire_;
    std::size_t head_size_ = 0;
    policy::target_choice encoded_for_;
    std::int64_t reply_tokens_ = 0;
    bool streaming_;
    bool one_choice_ = true;
};

} // namespace async_llm::detail

#endif
