// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/blocked_resolver.hpp"

#include <condition_variable>
#include <dlfcn.h>
#include <mutex>
#include <netdb.h>
#include <string_view>

namespace {

std::mutex mutex;
std::condition_variable changed;
int blockers = 0;
// How often `flaky.test` is not found from now on; below zero: always.
int failures_left = -1;

// Waits until nothing blocks; says whether `flaky.test` is found this time.
bool is_found() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [] { return blockers == 0; });
    if (failures_left == 0) return true;
    if (failures_left > 0) --failures_left;
    return false;
}

} // namespace

// Takes the place of the C library's function in the whole program.
extern "C" int getaddrinfo(char const* node, char const* service, addrinfo const* hints, addrinfo** result) {
    using function = int (*)(char const*, char const*, addrinfo const*, addrinfo**);
    static auto const real = reinterpret_cast<function>(dlsym(RTLD_NEXT, "getaddrinfo"));
    if (node && std::string_view(node) == "slow.test") {
        std::unique_lock lock(mutex);
        changed.wait(lock, [] { return blockers == 0; });
        return EAI_NONAME;
    }
    if (node && std::string_view(node) == "flaky.test") {
        if (!is_found()) return EAI_AGAIN;
        return real("127.0.0.1", service, hints, result);
    }
    if (node && std::string_view(node) == async_llm::test::name_of_two_addresses()) {
        auto const failed = real("127.0.0.1", service, hints, result);
        if (failed) return failed;
        auto* last = *result;
        while (last->ai_next) last = last->ai_next;
        // The C library frees each member of a list by itself.
        return real("127.0.0.2", service, hints, &last->ai_next);
    }
    return real(node, service, hints, result);
}

namespace async_llm::test {

std::string_view name_of_two_addresses() noexcept { return "two.test"; }

blocked_resolver::blocked_resolver() {
    std::lock_guard lock(mutex);
    ++blockers;
}

blocked_resolver::~blocked_resolver() {
    std::lock_guard lock(mutex);
    --blockers;
    changed.notify_all();
}

flaky_name::flaky_name(int failures) {
    std::lock_guard lock(mutex);
    failures_left = failures;
}

flaky_name::~flaky_name() {
    std::lock_guard lock(mutex);
    failures_left = -1;
}

} // namespace async_llm::test
