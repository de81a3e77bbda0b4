// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_REPLY_PADDING_HPP
#define ASYNC_LLM_CODEC_HTTP_REPLY_PADDING_HPP

#include "base/ascii.hpp"
#include "codec/http/sniff.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace async_llm::codec {

/// Bytes by which a provider keeps the connection alive before its reply: white space, SSE comments, a byte
/// order mark.
class reply_padding {
public:
    /// Bytes that are passed over in one step: a few milliseconds.
    static constexpr std::size_t max_in_one_step = std::size_t(2) * 1024 * 1024;

    /// Looks on in a body that may have grown, at so many bytes at most. True: all of it was looked at, or
    /// there is more than padding.
    bool pass_over(std::string_view body, std::size_t most) noexcept {
        if (size_ == 0 && body.starts_with(byte_order_mark)) size_ = byte_order_mark.size();
        auto const stop = size_ + std::min(most, body.size() - size_);
        for (; size_ < stop; ++size_) {
            auto const c = body[size_];
            if (in_comment_)
                in_comment_ = c != '\r' && c != '\n';
            else if (c == ':')
                in_comment_ = true;
            else if (!is_space(c))
                return true;
        }
        return size_ == body.size();
    }

    /// Bytes of padding that were passed over.
    std::size_t size() const noexcept { return size_; }

private:
    std::size_t size_ = 0;
    bool in_comment_ = false;
};

} // namespace async_llm::codec

#endif
