// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/relay.hpp"

#include <async_llm/error.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace async_llm::test {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using local = asio::local::stream_protocol;

relay::relay(asio::io_context& io, std::uint16_t target) : target_(target) {
    tcp_.emplace(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    asio::co_spawn(io, accept(*tcp_), asio::detached);
}

relay::relay(asio::io_context& io, std::uint16_t target, std::string const& path) : target_(target) {
    local_.emplace(io, local::endpoint(path));
    asio::co_spawn(io, accept(*local_), asio::detached);
}

std::string relay::address() const { return "127.0.0.1:" + std::to_string(tcp_->local_endpoint().port()); }

relay::script relay::next_script() const {
    if (scripts.empty()) return script();
    return scripts[std::min(connections_, scripts.size()) - 1];
}

template <class Acceptor>
asio::awaitable<void> relay::accept(Acceptor& acceptor) {
    for (;;) {
        auto accepted = co_await acceptor.async_accept(asio::use_awaitable);
        ++connections_;
        auto const executor = accepted.get_executor();
        auto const client = std::make_shared<socket>(std::move(accepted));
        asio::co_spawn(executor, serve(client, next_script()), asio::detached);
    }
}

asio::awaitable<void> relay::serve(socket_ptr client, script answers) {
    error_code ec;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    std::array<char, 1024> buffer{};
    for (auto const& answer : answers) {
        auto const n = co_await client->async_read_some(asio::buffer(buffer), token);
        if (ec) co_return;
        messages_.emplace_back(buffer.data(), n);
        co_await asio::async_write(*client, asio::buffer(answer), token);
    }
    if (closes) co_return;
    auto const server = std::make_shared<socket>(client->get_executor());
    tcp::endpoint const address(asio::ip::address_v4::loopback(), target_);
    socket::endpoint_type const endpoint(address);
    co_await server->async_connect(endpoint, token);
    if (ec) co_return;
    asio::co_spawn(client->get_executor(), pump(client, server), asio::detached);
    co_await pump(server, client);
}

asio::awaitable<void> relay::pump(socket_ptr from, socket_ptr to) {
    error_code ec;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    std::array<char, 16 * 1024> buffer{};
    while (!ec) {
        auto const n = co_await from->async_read_some(asio::buffer(buffer), token);
        if (n != 0) co_await asio::async_write(*to, asio::buffer(buffer.data(), n), token);
    }
    error_code ignored;
    to->shutdown(socket::shutdown_send, ignored);
}

} // namespace async_llm::test
