// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/append_file.hpp"

#include "support/files/small_disk.hpp"
#include "support/files/temporary_folder.hpp"

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
namespace {

using namespace async_llm::test;
using async_llm::file::file_error;
using file_type = async_llm::file::append_file;

file_type opened(std::string const& path) {
    file_type file;
    file.open(path);
    return file;
}

} // namespace

BOOST_AUTO_TEST_SUITE(append_file)

BOOST_AUTO_TEST_CASE(it_appends_to_what_is_there) {
    temporary_folder const folder;
    auto const path = folder.file("out");
    write_file(path, "a\n");
    auto file = opened(path);
    BOOST_TEST(file.size() == 2u);
    file.write("b\nc\n");
    BOOST_TEST(file.size() == 6u);
    BOOST_TEST(file.is_dirty());
    file.sync();
    BOOST_TEST(!file.is_dirty());
    BOOST_TEST(read_file(path) == "a\nb\nc\n");
    file.truncate(3);
    file.write("d\n");
    BOOST_TEST(read_file(path) == "a\nbd\n");
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_whole_lines) {
    temporary_folder const folder;
    auto const path = folder.file("out");
    auto file = opened(path);
    file.write("0123\n");
    {
        file_size_limit const disk(13);
        BOOST_CHECK_EXCEPTION(file.write("a\nb\ncccccccc\nd\n"), file_error, [&](file_error const& e) {
            return e.code() == boost::system::errc::file_too_large &&
                e.sentence() == path + ": cannot be written";
        });
        BOOST_TEST(read_file(path) == "0123\na\nb\n");
        BOOST_TEST(file.size() == 9u);
        BOOST_CHECK_THROW(file.write("eeeeeeeee\n"), file_error);
        BOOST_TEST(read_file(path) == "0123\na\nb\n");
    }
    file.write("f\n");
    BOOST_TEST(read_file(path) == "0123\na\nb\nf\n");
}

BOOST_AUTO_TEST_CASE(two_writers_are_refused) {
    temporary_folder const folder;
    auto const path = folder.file("out");
    {
        auto first = opened(path);
        first.lock();
        auto second = opened(path);
        BOOST_CHECK_EXCEPTION(second.lock(), file_error, [](file_error const& e) {
            return e.code() == boost::system::errc::device_or_resource_busy;
        });
    }
    auto third = opened(path);
    third.lock();
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused) {
    temporary_folder const folder;
    file_type file;
    BOOST_CHECK_THROW(file.open(folder.path()), file_error);
    BOOST_CHECK_THROW(file.open("/dev/null"), file_error);
    BOOST_CHECK_THROW(file.open(folder.file("none/out")), file_error);
}

BOOST_AUTO_TEST_SUITE_END()
