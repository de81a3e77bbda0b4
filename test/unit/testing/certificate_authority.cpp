// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include <async_llm/testing/certificate_authority.hpp>

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace async_llm::testing;

static_assert(!std::is_aggregate_v<identity_options> && !std::is_aggregate_v<tls_identity>);

struct openssl_free {
    void operator()(BIO* p) const noexcept { BIO_free(p); }
    void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
    void operator()(X509* p) const noexcept { X509_free(p); }
    void operator()(X509_STORE* p) const noexcept { X509_STORE_free(p); }
    void operator()(X509_STORE_CTX* p) const noexcept { X509_STORE_CTX_free(p); }
    void operator()(STACK_OF(X509) * p) const noexcept { sk_X509_free(p); }
};

template <class T>
using owned = std::unique_ptr<T, openssl_free>;

owned<BIO> reader(std::string const& text) {
    return owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::vector<owned<X509>> certificates(std::string const& pem) {
    auto const bio = reader(pem);
    std::vector<owned<X509>> result;
    while (auto* const next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
        result.emplace_back(next);
    return result;
}

// What a peer that trusts `root` says about the identity, an X509_V_* value.
int verify(tls_identity const& identity, std::string const& root, int purpose = X509_PURPOSE_SSL_SERVER) {
    auto const chain = certificates(identity.certificate_chain);
    auto const roots = certificates(root);
    owned<X509_STORE> store(X509_STORE_new());
    for (auto const& each : roots) X509_STORE_add_cert(store.get(), each.get());
    owned<STACK_OF(X509)> others(sk_X509_new_null());
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(others.get(), chain[i].get());
    owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), chain.at(0).get(), others.get());
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

bool is_for_host(tls_identity const& identity, char const* name) {
    return X509_check_host(certificates(identity.certificate_chain).at(0).get(), name, 0, 0, nullptr) == 1;
}

bool is_for_address(tls_identity const& identity, char const* address) {
    return X509_check_ip_asc(certificates(identity.certificate_chain).at(0).get(), address, 0) == 1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(certificate_authority)

BOOST_AUTO_TEST_CASE(issues_for_servers_and_clients) {
    async_llm::testing::certificate_authority const authority;
    auto const identity = authority.issue();
    BOOST_TEST(identity.authority == authority.root_certificate());
    BOOST_TEST(verify(identity, authority.root_certificate()) == X509_V_OK);
    BOOST_TEST(verify(identity, authority.root_certificate(), X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
}

BOOST_AUTO_TEST_CASE(key_belongs_to_the_certificate) {
    auto const identity = async_llm::testing::certificate_authority().issue();
    auto const bio = reader(identity.private_key);
    owned<EVP_PKEY> const key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    BOOST_REQUIRE(key);
    BOOST_TEST(X509_check_private_key(certificates(identity.certificate_chain).at(0).get(), key.get()) == 1);
}

BOOST_AUTO_TEST_CASE(names_and_addresses) {
    identity_options options;
    options.dns_names = {"api.example", "*.wild.example"};
    options.ip_addresses = {"127.0.0.2", "fe80::1"};
    auto const identity = async_llm::testing::certificate_authority().issue(options);
    BOOST_TEST(is_for_host(identity, "api.example"));
    BOOST_TEST(is_for_host(identity, "a.wild.example"));
    BOOST_TEST(!is_for_host(identity, "localhost"));
    BOOST_TEST(is_for_address(identity, "127.0.0.2"));
    BOOST_TEST(is_for_address(identity, "fe80::1"));
    BOOST_TEST(!is_for_address(identity, "127.0.0.1"));
    auto const by_default = async_llm::testing::certificate_authority().issue();
    BOOST_TEST(is_for_host(by_default, "localhost"));
    BOOST_TEST(is_for_address(by_default, "127.0.0.1"));
    BOOST_TEST(is_for_address(by_default, "::1"));
    auto const named = async_llm::testing::certificate_authority().issue(identity_options("only.example"));
    BOOST_TEST(is_for_host(named, "only.example"));
    BOOST_TEST(!is_for_address(named, "127.0.0.1"));
}

BOOST_AUTO_TEST_CASE(validity) {
    async_llm::testing::certificate_authority const authority;
    auto const& root = authority.root_certificate();
    BOOST_TEST(verify(authority.issue(identity_options::expired()), root) == X509_V_ERR_CERT_HAS_EXPIRED);
    BOOST_TEST(
        verify(authority.issue(identity_options::not_yet_valid()), root) == X509_V_ERR_CERT_NOT_YET_VALID
    );
}

BOOST_AUTO_TEST_CASE(another_authority_is_not_trusted) {
    // The same name, so that only the key distinguishes them.
    async_llm::testing::certificate_authority const authority("same");
    async_llm::testing::certificate_authority const other("same");
    BOOST_TEST(verify(authority.issue(), other.root_certificate()) != X509_V_OK);
}

BOOST_AUTO_TEST_CASE(intermediates_are_in_the_chain) {
    async_llm::testing::certificate_authority const root("root");
    auto const middle = root.intermediate("first").intermediate("second");
    BOOST_TEST(middle.root_certificate() == root.root_certificate());
    auto identity = middle.issue();
    BOOST_TEST(certificates(identity.certificate_chain).size() == 3U);
    BOOST_TEST(verify(identity, root.root_certificate()) == X509_V_OK);
    identity.certificate_chain.resize(identity.certificate_chain.find("-----END CERTIFICATE-----\n") + 26);
    BOOST_TEST(verify(identity, root.root_certificate()) == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

BOOST_AUTO_TEST_CASE(self_signed_identities) {
    auto const identity = self_signed(identity_options());
    BOOST_TEST(verify(identity, identity.authority) == X509_V_OK);
    BOOST_TEST(
        verify(identity, async_llm::testing::certificate_authority().root_certificate()) ==
        X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
    );
}

BOOST_AUTO_TEST_CASE(copies_are_the_same_authority) {
    async_llm::testing::certificate_authority const authority;
    auto const copy = authority;
    BOOST_TEST(verify(copy.issue(), authority.root_certificate()) == X509_V_OK);
}

BOOST_AUTO_TEST_CASE(refuses_names_that_are_none) {
    async_llm::testing::certificate_authority const authority;
    for (char const* const bad : {"", "a,DNS:b", "a\nb"}) {
        identity_options options;
        options.dns_names = {bad};
        BOOST_CHECK_THROW(authority.issue(options), boost::system::system_error);
    }
    identity_options options;
    options.ip_addresses = {"300.0.0.1"};
    BOOST_CHECK_THROW(authority.issue(options), boost::system::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
