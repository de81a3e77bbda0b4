// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/limits_file.hpp"

#include "support/files/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace async_llm;
using namespace std::chrono_literals;

namespace {

using microseconds = std::chrono::microseconds;

constexpr microseconds start{1'700'000'000'000'000};

/// Takes part in a job of so many requests and tokens a minute.
struct process {
    process(
        std::string const& path,
        std::optional<std::int64_t> requests,
        std::optional<std::int64_t> tokens = std::nullopt,
        std::chrono::milliseconds burst = 1000ms
    )
        : file(path, requests, tokens, burst, 10'000ms) {}

    std::size_t take(std::size_t count, microseconds now, std::int64_t tokens = 0) {
        auto const done = file.take(std::vector<std::int64_t>(count, tokens), 0, 0, now);
        wait = done.wait;
        return done.granted;
    }

    file::limits_file file;
    microseconds wait{0};
};

/// Another process that has the file locked until it is killed.
class lock_holder {
public:
    explicit lock_holder(std::string const& path) {
        int ready[2];
        BOOST_REQUIRE(::pipe(ready) == 0);
        child_ = ::fork();
        BOOST_REQUIRE(child_ >= 0);
        if (child_ == 0) hold(path, ready[1]);
        ::close(ready[1]);
        char byte = 0;
        BOOST_REQUIRE(::read(ready[0], &byte, 1) == 1);
        ::close(ready[0]);
    }
    lock_holder(lock_holder const&) = delete;
    lock_holder& operator=(lock_holder const&) = delete;
    ~lock_holder() { kill(); }

    void kill() {
        if (child_ <= 0) return;
        ::kill(child_, SIGKILL);
        ::waitpid(std::exchange(child_, -1), nullptr, 0);
    }

private:
    [[noreturn]] static void hold(std::string const& path, int ready) {
        struct flock whole{};
        whole.l_type = F_WRLCK;
        whole.l_whence = SEEK_SET;
        int const fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0666);
        if (::fcntl(fd, F_OFD_SETLK, &whole) != 0 || ::write(ready, "x", 1) != 1) ::_exit(1);
        // Ends at the latest with the test's limit.
        ::alarm(60);
        for (;;) ::pause();
    }

    pid_t child_ = -1;
};

} // namespace

BOOST_AUTO_TEST_SUITE(limits_file)

BOOST_AUTO_TEST_CASE(a_job_begins_with_a_burst_and_goes_on_at_its_rate) {
    test::temporary_folder const folder;
    process one(folder.file("limits"), 600);
    BOOST_TEST(one.take(12, start) == 10u);
    BOOST_TEST(one.wait.count() == 100'000);
    BOOST_TEST(one.take(1, start + 99ms) == 0u);
    BOOST_TEST(one.wait.count() >= 1'000);
    BOOST_TEST(one.wait.count() <= 1'001);
    BOOST_TEST(one.take(1, start + 100ms) == 1u);
    BOOST_TEST(one.take(100, start + 600ms) == 5u);
    BOOST_TEST(one.take(100, start + 1h) == 10u);
}

BOOST_AUTO_TEST_CASE(processes_take_from_one_file) {
    test::temporary_folder const folder;
    process one(folder.file("limits"), 600);
    BOOST_TEST(one.take(7, start) == 7u);
    process other(folder.file("limits"), 600);
    BOOST_TEST(other.take(7, start) == 3u);
    BOOST_TEST(one.take(7, start + 200ms) == 2u);
    BOOST_TEST(other.take(7, start + 200ms) == 0u);
}

// Processes come, take what they can at random times, and are gone: in no time is more let go than accrues in
// it and in the burst.
BOOST_AUTO_TEST_CASE(the_limit_holds_in_every_window_however_many_processes_there_are) {
    for (unsigned seed = 0; seed != 20; ++seed) {
        std::mt19937 random(seed);
        test::temporary_folder const folder;
        std::vector<std::unique_ptr<process>> processes;
        std::vector<std::pair<microseconds, std::size_t>> granted;
        auto now = start;
        for (int step = 0; step != 200; ++step) {
            now += microseconds(random() % 400'000);
            if (processes.empty() || random() % 4 == 0)
                processes.push_back(std::make_unique<process>(folder.file("limits"), 600));
            auto const at = random() % processes.size();
            granted.emplace_back(now, processes[at]->take(random() % 15, now));
            if (random() % 5 == 0) processes.erase(processes.begin() + static_cast<std::ptrdiff_t>(at));
        }
        for (std::size_t from = 0; from != granted.size(); ++from) {
            std::size_t sum = 0;
            for (std::size_t to = from; to != granted.size(); ++to) {
                sum += granted[to].second;
                auto const window = std::chrono::duration<double>(granted[to].first - granted[from].first);
                BOOST_TEST_REQUIRE(static_cast<double>(sum) <= 10 * window.count() + 10 + 1e-3);
            }
        }
        BOOST_TEST(std::as_const(granted).size() == 200u);
    }
}

BOOST_AUTO_TEST_CASE(tokens_are_limited_as_well_and_each_holds) {
    test::temporary_folder const folder;
    process one(folder.file("limits"), 600, 6000);
    BOOST_TEST(one.take(10, start, 30) == 3u);
    BOOST_TEST(one.wait.count() == 200'000);
    BOOST_TEST(one.take(10, start, 1) == 7u);
    BOOST_TEST(one.take(10, start + 100ms, 1) == 1u);
}

BOOST_AUTO_TEST_CASE(more_tokens_than_can_be_saved_up_go_when_it_is_full_and_leave_a_debt) {
    test::temporary_folder const folder;
    process one(folder.file("limits"), std::nullopt, 6000);
    BOOST_TEST(one.take(2, start, 300) == 1u);
    BOOST_TEST(one.wait.count() == 3'000'000);
    process other(folder.file("limits"), std::nullopt, 6000);
    BOOST_TEST(other.take(1, start + 2s, 1) == 0u);
    BOOST_TEST(other.take(1, start + 2010ms, 1) == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_not_needed_is_put_back_and_what_was_needed_beyond_is_taken) {
    test::temporary_folder const folder;
    process one(folder.file("limits"), 600, 6000);
    BOOST_TEST(one.take(10, start, 10) == 10u);
    auto done = one.file.take({10, 10, 10}, 2, 15, start);
    BOOST_TEST(done.granted == 1u);
    done = one.file.take({5}, 0, -5, start);
    BOOST_TEST(done.granted == 0u);
    BOOST_TEST(done.wait.count() == 50'000);
}

BOOST_AUTO_TEST_CASE(without_limits_all_go) {
    test::temporary_folder const folder;
    process one(folder.file("limits"), std::nullopt);
    BOOST_TEST(one.take(5000, start, 1'000'000) == 5000u);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_counts_as_just_emptied) {
    for (std::string_view const text :
         {"nonsense",
          "{}",
          "[1]",
          "null",
          "\n",
          "{\"at\":\"now\",\"requests\":\"many\"}",
          "{\"at\":-1,\"requests\":1e999}",
          "{\"at\":9000000000000000000,\"requests\":null}"}) {
        BOOST_TEST_CONTEXT(text) {
            test::temporary_folder const folder;
            test::write_file(folder.file("limits"), text);
            process one(folder.file("limits"), 600);
            BOOST_TEST(one.take(5, start) == 0u);
            BOOST_TEST(one.take(5, start + 200ms) == 2u);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_level_out_of_bounds_is_brought_within_them) {
    test::temporary_folder const folder;
    auto const text = [](char const* requests) {
        return "{\"at\":" + std::to_string(start.count()) + ",\"requests\":" + requests + "}";
    };
    test::write_file(folder.file("limits"), text("1e300"));
    BOOST_TEST(process(folder.file("limits"), 600).take(100, start) == 10u);
    test::write_file(folder.file("limits"), text("-1e300"));
    process one(folder.file("limits"), 600);
    BOOST_TEST(one.take(1, start) == 0u);
    BOOST_TEST(one.wait.count() == 60'100'000);
}

BOOST_AUTO_TEST_CASE(of_clocks_that_differ_only_the_one_ahead_lets_accrue) {
    test::temporary_folder const folder;
    process behind(folder.file("limits"), 600);
    process ahead(folder.file("limits"), 600);
    BOOST_TEST(ahead.take(100, start + 30s) == 10u);
    for (int i = 1; i != 20; ++i) BOOST_TEST(behind.take(100, start + i * 1s) == 0u);
    BOOST_TEST(ahead.take(100, start + 30s + 500ms) == 5u);
    // A clock that is wrong by more must not stop the others.
    BOOST_TEST(ahead.take(100, start + 30h) == 10u);
    BOOST_TEST(behind.take(100, start + 31s) == 0u);
    BOOST_TEST(behind.take(100, start + 32s) == 10u);
}

BOOST_AUTO_TEST_CASE(the_file_has_one_line_of_one_length) {
    test::temporary_folder const folder;
    process one(folder.file("limits"), std::int64_t(1) << 62, std::int64_t(1) << 62, 60'000ms);
    one.take(1, start);
    auto const first = test::read_file(folder.file("limits"));
    BOOST_TEST(first.size() == 128u);
    BOOST_TEST(first.back() == '\n');
    BOOST_TEST(first.find('}') != std::string::npos);
    one.take(1, start + 1h);
    BOOST_TEST(test::read_file(folder.file("limits")).size() == 128u);
}

BOOST_AUTO_TEST_CASE(a_lock_is_waited_for_and_ends_with_its_holder) {
    test::temporary_folder const folder;
    lock_holder holder(folder.file("limits"));
    file::limits_file impatient(folder.file("limits"), 600, std::nullopt, 1000ms, 20ms);
    BOOST_CHECK_EXCEPTION(impatient.take({0}, 0, 0, start), file::file_error, [&](auto const& e) {
        return e.code() == boost::system::errc::device_or_resource_busy &&
            e.sentence() == folder.file("limits") + ": another process does not unlock it";
    });
    holder.kill();
    BOOST_TEST(impatient.take({0}, 0, 0, start).granted == 1u);
}

BOOST_AUTO_TEST_CASE(the_error_of_the_system_names_the_path) {
    test::temporary_folder const folder;
    auto const path = folder.file("missing/limits");
    process one(path, 600);
    BOOST_CHECK_EXCEPTION(one.take(1, start), file::file_error, [&](auto const& e) {
        return e.code() == boost::system::errc::no_such_file_or_directory &&
            e.sentence() == path + ": cannot be opened";
    });
    BOOST_CHECK_THROW(process(folder.path(), 600).take(1, start), file::file_error);
}

BOOST_AUTO_TEST_SUITE_END()
