// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include <async_llm/testing/certificate_authority.hpp>

#include <boost/asio/ssl/error.hpp>
#include <boost/system/system_error.hpp>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <utility>

namespace async_llm::testing {
namespace {

struct openssl_free {
    void operator()(ASN1_INTEGER* p) const noexcept { ASN1_INTEGER_free(p); }
    void operator()(BIGNUM* p) const noexcept { BN_free(p); }
    void operator()(BIO* p) const noexcept { BIO_free_all(p); }
    void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
    void operator()(X509* p) const noexcept { X509_free(p); }
    void operator()(X509_EXTENSION* p) const noexcept { X509_EXTENSION_free(p); }
};

template <class T>
using owned = std::unique_ptr<T, openssl_free>;

[[noreturn]] void throw_openssl_error(char const* action) {
    error_code const ec(static_cast<int>(ERR_get_error()), asio::error::get_ssl_category());
    ERR_clear_error();
    throw boost::system::system_error(ec, action);
}

void check(int result, char const* action) {
    if (result <= 0) throw_openssl_error(action);
}

template <class T>
owned<T> check(T* result, char const* action) {
    if (!result) throw_openssl_error(action);
    return owned<T>(result);
}

owned<EVP_PKEY> make_key() { return check(EVP_EC_gen("P-256"), "EVP_EC_gen"); }

void set_random_serial(X509* certificate) {
    auto number = check(BN_new(), "BN_new");
    // RFC 5280 wants a positive number of at most 20 octets; a random one keeps the certificates of two
    // authorities with the same name apart.
    check(BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), "BN_rand");
    auto serial = check(BN_to_ASN1_INTEGER(number.get(), nullptr), "BN_to_ASN1_INTEGER");
    check(X509_set_serialNumber(certificate, serial.get()), "X509_set_serialNumber");
}

void set_common_name(X509* certificate, std::string_view name) {
    auto* const bytes = reinterpret_cast<unsigned char const*>(name.data());
    check(
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate),
            "CN",
            MBSTRING_UTF8,
            bytes,
            static_cast<int>(name.size()),
            -1,
            0
        ),
        "X509_NAME_add_entry_by_txt"
    );
}

void add_extension(X509* certificate, X509* issuer, int nid, std::string const& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    auto extension = check(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), "X509V3_EXT_conf_nid");
    check(X509_add_ext(certificate, extension.get(), -1), "X509_add_ext");
}

std::string subject_alternative_names(identity_options const& options) {
    std::string result;
    auto const add = [&result](char const* type, std::string const& value) {
        // The text form of OpenSSL's configuration separates by commas; a name must not smuggle in a second
        // one.
        if (value.empty() || value.find_first_of(",\n\r") != std::string::npos)
            throw boost::system::system_error(
                boost::system::errc::make_error_code(boost::system::errc::invalid_argument),
                "subject alternative name"
            );
        result += (result.empty() ? "" : ",") + std::string(type) + value;
    };
    for (auto const& name : options.dns_names) add("DNS:", name);
    for (auto const& address : options.ip_addresses) add("IP:", address);
    return result;
}

template <class Write>
std::string to_pem(Write write) {
    auto bio = check(BIO_new(BIO_s_mem()), "BIO_new");
    check(write(bio.get()), "PEM_write_bio");
    char* data = nullptr;
    auto const size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

std::string certificate_pem(X509* certificate) {
    return to_pem([certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string key_pem(EVP_PKEY* key) {
    return to_pem([key](BIO* bio) {
        return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

// A certificate without extensions and signature.
owned<X509> start_certificate(EVP_PKEY* key, identity_options const& options) {
    auto certificate = check(X509_new(), "X509_new");
    check(X509_set_version(certificate.get(), X509_VERSION_3), "X509_set_version");
    set_random_serial(certificate.get());
    check(X509_set_pubkey(certificate.get(), key), "X509_set_pubkey");
    set_common_name(certificate.get(), options.common_name);
    auto const start = static_cast<long>(options.valid_from.count());
    auto const end = static_cast<long>(options.valid_until.count());
    if (!X509_gmtime_adj(X509_getm_notBefore(certificate.get()), start) ||
        !X509_gmtime_adj(X509_getm_notAfter(certificate.get()), end))
        throw_openssl_error("X509_gmtime_adj");
    return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
    check(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)), "X509_set_issuer_name");
    check(X509_sign(certificate, issuer_key, EVP_sha256()), "X509_sign");
}

void add_identity_extensions(X509* certificate, X509* issuer, identity_options const& options) {
    add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
    if (auto const names = subject_alternative_names(options); !names.empty())
        add_extension(certificate, issuer, NID_subject_alt_name, names);
}

identity_options authority_options(std::string_view common_name) {
    identity_options options;
    options.common_name = common_name;
    options.valid_from =
        -std::chrono::hours(24 * 30); // older than any certificate it issues, an expired one too
    options.valid_until = std::chrono::hours(24 * 365);
    return options;
}

} // namespace

identity_options::identity_options()
    : common_name("localhost"),
      dns_names{"localhost"},
      ip_addresses{"127.0.0.1", "::1"},
      valid_from(-std::chrono::hours(1)),
      valid_until(std::chrono::hours(24)) {}

identity_options::identity_options(std::string dns_name) : identity_options() {
    common_name = dns_name;
    dns_names = {std::move(dns_name)};
    ip_addresses.clear();
}

identity_options identity_options::expired() {
    identity_options result;
    result.valid_from = -std::chrono::hours(25);
    result.valid_until = -std::chrono::hours(1);
    return result;
}

identity_options identity_options::not_yet_valid() {
    identity_options result;
    result.valid_from = std::chrono::hours(1);
    return result;
}

tls_identity::tls_identity() = default;

struct certificate_authority::impl {
    owned<EVP_PKEY> key;
    owned<X509> certificate;
    std::string chain; // the certificates between an identity and the root; empty for a root
    std::string root;

    // Signed by `issuer`, or by itself if that is null.
    static std::shared_ptr<impl> make(std::string_view common_name, impl const* issuer) {
        auto result = std::make_shared<impl>();
        result->key = make_key();
        result->certificate = start_certificate(result->key.get(), authority_options(common_name));
        auto* const certificate = result->certificate.get();
        auto* const issuer_certificate = issuer ? issuer->certificate.get() : certificate;
        add_extension(certificate, issuer_certificate, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate, issuer_certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
        add_extension(certificate, issuer_certificate, NID_subject_key_identifier, "hash");
        sign(certificate, issuer_certificate, issuer ? issuer->key.get() : result->key.get());
        auto const pem = certificate_pem(certificate);
        if (issuer) result->chain = pem + issuer->chain;
        result->root = issuer ? issuer->root : pem;
        return result;
    }
};

certificate_authority::certificate_authority(std::string_view common_name)
    : impl_(impl::make(common_name, nullptr)) {}

certificate_authority::certificate_authority(std::shared_ptr<impl const> state) noexcept
    : impl_(std::move(state)) {}

certificate_authority certificate_authority::intermediate(std::string_view common_name) const {
    return certificate_authority(std::shared_ptr<impl const>(impl::make(common_name, impl_.get())));
}

tls_identity certificate_authority::issue(identity_options const& options) const {
    auto const key = make_key();
    auto const certificate = start_certificate(key.get(), options);
    add_identity_extensions(certificate.get(), impl_->certificate.get(), options);
    sign(certificate.get(), impl_->certificate.get(), impl_->key.get());
    tls_identity result;
    result.certificate_chain = certificate_pem(certificate.get()) + impl_->chain;
    result.private_key = key_pem(key.get());
    result.authority = impl_->root;
    return result;
}

tls_identity certificate_authority::issue() const { return issue(identity_options()); }

std::string const& certificate_authority::root_certificate() const noexcept { return impl_->root; }

tls_identity self_signed(identity_options const& options) {
    auto const key = make_key();
    auto const certificate = start_certificate(key.get(), options);
    add_identity_extensions(certificate.get(), certificate.get(), options);
    sign(certificate.get(), certificate.get(), key.get());
    tls_identity result;
    result.certificate_chain = certificate_pem(certificate.get());
    result.private_key = key_pem(key.get());
    result.authority = result.certificate_chain;
    return result;
}

} // namespace async_llm::testing
