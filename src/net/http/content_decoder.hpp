// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP_CONTENT_DECODER_HPP
#define ASYNC_LLM_NET_HTTP_CONTENT_DECODER_HPP

#include "codec/http/content_coding.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace async_llm::net {

/// Decoder of gzip (RFC 1952), zlib (RFC 1950) and raw deflate (RFC 1951) data that come in any pieces.
/**
 * Strict where text could be lost: header, checksums and lengths have to be right, and the data have to end.
 * Members of gzip follow each other. Behind the end only zeros are passed over, as gzip does: anything else
 * may be a damaged member, and is refused, as Go does. Raw deflate may have an Adler-32 behind it, as curl
 * allows.
 * Knows no socket.
 */
class content_decoder {
public:
    enum class outcome {
        /// All bytes have been decoded: give more, or the end.
        need_more,
        /// There is more to do with the same bytes.
        busy,
        /// The data have ended well; it stays so.
        ended,
        /// They are damaged, cut or too large; it stays so.
        failed,
    };

    /// `format`: one that is coded. `max_size`: most bytes of decoded data; 0: no limit.
    content_decoder(codec::content_format format, std::size_t max_size);
    content_decoder(content_decoder const&) = delete;
    content_decoder& operator=(content_decoder const&) = delete;
    ~content_decoder();

    /// Most bytes that a step decodes.
    static constexpr std::size_t max_step = 128u * 1024;

    /// Gives the next bytes, which have to stay until \ref step has returned `need_more`.
    /** Precondition: it has, or it is the first call. */
    void put(std::string_view bytes) noexcept;

    /// No more bytes will come than were given.
    void put_end() noexcept;

    /// Decodes for some milliseconds at most, and appends to `out`; of damaged data a part that may be right.
    outcome step(std::string& out);

    /// \name After `failed`
    /// @{
    /// `errc::truncated_response`, `response_too_large`, or `unsupported_content_encoding` for damaged data.
    error_code const& ec() const noexcept;
    /// A sentence.
    std::string const& detail() const noexcept;
    /// @}

private:
    // Beast's headers cost every translation unit some seconds; they stay in one.
    struct impl;

    std::unique_ptr<impl> impl_;
};

} // namespace async_llm::net

#endif
