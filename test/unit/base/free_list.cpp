// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/free_list.hpp"

#include "support/fixtures/heap.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

// Memory is used again by the thread that freed it, within bounds, and given back when the thread ends.

using namespace async_llm;
using namespace async_llm::test;

namespace {

// So large that a block that is missing or left over shows among whatever else is allocated meanwhile.
constexpr std::size_t block_size = 200'000;
using blocks = free_list<block_size>;
constexpr auto max_kept = blocks::max_blocks;

void free_several(std::size_t count) {
    std::vector<void*> taken;
    for (std::size_t i = 0; i < count; ++i) taken.push_back(blocks::allocate());
    for (auto* const block : taken) blocks::deallocate(block);
}

/// Returns how many blocks more there are than there were when the heap had `before` bytes in use.
std::size_t blocks_since(std::size_t before) {
    auto const now = bytes_in_use();
    return now <= before ? 0 : (now - before + block_size / 2) / block_size;
}

/// Frees a block when it is destroyed.
struct late_user {
    late_user() = default;
    ~late_user() { blocks::deallocate(block); }

    void* block = blocks::allocate();
};

} // namespace

BOOST_AUTO_TEST_SUITE(free_list)

BOOST_AUTO_TEST_CASE(what_was_freed_last_is_allocated_first) {
    auto* const first = blocks::allocate();
    auto* const second = blocks::allocate();
    BOOST_TEST(first != second);
    blocks::deallocate(first);
    blocks::deallocate(second);
    auto* const third = blocks::allocate();
    auto* const fourth = blocks::allocate();
    if (max_kept != 0) BOOST_TEST((third == second && fourth == first));
    BOOST_TEST(third != fourth);
    blocks::deallocate(third);
    blocks::deallocate(fourth);
}

BOOST_AUTO_TEST_CASE(a_thread_keeps_so_many_and_gives_them_back_when_it_ends) {
    auto const before = bytes_in_use();
    std::size_t kept = 0;
    std::thread([&] {
        free_several(max_kept + 10);
        kept = blocks_since(before);
        free_several(max_kept + 10);
        BOOST_TEST(blocks_since(before) == kept);
    }).join();
    BOOST_TEST(kept == max_kept);
    BOOST_TEST(blocks_since(before) == 0u);
}

BOOST_AUTO_TEST_CASE(a_block_is_freed_by_whichever_thread) {
    auto const before = bytes_in_use();
    auto* const block = blocks::allocate();
    std::thread([block] { blocks::deallocate(block); }).join();
    BOOST_TEST(blocks_since(before) == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_destroyed_later_may_still_free_a_block) {
    auto const before = bytes_in_use();
    std::thread([] {
        // Destroyed after the list, which comes into being with the first block that is freed.
        thread_local late_user const user;
        blocks::deallocate(blocks::allocate());
        static_cast<void>(&user);
    }).join();
    BOOST_TEST(blocks_since(before) == 0u);
}

BOOST_AUTO_TEST_CASE(shared_objects_are_made_of_it) {
    struct large {
        explicit large(int n) : number(n) {}
        int number;
        char rest[2000] = {};
    };
    auto const made = [](int n) { return std::allocate_shared<large>(free_list_allocator<large>(), n); };
    auto object = made(1);
    void const* const place = object.get();
    object.reset();
    object = made(2);
    BOOST_TEST(object->number == 2);
    if (max_kept != 0) BOOST_TEST(object.get() == place);
}

BOOST_AUTO_TEST_SUITE_END()
