// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls/socket_bio.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstring>
#include <memory>

namespace async_llm::net {
namespace {

int bio_write(BIO* bio, char const* data, int size) {
    auto* state = static_cast<socket_bio_state*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    error_code ec;
    auto const n = state->socket->send(asio::buffer(data, static_cast<std::size_t>(size)), 0, ec);
    if (!ec) return static_cast<int>(n);
    if (would_block(ec))
        BIO_set_retry_write(bio);
    else
        state->last_error = ec;
    return -1;
}

/// Receives, through the buffer if there is one.
std::size_t receive(socket_bio_state& state, char* data, std::size_t size, error_code& ec) {
    if (!state.buffer) return state.socket->receive(asio::buffer(data, size), 0, ec);
    auto& buffer = *state.buffer;
    if (buffer.empty()) {
        buffer.begin = 0;
        buffer.end = state.socket->receive(asio::buffer(buffer.bytes), 0, ec);
        if (ec) buffer.end = 0;
    }
    auto const n = std::min(size, buffer.end - buffer.begin);
    std::memcpy(data, buffer.bytes.data() + buffer.begin, n);
    buffer.begin += n;
    return n;
}

int bio_read(BIO* bio, char* data, int size) {
    auto* state = static_cast<socket_bio_state*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    // OpenSSL would go on for as long as fragments of a message, or empty ones, come.
    if (state->bytes >= max_bytes_without_progress) state->flooded = true;
    if (state->flooded) return -1;
    error_code ec;
    auto const n = receive(*state, data, static_cast<std::size_t>(size), ec);
    if (!ec) {
        state->bytes += n;
        return static_cast<int>(n);
    }
    if (would_block(ec)) {
        BIO_set_retry_read(bio);
        return -1;
    }
    if (ec == asio::error::eof) {
        state->eof = true;
        return 0;
    }
    state->last_error = ec;
    return -1;
}

long bio_ctrl(BIO* bio, int command, long, void*) {
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_EOF: return static_cast<socket_bio_state*>(BIO_get_data(bio))->eof ? 1 : 0;
    default: return 0;
    }
}

struct free_method {
    void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

BIO_METHOD const* method() {
    static std::unique_ptr<BIO_METHOD, free_method> const instance = [] {
        std::unique_ptr<BIO_METHOD, free_method> m(
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "async_llm socket")
        );
        if (m) {
            BIO_meth_set_write(m.get(), &bio_write);
            BIO_meth_set_read(m.get(), &bio_read);
            BIO_meth_set_ctrl(m.get(), &bio_ctrl);
        }
        return m;
    }();
    return instance.get();
}

} // namespace

BIO* make_socket_bio(socket_bio_state& state) {
    auto const* m = method();
    auto* bio = m ? BIO_new(m) : nullptr;
    if (bio) {
        BIO_set_data(bio, &state);
        BIO_set_init(bio, 1);
    }
    return bio;
}

} // namespace async_llm::net
