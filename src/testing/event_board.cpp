// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/event_board.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

namespace async_llm::testing {
namespace {

bool has_come(mock_event event, std::size_t number, mock_stats const& stats) {
    switch (event) {
    case mock_event::connections_accepted: return stats.connections_accepted >= number;
    case mock_event::connections_open_equal: return stats.connections_open == number;
    case mock_event::handshakes: return stats.handshakes_full + stats.handshakes_resumed >= number;
    case mock_event::handshakes_failed: return stats.handshakes_failed >= number;
    case mock_event::requests: return stats.requests >= number;
    case mock_event::replies_sent: return stats.replies_sent >= number;
    case mock_event::requests_aborted: return stats.requests_aborted >= number;
    case mock_event::streams_reset: return stats.streams_reset >= number;
    case mock_event::pings_received: return stats.pings_received >= number;
    case mock_event::goaways_sent: return stats.goaways_sent >= number;
    }
    return false;
}

} // namespace

event_board::waiter::waiter(
    handler receiver,
    asio::any_io_executor const& fallback,
    mock_event kind,
    std::size_t target,
    std::uint64_t own_id
)
    : waiting(std::move(receiver)),
      work(asio::prefer(
          asio::get_associated_executor(waiting, fallback),
          asio::execution::outstanding_work.tracked
      )),
      event(kind),
      number(target),
      id(own_id) {}

event_board::event_board(asio::any_io_executor executor) : executor_(std::move(executor)) {}

event_board::~event_board() = default;

mock_stats event_board::stats() const {
    std::lock_guard const lock(mutex_);
    return stats_;
}

void event_board::wait(mock_event event, std::size_t number, handler waiting) {
    std::uint64_t id = 0;
    {
        std::lock_guard const lock(mutex_);
        id = next_id_++;
    }
    // Before the waiter can be reached by others: afterwards its slot belongs to the completion.
    auto slot = asio::get_associated_cancellation_slot(waiting);
    if (slot.is_connected()) {
        slot.assign([board = weak_from_this(), id](asio::cancellation_type) {
            if (auto const self = board.lock()) self->cancel(id);
        });
    }
    waiter_list ready;
    waiter_list entry;
    entry.emplace_back(std::move(waiting), executor_, event, number, id);
    error_code ec;
    {
        std::lock_guard const lock(mutex_);
        bool const satisfied = has_come(event, number, stats_);
        if (!satisfied && closed_ && stats_.connections_open == 0) ec = asio::error::operation_aborted;
        auto& target = satisfied || ec ? ready : waiters_;
        target.splice(target.end(), entry);
    }
    complete_all(ready, ec);
}

void event_board::close() {
    waiter_list hopeless;
    {
        std::lock_guard const lock(mutex_);
        closed_ = true;
        collect_hopeless(hopeless);
    }
    complete_all(hopeless, asio::error::operation_aborted);
}

void event_board::collect_satisfied(waiter_list& satisfied) {
    for (auto it = waiters_.begin(); it != waiters_.end();) {
        auto const here = it++;
        if (has_come(here->event, here->number, stats_)) satisfied.splice(satisfied.end(), waiters_, here);
    }
}

void event_board::collect_hopeless(waiter_list& hopeless) {
    if (closed_ && stats_.connections_open == 0) hopeless.splice(hopeless.end(), waiters_);
}

void event_board::complete_all(waiter_list& waiters, error_code ec) {
    for (auto& done : waiters) complete(done, ec);
}

void event_board::complete(waiter& done, error_code ec) {
    auto run = [waiting = std::move(done.waiting), ec]() mutable {
        // The slot must not reach a wait that is over, and may be touched on the handler's executor only.
        asio::get_associated_cancellation_slot(waiting).clear();
        std::move(waiting)(ec);
    };
    asio::post(executor_, asio::bind_executor(done.work, std::move(run)));
}

void event_board::cancel(std::uint64_t id) {
    waiter_list cancelled;
    {
        std::lock_guard const lock(mutex_);
        for (auto it = waiters_.begin(); it != waiters_.end(); ++it) {
            if (it->id == id) {
                cancelled.splice(cancelled.end(), waiters_, it);
                break;
            }
        }
    }
    complete_all(cancelled, asio::error::operation_aborted);
}

} // namespace async_llm::testing
