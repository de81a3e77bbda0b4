// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_OUTGOING_REQUEST_HPP
#define ASYNC_LLM_CLIENT_CALL_OUTGOING_REQUEST_HPP

#include "client/state/client_state.hpp"
#include "net/http/request_bytes.hpp"
#include "policy/target_selector.hpp"
#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::detail {

class spending_share;

/// Request of a call, encoded for one target after the other. Thread safety: none.
class outgoing_request {
public:
    outgoing_request(outgoing_request const&) = delete;
    outgoing_request& operator=(outgoing_request const&) = delete;

    /// Checks the request for every target, since what a call moves on to must not be what refuses it.
    /** `detail`: the member that is refused, and why. Precondition: not \ref encode yet. */
    virtual error_code validate(client_config const& config, std::string& detail) = 0;

    /// Makes \ref wire what the chosen target expects; does nothing if it is that already.
    error_code encode(policy::target_choice choice, request_options const& options, std::string& detail);

    /// The chat request, for the observer; an empty one if it is none. Precondition: not \ref encode yet.
    virtual chat_request const& values() const noexcept = 0;
    /// Model that a target is asked for. Empty: not known.
    virtual std::string const& model_for(endpoint const& target) const noexcept = 0;
    /// Returns whether it is a request for any endpoint, whose reply is not known to be a completion.
    virtual bool is_endpoint() const noexcept { return false; }
    /// Returns whether one choice is asked for.
    virtual bool has_one_choice() const noexcept { return true; }
    /// Returns whether a key may be generated that makes the server act on it once.
    virtual bool has_effect() const noexcept { return true; }
    /// Tokens that the call may take, as far as is known beforehand.
    virtual std::int64_t expected_tokens() const noexcept = 0;
    /// Takes the reservation of the run that the call is part of. Null: none. Precondition: not \ref encode
    /// yet.
    virtual std::shared_ptr<spending_share> take_spending() noexcept = 0;

    /// \name After \ref encode
    /// @{
    net::request_bytes wire() const noexcept { return net::request_bytes(wire_, rest_); }
    std::string_view head() const noexcept { return std::string_view(wire_).substr(0, head_size_); }
    std::string_view body() const noexcept {
        return rest_.empty() ? std::string_view(wire_).substr(head_size_) : rest_;
    }
    /// @}

protected:
    /// `targets`: all that may be asked; they have to stay.
    explicit outgoing_request(std::vector<endpoint> const& targets) noexcept : targets_(targets) {}
    ~outgoing_request() = default;

    std::vector<endpoint> const& targets() const noexcept { return targets_; }

    /// Appends a whole head to `out`. `body_size`: bytes of the body.
    virtual error_code append_head(
        policy::target_choice choice,
        request_options const& options,
        std::size_t body_size,
        std::string& out,
        std::string& detail
    ) = 0;

    /// Appends the body for a target to `out`, or returns one that stays where it is.
    virtual error_code
    encode_body(endpoint const& target, std::string& out, std::string_view& kept, std::string& detail) = 0;

    /// Reports that the request has been encoded for the only target.
    virtual void forget_values() noexcept {}

private:
    std::vector<endpoint> const& targets_;
    std::string wire_;
    std::string_view rest_; // the body, if it is not in the wire
    std::size_t head_size_ = 0;
    policy::target_choice encoded_for_;
};

/// Estimates the tokens of a body: a token of English is about four bytes.
inline std::int64_t tokens_of_text(std::size_t bytes) noexcept {
    return static_cast<std::int64_t>(bytes / 4);
}

/// Returns the target of HTTP, path and query, in the request line of a head.
std::string_view request_target(std::string_view head) noexcept;

} // namespace async_llm::detail

#endif
