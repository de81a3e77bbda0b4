// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/peer_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>

namespace async_llm::testing {
namespace {

std::string common_name(X509* certificate) {
    if (!certificate) return {};
    std::array<char, 256> text{};
    auto const size = X509_NAME_get_text_by_NID(
        X509_get_subject_name(certificate),
        NID_commonName,
        text.data(),
        int(text.size())
    );
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

} // namespace

peer_stream::peer_stream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
    error_code ignored; // a connection that is already gone shows itself on the first read
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<error_code> peer_stream::handshake(asio::ssl::context& context) {
    tls_.emplace(socket_, context);
    auto const result =
        co_await tls_->async_handshake(asio::ssl::stream_base::server, asio::as_tuple(asio::deferred));
    co_return std::get<0>(result);
}

tls_info peer_stream::handshake_result() const {
    tls_info result;
    // native_handle() of a const stream does not exist; none of the calls below changes anything.
    auto* const ssl = const_cast<asio::ssl::stream<asio::ip::tcp::socket&>&>(*tls_).native_handle();
    if (char const* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) result.server_name = name;
    result.version = SSL_get_version(ssl);
    result.client_common_name = common_name(SSL_get0_peer_certificate(ssl));
    unsigned char const* protocol = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &size);
    result.protocol.assign(protocol, protocol + size);
    result.resumed = SSL_session_reused(ssl) == 1;
    return result;
}

asio::awaitable<error_code> peer_stream::write(std::string_view bytes) {
    auto const buffer = asio::buffer(bytes.data(), bytes.size());
    error_code ec;
    if (tls_) {
        auto const result = co_await asio::async_write(*tls_, buffer, asio::as_tuple(asio::deferred));
        ec = std::get<0>(result);
    } else {
        auto const result = co_await asio::async_write(socket_, buffer, asio::as_tuple(asio::deferred));
        ec = std::get<0>(result);
    }
    co_return ec;
}

asio::awaitable<void> peer_stream::send_close_notify() {
    if (!tls_) co_return;
    // async_shutdown() waits for the peer's close_notify, for ever if need be, unless that has come already.
    SSL_set_shutdown(tls_->native_handle(), SSL_get_shutdown(tls_->native_handle()) | SSL_RECEIVED_SHUTDOWN);
    auto const result = co_await tls_->async_shutdown(asio::as_tuple(asio::deferred));
    static_cast<void>(result);
}

void peer_stream::close() noexcept {
    error_code ignored;
    socket_.close(ignored);
}

void peer_stream::reset() noexcept {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

} // namespace async_llm::testing
