// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_TLS13_WRITER_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_TLS13_WRITER_HPP

#include <openssl/ssl.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace async_llm::test {

/// Content types of TLS records (RFC 8446, B.1).
enum class record_type : char { alert = 21, handshake = 22, application_data = 23 };

/// Encrypts records of TLS 1.3 that OpenSSL's server side would never send.
/** It takes the place of SSL_write after the handshake of a server that sends no tickets. */
class tls13_writer {
public:
    /// Makes a server side's handshakes such that a writer can go on after them. To be called before them.
    static void prepare(SSL_CTX* server);

    /// For a server side prepared, with its handshake done.
    explicit tls13_writer(SSL* server);

    /// The next record, with this content.
    std::string record(record_type type, std::string_view content);

private:
    std::string key_;
    std::string iv_;
    std::uint64_t sequence_ = 0;
};

} // namespace async_llm::test

#endif
