// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/scarce_memory.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <new>
#include <pthread.h>

namespace {

// Zero: none fails.
thread_local std::size_t failing = 0;
thread_local std::size_t failing_count = 0;
thread_local std::size_t asked = 0;
thread_local int pauses = 0;
std::atomic<int> without_threads = 0;

bool fails() noexcept {
    if (failing == 0 || pauses != 0) return false;
    ++asked;
    return asked >= failing && asked < failing + failing_count;
}

void* try_take(std::size_t size) noexcept { return fails() ? nullptr : std::malloc(size == 0 ? 1 : size); }

void* take(std::size_t size) {
    auto* const memory = try_take(size);
    if (!memory) throw std::bad_alloc();
    return memory;
}

void* take(std::size_t size, std::align_val_t alignment) {
    auto const step = static_cast<std::size_t>(alignment);
    auto* const memory = fails() ? nullptr : std::aligned_alloc(step, (size + step - 1) / step * step);
    if (!memory) throw std::bad_alloc();
    return memory;
}

} // namespace

// These take the place of the standard library's in the whole program.
void* operator new(std::size_t size) { return take(size); }
void* operator new[](std::size_t size) { return take(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return take(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return take(size, alignment); }
void* operator new(std::size_t size, std::nothrow_t const&) noexcept { return try_take(size); }
void* operator new[](std::size_t size, std::nothrow_t const&) noexcept { return try_take(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::nothrow_t const&) noexcept { std::free(memory); }
void operator delete[](void* memory, std::nothrow_t const&) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

// So does this of the C library's.
extern "C" int pthread_create(
    pthread_t* thread,
    pthread_attr_t const* attributes,
    void* (*function)(void*),
    void* argument
) noexcept {
    using signature = int (*)(pthread_t*, pthread_attr_t const*, void* (*)(void*), void*);
    static auto const real = reinterpret_cast<signature>(dlsym(RTLD_NEXT, "pthread_create"));
    return without_threads == 0 ? real(thread, attributes, function, argument) : EAGAIN;
}

namespace async_llm::test {

scarce_memory::scarce_memory(std::size_t first, std::size_t count) {
    asked = 0;
    failing = first;
    failing_count = count;
}

scarce_memory::~scarce_memory() { failing = 0; }

bool scarce_memory::has_failed() const noexcept { return asked >= failing; }

plentiful_memory::plentiful_memory() noexcept { ++pauses; }

plentiful_memory::~plentiful_memory() { --pauses; }

no_threads::no_threads() noexcept { ++without_threads; }

no_threads::~no_threads() { --without_threads; }

} // namespace async_llm::test
