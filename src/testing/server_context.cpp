// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/server.hpp"

#include <boost/asio/buffer.hpp>

#include <openssl/ssl.h>

#include <array>
#include <string_view>

namespace async_llm::testing {

namespace ssl = asio::ssl;

namespace {

using bytes = unsigned char const*;

// Without a protocol in common the connection is HTTP/1.1, as with clients that offer none.
int select_protocol(SSL*, bytes* selected, unsigned char* size, bytes offered, unsigned int length, void*) {
    constexpr std::string_view own = "\x02h2\x08http/1.1";
    // OpenSSL takes and gives bytes, and writes none of them.
    auto const result = SSL_select_next_proto(
        const_cast<unsigned char**>(selected),
        size,
        reinterpret_cast<unsigned char const*>(own.data()),
        static_cast<unsigned int>(own.size()),
        offered,
        length
    );
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

} // namespace

ssl::context make_server_context(mock_options const& options) {
    ssl::context context(ssl::context::tls_server);
    auto* const native = context.native_handle();
    context.use_certificate_chain(asio::buffer(options.identity->certificate_chain));
    context.use_private_key(asio::buffer(options.identity->private_key), ssl::context::pem);
    SSL_CTX_set_min_proto_version(
        native,
        options.versions == tls_versions::only_tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION
    );
    SSL_CTX_set_max_proto_version(
        native,
        options.versions == tls_versions::only_tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION
    );
    if (!options.client_authority.empty()) {
        context.add_certificate_authority(asio::buffer(options.client_authority));
        context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    }
    if (options.http2) SSL_CTX_set_alpn_select_cb(native, select_protocol, nullptr);
    if (options.session_resumption) {
        // Without it OpenSSL refuses to resume sessions of clients that were asked for a certificate.
        constexpr std::array<unsigned char, 8> name{'s', 't', 'a', 'n', 'd', '-', 'i', 'n'};
        SSL_CTX_set_session_id_context(native, name.data(), name.size());
    } else {
        SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(native, 0);
    }
    // Tickets carry the state; the server's own cache would only hold memory for every connection there ever
    // was.
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    return context;
}

} // namespace async_llm::testing
