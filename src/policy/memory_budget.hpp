// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_MEMORY_BUDGET_HPP
#define ASYNC_LLM_POLICY_MEMORY_BUDGET_HPP

#include <cstddef>
#include <cstdint>
#include <list>

namespace async_llm::policy {

/// Identifier of a holder of memory, chosen by the caller from 1 upwards.
using holder_id = std::uint64_t;

/// Division of a number of bytes among holders that grow.
/**
 * A reply that asks for more than is left waits, in order of arrival. All of them could come to wait for each
 * other, so one holder at a time may go beyond the limit, until it has given back all that it holds, or so
 * much that all fits again.
 *
 * Thread safety: none.
 */
class memory_budget {
public:
    /// `limit`: bytes for all holders. 0: no limit.
    explicit memory_budget(std::size_t limit) noexcept : limit_(limit) {}

    /// Gives a holder more bytes. False: it is queued, until \ref grant_next names it or \ref cancel removes
    /// it.
    bool acquire(holder_id holder, std::size_t bytes);

    /// Takes back all that a holder has, which is `bytes`. \ref grant_next is to be called until it returns
    /// 0.
    void release(holder_id holder, std::size_t bytes) noexcept;

    /// Takes back part of what a holder has. Else as for \ref release.
    void give_back(holder_id holder, std::size_t bytes) noexcept;

    /// Takes a holder out of the queue. False: it is not in it. Else as for \ref release.
    bool cancel(holder_id holder) noexcept;

    /// Gives the longest waiting holder its bytes, if they are there now. 0: they are not, or none waits.
    holder_id grant_next() noexcept;

    std::size_t held() const noexcept { return held_; }
    std::size_t waiting() const noexcept { return queue_.size(); }

private:
    struct waiter {
        waiter(holder_id h, std::size_t b) : holder(h), bytes(b) {}

        holder_id holder;
        std::size_t bytes;
    };

    bool try_give(holder_id holder, std::size_t bytes) noexcept;

    std::size_t limit_;
    std::size_t held_ = 0;
    // The one that is beyond the limit; 0: none.
    holder_id beyond_ = 0;
    // A waiter takes its memory when it comes, so that it is refused then or never.
    std::list<waiter> queue_;
};

} // namespace async_llm::policy

#endif
