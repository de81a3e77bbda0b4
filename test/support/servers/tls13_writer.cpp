// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/tls13_writer.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace async_llm::test {
namespace {

constexpr std::size_t key_size = 16;
constexpr std::size_t iv_size = 12;
constexpr std::size_t tag_size = 16;

// The server's traffic secrets by the client's random, in hexadecimal digits, as OpenSSL reports them.
std::mutex secrets_mutex;
std::map<std::string, std::string> secrets;

void note_secret(SSL const*, char const* line) {
    std::string_view text(line);
    constexpr std::string_view label = "SERVER_TRAFFIC_SECRET_0 ";
    if (!text.starts_with(label)) return;
    text.remove_prefix(label.size());
    auto const space = text.find(' ');
    std::lock_guard lock(secrets_mutex);
    secrets[std::string(text.substr(0, space))] = text.substr(space + 1);
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (char const each : bytes) {
        auto const b = static_cast<unsigned char>(each);
        result += digits[b >> 4];
        result += digits[b & 15];
    }
    return result;
}

std::string from_hex(std::string const& digits) {
    std::string result;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        result += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return result;
}

unsigned char const* bytes_of(std::string_view text) {
    return reinterpret_cast<unsigned char const*>(text.data());
}

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// HKDF-Expand-Label of RFC 8446 (7.1) for at most one block of SHA-256.
std::string expand(std::string const& secret, std::string_view label, std::size_t size) {
    std::string info{'\0', static_cast<char>(size), static_cast<char>(label.size() + 6)};
    info += "tls13 ";
    info += label;
    info += std::string("\0\1", 2);
    std::string block(EVP_MAX_MD_SIZE, '\0');
    unsigned written = 0;
    HMAC(
        EVP_sha256(),
        secret.data(),
        static_cast<int>(secret.size()),
        bytes_of(std::string_view(info)),
        info.size(),
        bytes_of(block),
        &written
    );
    return block.substr(0, size);
}

} // namespace

void tls13_writer::prepare(SSL_CTX* server) {
    SSL_CTX_set_min_proto_version(server, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(server, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_num_tickets(server, 0);
    SSL_CTX_set_keylog_callback(server, &note_secret);
}

tls13_writer::tls13_writer(SSL* server) {
    std::string random(SSL3_RANDOM_SIZE, '\0');
    SSL_get_client_random(server, bytes_of(random), random.size());
    std::lock_guard lock(secrets_mutex);
    auto const secret = from_hex(secrets.at(to_hex(random)));
    key_ = expand(secret, "key", key_size);
    iv_ = expand(secret, "iv", iv_size);
}

std::string tls13_writer::record(record_type type, std::string_view content) {
    auto const size = content.size() + 1 + tag_size;
    std::string result{
        static_cast<char>(record_type::application_data),
        3,
        3,
        static_cast<char>(size >> 8),
        static_cast<char>(size & 255)
    };
    auto nonce = iv_;
    for (std::size_t i = 0; i < 8; ++i)
        nonce[iv_size - 1 - i] = static_cast<char>(nonce[iv_size - 1 - i] ^ char(sequence_ >> (8 * i)));
    ++sequence_;
    std::string const plain = std::string(content) + static_cast<char>(type);
    std::string sealed(plain.size(), '\0');
    std::string tag(tag_size, '\0');
    int n = 0;
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> const context(
        EVP_CIPHER_CTX_new(),
        &EVP_CIPHER_CTX_free
    );
    auto* const c = context.get();
    bool const done = EVP_EncryptInit_ex(
                          c,
                          EVP_aes_128_gcm(),
                          nullptr,
                          bytes_of(std::string_view(key_)),
                          bytes_of(nonce)
                      ) == 1 &&
        EVP_EncryptUpdate(c, nullptr, &n, bytes_of(std::string_view(result)), 5) == 1 &&
        EVP_EncryptUpdate(
            c,
            bytes_of(sealed),
            &n,
            bytes_of(std::string_view(plain)),
            static_cast<int>(plain.size())
        ) == 1 &&
        EVP_EncryptFinal_ex(c, nullptr, &n) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size), tag.data()) == 1;
    if (!done) throw std::runtime_error("encryption of a record");
    return result + sealed + tag;
}

} // namespace async_llm::test
