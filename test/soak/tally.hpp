// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SOAK_TALLY_HPP
#define ASYNC_LLM_TEST_SOAK_TALLY_HPP

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>

namespace async_llm::soak {

/// End of a call.
enum class ending { well, failed, cancelled, wrong };

/// Counts calls that were begun and how they ended. Thread safety: all.
class tally {
public:
    tally() = default;

    void begin();
    /// `story`: what is wrong, where something is.
    void end(ending how, std::string const& story);

    /// Waits until all that were begun have ended; false if they do not within a generous bound.
    bool wait();

    std::size_t begun() const;
    std::size_t count(ending how) const;

private:
    mutable std::mutex mutex_;
    std::condition_variable none_running_;
    std::size_t begun_ = 0;
    std::size_t running_ = 0;
    std::array<std::size_t, 4> ended_{};
};

/// A part of each handler, so that handlers that are left over are noticed.
class living_handler {
public:
    living_handler() noexcept { ++living; }
    living_handler(living_handler const&) noexcept { ++living; }
    living_handler& operator=(living_handler const&) = default;
    ~living_handler() { --living; }

    static std::size_t count() noexcept { return living; }

private:
    inline static std::atomic<std::size_t> living{0};
};

} // namespace async_llm::soak

#endif
