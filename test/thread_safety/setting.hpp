// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_THREAD_SAFETY_SETTING_HPP
#define ASYNC_LLM_TEST_THREAD_SAFETY_SETTING_HPP

#include "support/fixtures/http_version.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/client.hpp>
#include <async_llm/completion_error.hpp>
#include <async_llm/testing/certificate_authority.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// What the programs under ThreadSanitizer share: the main check is the sanitizer's; these see to it that
// there was something to look at.
namespace async_llm::test {

inline void check(bool good, std::string const& what) {
    if (good) return;
    std::fprintf(stderr, "failed: %s\n", what.c_str());
    std::fflush(stderr);
    // Other threads are running; nothing may be destroyed beneath them.
    std::_Exit(1);
}

inline chat_request hello() { return chat_request("meta-llama/Llama-3.3-70B-Instruct-Turbo").user("Hello"); }

/// A mock provider on a thread of its own, four threads for the client, and what the client needs.
struct setting {
    setting() : server(make_options(authority)) {
        endpoint = provider::aimlapi("test-key");
        endpoint.base_url = server.server.base_url();
        config.tls.use_system_store = false;
        config.tls.ca_pem = authority.root_certificate();
        config.proxy = "";
        if (over_http2()) config.pool.http2 = http2_mode::prefer;
    }

    client make_client() { return client(threads.get_executor(), endpoint, config); }

    static testing::mock_options make_options(testing::certificate_authority const& authority) {
        testing::mock_options options(testing::provider_dialect::aimlapi, authority.issue());
        options.recorded_requests = 0;
        options.http2 = over_http2();
        return options;
    }

    testing::certificate_authority authority;
    running_provider server;
    asio::thread_pool threads{4};
    provider endpoint;
    client_config config;
};

/// Counts calls that were begun and how they ended.
class tally {
public:
    tally() = default;

    void begin() {
        std::lock_guard const lock(mutex_);
        ++running_;
    }

    /// `allowed`: the one error that is no failure.
    void end(error_code ec, chat_response const& response, error_code allowed) {
        check(!ec || ec == allowed, explain(ec, response));
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
inline void call(client const& c, tally& l, error_code allowed) {
    l.begin();
    c.async_complete(hello(), [&l, allowed](error_code ec, chat_response response) {
        l.end(ec, response, allowed);
    });
}

/// A call that is cancelled from its handler's executor after so many milliseconds.
inline void call_and_cancel(asio::thread_pool& threads, client const& c, tally& l, std::size_t milliseconds) {
    using strand_type = asio::strand<asio::thread_pool::executor_type>;
    struct state_type {
        explicit state_type(strand_type const& s) : strand(s), timer(s) {}

        strand_type strand;
        asio::steady_timer timer;
        asio::cancellation_signal signal;
    };
    auto const state = std::make_shared<state_type>(asio::make_strand(threads.get_executor()));
    l.begin();
    // The slot belongs to the handler's executor from the beginning.
    asio::post(state->strand, [&c, &l, state, milliseconds] {
        auto const done = [&l, state](error_code ec, chat_response const& response) {
            state->timer.cancel();
            l.end(ec, response, asio::error::operation_aborted);
        };
        auto token =
            asio::bind_cancellation_slot(state->signal.slot(), asio::bind_executor(state->strand, done));
        c.async_complete(hello(), std::move(token));
        state->timer.expires_after(std::chrono::milliseconds(milliseconds));
        state->timer.async_wait([state](error_code) { state->signal.emit(asio::cancellation_type::all); });
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
