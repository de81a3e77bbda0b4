// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/heap_meter.hpp"

#include <algorithm>
#include <cerrno>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASYNC_LLM_TEST_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ASYNC_LLM_TEST_ASAN
#endif

namespace async_llm::test {
namespace {

struct count {
    bool counts = false;
    std::ptrdiff_t now = 0;
    std::ptrdiff_t peak = 0;
};

// Initialized without code, since it is used by each allocation.
constinit thread_local count this_thread;

void add(std::size_t size) noexcept {
    if (!this_thread.counts) return;
    this_thread.now += static_cast<std::ptrdiff_t>(size);
    this_thread.peak = std::max(this_thread.peak, this_thread.now);
}

void subtract(std::size_t size) noexcept {
    if (this_thread.counts) this_thread.now -= static_cast<std::ptrdiff_t>(size);
}

} // namespace
} // namespace async_llm::test

#if defined(ASYNC_LLM_TEST_ASAN)

// g++ 12 ships the functions, but not the header that declares them.
extern "C" int __sanitizer_install_malloc_and_free_hooks(
    void (*malloc_hook)(void const volatile*, std::size_t),
    void (*free_hook)(void const volatile*)
);
extern "C" std::size_t __sanitizer_get_allocated_size(void const volatile* block);

namespace {

void on_malloc(void const volatile*, std::size_t size) { async_llm::test::add(size); }

void on_free(void const volatile* block) {
    if (block && async_llm::test::this_thread.counts)
        async_llm::test::subtract(__sanitizer_get_allocated_size(block));
}

[[maybe_unused]] int const installed = __sanitizer_install_malloc_and_free_hooks(&on_malloc, &on_free);

} // namespace

#else

#include <malloc.h>

// The names of the C library's functions, which the program's own come before.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);

void* malloc(std::size_t size) noexcept {
    auto* const block = __libc_malloc(size);
    async_llm::test::add(malloc_usable_size(block));
    return block;
}

void* calloc(std::size_t count, std::size_t size) noexcept {
    auto* const block = __libc_calloc(count, size);
    async_llm::test::add(malloc_usable_size(block));
    return block;
}

void* realloc(void* block, std::size_t size) noexcept {
    auto const before = malloc_usable_size(block);
    auto* const moved = __libc_realloc(block, size);
    if (!moved && size != 0) return nullptr;
    async_llm::test::subtract(before);
    async_llm::test::add(malloc_usable_size(moved));
    return moved;
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
    auto* const block = __libc_memalign(alignment, size);
    async_llm::test::add(malloc_usable_size(block));
    return block;
}

// Weak: support/scarce_memory.cpp has one as well, which uses the function above.
__attribute__((weak)) void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return memalign(alignment, size);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
    *block = memalign(alignment, size);
    return *block ? 0 : ENOMEM;
}

void free(void* block) noexcept {
    async_llm::test::subtract(malloc_usable_size(block));
    __libc_free(block);
}
}

#endif

namespace async_llm::test {

heap_meter::heap_meter() noexcept {
    this_thread = count();
    this_thread.counts = true;
}

heap_meter::~heap_meter() { this_thread.counts = false; }

std::size_t memory_for_decoding(std::size_t size) noexcept {
#if defined(ASYNC_LLM_TEST_ASAN)
    return 14 * size + 512u * 1024;
#else
    return 8 * size + 256u * 1024;
#endif
}

std::size_t heap_meter::peak() const noexcept {
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(this_thread.peak, 0));
}

} // namespace async_llm::test
