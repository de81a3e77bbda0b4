// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STATE_SPENDING_ACCOUNT_HPP
#define ASYNC_LLM_CLIENT_STATE_SPENDING_ACCOUNT_HPP

#include "async/failure.hpp"
#include "async/operation.hpp"
#include "async/waiter.hpp"
#include "policy/spending/spending_ledger.hpp"
#include "policy/spending/spending_queue.hpp"
#include <async_llm/client_stats.hpp>
#include <async_llm/spending_limits.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace async_llm::detail {

class spending_account;

/// RAII reservation of one call in an account: what is left of it is free when it is destroyed.
/** Thread safety: \ref record alone. */
class spending_share {
public:
    spending_share() = default;
    spending_share(spending_share const&) = delete;
    spending_share& operator=(spending_share const&) = delete;
    /// Wakes no waiter: those of a client may be on their way out with the execution context.
    ~spending_share();

    explicit operator bool() const noexcept { return owner_ != nullptr; }
    /// Returns whether \ref spending_account::wait_reserved has to be called.
    bool is_waiting() const noexcept { return waiter_ != nullptr; }

    /// Spends what an attempt has taken. Does nothing without a reservation.
    void record(policy::attempt_use const& use) noexcept;
    /// Frees what is left, and wakes those for whom there is room now. Does nothing the second time.
    void release() noexcept;

private:
    friend class spending_account;

    /// Waiter with the decision for which it waits.
    struct waiter : net::waiter {
        using net::waiter::waiter;

        bool granted = false;
        policy::spending_reservation reservation;
    };

    std::shared_ptr<spending_account> owner_;
    policy::spending_place place_;
    policy::spending_reservation reservation_;
    std::shared_ptr<waiter> waiter_;
};

/// Spending of a client, a bulk run or a tool run: a lock and waiters for policy::spending_ledger.
/** As in the limiter, nothing is called or resumed under the mutex. Thread safety: all. */
class spending_account : public std::enable_shared_from_this<spending_account> {
public:
    /// `max_waiting`: most calls that wait; 0: no limit.
    spending_account(spending_limits const& limits, std::size_t max_waiting)
        : ledger_(limits), queue_(ledger_, max_waiting) {}
    spending_account(spending_account const&) = delete;
    spending_account& operator=(spending_account const&) = delete;

    /// Makes an account; null without caps.
    static std::shared_ptr<spending_account> make(spending_limits const& limits, std::size_t max_waiting = 0);

    /// Reserves for a call if that need not wait. False: \ref wait_reserved has to be called.
    /** `failed`: `errc::spending_limit_reached` or `queue_full`; otherwise unchanged. */
    bool try_reserve(
        net::operation& op,
        std::int64_t expected_tokens,
        int priority,
        spending_share& share,
        net::failure& failed
    );

    /// Waits until it is reserved. The failure: it will not fit any more, or why `op` was stopped.
    asio::awaitable<net::failure> wait_reserved(net::operation& op, spending_share& share);

    /// Reserves for a call of a run, which waits by itself for the end of another.
    policy::spending_answer try_reserve(std::shared_ptr<spending_share>& share);

    /// Returns a sentence that names the cap that is reached.
    std::string explain() const;
    spending spent() const;
    void fill(client_stats& stats) const;

private:
    friend class spending_share;

    net::failure refusal() const;
    bool wait(net::operation& op, spending_share& share);
    void release(spending_share& share, bool wakes) noexcept;
    // With the mutex held. True: there are waiters to be woken without it.
    bool advance() noexcept;

    mutable std::mutex mutex_;
    policy::spending_ledger ledger_;
    policy::spending_queue queue_;
    std::uint64_t arrivals_ = 0;
    std::map<policy::spending_place, std::shared_ptr<spending_share::waiter>> waiters_;
    net::wake_queue wakes_;
};

} // namespace async_llm::detail

#endif
