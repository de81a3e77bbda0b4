// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_REPLY_REPLY_TEXT_HPP
#define ASYNC_LLM_CODEC_REPLY_REPLY_TEXT_HPP

#include "codec/json/decode_limits.hpp"
#include <async_llm/api_response.hpp>

#include <boost/json/value.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace async_llm::detail {

/// Body of an \ref api_response, and the JSON value that was parsed of it. Shared by the copies.
/** Thread safety: all, except \ref take and \ref assign. */
class reply_text {
public:
    reply_text() = default;
    reply_text(reply_text const&) = delete;
    reply_text& operator=(reply_text const&) = delete;

    /// Sets the text, and the limits of parsing it. Before it is shared.
    void assign(std::string text, codec::decode_limits const& limits) noexcept {
        text_ = std::move(text);
        limits_ = limits;
    }

    std::string const& text() const noexcept { return text_; }
    std::string take() noexcept { return std::move(text_); }

    /// Parses the text, once. Null after an error.
    boost::json::value const& json(error_code& ec);
    /// Sentence about that error.
    std::string const& detail() const noexcept { return detail_; }

private:
    void parse();

    std::string text_;
    codec::decode_limits limits_;
    std::once_flag parsed_;
    boost::json::value value_;
    error_code ec_;
    std::string detail_;
};

/// The way from the library to the body of a response.
struct api_response_access {
    static void set_body(api_response& response, std::shared_ptr<reply_text> body) noexcept {
        response.body_ = std::move(body);
    }
};

} // namespace async_llm::detail

#endif
