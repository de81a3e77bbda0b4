// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_TLS_OPENSSL_VERSION_HPP
#define ASYNC_LLM_NET_TLS_OPENSSL_VERSION_HPP

namespace async_llm::net {

/// Returns whether SSL_free_buffers of this version (`OpenSSL_version_num()`) spares a record received in
/// part.
/**
 * CVE-2024-4741: older ones free the buffer beneath it. Distributions mend that without a new number; theirs
 * count as old, which costs memory alone.
 */
constexpr bool frees_buffers_safely(unsigned long version) noexcept {
    auto const major = version >> 28;
    auto const minor = (version >> 20) & 0xff;
    auto const patch = (version >> 4) & 0xff;
    if (major != 3) return major > 3;
    switch (minor) {
    case 0: return patch >= 14;
    case 1: return patch >= 6;
    case 2: return patch >= 2;
    case 3: return patch >= 1;
    default: return true;
    }
}

} // namespace async_llm::net

#endif
