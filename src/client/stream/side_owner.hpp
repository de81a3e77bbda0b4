// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STREAM_SIDE_OWNER_HPP
#define ASYNC_LLM_CLIENT_STREAM_SIDE_OWNER_HPP

#include <atomic>

namespace async_llm::detail {

/// Ownership of a stream's reading side: the user's, an operation's, or no one's any more. Thread safety:
/// all.
class side_owner {
public:
    /// Takes the side for an operation, or for a moment. False: it is taken.
    bool claim() noexcept {
        auto expected = owner::user;
        return owner_.compare_exchange_strong(expected, owner::operation, std::memory_order_acquire);
    }

    /// Gives the side back to the user. Precondition: it is claimed.
    void unclaim() noexcept {
        // The user may have dropped the stream meanwhile.
        auto expected = owner::operation;
        owner_.compare_exchange_strong(expected, owner::user, std::memory_order_release);
    }

    /// Records that the user has dropped the stream, so that no one claims the side again.
    void abandon() noexcept { owner_.store(owner::none, std::memory_order_release); }
    bool is_abandoned() const noexcept { return owner_.load(std::memory_order_acquire) == owner::none; }

private:
    enum class owner { user, operation, none };

    // An operation opens the stream.
    std::atomic<owner> owner_ = owner::operation;
};

} // namespace async_llm::detail

#endif
