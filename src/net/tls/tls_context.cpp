// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls/tls_context.hpp"

#include "net/tls/openssl_util.hpp"
#include "net/tls/trust_store.hpp"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace async_llm::net {
namespace {

// For ALPN: the preferred one first, each behind its size.
constexpr std::array<unsigned char, 12> protocols{2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr std::size_t size_of_http2 = 3;

// As the macro SSL_set_tlsext_host_name, without its cast.
bool send_server_name(SSL* ssl, std::string name) {
    return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

} // namespace

void free_ssl::operator()(SSL* ssl) const noexcept { SSL_free(ssl); }

tls_context::tls_context(
    tls_config const& config,
    std::string host,
    bool host_is_address,
    std::size_t session_capacity,
    wall_clock clock
)
    : host_(std::move(host)),
      host_is_address_(host_is_address),
      sessions_(session_capacity, config.max_session_age, std::move(clock)),
      context_(SSL_CTX_new(TLS_client_method())) {
    if (!context_) throw_openssl("tls");
    auto* c = context_.get();
    SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
    // A write may take a part, and go on from another address: what is left of the request is a view of it.
    SSL_CTX_set_mode(
        c,
        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    );
    // Otherwise OpenSSL reads the five bytes of each record's head with a system call of their own.
    SSL_CTX_set_read_ahead(c, 1);
    // Servers may offer HTTP/2 to a client that names no protocol.
    SSL_CTX_set_alpn_protos(c, protocols.data() + size_of_http2, protocols.size() - size_of_http2);
    // TLS 1.3 sessions arrive after the handshake, and only through the callback.
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(c, &tls_context::on_new_session);
    SSL_CTX_set_app_data(c, this);
    trust(config);
    identify(config);
}

void tls_context::trust(tls_config const& config) {
    auto* c = context_.get();
    auto const store = trust_stores().get(config);
    SSL_CTX_set1_cert_store(c, store.get());
    // "Trust these certificates" also holds for one that is not an authority: a server's own, or an
    // intermediate. Set here and not in the store, which other clients have as well.
    if (!config.ca_file.empty() || !config.ca_pem.empty())
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(c), X509_V_FLAG_PARTIAL_CHAIN);
}

void tls_context::identify(tls_config const& config) {
    if (config.certificate_pem.empty() && config.private_key_pem.empty()) return;
    auto* c = context_.get();
    auto const chain = read_only(config.certificate_pem, "tls.certificate_pem");
    x509_ptr const own(PEM_read_bio_X509(chain.get(), nullptr, &no_password, nullptr));
    if (!own || SSL_CTX_use_certificate(c, own.get()) != 1) throw_openssl("tls.certificate_pem");
    while (x509_ptr intermediate{PEM_read_bio_X509(chain.get(), nullptr, &no_password, nullptr)}) {
        if (SSL_CTX_add0_chain_cert(c, intermediate.get()) != 1) throw_openssl("tls.certificate_pem");
        static_cast<void>(intermediate.release());
    }
    ignore_end_of_pem();
    auto const key_bio = read_only(config.private_key_pem, "tls.private_key_pem");
    key_ptr const key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, &no_password, nullptr));
    if (!key || SSL_CTX_use_PrivateKey(c, key.get()) != 1 || SSL_CTX_check_private_key(c) != 1)
        throw_openssl("tls.private_key_pem");
}

ssl_ptr tls_context::make_ssl(bool offers_http2) const {
    ssl_ptr ssl(SSL_new(context_.get()));
    if (!ssl) return nullptr;
    SSL_set_connect_state(ssl.get());
    if (offers_http2 && SSL_set_alpn_protos(ssl.get(), protocols.data(), protocols.size()) != 0)
        return nullptr;
    if (host_is_address_) {
        // RFC 6066 forbids addresses in SNI; the certificate must list the address itself.
        if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host_.c_str()) != 1) return nullptr;
    } else {
        // RFC 6125, as browsers and Go read it: `w*.example` and the name in the subject are no identities.
        SSL_set_hostflags(
            ssl.get(),
            X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
        );
        if (SSL_set1_host(ssl.get(), host_.c_str()) != 1 || !send_server_name(ssl.get(), host_))
            return nullptr;
    }
    sessions_.note_start(ssl.get());
    if (auto const session = sessions_.take()) SSL_set_session(ssl.get(), session.get());
    return ssl;
}

int tls_context::on_new_session(SSL* ssl, SSL_SESSION* session) {
    auto* self = static_cast<tls_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    try {
        self->sessions_.put(ssl, session);
    } catch (std::bad_alloc const&) {
        // C code must see no exception; without the session, the next handshake is a full one.
    }
    return 0; // we hold no reference to OpenSSL's
}

} // namespace async_llm::net
