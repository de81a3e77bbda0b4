// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/flight_journal.hpp"

#include "support/files/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

namespace {

using namespace async_llm::test;
using async_llm::codec::line_key;
using async_llm::file::file_error;
using journal_type = async_llm::file::flight_journal;

line_key key_of(unsigned number) {
    line_key key{};
    key[0] = static_cast<unsigned char>(number);
    key[15] = static_cast<unsigned char>(number >> 8);
    return key;
}

std::set<line_key> earlier_of(std::string const& path) {
    journal_type journal;
    journal.open(path);
    return journal.earlier();
}

} // namespace

BOOST_AUTO_TEST_SUITE(flight_journal)

BOOST_AUTO_TEST_CASE(a_later_run_is_told_what_was_in_flight) {
    temporary_folder const folder;
    auto const path = folder.file("j");
    {
        journal_type journal;
        journal.open(path);
        BOOST_TEST(journal.earlier().empty());
        journal.add({key_of(1), key_of(2)});
        journal.add({key_of(3)});
        // Killed.
    }
    BOOST_TEST((earlier_of(path) == std::set<line_key>{key_of(1), key_of(2), key_of(3)}));
    // They stay open until they are answered.
    BOOST_TEST((earlier_of(path) == std::set<line_key>{key_of(1), key_of(2), key_of(3)}));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_run_leaves_what_has_no_answer) {
    temporary_folder const folder;
    auto const path = folder.file("j");
    journal_type journal;
    journal.open(path);
    journal.add({key_of(1), key_of(2), key_of(3)});
    journal.remove(key_of(1));
    journal.finish({key_of(3)}, true);
    BOOST_TEST((earlier_of(path) == std::set<line_key>{key_of(3)}));
    journal_type done;
    done.open(folder.file("k"));
    done.add({key_of(1)});
    done.finish({}, true);
    BOOST_TEST(!async_llm::file::exists(folder.file("k")));
    journal_type later;
    later.open(path);
    later.finish({}, true);
    BOOST_TEST((earlier_of(path) == std::set<line_key>{key_of(3)}));
    later = journal_type();
    later.open(path);
    later.finish({}, false);
    BOOST_TEST(!async_llm::file::exists(path));
}

BOOST_AUTO_TEST_CASE(it_does_not_grow_with_the_run) {
    temporary_folder const folder;
    auto const path = folder.file("j");
    journal_type journal;
    journal.open(path);
    for (unsigned i = 0; i < 60'000; ++i) {
        journal.add({key_of(i)});
        if (i >= 10) journal.remove(key_of(i - 10));
        if (i % 1000 == 0) BOOST_TEST(read_file(path).size() < 300u * 1024);
    }
    auto const earlier = earlier_of(path);
    for (unsigned i = 59'990; i < 60'000; ++i) BOOST_TEST(earlier.contains(key_of(i)));
}

BOOST_AUTO_TEST_CASE(a_torn_record_is_left_out_and_a_foreign_file_alone) {
    temporary_folder const folder;
    auto const path = folder.file("j");
    {
        journal_type journal;
        journal.open(path);
        journal.add({key_of(1), key_of(2)});
    }
    auto const whole = read_file(path);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        write_file(path, whole.substr(0, size));
        BOOST_TEST(earlier_of(path).size() == (size < 32 ? 0u : size < 48 ? 1u : 2u));
    }
    write_file(path, "precious text of somebody else");
    BOOST_CHECK_THROW(earlier_of(path), file_error);
    BOOST_TEST(read_file(path) == "precious text of somebody else");
}

BOOST_AUTO_TEST_SUITE_END()
