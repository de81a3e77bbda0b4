// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BENCH_LOAD_LOAD_RUN_HPP
#define ASYNC_LLM_BENCH_LOAD_LOAD_RUN_HPP

#include "histogram.hpp"
#include "options.hpp"
#include <async_llm/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace load {

/// Resources that the process used between two moments, by `getrusage`.
struct usage {
    double seconds = 0;
    double user_seconds = 0;
    double system_seconds = 0;
};

/// Result of a number of completions.
struct tally {
    tally() = default;

    std::atomic<std::uint64_t> completed = 0;
    std::atomic<std::uint64_t> failed = 0;
    std::atomic<std::uint64_t> chunks = 0;
    std::atomic<std::uint64_t> text_bytes = 0;
    histogram latency;
    /// Streams: from the call to the first chunk that says something.
    histogram first_content;
    usage used;
};

/// A closed loop: so many workers, each of which begins its next completion when its last one has ended.
class load_run {
public:
    explicit load_run(options const& o);

    /// Makes so many completions.
    void make(std::size_t count, tally& into);

    async_llm::client_stats stats() const { return client_.stats(); }

    /// A sentence about the first call that failed; empty: none did.
    std::string const& first_failure() const noexcept { return first_failure_; }

private:
    using clock = std::chrono::steady_clock;

    boost::asio::awaitable<void> work(tally& into);
    void begin_worker(tally& into);
    void complete_next(tally& into);
    boost::asio::awaitable<bool> complete(tally& into);
    bool note_reply(tally& into, async_llm::error_code ec, async_llm::chat_response const& response);
    void note_end(tally& into, clock::time_point began, bool good);
    boost::asio::awaitable<bool> stream(tally& into);
    void note_failure(std::string what);

    options options_;
    boost::asio::io_context io_;
    async_llm::client client_;
    async_llm::chat_request request_;
    std::atomic<std::size_t> begun_ = 0;
    std::size_t wanted_ = 0;
    std::mutex mutex_;
    std::string first_failure_;
};

/// The largest the process has been, in bytes.
std::size_t peak_resident_bytes();

} // namespace load

#endif
