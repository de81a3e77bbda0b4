// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_BULK_BULK_ENGINE_HPP
#define ASYNC_LLM_CLIENT_BULK_BULK_ENGINE_HPP

#include "async/handler_cycle_breaker.hpp"
#include "async/operation.hpp"
#include "client/state/client_state.hpp"
#include "client/state/registration.hpp"
#include "client/state/spending_account.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/spending_limits.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <string_view>

namespace async_llm::detail {

/// Takes requests one after the other and keeps a number of calls in flight: what all bulk runs have in
/// common.
/**
 * It is no call of the client, but makes many. One coroutine on one strand takes requests and begins calls;
 * results come in on the same strand, also while the coroutine awaits a request. A run that is to end begins
 * no more calls; its end waits until none is in flight.
 */
class bulk_engine : public net::operation {
public:
    asio::any_io_executor const& executor() const noexcept { return runs_on_; }
    void request_cancel(asio::cancellation_type) { cancel(); }
    /// Ends the run. From any thread.
    void cancel();

protected:
    bulk_engine(
        std::shared_ptr<client_state> impl,
        asio::any_io_executor runs_on,
        spending_limits const& caps
    );

    struct call {
        explicit call(std::size_t number) : index(number) {}

        std::size_t index;
        asio::cancellation_signal cancel;
    };
    using place = std::list<call>::iterator;

    /// Begins the run, if that has not been done. On the user's side.
    void begin_once();

    /// \name The requests of a run
    /// @{
    /// Does what comes before the first request, and behind the last call.
    virtual asio::awaitable<void> begin_work();
    virtual asio::awaitable<void> end_work();
    /// May a call be begun, and its request be taken?
    virtual bool has_room() const noexcept = 0;
    /// Has \ref await_next to be used instead of \ref take_next?
    virtual bool must_await_next() const noexcept = 0;
    /// Take the next request and keep it. False: there is none any more.
    virtual bool take_next() = 0;
    virtual asio::awaitable<bool> await_next() = 0;
    /// Begins the call of the request that was taken last, by \ref begin_call, with its reservation.
    virtual void start_next_call(std::shared_ptr<spending_share> share) = 0;
    /// @}

    /// \name The end of a run
    /// @{
    /// Notes the reason of an early end, of which the first counts.
    virtual void explain_end(std::string_view detail, std::exception_ptr exception) noexcept = 0;
    /// Frees what is the user's, and delivers the end.
    virtual void finish_work() noexcept = 0;
    /// Lets go of handlers that may own the run.
    virtual void drop_handlers() = 0;
    /// @}

    /// Counts a call as in flight, and calls `start(place)` to begin it.
    template <class Start>
    void begin_call(Start start) {
        auto const position = calls_.emplace(calls_.end(), next_index_);
        ++next_index_;
        try {
            start(position);
        } catch (...) {
            // The end of the run waits for what is in the list.
            calls_.erase(position);
            throw;
        }
    }

    std::shared_ptr<client_state> const& impl() const noexcept { return impl_; }
    std::list<call>& calls() noexcept { return calls_; }
    std::list<call> const& calls() const noexcept { return calls_; }
    std::size_t next_index() const noexcept { return next_index_; }
    /// Opened when something has changed that the run may wait for.
    net::async_event& news() noexcept { return news_; }

    /// Caps of what the run spends; null: there are none.
    std::shared_ptr<spending_account> const& spending() const noexcept { return spending_; }

    bool going() const noexcept { return !stop_reason() && !cancelled_; }
    bool is_cancelled() const noexcept { return cancelled_; }
    bool has_ended() const noexcept { return ended_; }
    /// Error of the run, once it has ended.
    error_code const& ec() const noexcept { return ec_; }

    /// Ends the run, and cancels its calls.
    void end(error_code ec, std::string_view detail, std::exception_ptr exception = nullptr) noexcept;
    /// Begins no more calls, and lets those in flight finish.
    void stop_starting(error_code ec, std::string_view detail) noexcept;
    /// Begins no more calls, and lets the run end as if there were no more requests.
    void drain() noexcept;
    bool is_draining() const noexcept { return draining_; }
    /// Ends the run for its caller. On the strand.
    virtual void on_cancel();

private:
    friend class handler_cycle_breaker<bulk_engine>;

    asio::awaitable<void> run() final;
    void finish(std::exception_ptr exception) noexcept final;
    asio::awaitable<void> work();
    asio::awaitable<void> supply();
    bool try_reserve(std::shared_ptr<spending_share>& share);
    void cancel_calls();

    std::shared_ptr<client_state> impl_;
    asio::any_io_executor runs_on_;
    registration registration_;
    std::shared_ptr<spending_account> spending_;
    bool begun_ = false; // the user's side
    std::atomic<bool> cancelled_ = false;

    std::list<call> calls_;
    std::size_t next_index_ = 0;
    net::async_event news_;

    bool draining_ = false;
    bool ended_ = false;
    error_code ec_; // once it is over
};

} // namespace async_llm::detail

#endif
