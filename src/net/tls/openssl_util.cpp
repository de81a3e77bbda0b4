// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls/openssl_util.hpp"

#include <boost/asio/ssl/error.hpp>
#include <boost/system/system_error.hpp>

#include <openssl/err.h>

namespace async_llm::net {
namespace {

error_code to_error_code(unsigned long queued) {
    if (queued == 0) return asio::ssl::error::unspecified_system_error;
    // OpenSSL's own text for one of the system's errors is a number.
    if (ERR_SYSTEM_ERROR(queued)) return error_code(ERR_GET_REASON(queued), boost::system::system_category());
    return error_code(static_cast<int>(queued), asio::error::get_ssl_category());
}

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

void throw_openssl(char const* field) { throw boost::system::system_error(take_openssl_error(), field); }

bio_ptr read_only(std::string const& pem, char const* field) {
    bio_ptr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (!bio) throw_openssl(field);
    return bio;
}

int no_password(char*, int, int, void*) { return 0; }

void ignore_end_of_pem() { ERR_clear_error(); }

} // namespace async_llm::net
