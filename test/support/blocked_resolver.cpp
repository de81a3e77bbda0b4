// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/blocked_resolver.hpp"

#include <condition_variable>
#include <dlfcn.h>
#include <mutex>
#include <netdb.h>
#include <string_view>

namespace {

std::mutex mutex;
std::condition_variable changed;
int blockers = 0;

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
    return real(node, service, hints, result);
}

namespace async_llm::test {

blocked_resolver::blocked_resolver() {
    std::lock_guard lock(mutex);
    ++blockers;
}

blocked_resolver::~blocked_resolver() {
    std::lock_guard lock(mutex);
    --blockers;
    changed.notify_all();
}

} // namespace async_llm::test
