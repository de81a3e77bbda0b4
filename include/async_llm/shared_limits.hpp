// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_SHARED_LIMITS_HPP
#define ASYNC_LLM_SHARED_LIMITS_HPP

#include <async_llm/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace async_llm {

/// Part of a shared limit that one attempt of a call takes.
struct shared_demand {
    shared_demand() = default;

    /// The provider's name (`provider::name`).
    std::string provider;
    /// Model that is asked for. Empty: a call of an endpoint names none.
    std::string model;
    /// Tokens that the attempt is expected to take, prompt and reply together.
    std::int64_t tokens = 0;
};

/// Limits that several clients share, in other processes or on other machines: admission that is decided
/// outside of the client, for instance in Redis.
/**
 * Put into `client_config::shared_limits`. Each attempt of a call awaits \ref acquire, after the client's own
 * limits (`rate_limit_policy`, `concurrency_policy`) have let it go.
 *
 * Thread safety: a client calls both functions from any of its threads, for many calls at a time.
 */
class shared_limits {
public:
    shared_limits() = default;
    shared_limits(shared_limits const&) = delete;
    shared_limits& operator=(shared_limits const&) = delete;
    ASYNC_LLM_DECL virtual ~shared_limits();

    /// Completes when the attempt may be made.
    /**
     * Awaited on the strand of the call. Cancelled (`terminal`) when the call ends before: what was taken for
     * it is to be put back.
     *
     * What it throws ends the attempt with `errc::shared_limits_failed`, which is not followed by another;
     * `response_info::detail` has its words, `cause` its code if it is a `boost::system::system_error`.
     */
    virtual asio::awaitable<void> acquire(shared_demand demand) = 0;

    /// Takes note of the tokens that an attempt took, if its reply reports them. Must not block.
    /** Default: does nothing. */
    ASYNC_LLM_DECL virtual void settle(shared_demand const& demand, std::int64_t used_tokens) noexcept;
};

/// Options of \ref file_rate_limits.
struct file_rate_limits_options {
    /// `files`: see `file_executor`.
    ASYNC_LLM_DECL file_rate_limits_options(std::string file, asio::any_io_executor files);

    /// Path of the file, on a file system that all processes see. Made if it does not exist.
    std::string path;
    /// Executor on which the file is locked, read and written, which blocks: a thread.
    /** Its context has to outlive the calls, and must be joined before the context of a call that waits is
     * destroyed. */
    asio::any_io_executor file_executor;
    /// Requests of all processes together. At least 1. Unset (default): no limit.
    std::optional<std::int64_t> requests_per_minute;
    /// Tokens of all processes together. At least 1. Unset (default): no limit.
    std::optional<std::int64_t> tokens_per_minute;
    /// Amount that may be saved up: what accrues in this time, but at least one request. Default 1 s, at most
    /// a minute.
    /** In any time, no more is let go than accrues in it and in this. */
    std::chrono::milliseconds burst{1000};
    /// Longest time that the lock of the file is waited for; then `acquire` throws
    /// `device_or_resource_busy`. Default 10 s, at least 1 ms.
    std::chrono::milliseconds lock_timeout{10'000};
};

/// Rate limits that processes share by a file.
/**
 * The file has what is left. A process takes from it what its waiting calls need, in one step for all of
 * them, under a lock that the system ends with the process that holds it: who is killed takes no more than
 * what he had been given. Processes that come and go do not multiply the limits, and those that are left have
 * all of them.
 *
 * Each process says what the limits are; the file has no rates. The clocks of the machines may differ by a
 * minute. The lock is that of the open file (`F_OFD_SETLK`), which holds between machines on NFS 4, and on
 * NFS 3 with its lock daemon.
 *
 * Calls of one object are let go in the order in which they came.
 */
class ASYNC_LLM_DECL file_rate_limits final : public shared_limits {
public:
    /// Opens nothing yet. Throws `boost::system::system_error` with `errc::invalid_request` for options out
    /// of bounds.
    explicit file_rate_limits(file_rate_limits_options const& options);
    ~file_rate_limits() override;

    asio::awaitable<void> acquire(shared_demand demand) override;
    void settle(shared_demand const& demand, std::int64_t used_tokens) noexcept override;

private:
    class state;

    std::shared_ptr<state> state_;
};

} // namespace async_llm

#endif
