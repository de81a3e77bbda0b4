// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_RELAY_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_RELAY_HPP

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace async_llm::test {

/// Passes connections on to a port of 127.0.0.1, after answers that are set in advance.
class relay {
public:
    /// Answers of one connection, each to one message of the client.
    using script = std::vector<std::string>;

    /// Listens on a loopback port.
    relay(boost::asio::io_context& io, std::uint16_t target);
    /// Listens on a Unix domain socket.
    relay(boost::asio::io_context& io, std::uint16_t target, std::string const& path);

    /// `127.0.0.1:PORT`
    std::string address() const;

    /// Scripts of the connections, the last of which is that of all others. None: no answer.
    std::vector<script> scripts;
    /// Whether it closes the connection behind the last answer, in place of passing it on.
    bool closes = false;

    /// Messages that were answered, of all connections.
    std::vector<std::string> const& messages() const noexcept { return messages_; }
    std::size_t connections() const noexcept { return connections_; }

private:
    using socket = boost::asio::generic::stream_protocol::socket;
    using socket_ptr = std::shared_ptr<socket>;

    template <class Acceptor>
    boost::asio::awaitable<void> accept(Acceptor& acceptor);
    boost::asio::awaitable<void> serve(socket_ptr client, script answers);
    static boost::asio::awaitable<void> pump(socket_ptr from, socket_ptr to);
    script next_script() const;

    std::uint16_t target_;
    std::optional<boost::asio::ip::tcp::acceptor> tcp_;
    std::optional<boost::asio::local::stream_protocol::acceptor> local_;
    std::vector<std::string> messages_;
    std::size_t connections_ = 0;
};

} // namespace async_llm::test

#endif
