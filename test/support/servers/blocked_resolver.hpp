// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_BLOCKED_RESOLVER_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_BLOCKED_RESOLVER_HPP

#include <string_view>

namespace async_llm::test {

/// While one lives, the C library's `getaddrinfo` does not return for the name `slow.test`.
/** A name server that does not answer can't be had on a loopback interface, so this stands in its place. */
class blocked_resolver {
public:
    blocked_resolver();
    blocked_resolver(blocked_resolver const&) = delete;
    blocked_resolver& operator=(blocked_resolver const&) = delete;
    ~blocked_resolver();
};

/// While one lives, `getaddrinfo` knows the name `flaky.test`: after so many failures, it is the loopback
/// address.
/** Waits first for lookups that a `blocked_resolver` holds up. */
class flaky_name {
public:
    explicit flaky_name(int failures);
    flaky_name(flaky_name const&) = delete;
    flaky_name& operator=(flaky_name const&) = delete;
    ~flaky_name();
};

/// Returns a name that `getaddrinfo` knows, with the addresses 127.0.0.1 and 127.0.0.2.
std::string_view name_of_two_addresses() noexcept;

} // namespace async_llm::test

#endif
