// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

/// \file
/// State that the operations on one executor share.

#ifndef ASYNC_LLM_ASYNC_OPERATION_POOL_HPP
#define ASYNC_LLM_ASYNC_OPERATION_POOL_HPP

#include "async/watchdog.hpp"
#include <async_llm/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace async_llm::net {

/// One for each executor on which a client has operations; they keep it. Thread safety: all.
class operation_pool {
public:
    explicit operation_pool(asio::any_io_executor executor);
    operation_pool(operation_pool const&) = delete;
    operation_pool& operator=(operation_pool const&) = delete;
    ~operation_pool();

    asio::any_io_executor const& executor() const noexcept { return executor_; }

    /// Of the limits of all of them.
    net::watchdog& watchdog() const noexcept { return *watchdog_; }

    /// A strand that no operation has.
    asio::any_io_executor take_strand();

    /// Keeps it for another operation. What was posted to it may still be run.
    void give_back(asio::any_io_executor&& strand) noexcept;

private:
    asio::any_io_executor executor_;
    std::shared_ptr<net::watchdog> watchdog_;
    std::mutex mutex_;
    std::vector<asio::any_io_executor> free_strands_;
};

/// Returns whether this thread runs what was posted to a strand of \ref operation_pool::take_strand.
bool is_running_here(asio::any_io_executor const& strand) noexcept;

} // namespace async_llm::net

#endif
