// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/bulk/line_table.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <map>
#include <random>

namespace {

using async_llm::codec::line_key;
using async_llm::policy::line_state;
using table_type = async_llm::policy::line_table;
using effect = table_type::effect;

line_key key_of(std::uint64_t id, std::uint64_t content) {
    line_key key{};
    std::mt19937_64 id_engine(id);
    std::mt19937_64 content_engine(content);
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] =
            static_cast<unsigned char>(i < async_llm::codec::id_key_size ? id_engine() : content_engine());
    return key;
}

line_state state_of(table_type const& table, line_key const& key) {
    auto const* entry = table.find(key);
    return entry && entry->is_about(key) ? entry->state() : line_state::none;
}

} // namespace

BOOST_AUTO_TEST_SUITE(line_table)

BOOST_AUTO_TEST_CASE(an_answer_counts_for_what_it_was_asked) {
    table_type table;
    BOOST_TEST(!table.find(key_of(1, 1)));
    BOOST_TEST((table.record_answer(key_of(1, 1)) == effect::added));
    BOOST_TEST((state_of(table, key_of(1, 1)) == line_state::answered));
    BOOST_TEST((state_of(table, key_of(1, 2)) == line_state::none));
    BOOST_TEST((table.record_answer(key_of(1, 1)) == effect::duplicate));
    BOOST_TEST((table.record_answer(key_of(1, 2)) == effect::superseded));
    BOOST_TEST((state_of(table, key_of(1, 1)) == line_state::none));
    BOOST_TEST((state_of(table, key_of(1, 2)) == line_state::answered));
    BOOST_TEST(table.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_failure_counts_until_there_is_an_answer) {
    table_type table;
    table.record_failure(key_of(1, 1), true);
    BOOST_TEST((state_of(table, key_of(1, 1)) == line_state::failed_for_good));
    table.record_failure(key_of(1, 1), false);
    BOOST_TEST((state_of(table, key_of(1, 1)) == line_state::failed));
    BOOST_TEST((table.record_answer(key_of(1, 1)) == effect::added));
    BOOST_TEST((table.record_failure(key_of(1, 1), true) == effect::ignored));
    BOOST_TEST((state_of(table, key_of(1, 1)) == line_state::answered));
    BOOST_TEST((table.record_failure(key_of(1, 2), true) == effect::added));
    BOOST_TEST((state_of(table, key_of(1, 2)) == line_state::failed_for_good));
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_program_counts_for_its_id) {
    table_type table;
    table.record_answer(key_of(1, 1), false);
    BOOST_TEST((state_of(table, key_of(1, 2)) == line_state::answered));
    BOOST_TEST((table.record_answer(key_of(1, 3)) == effect::duplicate));
    BOOST_TEST((state_of(table, key_of(1, 2)) == line_state::none));
    BOOST_TEST((state_of(table, key_of(1, 3)) == line_state::answered));
}

BOOST_AUTO_TEST_CASE(a_mark_stays_whatever_is_recorded) {
    table_type table;
    BOOST_TEST(!table.entry_of(key_of(1, 1)).is_seen());
    table.entry_of(key_of(1, 1)).mark_seen();
    BOOST_TEST((state_of(table, key_of(1, 1)) == line_state::none));
    table.record_answer(key_of(1, 1));
    BOOST_TEST(table.entry_of(key_of(1, 2)).is_seen());
    BOOST_TEST(!table.entry_of(key_of(2, 1)).is_seen());
}

BOOST_AUTO_TEST_CASE(a_key_of_zeros_is_one_too) {
    table_type table;
    table.record_answer(line_key{});
    table.record_answer(line_key{});
    BOOST_TEST(table.size() <= 2u);
    table.record_answer(key_of(1, 1));
    BOOST_TEST((state_of(table, key_of(1, 1)) == line_state::answered));
}

BOOST_AUTO_TEST_CASE(it_agrees_with_a_map) {
    table_type table;
    struct known {
        std::uint64_t content = 0;
        line_state state = line_state::none;
        bool seen = false;
    };
    std::map<std::uint64_t, known> expected;
    std::mt19937_64 engine(3);
    for (int step = 0; step < 60000; ++step) {
        auto const id = engine() % 9000;
        auto const content = engine() % 3;
        auto const key = key_of(id, content);
        auto& e = expected[id];
        switch (engine() % 3) {
        case 0:
            table.record_answer(key);
            e.content = content, e.state = line_state::answered;
            break;
        case 1: {
            bool const for_good = engine() % 2 == 0;
            table.record_failure(key, for_good);
            if (e.state == line_state::answered && e.content == content) break;
            e.content = content, e.state = for_good ? line_state::failed_for_good : line_state::failed;
            break;
        }
        default:
            BOOST_TEST(table.entry_of(key).is_seen() == e.seen);
            table.entry_of(key).mark_seen();
            e.seen = true;
        }
    }
    BOOST_TEST(table.size() == expected.size());
    for (auto const& [id, e] : expected) {
        if (e.state == line_state::none) continue;
        BOOST_TEST((state_of(table, key_of(id, e.content)) == e.state));
        BOOST_TEST((state_of(table, key_of(id, e.content + 7)) == line_state::none));
    }
}

BOOST_AUTO_TEST_SUITE_END()
