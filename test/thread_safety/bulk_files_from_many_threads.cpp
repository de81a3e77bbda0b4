// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"
#include <async_llm/bulk_file.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

// Runs over files on four threads, with two threads for files, begun by four others: watched, drained and
// stopped by other threads, and gone on with until each line is answered.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;

constexpr std::size_t calling_threads = 4;
constexpr int lines_each = 120;

std::string file_of(std::string const& folder, std::size_t thread, char const* name) {
    return folder + '/' + std::to_string(thread) + name;
}

void write_input(std::string const& path) {
    std::ofstream out(path);
    for (int i = 0; i < lines_each; ++i)
        out << R"({"custom_id":")" << i
            << R"(","body":{"model":"m","messages":[{"role":"user","content":"Hello"}]}})" << '\n';
}

/// A run that another thread watches, and ends in one way or another.
error_code run_and_disturb(
    client const& c,
    asio::thread_pool& files,
    std::string const& input,
    std::string const& output,
    int round
) {
    bulk_file_options options(files.get_executor());
    options.max_in_flight = 6;
    options.sync_interval = std::chrono::milliseconds(10);
    options.progress_interval = std::chrono::milliseconds(10);
    std::uint64_t last = 0; // not atomic: the sanitizer sees whether the strand orders it
    options.on_progress = [&last](bulk_file_progress const& p) {
        check(p.answered >= last, "answers that got lost");
        last = p.answered;
    };
    auto const control = options.control;
    std::promise<error_code> ended;
    async_bulk_file(c, input, output, options, [&](error_code ec, bulk_file_report const& report) {
        auto const& p = report.progress;
        check(
            p.lines == p.answered_before + p.answered + p.failed + p.cancelled + p.failed_before + p.refused,
            "lines that got lost"
        );
        ended.set_value(ec);
    });
    auto result = ended.get_future();
    for (int i = 0; i < 5; ++i) {
        control.progress();
        if (result.wait_for(std::chrono::milliseconds(2)) == std::future_status::ready) break;
    }
    if (round % 3 == 0) control.drain();
    if (round % 3 == 1) control.stop();
    check(result.wait_for(std::chrono::seconds(120)) == std::future_status::ready, "a run that does not end");
    return result.get();
}

void work(client const& c, asio::thread_pool& files, std::string const& folder, std::size_t thread) {
    auto const input = file_of(folder, thread, ".in");
    auto const output = file_of(folder, thread, ".out");
    write_input(input);
    for (int round = 0; round < 6; ++round) {
        auto const ec = run_and_disturb(c, files, input, output, round);
        check(!ec || ec == asio::error::operation_aborted, ec.message());
    }
    std::ifstream answers(output);
    int count = 0;
    for (std::string line; std::getline(answers, line);) ++count;
    check(count == lines_each, std::to_string(count) + " answers");
}

} // namespace

int main() {
    setting s;
    s.config.pool.max_connections = 16;
    auto pattern = (std::filesystem::temp_directory_path() / "async_llm.XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr, "no temporary folder");
    asio::thread_pool files(2);
    {
        client const c = s.make_client();
        callers threads(calling_threads, [&](std::size_t thread) { work(c, files, pattern, thread); });
        threads.join();
    }
    files.join();
    s.threads.join();
    std::filesystem::remove_all(pattern);
    std::printf("%zu files\n", calling_threads);
}
