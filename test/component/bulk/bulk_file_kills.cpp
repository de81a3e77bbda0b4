// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/files/bulk_file_fixture.hpp"
#include <async_llm/bulk_file.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/system/errc.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

constexpr std::size_t in_flight = 8;

/// Kills of a run of so many lines. More with `ASYNC_LLM_TEST_KILLS`, which scripts/kill_runs sets.
int number_of_kills() {
    char const* const set = std::getenv("ASYNC_LLM_TEST_KILLS");
    return set ? std::max(1, std::atoi(set)) : 10;
}

int number_of_lines() { return 150 * number_of_kills(); }

/// Does the run in a process that a kill can hit at any moment. Returns its exit status.
int run_in_child(
    provider const& endpoint,
    client_config const& config,
    std::string const& input,
    std::string const& output
) {
    // Nothing of the parent's loop may be touched here.
    asio::io_context io(1);
    asio::thread_pool files(1);
    bulk_file_options options(files.get_executor());
    options.max_in_flight = in_flight;
    client const c(io.get_executor(), endpoint, config);
    error_code result = errc::client_closed;
    async_bulk_file(c, input, output, options, [&](error_code ec, bulk_file_report) { result = ec; });
    io.run();
    files.join();
    if (result == boost::system::errc::device_or_resource_busy) return 3;
    return result ? 2 : 0;
}

/// Process that runs over the file while the test's loop runs its server.
class child_run {
public:
    explicit child_run(bulk_file_fixture& w) : pid_(::fork()) {
        if (pid_ != 0) return;
        auto const status = run_in_child(w.endpoint, w.config, w.input, w.output);
        ::_exit(status);
    }
    child_run(child_run const&) = delete;
    child_run& operator=(child_run const&) = delete;
    ~child_run() {
        if (!has_ended()) kill();
    }

    void kill() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status_, 0);
        ended_ = true;
    }

    bool has_ended() {
        if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
        return ended_;
    }

    int exit_status() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1; }

private:
    pid_t pid_;
    int status_ = 0;
    bool ended_ = false;
};

struct fixture : bulk_file_fixture {
    fixture() {
        // The thread for files would not be there in a child.
        files.join();
        write_input(number_of_lines());
        server->respond_with([this](testing::received_request const& request) {
            ++asked[request.last_user_text()];
            auto reply = scripted_reply::echo();
            reply.latency = std::chrono::milliseconds(1 + engine() % 4);
            return reply;
        });
    }

    std::mt19937 engine{2026};
    std::map<std::string, int> asked;
};

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_file_kills)

BOOST_FIXTURE_TEST_CASE(kills_at_random_moments_lose_nothing_and_double_nothing, fixture) {
    auto const kills = number_of_kills();
    int killed = 0;
    while (killed < kills) {
        child_run child(*this);
        asio::steady_timer end(io, std::chrono::microseconds(engine() % 60'000));
        bool due = false;
        end.async_wait([&](error_code) { due = true; });
        run_until([&] { return due || child.has_ended(); });
        if (child.has_ended()) break;
        child.kill();
        ++killed;
    }
    child_run last(*this);
    run_until([&] { return last.has_ended(); });
    BOOST_TEST(last.exit_status() == 0);
    BOOST_TEST(killed > kills / 2);
    check_output(number_of_lines());
    int twice = 0;
    for (auto const& [text, count] : asked) twice += count - 1;
    BOOST_TEST_MESSAGE(killed << " kills, " << twice << " lines were asked again");
    BOOST_TEST(static_cast<std::size_t>(twice) <= static_cast<std::size_t>(killed) * in_flight);
    BOOST_TEST(read_file(errors).empty());
}

BOOST_FIXTURE_TEST_CASE(a_second_process_is_refused_until_the_first_is_dead, fixture) {
    child_run first(*this);
    run_until([&] { return asked.size() >= 5; });
    {
        child_run second(*this);
        run_until([&] { return second.has_ended(); });
        BOOST_TEST(second.exit_status() == 3);
    }
    BOOST_TEST(!first.has_ended());
    first.kill();
    child_run third(*this);
    run_until([&] { return third.has_ended(); });
    BOOST_TEST(third.exit_status() == 0);
    check_output(number_of_lines());
}

BOOST_AUTO_TEST_SUITE_END()
