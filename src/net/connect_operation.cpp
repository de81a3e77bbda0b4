// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/connect_operation.hpp"

#include "net/address_race.hpp"
#include "net/http1_exchange.hpp"
#ifdef ASYNC_LLM_HAS_HTTP2
#include "net/http2_connection.hpp"
#endif
#include "net/http/response_parser.hpp"
#include "net/local_socket.hpp"
#include "net/socks5_tunnel.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace async_llm::net {
namespace {

std::string to_text(asio::ip::tcp::endpoint const& e) {
    auto const address = e.address().to_string();
    return (e.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(e.port());
}

/// Address as a SOCKS5 proxy takes it: a zone means nothing to another host.
std::string without_zone(asio::ip::address const& address) {
    if (!address.is_v6()) return address.to_string();
    return asio::ip::address_v6(address.to_v6().to_bytes()).to_string();
}

std::string authority(std::string const& host, std::uint16_t port) {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

} // namespace

connect_operation::connect_operation(
    std::shared_ptr<route const> route,
    route::protocol version,
    done_handler done
)
    : operation(route->service, std::chrono::milliseconds(0)),
      route_(std::move(route)),
      version_(version),
      done_(std::move(done)) {}

asio::awaitable<void> connect_operation::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    failure_ = co_await reach();
    if (!failure_ && route_->tls) failure_ = co_await secure();
    if (!failure_) share();
}

void connect_operation::finish(std::exception_ptr exception) noexcept {
    if (exception || failure_) connection_.reset();
    if (exception && !failure_) failure_ = failure::of(exception, phase::connecting, errc::connect_failed);
    done_(std::move(connection_), std::move(failure_));
    done_ = nullptr;
}

/// Opens a way for bytes to the server.
asio::awaitable<failure> connect_operation::reach() {
    if (route_->is_local) co_return co_await connect_local();
    auto const& proxy = route_->proxy;
    auto const& host = proxy ? proxy->host : route_->host;
    auto const port = proxy ? proxy->port : route_->port;
    endpoints addresses;
    begin_phase(errc::resolve_timeout, route_->limits.resolve);
    auto failed = co_await route_->names->resolve(*this, host, port, addresses);
    if (failed) co_return blame_proxy(std::move(failed));
    addresses = interleave_families(addresses);
    endpoints targets;
    if (proxy && proxy->scheme == codec::proxy_scheme::socks5 && !route_->host_is_address) {
        begin_phase(errc::resolve_timeout, route_->limits.resolve);
        failed = co_await route_->names->resolve(*this, route_->host, route_->port, targets);
        if (failed) co_return failed;
        targets = interleave_families(targets);
    }
    begin_phase(errc::connect_timeout, route_->limits.connect);
    if (!proxy) co_return co_await connect(host, addresses);
    failed = co_await pass_proxy(addresses, targets);
    co_return blame_proxy(std::move(failed));
}

asio::awaitable<failure> connect_operation::connect_local() {
    begin_phase(errc::connect_timeout, route_->limits.connect);
    std::optional<asio::ip::tcp::socket> socket;
    auto failed = co_await connect_local_socket(*this, service()->executor(), route_->host, socket);
    if (failed) co_return failed;
    connection_ = std::make_shared<connection>(std::move(*socket));
    connection_->remote_endpoint = "unix:" + route_->host;
    co_return failure();
}

asio::awaitable<failure> connect_operation::connect(std::string const& host, endpoints const& addresses) {
    std::optional<asio::ip::tcp::socket> socket;
    auto failed =
        co_await race_addresses(*this, service()->executor(), addresses, route_->race_delay, host, socket);
    if (failed) co_return failed;
    error_code ignored;
    socket->set_option(asio::ip::tcp::no_delay(true), ignored);
    socket->set_option(asio::socket_base::keep_alive(true), ignored);
    auto const peer = socket->remote_endpoint(ignored);
    connection_ = std::make_shared<connection>(std::move(*socket));
    connection_->remote_endpoint = to_text(peer);
    co_return failure();
}

asio::awaitable<failure> connect_operation::pass_proxy(endpoints const& addresses, endpoints const& targets) {
    if (route_->proxy->scheme != codec::proxy_scheme::http)
        co_return co_await pass_socks5(addresses, targets);
    auto failed = co_await connect(route_->proxy->host, addresses);
    if (failed) co_return failed;
    co_return co_await open_tunnel();
}

// With prior knowledge of HTTP/2, the server may speak first, as soon as it is connected.
bool connect_operation::may_be_early() const noexcept {
    return !route_->tls && version_ == route::protocol::http2;
}

/// Tries the targets one after the other; without one, the proxy gets the host as it is.
asio::awaitable<failure>
connect_operation::pass_socks5(endpoints const& addresses, endpoints const& targets) {
    auto const& proxy = *route_->proxy;
    for (std::size_t i = 0;; ++i) {
        auto failed = co_await connect(proxy.host, addresses);
        if (failed) co_return failed;
        auto const target = targets.empty() ? route_->host : without_zone(targets[i].address());
        socks5_handshake handshake(target, route_->port, proxy.user, proxy.password);
        failed = co_await open_socks5_tunnel(*this, connection_->transport, handshake);
        bool const is_last = i + 1 >= targets.size();
        if (failed && handshake.is_about_address() && !is_last) continue;
        if (failed) co_return failed;
        early_ = handshake.surplus();
        if (early_.empty() || may_be_early()) co_return failure();
        co_return failure(errc::proxy_failed, {}, phase::proxy, "it sent more than its answer");
    }
}

asio::awaitable<failure> connect_operation::open_tunnel() {
    auto const& proxy = *route_->proxy;
    auto const target = authority(route_->host, route_->port);
    auto wire = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!proxy.authorization.empty()) wire += "Proxy-Authorization: " + proxy.authorization + "\r\n";
    wire += "\r\n";
    http1_exchange connect_exchange;
    // The limit of connecting goes on: it covers the proxy's answer.
    response_limits const sizes(route_->max_header_size, 0);
    connect_exchange.begin(connection_->transport, *this, wire, exchange_limits(), sizes, false, true);
    while (auto const need = connect_exchange.advance(exchange::goal::end))
        co_await connection_->transport.wait(*need);
    auto failed = connect_exchange.take_failure();
    std::string detail;
    if (!failed && connect_exchange.status() / 100 == 2) {
        // It does not matter whether it would keep the connection: an HTTP/1.0 answer opens a tunnel as well.
        early_ = connect_exchange.surplus();
        if (early_.empty() || may_be_early()) co_return failure();
        detail = "it sent more than its answer";
    } else if (!failed) {
        detail = "it answered " + std::to_string(connect_exchange.status()) + " " + connect_exchange.reason();
    }
    error_code const ec = stop_reason() ? stop_reason() : error_code(errc::proxy_failed);
    if (!failed) co_return failure(ec, {}, phase::proxy, std::move(detail));
    failed->phase = phase::proxy;
    failed->ec = ec;
    co_return failed;
}

// A reader of the sentence looks at the provider first, and that has nothing to do with it.
failure connect_operation::blame_proxy(failure failed) const {
    if (!failed || !route_->proxy) return failed;
    auto const& proxy = *route_->proxy;
    failed->detail = "proxy " + authority(proxy.host, proxy.port) + ": " + failed->detail;
    return failed;
}

asio::awaitable<failure> connect_operation::secure() {
    begin_phase(errc::tls_handshake_timeout, route_->limits.tls_handshake);
    bool const offers_http2 = version_ != route::protocol::http1;
    auto const ec = connection_->transport.start_tls(route_->tls, offers_http2);
    if (ec) co_return failure(errc::tls_handshake_failed, ec, phase::tls_handshake, ec.message());
    auto failed = co_await handshake(*this, connection_->transport, route_->tls->host());
    if (failed) co_return failed;
    end_phase();
    connection_->tls_version = connection_->transport.tls_version();
    connection_->tls_resumed = connection_->transport.tls_resumed();
    co_return failure();
}

/// Makes it one of HTTP/2, if that was agreed on.
void connect_operation::share() {
#ifdef ASYNC_LLM_HAS_HTTP2
    bool const agreed = route_->tls ? connection_->transport.is_http2() : version_ == route::protocol::http2;
    if (!agreed) return;
    http2_limits limits;
    limits.max_header_list = static_cast<std::uint32_t>(route_->max_header_size);
    connection_->transport.receive_many_records();
    auto made = std::make_shared<http2_connection>(*connection_, service(), limits, route_->ping_interval);
    made->set_early(std::move(early_));
    connection_->shared = std::move(made);
#endif
}

} // namespace async_llm::net
