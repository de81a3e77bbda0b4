// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP_CODED_BODY_HPP
#define ASYNC_LLM_NET_HTTP_CODED_BODY_HPP

#include "net/http/content_decoder.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace async_llm::net {

/// Body of a reply that has, or may have, a content coding, which is decoded where the body is gathered.
/** The bytes of each read go through \ref take, and come back by \ref step. Knows no socket. */
class coded_body {
public:
    /// `label`: the field `Content-Encoding`. `max_size`: most bytes of the decoded body; 0: no limit.
    coded_body(std::string label, std::size_t max_size) : label_(std::move(label)), max_size_(max_size) {}

    enum class outcome {
        /// All that was taken is decoded.
        done,
        /// There is more of it to decode.
        busy,
        /// The data are damaged, cut or too large; it stays so, and what comes is dropped.
        failed,
    };

    /// Takes the bytes behind `begin`, which the connection has brought, out of the body unless they are
    /// plain.
    /** `is_whole`: no more will come. Precondition: not \ref has_pending. */
    void take(std::string& body, std::size_t begin, bool is_whole);

    /// Returns whether \ref step has something to do.
    bool has_pending() const noexcept { return pending_; }

    /// Decodes for some milliseconds at most, and appends to the body.
    outcome step(std::string& body);

    /// Returns whether the body has turned out to have no coding.
    bool is_plain() const noexcept { return state_ == state::plain; }
    bool has_failed() const noexcept { return state_ == state::failed; }

    /// \name After `failed`
    /// @{
    /// As of \ref content_decoder.
    error_code const& ec() const noexcept { return decoder_->ec(); }
    std::string const& detail() const noexcept { return decoder_->detail(); }
    /// @}

private:
    enum class state {
        /// Too few bytes have come to decide it.
        undecided,
        plain,
        coded,
        failed,
    };

    void decide(std::string& body, bool is_whole);

    std::string label_;
    std::size_t max_size_;
    state state_ = state::undecided;
    bool pending_ = false;
    /// Bytes that were taken, and have not been decoded.
    std::string raw_;
    std::optional<content_decoder> decoder_;
};

} // namespace async_llm::net

#endif
