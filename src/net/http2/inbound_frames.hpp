// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP2_INBOUND_FRAMES_HPP
#define ASYNC_LLM_NET_HTTP2_INBOUND_FRAMES_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace async_llm::net {

/// Splits the bytes of an HTTP/2 peer into frames, and counts those that are only work.
/**
 * libnghttp2 reports neither unknown frames nor those of dead streams, and so leaves nothing to count. Bytes
 * may come in any pieces, but are passed on with each header in one piece: as patched by Debian, libnghttp2
 * counts the pieces of CONTINUATION, and ends the connection after eight. It judges the lengths.
 */
class inbound_frames {
public:
    enum class conduct {
        fine,
        /// PUSH_PROMISE, which the first frame of the client has forbidden.
        pushes,
        /// A head in more CONTINUATION frames than the limit.
        floods_continuations,
        /// More frames in a row than the limit without \ref note_progress.
        floods_idle_frames,
    };

    /// Bytes of one frame, the first before the second. Either may be empty.
    struct pieces {
        pieces(std::string_view a, std::string_view b) noexcept : first(a), second(b) {}

        std::string_view first;
        std::string_view second;
    };

    inbound_frames(std::size_t max_idle, std::size_t max_continuations) noexcept
        : max_idle_(max_idle), max_continuations_(max_continuations) {}

    /// Takes bytes off, up to the end of the frame that they continue or begin, and returns what can be
    /// passed on.
    /** Refers to `bytes` and this object. */
    pieces take(std::string_view& bytes) noexcept;

    /// Conduct of the peer up to the frame that \ref take was in, as far as its header is complete.
    conduct judge() const noexcept { return conduct_; }

    /// Something came that a caller waits for, or was sent.
    void note_progress() noexcept { idle_ = 0; }

private:
    static constexpr std::size_t header_size = 9;

    void begin_frame() noexcept;

    std::size_t max_idle_;
    std::size_t max_continuations_;
    std::array<char, header_size> header_{};
    std::size_t header_read_ = 0;
    std::size_t payload_left_ = 0;
    std::size_t idle_ = 0;
    std::size_t continuations_ = 0;
    conduct conduct_ = conduct::fine;
};

} // namespace async_llm::net

#endif
