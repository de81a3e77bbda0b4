// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_BYTE_STREAM_HPP
#define ASYNC_LLM_NET_BYTE_STREAM_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <array>
#include <cstddef>

namespace async_llm::net {

/// Need of a non-blocking step before it can go on.
enum class readiness {
    done,
    readable,
    writable,
    /// Readable or writable, whatever comes first.
    either,
    /// Nothing of the peer: other operations of the thread are to have their turn.
    turn,
};

/// Outcome of a non-blocking step.
struct step {
    step() = default;
    explicit step(std::size_t bytes) : n(bytes) {}
    explicit step(readiness r) : wait(r) {}
    explicit step(error_code e) : ec(e) {}

    error_code ec;
    std::size_t n = 0;
    readiness wait = readiness::done;
    /// TLS messages that came before the data: they took time as well.
    int messages = 0;
};

/// Buffer for one read. A TLS record holds no more.
using read_buffer = std::array<char, 16 * 1024>;

/// Buffer that serves all connections of this thread, since nothing waits between a read and its use.
inline read_buffer& this_threads_read_buffer() {
    thread_local read_buffer buffer;
    return buffer;
}

/// Connection as a stream of bytes that never blocks.
class byte_stream {
public:
    /// Fails with `errc::too_many_tls_messages` after too many messages in a row without data.
    virtual step try_read(void* data, std::size_t size) = 0;
    virtual step try_write(void const* data, std::size_t size) = 0;

    /// Returns whether bytes of the peer are here already, although the socket may not be readable.
    virtual bool has_pending() const noexcept = 0;

    /// Returns whether the end of the stream was authenticated (or can't be, without TLS).
    virtual bool ended_properly() const noexcept = 0;

protected:
    ~byte_stream() = default;
};

} // namespace async_llm::net

#endif
