// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_THREAD_SAFETY_SETTING_HPP
#define ASYNC_LLM_TEST_THREAD_SAFETY_SETTING_HPP

#include "support/running_provider.hpp"
#include <async_llm/client.hpp>
#include <async_llm/completion_error.hpp>
#include <async_llm/testing/certificate_authority.hpp>

#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// What the programs under ThreadSanitizer share: the main check is the sanitizer's; these see to it that there was
// something to look at.
namespace async_llm::test {

inline void check(bool good, std::string const& what) {
    if (good) return;
    std::fprintf(stderr, "failed: %s\n", what.c_str());
    std::fflush(stderr);
    // Other threads are running; nothing may be destroyed beneath them.
    std::_Exit(1);
}

inline chat_request hello() { return chat_request("meta-llama/Llama-3.3-70B-Instruct-Turbo").user("Hello"); }

/// A stand-in provider on a thread of its own, four threads for the client, and what the client needs.
struct setting {
    setting() : server(make_options(authority)) {
        endpoint = provider::aimlapi("test-key");
        endpoint.base_url = server.server.base_url();
        config.tls.use_system_store = false;
        config.tls.ca_pem = authority.root_certificate();
        config.proxy = "";
    }

    client make_client() { return client(threads.get_executor(), endpoint, config); }

    static testing::stand_in_options make_options(testing::certificate_authority const& authority) {
        testing::stand_in_options options(testing::provider_dialect::aimlapi, authority.issue());
        options.recorded_requests = 0;
        return options;
    }

    testing::certificate_authority authority;
    running_provider server;
    asio::thread_pool threads{4};
    provider endpoint;
    client_config config;
};

/// Counts calls that were begun and how they ended.
class ledger {
public:
    ledger() = default;

    void begin() {
        std::lock_guard const lock(mutex_);
        ++running_;
    }

    /// `allowed`: the one error that is no failure.
    void end(error_code ec, chat_response const& response, error_code allowed) {
        check(!ec || ec == allowed, describe(ec, response));
        check(ec || response.text() == "Hello", "a reply that is not the one to this request");
        std::lock_guard const lock(mutex_);
        ++(ec ? stopped_ : completed_);
        if (--running_ == 0) none_running_.notify_all();
    }

    /// Waits until all that were begun have ended.
    void wait() {
        std::unique_lock lock(mutex_);
        bool const all =
            none_running_.wait_for(lock, std::chrono::seconds(120), [this] { return running_ == 0; });
        check(all, std::to_string(running_) + " calls did not end");
    }

    std::size_t completed() const {
        std::lock_guard const lock(mutex_);
        return completed_;
    }
    std::size_t stopped() const {
        std::lock_guard const lock(mutex_);
        return stopped_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable none_running_;
    std::size_t running_ = 0;
    std::size_t completed_ = 0;
    std::size_t stopped_ = 0;
};

/// A call whose handler runs on any of the client's threads.
inline void call(client const& c, ledger& l, error_code allowed) {
    l.begin();
    c.async_complete(hello(), [&l, allowed](error_code ec, chat_response response) {
        l.end(ec, response, allowed);
    });
}

/// Several threads that each do the same.
class callers {
public:
    template <class Work>
    callers(std::size_t count, Work work) {
        for (std::size_t i = 0; i < count; ++i) threads_.emplace_back(work, i);
    }
    ~callers() { join(); }
    callers(callers const&) = delete;
    callers& operator=(callers const&) = delete;

    void join() {
        for (auto& t : threads_) {
            if (t.joinable()) t.join();
        }
    }

private:
    std::vector<std::thread> threads_;
};

/// Whatever a server may do to a call, in turn, so that calls are in every phase when they are stopped.
inline testing::scripted_reply mixed_reply(testing::received_request const& request) {
    auto reply = testing::scripted_reply::echo();
    switch ((request.connection + request.request_on_connection) % 4) {
    case 0: break;
    case 1: reply.latency = std::chrono::milliseconds(20); break;
    case 2:
        reply.trickle_bytes = 40;
        reply.trickle_interval = std::chrono::milliseconds(1);
        reply.trickle_head = true;
        break;
    default: reply.then = testing::after_reply::announce_close; break;
    }
    return reply;
}

} // namespace async_llm::test

#endif
