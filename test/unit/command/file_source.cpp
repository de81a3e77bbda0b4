// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file_source.hpp"

#include "support/files/temporary_folder.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

// A file or a pipe is read to its end, and a signal ends the wait for a program that writes nothing.

using namespace async_llm;
using namespace async_llm::command;
using namespace async_llm::test;

namespace {

std::string read_all(command::file_source& source) {
    std::string result;
    std::array<char, 3> piece{};
    while (auto const count = source.read(piece.data(), piece.size())) result.append(piece.data(), count);
    return result;
}

// A named pipe that stays open for writing.
class named_pipe {
public:
    explicit named_pipe(std::string path) : path_(std::move(path)) {
        BOOST_REQUIRE(mkfifo(path_.c_str(), 0600) == 0);
        // For both, so that opening does not wait for the other side.
        writer_ = open(path_.c_str(), O_RDWR | O_CLOEXEC);
        BOOST_REQUIRE(writer_ >= 0);
    }
    ~named_pipe() { close(writer_); }

    void write(std::string const& text) { BOOST_REQUIRE(::write(writer_, text.data(), text.size()) > 0); }
    std::string const& path() const { return path_; }

private:
    std::string path_;
    int writer_ = -1;
};

} // namespace

BOOST_AUTO_TEST_SUITE(file_source)

BOOST_AUTO_TEST_CASE(a_file_is_read_to_its_end) {
    temporary_folder folder;
    write_file(folder.file("in"), "0123456789");
    command::file_source source(folder.file("in"), std::make_shared<interruption>());
    BOOST_TEST(source.size() == 10u);
    BOOST_TEST(source.position() == 0u);
    BOOST_TEST(read_all(source) == "0123456789");
    BOOST_TEST(source.position() == 10u);
    BOOST_TEST(!source.was_cut_off());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_named) {
    temporary_folder folder;
    auto const path = folder.file("missing");
    auto const names_it = [&path](boost::system::system_error const& error) {
        return error.code() == boost::system::errc::no_such_file_or_directory &&
            std::string(error.what()).find(path) != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(command::file_source(path, nullptr), boost::system::system_error, names_it);
    BOOST_CHECK_THROW(command::file_source(folder.path(), nullptr), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(an_interruption_ends_the_wait_for_a_pipe) {
    temporary_folder folder;
    named_pipe pipe(folder.file("pipe"));
    auto const interrupted = std::make_shared<interruption>();
    command::file_source source(pipe.path(), interrupted);
    BOOST_TEST(source.size() == 0u);
    std::string received;
    std::thread reader([&] { received = read_all(source); });
    pipe.write("whole line\n");
    interrupted->trigger();
    reader.join();
    // What was there is delivered all the same.
    BOOST_TEST(received == "whole line\n");
    BOOST_TEST(source.was_cut_off());
}

BOOST_AUTO_TEST_CASE(an_interruption_does_not_cut_off_a_file) {
    temporary_folder folder;
    write_file(folder.file("in"), "all of it");
    auto const interrupted = std::make_shared<interruption>();
    interrupted->trigger();
    command::file_source source(folder.file("in"), interrupted);
    BOOST_TEST(read_all(source) == "all of it");
    BOOST_TEST(!source.was_cut_off());
}

BOOST_AUTO_TEST_CASE(a_look_at_the_first_byte_leaves_it_there) {
    temporary_folder folder;
    write_file(folder.file("in"), "abc");
    command::file_source file(folder.file("in"), nullptr);
    BOOST_TEST(file.peek().value() == 'a');
    BOOST_TEST(read_all(file) == "abc");
    named_pipe pipe(folder.file("pipe"));
    pipe.write("xyz");
    auto const interrupted = std::make_shared<interruption>();
    interrupted->trigger();
    command::file_source source(pipe.path(), interrupted);
    BOOST_TEST(source.peek().value() == 'x');
    BOOST_TEST(read_all(source) == "xyz");
    write_file(folder.file("empty"), "");
    BOOST_TEST(!command::file_source(folder.file("empty"), nullptr).peek().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
