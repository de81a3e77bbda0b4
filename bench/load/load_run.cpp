// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "load_run.hpp"

#include <async_llm/async_llm.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>

#include <sys/resource.h>
#include <thread>
#include <utility>
#include <vector>

namespace load {
namespace {

namespace asio = boost::asio;
namespace llm = async_llm;

llm::client make_client(asio::io_context& io, options const& o) {
    llm::client_config config;
    config.tls.ca_file = o.ca_file;
    // The authorities of the whole world take longer to read than a thousand completions.
    config.tls.use_system_store = o.ca_file.empty();
    config.proxy = "";
    config.pool.max_connections = o.concurrency;
    if (o.http2) config.pool.http2 = llm::http2_mode::prefer;
    // What has been opened stays open for the whole run.
    config.pool.idle_timeout = std::chrono::milliseconds(0);
    // What is measured is one try.
    config.retry = llm::retry_policy::none();
    return llm::client(io.get_executor(), llm::provider::openai_compatible(o.base_url, "key"), config);
}

double seconds(timeval const& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

usage used_now() {
    rusage numbers{};
    getrusage(RUSAGE_SELF, &numbers);
    usage result;
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    result.user_seconds = seconds(numbers.ru_utime);
    result.system_seconds = seconds(numbers.ru_stime);
    return result;
}

} // namespace

std::size_t peak_resident_bytes() {
    rusage numbers{};
    getrusage(RUSAGE_SELF, &numbers);
    return static_cast<std::size_t>(numbers.ru_maxrss) * 1024;
}

load_run::load_run(options const& o)
    : options_(o), io_(static_cast<int>(o.threads)), client_(make_client(io_, o)), request_(o.model) {
    request_.user(std::string(o.prompt_bytes, 'x'));
}

void load_run::make(std::size_t count, tally& into) {
    begun_ = 0;
    wanted_ = count;
    auto const before = used_now();
    for (std::size_t i = 0; i < options_.concurrency && i < count; ++i) begin_worker(into);
    io_.restart();
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < options_.threads; ++i) others.emplace_back([this] { io_.run(); });
    io_.run();
    for (auto& each : others) each.join();
    auto const after = used_now();
    into.used.seconds = after.seconds - before.seconds;
    into.used.user_seconds = after.user_seconds - before.user_seconds;
    into.used.system_seconds = after.system_seconds - before.system_seconds;
}

void load_run::begin_worker(tally& into) {
    if (options_.callbacks)
        complete_next(into);
    else if (options_.threads == 1)
        asio::co_spawn(io_, work(into), asio::detached);
    else
        asio::co_spawn(asio::make_strand(io_), work(into), asio::detached);
}

void load_run::complete_next(tally& into) {
    if (begun_.fetch_add(1, std::memory_order_relaxed) >= wanted_) return;
    auto const finish = [this, &into, began = clock::now()](llm::error_code ec, llm::chat_response const& r) {
        note_end(into, began, note_reply(into, ec, r));
        complete_next(into);
    };
    client_.async_complete(request_, finish);
}

asio::awaitable<void> load_run::work(tally& into) {
    while (begun_.fetch_add(1, std::memory_order_relaxed) < wanted_) {
        auto const began = clock::now();
        bool const good = options_.stream ? co_await stream(into) : co_await complete(into);
        note_end(into, began, good);
    }
}

void load_run::note_end(tally& into, clock::time_point began, bool good) {
    into.latency.add(clock::now() - began);
    (good ? into.completed : into.failed).fetch_add(1, std::memory_order_relaxed);
}

asio::awaitable<bool> load_run::complete(tally& into) {
    auto const reply = co_await client_.async_complete(request_, asio::as_tuple(asio::deferred));
    auto const& [ec, response] = reply;
    co_return note_reply(into, ec, response);
}

bool load_run::note_reply(tally& into, llm::error_code ec, llm::chat_response const& response) {
    if (ec) note_failure(llm::explain(ec, response));
    into.text_bytes.fetch_add(response.text().size(), std::memory_order_relaxed);
    return !ec;
}

asio::awaitable<bool> load_run::stream(tally& into) {
    auto const began = clock::now();
    std::uint64_t chunks = 0;
    std::uint64_t bytes = 0;
    bool good = true;
    try {
        auto events = co_await client_.stream(request_);
        llm::chat_chunk chunk;
        while (co_await events.next(chunk)) {
            auto const size = chunk.text().size();
            if (size != 0 && bytes == 0) into.first_content.add(clock::now() - began);
            bytes += size;
            ++chunks;
        }
    } catch (std::exception const& e) {
        note_failure(e.what());
        good = false;
    }
    into.chunks.fetch_add(chunks, std::memory_order_relaxed);
    into.text_bytes.fetch_add(bytes, std::memory_order_relaxed);
    co_return good;
}

void load_run::note_failure(std::string what) {
    std::lock_guard const lock(mutex_);
    if (first_failure_.empty()) first_failure_ = std::move(what);
}

} // namespace load
