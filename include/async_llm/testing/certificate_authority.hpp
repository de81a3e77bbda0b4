// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_CERTIFICATE_AUTHORITY_HPP
#define ASYNC_LLM_TESTING_CERTIFICATE_AUTHORITY_HPP

#include <async_llm/detail/config.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::testing {

/// Holder and validity of a certificate.
struct identity_options {
    /// Loopback defaults: `localhost`, 127.0.0.1 and ::1, valid from an hour ago for a day.
    ASYNC_LLM_DECL identity_options();

    /// Holder with one DNS name and no address.
    ASYNC_LLM_DECL explicit identity_options(std::string dns_name);

    /// An identity whose validity ended an hour ago.
    ASYNC_LLM_DECL static identity_options expired();

    /// An identity whose validity starts in an hour.
    ASYNC_LLM_DECL static identity_options not_yet_valid();

    /// Subject common name. Clients that follow RFC 6125 ignore it once there are subject alternative names.
    std::string common_name;

    /// Subject alternative names of type DNS; a leading `*.` makes a wildcard. Default `localhost`.
    std::vector<std::string> dns_names;

    /// Subject alternative names of type IP, IPv4 or IPv6 text without brackets. Default 127.0.0.1 and ::1.
    std::vector<std::string> ip_addresses;

    /// Start of the validity, relative to the moment of issuing; negative lies in the past. Default one hour
    /// ago.
    std::chrono::seconds valid_from;

    /// End of the validity, relative to the moment of issuing. Default in one day.
    std::chrono::seconds valid_until;
};

/// A certificate with its key, as PEM text, ready for any TLS library.
struct tls_identity {
    ASYNC_LLM_DECL tls_identity();

    /// The holder's certificate, followed by the intermediate authorities' (leaf first, root left out).
    std::string certificate_chain;

    /// The private key of the first certificate (PKCS#8, not encrypted).
    std::string private_key;

    /// The root that a peer has to trust to accept the chain.
    std::string authority;
};

/// A certificate authority made in memory on the spot, for tests.
/**
 * Every authority has a fresh P-256 key; nothing is read from or written to files. Never trust one outside of
 * a test: its key lies unprotected in the process.
 *
 * Cheap to copy; copies are the same authority.
 *
 * Errors: every member throws `boost::system::system_error` with OpenSSL's error if OpenSSL refuses (an IP
 * address that is none, for example).
 *
 * Thread safety: distinct objects: safe, copies of one another too. Shared objects: safe for const members.
 */
class certificate_authority {
public:
    /// Makes a self-signed root.
    ASYNC_LLM_DECL explicit certificate_authority(std::string_view common_name = "async_llm test root");

    /// Makes an authority that is certified by this one; the chains it issues contain its certificate.
    ASYNC_LLM_DECL certificate_authority intermediate(std::string_view common_name) const;

    /// Issues an identity for servers and clients alike (both extended key usages).
    ASYNC_LLM_DECL tls_identity issue(identity_options const& options) const;

    /// Issues an identity with the defaults of @ref identity_options.
    ASYNC_LLM_DECL tls_identity issue() const;

    /// The root certificate of this authority as PEM: what a client has to trust.
    ASYNC_LLM_DECL std::string const& root_certificate() const noexcept;

private:
    struct impl;
    explicit certificate_authority(std::shared_ptr<impl const> state) noexcept;

    std::shared_ptr<impl const> impl_;
};

/// Makes an identity that is its own issuer and its own root.
/**
 * A client that trusts @ref tls_identity::authority accepts it; one that does not sees a self-signed
 * certificate.
 */
ASYNC_LLM_DECL tls_identity self_signed(identity_options const& options);

} // namespace async_llm::testing

#endif
