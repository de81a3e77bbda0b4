// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_MEANWHILE_HPP
#define ASYNC_LLM_TEST_SUPPORT_MEANWHILE_HPP

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

namespace async_llm::test {

/// Something that another thread does, once, while this one is in the middle of something else.
class meanwhile {
public:
    explicit meanwhile(std::function<void()> what) : what_(std::move(what)) {}
    meanwhile(meanwhile const&) = delete;
    meanwhile& operator=(meanwhile const&) = delete;
    ~meanwhile() { join(); }

    /// Has it done, and awaits it for a moment: it may have to wait for a mutex that this thread has.
    void operator()() {
        if (thread_.joinable() || done_) return;
        thread_ = std::thread([this] {
            what_();
            done_ = true;
        });
        auto const end = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
        while (!done_ && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    }

    void join() {
        if (thread_.joinable()) thread_.join();
    }

private:
    std::function<void()> what_;
    std::atomic<bool> done_ = false;
    std::thread thread_;
};

} // namespace async_llm::test

#endif
