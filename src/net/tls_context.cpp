// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls_context.hpp"

#include <boost/asio/ssl/error.hpp>
#include <boost/system/system_error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <new>
#include <utility>

namespace async_llm::net {
namespace {

struct free_bio {
    void operator()(BIO* b) const noexcept { BIO_free(b); }
};
struct free_x509 {
    void operator()(X509* x) const noexcept { X509_free(x); }
};
struct free_key {
    void operator()(EVP_PKEY* k) const noexcept { EVP_PKEY_free(k); }
};
using bio_ptr = std::unique_ptr<BIO, free_bio>;
using x509_ptr = std::unique_ptr<X509, free_x509>;
using key_ptr = std::unique_ptr<EVP_PKEY, free_key>;

[[noreturn]] void throw_openssl(char const* field) {
    throw boost::system::system_error(take_openssl_error(), field);
}

bio_ptr read_only(std::string const& pem, char const* field) {
    bio_ptr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (!bio) throw_openssl(field);
    return bio;
}

// Without this OpenSSL asks the terminal for the password of an encrypted key, and the server stands still.
int no_password(char*, int, int, void*) { return 0; }

// What the macro SSL_set_tlsext_host_name does, without its cast.
bool send_server_name(SSL* ssl, std::string name) {
    return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

error_code to_error_code(unsigned long queued) {
    if (queued == 0) return asio::ssl::error::unspecified_system_error;
    return error_code(static_cast<int>(queued), asio::error::get_ssl_category());
}

void ignore_end_of_pem() { ERR_clear_error(); }

} // namespace

error_code take_openssl_error() {
    auto const value = ERR_get_error();
    ERR_clear_error();
    return to_error_code(value);
}

error_code take_last_openssl_error() {
    auto const value = ERR_peek_last_error();
    ERR_clear_error();
    return to_error_code(value);
}

void free_ssl::operator()(SSL* ssl) const noexcept {
    // SSL_free on a connection that was not shut down marks its session as not resumable. Both flags say that it was;
    // nothing is sent.
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
}

tls_context::tls_context(
    tls_config const& config,
    std::string host,
    bool host_is_address,
    std::size_t session_capacity
)
    : host_(std::move(host)),
      host_is_address_(host_is_address),
      sessions_(session_capacity),
      context_(SSL_CTX_new(TLS_client_method())) {
    if (!context_) throw_openssl("tls");
    auto* c = context_.get();
    SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
    // A write may take a part, and go on from another address: what is left of the request is a view of it.
    SSL_CTX_set_mode(
        c,
        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    );
    // Otherwise OpenSSL reads the five bytes of each record's head with a system call of their own.
    SSL_CTX_set_read_ahead(c, 1);
    // Servers may offer HTTP/2 to a client that names no protocol.
    // NOLINTNEXTLINE(modernize-avoid-c-arrays): the compiler counts it
    static unsigned char const alpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(c, alpn, sizeof(alpn));
    // TLS 1.3 sessions arrive after the handshake, and only through the callback.
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(c, &tls_context::on_new_session);
    SSL_CTX_set_app_data(c, this);
    trust(config);
    identify(config);
}

void tls_context::trust(tls_config const& config) {
    auto* c = context_.get();
    if (config.use_system_store && SSL_CTX_set_default_verify_paths(c) != 1)
        throw_openssl("tls.use_system_store");
    if (!config.ca_file.empty() && SSL_CTX_load_verify_file(c, config.ca_file.c_str()) != 1)
        throw_openssl("tls.ca_file");
    auto* store = SSL_CTX_get_cert_store(c);
    if (!config.ca_pem.empty()) {
        auto const bio = read_only(config.ca_pem, "tls.ca_pem");
        int count = 0;
        while (x509_ptr const certificate{PEM_read_bio_X509(bio.get(), nullptr, &no_password, nullptr)}) {
            if (X509_STORE_add_cert(store, certificate.get()) != 1) throw_openssl("tls.ca_pem");
            ++count;
        }
        if (count == 0) throw_openssl("tls.ca_pem");
        ignore_end_of_pem();
    }
    // "Trust these certificates" also holds for one that is not an authority: a server's own, or an intermediate.
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

ssl_ptr tls_context::make_ssl() const {
    ssl_ptr ssl(SSL_new(context_.get()));
    if (!ssl) return nullptr;
    SSL_set_connect_state(ssl.get());
    if (host_is_address_) {
        // RFC 6066 forbids addresses in SNI; the certificate must list the address itself.
        if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host_.c_str()) != 1) return nullptr;
    } else {
        SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        if (SSL_set1_host(ssl.get(), host_.c_str()) != 1 || !send_server_name(ssl.get(), host_))
            return nullptr;
    }
    if (auto const session = sessions_.take()) SSL_set_session(ssl.get(), session.get());
    return ssl;
}

int tls_context::on_new_session(SSL* ssl, SSL_SESSION* session) {
    auto* self = static_cast<tls_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    try {
        // A copy, since the connection goes on using its own: the one that resumes it may be on another thread, and
        // OpenSSL writes to the session it resumes.
        if (session_ptr copy{SSL_SESSION_dup(session)}) self->sessions_.put(std::move(copy));
    } catch (std::bad_alloc const&) {
        // C code must see no exception; without the session, the next handshake is a full one.
    }
    return 0; // we hold no reference to OpenSSL's
}

} // namespace async_llm::net
