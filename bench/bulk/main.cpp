// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Runs over a file as bench/bulk/run has it, and prints what that took as one line of JSON.
//
//   bulk_run BASE_URL CA_FILE INPUT OUTPUT IN_FLIGHT

#include <async_llm/bulk_file.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <sys/resource.h>

namespace {

namespace asio = boost::asio;
namespace llm = async_llm;

double seconds(timeval const& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

int run(char** argv) {
    auto const in_flight = static_cast<std::size_t>(std::atoi(argv[5]));
    asio::io_context io(1);
    asio::thread_pool files(1);
    llm::client_config config;
    config.tls.ca_file = argv[2];
    config.tls.use_system_store = false;
    config.proxy = "";
    config.pool.max_connections = in_flight;
    // What is measured is one try.
    config.retry = llm::retry_policy::none();
    llm::client const client(io, llm::provider::openai_compatible(argv[1], "key"), config);
    llm::bulk_file_options options(files.get_executor());
    options.max_in_flight = in_flight;
    int status = 0;
    llm::async_bulk_file(
        client,
        argv[3],
        argv[4],
        options,
        [&](llm::error_code ec, llm::bulk_file_report const& report) {
            rusage used{};
            getrusage(RUSAGE_SELF, &used);
            auto const& p = report.progress;
            std::printf(
                R"({"answered":%llu,"before":%llu,"failed":%llu,"seconds":%.3f,"cpu_seconds":%.3f,"peak_rss_bytes":%llu})"
                "\n",
                static_cast<unsigned long long>(p.answered),
                static_cast<unsigned long long>(p.answered_before),
                static_cast<unsigned long long>(p.failed),
                std::chrono::duration<double>(p.elapsed).count(),
                seconds(used.ru_utime) + seconds(used.ru_stime),
                static_cast<unsigned long long>(used.ru_maxrss) * 1024
            );
            if (ec) std::fprintf(stderr, "%s: %s\n", ec.message().c_str(), report.detail.c_str());
            status = ec || p.failed != 0 ? 1 : 0;
        }
    );
    io.run();
    files.join();
    return status;
}

} // namespace

int main(int argc, char** argv) try {
    if (argc != 6) {
        std::fprintf(stderr, "usage: bulk_run BASE_URL CA_FILE INPUT OUTPUT IN_FLIGHT\n");
        return 2;
    }
    return run(argv);
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
}
