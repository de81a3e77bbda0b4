// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_EVENT_BOARD_HPP
#define ASYNC_LLM_TESTING_EVENT_BOARD_HPP

#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/error.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace async_llm::testing {

/// The counters of a server and those who wait for them.
/** Thread safety: safe. */
class event_board : public std::enable_shared_from_this<event_board> {
public:
    using handler = asio::any_completion_handler<void(error_code)>;

    explicit event_board(asio::any_io_executor executor);
    ~event_board();

    /// Changes counters with `change(mock_stats&)` and completes the waits that this satisfies.
    template <class Change>
    void update(Change change) {
        waiter_list satisfied;
        waiter_list hopeless;
        {
            std::lock_guard const lock(mutex_);
            change(stats_);
            collect_satisfied(satisfied);
            collect_hopeless(hopeless);
        }
        complete_all(satisfied, error_code());
        complete_all(hopeless, asio::error::operation_aborted);
    }

    mock_stats stats() const;
    void wait(mock_event event, std::size_t number, handler waiting);

    /// From now on waits end with operation_aborted as soon as no connection is left.
    void close();

private:
    struct waiter;
    using waiter_list = std::list<waiter>;

    void collect_satisfied(waiter_list& satisfied);
    void collect_hopeless(waiter_list& hopeless);
    void complete_all(waiter_list& waiters, error_code ec);
    void complete(waiter& done, error_code ec);
    void cancel(std::uint64_t id);

    asio::any_io_executor executor_;
    mutable std::mutex mutex_;
    mock_stats stats_;
    waiter_list waiters_;
    std::uint64_t next_id_ = 0;
    bool closed_ = false;
};

struct event_board::waiter {
    waiter(
        handler receiver,
        asio::any_io_executor const& fallback,
        mock_event kind,
        std::size_t target,
        std::uint64_t own_id
    );

    handler waiting;
    asio::any_completion_executor work; // keeps the handler's execution context running meanwhile
    mock_event event;
    std::size_t number;
    std::uint64_t id;
};

} // namespace async_llm::testing

#endif
