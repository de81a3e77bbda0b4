// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_TLS_OPENSSL_UTIL_HPP
#define ASYNC_LLM_NET_TLS_OPENSSL_UTIL_HPP

#include <async_llm/detail/config.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace async_llm::net {

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

/// Returns the oldest error in OpenSSL's queue of this thread, and empties the queue.
error_code take_openssl_error();

/// Returns the newest error, which is that of the last operation, and empties the queue.
error_code take_last_openssl_error();

/// Throws the oldest error as `boost::system::system_error` with the name of the field that it is about.
[[noreturn]] void throw_openssl(char const* field);

/// Makes a BIO that reads this text, which has to stay. Throws as \ref throw_openssl.
bio_ptr read_only(std::string const& pem, char const* field);

/// Callback that gives no password: OpenSSL would ask the terminal for one, and wait.
int no_password(char* buffer, int size, int writing, void* data);

/// Drops the error by which PEM_read_bio_X509 reports the end of its text.
void ignore_end_of_pem();

} // namespace async_llm::net

#endif
