// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/faults/scarce_memory.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <malloc.h>
#include <new>
#include <pthread.h>

namespace {

using async_llm::test::memory_of;

// Zero: none fails.
thread_local std::size_t failing = 0;
thread_local std::size_t failing_count = 0;
thread_local std::size_t asked = 0;
thread_local memory_of counted = memory_of::operator_new;
thread_local void (*on_failure)(void*) = nullptr;
thread_local void* on_failure_argument = nullptr;
thread_local int pauses = 0;
// Of a limit, if there is one.
thread_local bool limited = false;
thread_local std::ptrdiff_t left = 0;
std::atomic<int> without_threads = 0;

bool is_the_one(memory_of whose) noexcept {
    if (failing == 0 || whose != counted) return false;
    ++asked;
    if (asked < failing || asked >= failing + failing_count) return false;
    ++pauses;
    if (on_failure) on_failure(on_failure_argument);
    --pauses;
    return true;
}

bool fails(memory_of whose, std::size_t size) noexcept {
    if (pauses != 0) return false;
    return is_the_one(whose) || (limited && left < static_cast<std::ptrdiff_t>(size));
}

void* counted_in(void* memory) noexcept {
    if (limited) left -= static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
    return memory;
}

void give(void* memory) noexcept {
    if (limited) left += static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
    std::free(memory);
}

void* take_aligned(std::size_t size, std::size_t alignment, memory_of whose) noexcept {
    if (fails(whose, size)) return nullptr;
    return counted_in(memalign(alignment, (size + alignment - 1) / alignment * alignment));
}

void* try_take(std::size_t size) noexcept {
    if (fails(memory_of::operator_new, size)) return nullptr;
    return counted_in(std::malloc(size == 0 ? 1 : size));
}

void* take(std::size_t size) {
    auto* const memory = try_take(size);
    if (!memory) throw std::bad_alloc();
    return memory;
}

void* take(std::size_t size, std::align_val_t alignment) {
    auto* const memory = take_aligned(size, static_cast<std::size_t>(alignment), memory_of::operator_new);
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
void operator delete(void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::nothrow_t const&) noexcept { give(memory); }
void operator delete[](void* memory, std::nothrow_t const&) noexcept { give(memory); }
void operator delete[](void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::size_t) noexcept { give(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { give(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { give(memory); }

// So do these of the C library's.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return take_aligned(size, alignment, memory_of::asio);
}

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

scarce_memory::scarce_memory(std::size_t first, std::size_t count, memory_of whose) {
    asked = 0;
    failing = first;
    failing_count = count;
    counted = whose;
}

scarce_memory::scarce_memory(
    std::size_t first,
    std::size_t count,
    memory_of whose,
    std::function<void()> then
)
    : scarce_memory(first, count, whose) {
    then_ = std::move(then);
    on_failure_argument = &then_;
    on_failure = [](void* function) { (*static_cast<std::function<void()>*>(function))(); };
}

scarce_memory::~scarce_memory() {
    failing = 0;
    on_failure = nullptr;
}

bool scarce_memory::has_failed() const noexcept { return asked >= failing; }

memory_limit::memory_limit(std::size_t bytes) noexcept {
    left = static_cast<std::ptrdiff_t>(bytes);
    limited = true;
}

memory_limit::~memory_limit() { limited = false; }

plentiful_memory::plentiful_memory() noexcept { ++pauses; }

plentiful_memory::~plentiful_memory() { --pauses; }

no_threads::no_threads() noexcept { ++without_threads; }

no_threads::~no_threads() { --without_threads; }

} // namespace async_llm::test
