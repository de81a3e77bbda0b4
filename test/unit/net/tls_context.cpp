// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// What a client agrees to, against OpenSSL's server side through memory.

#include "net/tls/tls_context.hpp"

#include "support/servers/child_process.hpp"
#include "support/servers/tls_pair.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using testing::certificate_authority;
using testing::identity_options;

struct fixture {
    explicit fixture(
        identity_options const& options = identity_options(),
        std::string const& host = "localhost"
    )
        : server(make_server_side(authority.issue(options))) {
        config.use_system_store = false;
        config.ca_pem = authority.root_certificate();
        bool const is_address = host.find_first_not_of("0123456789.") == std::string::npos;
        context = std::make_unique<net::tls_context>(config, host, is_address, 8);
    }

    /// Speaks this version alone, and everything in it that was ever allowed.
    void speak(int version) const {
        SSL_CTX_set_min_proto_version(server.get(), version);
        SSL_CTX_set_max_proto_version(server.get(), version);
        SSL_CTX_set_cipher_list(server.get(), "ALL:@SECLEVEL=0");
    }

    /// Returns the result of verifying the certificate.
    long verify_result() const {
        tls_pair pair(*context, server.get());
        bool const done = pair.handshake();
        auto const result = SSL_get_verify_result(pair.client());
        BOOST_TEST(done == (result == X509_V_OK));
        return result;
    }

    certificate_authority authority;
    server_context_ptr server;
    tls_config config;
    std::unique_ptr<net::tls_context> context;
};

identity_options
named(std::string common_name, std::vector<std::string> dns, std::vector<std::string> addresses) {
    identity_options options;
    options.common_name = std::move(common_name);
    options.dns_names = std::move(dns);
    options.ip_addresses = std::move(addresses);
    return options;
}

SSL_CTX* native(net::tls_context const& context) { return SSL_get_SSL_CTX(context.make_ssl().get()); }

// The names of protocols that a client offers, as they are in its message.
std::string offered;

using bytes = unsigned char const*;

int note_protocols(SSL*, bytes*, unsigned char*, bytes list, unsigned n, void*) {
    offered.assign(reinterpret_cast<char const*>(list), n);
    return SSL_TLSEXT_ERR_NOACK;
}

template <class Write>
std::string written(Write write) {
    std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new(BIO_s_mem()), &BIO_free);
    BOOST_REQUIRE(write(bio.get()) == 1);
    char* data = nullptr;
    auto const size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

constexpr std::string_view password = "secret";

unsigned char const* password_bytes() { return reinterpret_cast<unsigned char const*>(password.data()); }

std::string encrypted_key(std::string const& pem) {
    std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new_mem_buf(pem.data(), -1), &BIO_free);
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr),
        &EVP_PKEY_free
    );
    return written([&](BIO* to) {
        return PEM_write_bio_PKCS8PrivateKey(
            to,
            key.get(),
            EVP_aes_128_cbc(),
            password.data(),
            static_cast<int>(password.size()),
            nullptr,
            nullptr
        );
    });
}

int to_der(void const* certificate, unsigned char** out) {
    return i2d_X509(static_cast<X509 const*>(certificate), out);
}

// Of the first certificate. It is unusual, but PEM can make its reader ask for a password.
std::string encrypted_certificate(std::string const& pem) {
    std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new_mem_buf(pem.data(), -1), &BIO_free);
    std::unique_ptr<X509, decltype(&X509_free)> const certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
        &X509_free
    );
    return written([&](BIO* to) {
        return PEM_ASN1_write_bio(
            &to_der,
            PEM_STRING_X509,
            to,
            certificate.get(),
            EVP_aes_128_cbc(),
            password_bytes(),
            static_cast<int>(password.size()),
            nullptr,
            nullptr
        );
    });
}

// Answers a reader of the password from the standard input, as OpenSSL does where there is no terminal.
class typist {
public:
    typist() : original_(::dup(STDIN_FILENO)) {
        std::array<int, 2> ends{};
        BOOST_REQUIRE(::pipe(ends.data()) == 0);
        auto const typed = std::string(password) + '\n' + std::string(password) + '\n';
        size_ = static_cast<int>(typed.size());
        BOOST_REQUIRE(::write(ends[1], typed.data(), typed.size()) == static_cast<ssize_t>(typed.size()));
        ::dup2(ends[0], STDIN_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
    }
    ~typist() {
        ::dup2(original_, STDIN_FILENO);
        ::close(original_);
    }
    typist(typist const&) = delete;
    typist& operator=(typist const&) = delete;

    /// Nothing of it has been read.
    bool untouched() const {
        int left = 0;
        return ::ioctl(STDIN_FILENO, FIONREAD, &left) == 0 && left == size_;
    }

private:
    int original_;
    int size_ = 0;
};

// The field that a configuration is refused for, while the password would be typed.
std::string refused_field(tls_config const& config) {
    typist const ready;
    try {
        net::tls_context const context(config, "localhost", false, 8);
    } catch (boost::system::system_error const& e) {
        BOOST_TEST(ready.untouched());
        std::string const what = e.what();
        return what.substr(0, what.find(':'));
    }
    BOOST_TEST(ready.untouched());
    return "none";
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_context)

BOOST_AUTO_TEST_CASE(versions_that_are_spoken) {
    for (auto const version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
        fixture f;
        f.speak(version);
        // The client too allows all that was ever allowed, except for the version.
        SSL_CTX_set_cipher_list(native(*f.context), "ALL:@SECLEVEL=0");
        tls_pair pair(*f.context, f.server.get());
        BOOST_TEST(pair.handshake() == (version >= TLS1_2_VERSION), version);
    }
}

BOOST_AUTO_TEST_CASE(renegotiation_is_refused) {
    fixture f;
    f.speak(TLS1_2_VERSION);
    tls_pair pair(*f.context, f.server.get());
    BOOST_REQUIRE(pair.handshake());
    BOOST_TEST(SSL_renegotiate(pair.server()) == 1);
    SSL_do_handshake(pair.server());
    pair.read_messages();
    std::array<char, 1> byte{};
    BOOST_TEST(SSL_read(pair.server(), byte.data(), 1) < 0);
    BOOST_TEST(ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_NO_RENEGOTIATION);
}

BOOST_AUTO_TEST_CASE(options_and_modes) {
    fixture f;
    auto* const c = native(*f.context);
    BOOST_TEST((SSL_CTX_get_options(c) & SSL_OP_NO_COMPRESSION) != 0U);
    // These cost and save memory and calls, and change nothing that could be seen from outside.
    BOOST_TEST((SSL_CTX_get_mode(c) & SSL_MODE_RELEASE_BUFFERS) != 0);
    BOOST_TEST(SSL_CTX_get_read_ahead(c) == 1);
    BOOST_TEST(SSL_CTX_get_session_cache_mode(c) == (SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL));
}

BOOST_AUTO_TEST_CASE(openssl_keeps_no_session_of_its_own) {
    fixture f;
    tls_pair pair(*f.context, f.server.get());
    pair.connect();
    BOOST_TEST(SSL_CTX_sess_number(native(*f.context)) == 0);
}

BOOST_AUTO_TEST_CASE(writes_take_a_part_and_go_on_from_another_address) {
    fixture f;
    tls_pair pair(*f.context, f.server.get());
    BOOST_REQUIRE(pair.handshake());
    int const record = 16 * 1024;
    std::string const text(2U * record, 'x');
    // A record, and not all that there is.
    BOOST_TEST(SSL_write(pair.client(), text.data(), 2 * record) == record);
    // The next does not fit into what connects them.
    BOOST_TEST(SSL_write(pair.client(), text.data() + record, record) < 0);
    BOOST_TEST(SSL_want_write(pair.client()));
    std::string received(record, ' ');
    BOOST_TEST(SSL_read(pair.server(), received.data(), record) == record);
    std::string const moved = text.substr(record);
    BOOST_TEST(SSL_write(pair.client(), moved.data(), record) == record);
}

BOOST_AUTO_TEST_CASE(http_1_1_is_offered) {
    fixture f;
    offered.clear();
    SSL_CTX_set_alpn_select_cb(f.server.get(), &note_protocols, nullptr);
    tls_pair pair(*f.context, f.server.get());
    BOOST_TEST(pair.handshake());
    BOOST_TEST(offered == "\x08http/1.1");
}

BOOST_AUTO_TEST_CASE(names_that_a_certificate_is_for) {
    BOOST_TEST(
        fixture(named("x", {"www.example.test"}, {}), "www.example.test").verify_result() == X509_V_OK
    );
    BOOST_TEST(fixture(named("x", {"*.example.test"}, {}), "www.example.test").verify_result() == X509_V_OK);
    BOOST_TEST(fixture(named("x", {}, {"127.0.0.1"}), "127.0.0.1").verify_result() == X509_V_OK);
    for (std::string const name : {"w*.example.test", "*w.example.test", "w*w.example.test", "*.test", "*"}) {
        fixture const f(named("x", {name}, {"127.0.0.1"}), "www.example.test");
        BOOST_TEST(f.verify_result() == X509_V_ERR_HOSTNAME_MISMATCH, name);
    }
}

BOOST_AUTO_TEST_CASE(a_name_in_the_subject_is_none) {
    std::string const name = "www.example.test";
    BOOST_TEST(fixture(named(name, {}, {}), name).verify_result() == X509_V_ERR_HOSTNAME_MISMATCH);
    BOOST_TEST(fixture(named(name, {}, {"127.0.0.1"}), name).verify_result() == X509_V_ERR_HOSTNAME_MISMATCH);
    BOOST_TEST(
        fixture(named("127.0.0.1", {}, {}), "127.0.0.1").verify_result() == X509_V_ERR_IP_ADDRESS_MISMATCH
    );
    // Nor is an address a name.
    auto const address = named("127.0.0.1", {"127.0.0.1"}, {});
    BOOST_TEST(fixture(address, "127.0.0.1").verify_result() == X509_V_ERR_IP_ADDRESS_MISMATCH);
}

// "Trust these" means these, and not only authorities among them; the system's are authorities.
BOOST_AUTO_TEST_CASE(certificates_that_are_trusted_themselves) {
    certificate_authority const authority;
    auto const identity = authority.intermediate("between").issue();
    auto const between = identity.certificate_chain.find("-----BEGIN", 1);
    auto const server = make_server_side(identity);
    temp_dir folder;
    for (auto const& pem :
         {identity.certificate_chain.substr(0, between), identity.certificate_chain.substr(between)}) {
        auto const path = folder.write("trusted.pem", pem);
        auto const verify_result = [&](tls_config const& config) {
            net::tls_context const context(config, "localhost", false, 8);
            tls_pair pair(context, server.get());
            pair.handshake();
            return SSL_get_verify_result(pair.client());
        };
        tls_config config;
        config.use_system_store = false;
        BOOST_TEST(verify_result(config) == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
        config.ca_pem = pem;
        BOOST_TEST(verify_result(config) == X509_V_OK);
        config.ca_pem.clear();
        config.ca_file = path;
        BOOST_TEST(verify_result(config) == X509_V_OK);
        config.ca_file.clear();
        config.use_system_store = true;
        ::setenv(X509_get_default_cert_file_env(), path.c_str(), 1);
        BOOST_TEST(verify_result(config) != X509_V_OK);
        ::unsetenv(X509_get_default_cert_file_env());
    }
}

BOOST_AUTO_TEST_CASE(nobody_is_asked_for_a_password) {
    certificate_authority const authority;
    auto const identity = authority.intermediate("between").issue();
    auto const between = identity.certificate_chain.find("-----BEGIN", 1);
    auto const leaf = identity.certificate_chain.substr(0, between);
    tls_config good;
    good.use_system_store = false;
    good.certificate_pem = identity.certificate_chain;
    good.private_key_pem = identity.private_key;
    BOOST_TEST(refused_field(good) == "none");

    auto config = good;
    config.private_key_pem = encrypted_key(identity.private_key);
    BOOST_TEST(refused_field(config) == "tls.private_key_pem");
    config = good;
    config.certificate_pem = encrypted_certificate(leaf);
    BOOST_TEST(refused_field(config) == "tls.certificate_pem");
    config = good;
    config.certificate_pem = leaf + encrypted_certificate(identity.certificate_chain.substr(between));
    BOOST_TEST(refused_field(config) == "none");
    config = good;
    config.ca_pem = encrypted_certificate(authority.root_certificate());
    BOOST_TEST(refused_field(config) == "tls.ca_pem");
}

BOOST_AUTO_TEST_CASE(a_key_of_another_certificate_is_refused) {
    certificate_authority const authority;
    auto const identity = authority.issue();
    tls_config config;
    config.use_system_store = false;
    config.certificate_pem = identity.certificate_chain;
    config.private_key_pem = authority.issue().private_key;
    BOOST_TEST(refused_field(config) == "tls.private_key_pem");
    // OpenSSL has a place for each kind of key, so this one does not meet the certificate by itself.
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(EVP_RSA_gen(2048), &EVP_PKEY_free);
    config.private_key_pem = written([&](BIO* to) {
        return PEM_write_bio_PKCS8PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    BOOST_TEST(refused_field(config) == "tls.private_key_pem");
}

BOOST_AUTO_TEST_SUITE_END()
