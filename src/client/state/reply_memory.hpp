// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STATE_REPLY_MEMORY_HPP
#define ASYNC_LLM_CLIENT_STATE_REPLY_MEMORY_HPP

#include "async/operation.hpp"
#include "async/waiter.hpp"
#include "policy/memory_budget.hpp"
#include <async_llm/client_stats.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace async_llm::detail {

class reply_memory;

/// Memory that the reply of one call holds, given back on destruction.
class memory_share {
public:
    memory_share() = default;
    memory_share(memory_share const&) = delete;
    memory_share& operator=(memory_share const&) = delete;
    ~memory_share() { release(); }

    /// Bytes of a reply that are not counted, as nearly all replies have no more.
    static constexpr std::size_t uncounted = 64u * 1024;

    /// Returns whether a reply of this size needs \ref reply_memory::grow first.
    bool must_grow(std::size_t bytes) const noexcept { return bytes > uncounted && bytes > held_; }

    /// Gives everything back.
    void release() noexcept;

private:
    friend class reply_memory;

    std::shared_ptr<reply_memory> owner_;
    policy::holder_id id_ = 0;
    std::size_t held_ = 0;
    // Asked for, and perhaps granted already.
    std::size_t pending_ = 0;
};

/// Budget of the memory that all replies of a client hold: a lock and waiters for policy::memory_budget.
/** Thread safety: all. */
class reply_memory : public std::enable_shared_from_this<reply_memory> {
public:
    /// `limit`: bytes; 0: no limit.
    explicit reply_memory(std::size_t limit) : core_(limit) {}
    reply_memory(reply_memory const&) = delete;
    reply_memory& operator=(reply_memory const&) = delete;

    /// Makes a share at least this large, rounded up; waits until others have ended if need be.
    /** Without effect on the share if `op` was stopped meanwhile. */
    asio::awaitable<void> grow(net::operation& op, memory_share& share, std::size_t bytes);

    /// Gives back what a share has beyond so many bytes, rounded up.
    void shrink(memory_share& share, std::size_t bytes) noexcept;

    void fill(client_stats& stats) const;

private:
    friend class memory_share;
    using waiter_ptr = std::shared_ptr<net::waiter>;

    bool acquire(net::operation& op, memory_share& share, std::size_t bytes, waiter_ptr& wait);
    bool cancel(memory_share const& share) noexcept;
    void release(memory_share const& share) noexcept;
    // With the mutex held. True: there are waiters to be woken without it.
    bool grant() noexcept;

    mutable std::mutex mutex_;
    policy::memory_budget core_;
    policy::holder_id last_id_ = 0;
    std::unordered_map<policy::holder_id, waiter_ptr> waiters_;
    net::wake_queue wakes_;
};

} // namespace async_llm::detail

#endif
