// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/socks5_tunnel.hpp"

#include "net/byte_stream.hpp"

#include <boost/asio/error.hpp>

#include <string_view>

namespace async_llm::net {
namespace {

/// Sends or receives what the handshake needs next.
step advance(stream& transport, socks5_handshake& handshake) {
    auto const output = handshake.unsent();
    if (!output.empty()) {
        auto const now = transport.try_write(output.data(), output.size());
        handshake.note_sent(now.n);
        return now;
    }
    auto& buffer = this_threads_read_buffer();
    auto const now = transport.try_read(buffer.data(), buffer.size());
    if (now.n != 0) handshake.put(std::string_view(buffer.data(), now.n));
    if (now.ec == asio::error::eof) handshake.put_end();
    return now;
}

} // namespace

asio::awaitable<failure> open_socks5_tunnel(operation& op, stream& transport, socks5_handshake& handshake) {
    while (!handshake.is_open()) {
        // Before the wait: a signal that found nothing waiting does not come again.
        if (op.stop_reason())
            co_return failure(op.stop_reason(), {}, phase::proxy, "the SOCKS5 handshake did not end");
        auto const now = advance(transport, handshake);
        if (handshake.has_failed())
            co_return failure(errc::proxy_failed, now.ec, phase::proxy, handshake.fault());
        if (now.ec)
            co_return failure(
                errc::proxy_failed,
                now.ec,
                phase::proxy,
                "the connection to it was lost: " + now.ec.message()
            );
        if (now.wait != readiness::done) co_await transport.wait(now.wait);
    }
    co_return failure();
}

} // namespace async_llm::net
