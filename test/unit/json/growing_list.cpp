// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/growing_list.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

template <class T>
using list_of = async_llm::codec::growing_list<T>;
using async_llm::codec::growing_text;

BOOST_AUTO_TEST_SUITE(growing_list)

BOOST_AUTO_TEST_CASE(keeps_what_is_added) {
    list_of<int> list;
    for (int i = 0; i != 300'000; ++i) list.add() = i;
    BOOST_TEST(list.size() == 300'000U);
    bool all = true;
    for (int i = 0; i != 300'000; ++i) all = all && list[static_cast<std::size_t>(i)] == i;
    BOOST_TEST(all);
    // A large one grows by a quarter.
    BOOST_TEST(list.capacity() < 300'000U * 5 / 4 + 1);
    list.clear();
    BOOST_TEST(list.size() == 0U);
}

BOOST_AUTO_TEST_CASE(keeps_what_is_appended) {
    growing_text text;
    std::string expected;
    for (int i = 0; i != 3000; ++i) {
        auto const piece = std::to_string(i) + std::string(static_cast<std::size_t>(i) / 2, 'x');
        text.append(piece);
        expected += piece;
    }
    text.append("");
    BOOST_TEST((std::string_view(text.data(), text.size()) == expected));
}

BOOST_AUTO_TEST_CASE(has_so_many_values_at_most) {
    list_of<int> list;
    list.limit_to(100);
    for (int i = 0; i != 100; ++i) list.add() = i;
    BOOST_TEST(!list.is_full());
    list.add() = 7;
    BOOST_TEST(list.is_full());
    BOOST_TEST(list.size() == 100U);
    BOOST_TEST(list[99] == 7);
    list.add() = 8;
    BOOST_TEST(list[99] == 8);
    BOOST_TEST(list[98] == 98);
}

BOOST_AUTO_TEST_CASE(a_limit_below_what_it_has_already_is_kept) {
    list_of<int> list;
    for (int i = 0; i != 100; ++i) list.add() = i;
    auto const room = list.capacity();
    list.limit_to(10);
    while (!list.is_full()) list.add() = 1;
    BOOST_TEST(list.size() == room);
    BOOST_TEST(list.capacity() == room);
}

BOOST_AUTO_TEST_CASE(has_all_its_room_before_there_is_much_to_copy) {
    list_of<int> list;
    list.grow_ahead(10'000'000);
    for (int i = 0; i != 1000; ++i) list.add() = i;
    BOOST_TEST(list.capacity() < 10'000U);
    while (list.size() != 100'000) list.add() = 1;
    BOOST_TEST(list.capacity() == 10'000'000U);
    auto const* const place = list.data();
    while (list.size() != 10'000'000) list.add() = 2;
    BOOST_TEST(list.data() == place);
    BOOST_TEST(list[999] == 999);
    list.add() = 3;
    BOOST_TEST(list.capacity() > 10'000'000U);
}

BOOST_AUTO_TEST_CASE(the_room_ahead_is_within_the_limit) {
    list_of<int> list;
    list.limit_to(200'000);
    list.grow_ahead(10'000'000);
    while (list.size() != 100'000) list.add() = 1;
    BOOST_TEST(list.capacity() == 200'000U);
}

BOOST_AUTO_TEST_CASE(gives_back_what_it_has_to_spare) {
    list_of<int> list;
    list.grow_ahead(1'000'000);
    for (int i = 0; i != 100'000; ++i) list.add() = i;
    list.shrink();
    BOOST_TEST(list.capacity() == 100'000U);
    BOOST_TEST(list[99'999] == 99'999);
    // Little is not worth it.
    list_of<int> small;
    small.add() = 1;
    auto const room = small.capacity();
    small.shrink();
    BOOST_TEST(small.capacity() == room);
}

BOOST_AUTO_TEST_CASE(gives_all_back_in_parts) {
    list_of<int> list;
    BOOST_TEST(list.release_part(4));
    list.grow_ahead(1'000'000);
    for (int i = 0; i != 100'000; ++i) list.add() = i;
    list.shrink();
    BOOST_TEST(!list.release_part(100'000));
    BOOST_TEST(list.capacity() == 75'000U);
    BOOST_TEST(list.size() == 0U);
    BOOST_TEST(!list.release_part(100'000));
    BOOST_TEST(!list.release_part(100'000));
    BOOST_TEST(list.release_part(100'000));
    BOOST_TEST(list.capacity() == 0U);
    list.add() = 5;
    BOOST_TEST(list[0] == 5);
}

BOOST_AUTO_TEST_CASE(swaps_its_memory) {
    list_of<int> a;
    list_of<int> b;
    a.limit_to(1);
    a.add() = 1;
    a.swap(b);
    BOOST_TEST(b.size() == 1U);
    BOOST_TEST(a.size() == 0U);
    b.add() = 2;
    BOOST_TEST(!b.is_full());
}

BOOST_AUTO_TEST_SUITE_END()
