// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STATE_LIMITER_HPP
#define ASYNC_LLM_CLIENT_STATE_LIMITER_HPP

#include "async/due_timer.hpp"
#include "async/failure.hpp"
#include "async/operation.hpp"
#include "async/waiter.hpp"
#include "policy/admission_core.hpp"
#include <async_llm/client_config.hpp>
#include <async_llm/client_stats.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/fallback.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace async_llm::detail {

class limiter;

/// Call that asks for admission.
struct admission_demand {
    admission_demand(std::size_t at, std::string_view m, std::int64_t expected, int p)
        : target(at), model(m), tokens(expected), priority(p) {}

    std::size_t target;
    std::string_view model;
    /// Tokens that it may take.
    std::int64_t tokens;
    int priority;
};

/// RAII permit: a call counts as in flight while it is held.
class admission_permit {
public:
    admission_permit() = default;
    admission_permit(admission_permit&&) = delete;
    admission_permit& operator=(admission_permit&&) = delete;
    /// Gives it back without waking a waiter: its owner was destroyed in the middle of something.
    ~admission_permit();

    explicit operator bool() const noexcept { return owner_ != nullptr; }

    /// The call is over. `used`: the tokens that it took in fact; unset: not known.
    void finish(policy::load_signal signal, std::optional<std::int64_t> used);

    /// Takes the provider's own accounting from the call's reply.
    void observe(rate_limit_info const& reported);

private:
    friend class limiter;

    std::shared_ptr<limiter> owner_;
    policy::admission_request request_;
    std::chrono::steady_clock::time_point began_;
    std::shared_ptr<net::waiter> waiter_;
    bool waiting_ = false;
};

/// Admission of calls before they get a connection: a lock and waiters for policy::admission_core.
/** As in the pool, nothing is called or resumed under the mutex. Thread safety: all. */
class limiter : public std::enable_shared_from_this<limiter> {
public:
    limiter(
        asio::any_io_executor const& executor,
        std::vector<target> const& targets,
        client_config const& config
    );
    limiter(limiter const&) = delete;
    limiter& operator=(limiter const&) = delete;
    ~limiter();

    /// Admits a call if it need not wait. False: \ref wait_admitted has to be called.
    /** `failed`: `errc::queue_full`, `rate_limit_reached`, or why `op` was stopped; otherwise unchanged. */
    bool try_admit(
        net::operation& op,
        admission_demand const& demand,
        admission_permit& permit,
        net::failure& failed
    );

    /// Waits until the call is admitted. The failure: why `op` was stopped.
    asio::awaitable<net::failure> wait_admitted(net::operation& op, admission_permit& permit);

    void fill(client_stats& stats) const;

private:
    friend class admission_permit;
    friend class net::due_timer;

    /// A rate limit as one target sees it.
    struct lane_entry {
        lane_entry(std::string_view m, std::size_t l) : model(m), lane(l) {}

        std::string_view model;
        std::size_t lane;
    };

    void
    add_target(target const& t, std::vector<std::pair<std::string_view, std::vector<std::size_t>>>& known);
    std::size_t lane_of(std::size_t target, std::string_view model) const;
    static net::failure let_in(net::operation& op, admission_permit& permit);
    void finish(admission_permit& permit, policy::load_signal signal, std::optional<std::int64_t> used);
    void abandon(admission_permit& permit) noexcept;
    void on_due() noexcept;

    // With the mutex held. True: there are waiters to be woken without it.
    bool advance() noexcept;

    rate_limit_policy rates_;
    std::vector<std::vector<lane_entry>> lanes_; // for each target; the last entry is for every model

    mutable std::mutex mutex_;
    policy::admission_core core_;
    policy::admission_id last_id_ = 0;
    std::unordered_map<policy::admission_id, std::shared_ptr<net::waiter>> waiters_;
    net::wake_queue wakes_;
    // For the next rate limit that a waiter waits for.
    net::due_timer timer_;
};

} // namespace async_llm::detail

#endif
