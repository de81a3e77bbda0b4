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

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace async_llm::net {
namespace {

std::string to_text(asio::ip::tcp::endpoint const& e) {
    auto const address = e.address().to_string();
    return (e.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(e.port());
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
    failure_ = co_await connect();
    if (!failure_ && route_->proxy) failure_ = co_await open_tunnel();
    if (failure_ && route_->proxy) blame_proxy();
    if (!failure_ && route_->tls) failure_ = co_await secure();
    if (!failure_) share();
}

void connect_operation::finish(std::exception_ptr exception) noexcept {
    if (exception || failure_) connection_.reset();
    if (exception && !failure_) failure_ = failure::of(exception, phase::connecting, errc::connect_failed);
    done_(std::move(connection_), std::move(failure_));
    done_ = nullptr;
}

asio::awaitable<failure> connect_operation::connect() {
    auto const& host = route_->proxy ? route_->proxy->host : route_->host;
    auto const port = route_->proxy ? route_->proxy->port : route_->port;
    endpoints addresses;
    begin_phase(errc::resolve_timeout, route_->limits.resolve);
    auto failed = co_await route_->names->resolve(*this, host, port, addresses);
    if (failed) co_return failed;
    begin_phase(errc::connect_timeout, route_->limits.connect);
    std::optional<asio::ip::tcp::socket> socket;
    addresses = interleave_families(addresses);
    failed =
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
        // With prior knowledge of HTTP/2, the server may speak first, as soon as it is connected.
        if (early_.empty() || (!route_->tls && version_ == route::protocol::http2)) co_return failure();
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
void connect_operation::blame_proxy() {
    auto const& proxy = *route_->proxy;
    failure_->detail = "proxy " + authority(proxy.host, proxy.port) + ": " + failure_->detail;
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
