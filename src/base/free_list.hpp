// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_FREE_LIST_HPP
#define ASYNC_LLM_BASE_FREE_LIST_HPP

#include <array>
#include <cstddef>
#include <new>

namespace async_llm {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool has_address_sanitizer = true;
#elif defined(__has_feature)
constexpr bool has_address_sanitizer = __has_feature(address_sanitizer);
#else
constexpr bool has_address_sanitizer = false;
#endif

/// Heap blocks of one size, of which each thread keeps those that it freed last for its next allocations.
/**
 * For objects of more than a kilobyte that come and go with each call: what a general allocator does for
 * these takes some hundred instructions. A sanitizer has to see each block come and go, so for it none is
 * kept.
 */
template <std::size_t Size>
class free_list {
public:
    /// Most blocks that a thread keeps.
    static constexpr std::size_t max_blocks = has_address_sanitizer ? 0 : 32;

    /// Returns a block. Throws `std::bad_alloc`.
    static void* allocate() {
        auto& kept = kept_;
        return kept.count != 0 ? kept.blocks[--kept.count] : ::operator new(Size);
    }

    /// Takes back a block, of whichever thread.
    static void deallocate(void* block) noexcept {
        // Comes into being with the first block, and frees those that are kept when the thread ends.
        thread_local at_thread_exit const cleaner;
        auto& kept = kept_;
        if (kept.count < kept.limit)
            kept.blocks[kept.count++] = block;
        else
            ::operator delete(block);
    }

private:
    // Without a destructor, so that it can be used by what is destroyed after it.
    struct blocks_of_thread {
        std::array<void*, max_blocks + 1> blocks;
        std::size_t count;
        std::size_t limit;
    };

    struct at_thread_exit {
        at_thread_exit() noexcept = default;
        ~at_thread_exit() {
            auto& kept = kept_;
            kept.limit = 0;
            while (kept.count != 0) ::operator delete(kept.blocks[--kept.count]);
        }
    };

    static constinit thread_local inline blocks_of_thread kept_{{}, 0, max_blocks};
};

/// Allocator of single objects over a \ref free_list, for `std::allocate_shared`.
template <class T>
class free_list_allocator {
public:
    using value_type = T;

    free_list_allocator() noexcept = default;
    template <class U>
    free_list_allocator(free_list_allocator<U> const&) noexcept {}

    /// Precondition: one object.
    T* allocate(std::size_t) { return static_cast<T*>(free_list<sizeof(T)>::allocate()); }
    void deallocate(T* block, std::size_t) noexcept { free_list<sizeof(T)>::deallocate(block); }

    friend bool operator==(free_list_allocator const&, free_list_allocator const&) noexcept { return true; }
};

} // namespace async_llm

#endif
