// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_PENDING_HANDLER_HPP
#define ASYNC_LLM_CLIENT_PENDING_HANDLER_HPP

#include <async_llm/detail/config.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <memory>
#include <tuple>
#include <utility>

namespace async_llm::detail {

/// A user's handler while its operation runs: keeps its executor busy, passes cancellation on, and is called once.
template <class... Args>
class pending_handler {
public:
    using handler_type = asio::any_completion_handler<void(Args...)>;

    pending_handler(asio::any_io_executor const& io_executor, handler_type handler)
        : io_executor_(io_executor),
          slot_(asio::get_associated_cancellation_slot(handler)),
          work_(asio::prefer(
              asio::get_associated_executor(handler, io_executor),
              asio::execution::outstanding_work.tracked
          )),
          handler_(std::move(handler)) {}

    /// Calls `operation->request_cancel(type)` when the user's signal is emitted, as long as the operation lives.
    template <class Operation>
    void forward_cancellation(std::shared_ptr<Operation> const& operation) {
        if (!slot_.is_connected()) return;
        slot_.assign([weak = std::weak_ptr<Operation>(operation)](asio::cancellation_type type) {
            if (auto op = weak.lock()) op->request_cancel(type);
        });
    }

    /// Calls the handler on its executor, never from within.
    void complete(Args... args) {
        // Posted through the I/O executor: the handler's own, an any_completion_executor, can't be posted to in Asio 1.26.
        // The slot is cleared over there, because the user may emit the signal from that executor alone. The work is taken
        // out: whoever holds this object afterwards (a stream, for instance) must not keep the executor busy.
        // The values wait in a place of their own: on its way the handler is moved about ten times, and a response has more
        // than a kilobyte.
        auto const work = std::move(work_);
        auto values = std::make_unique<std::tuple<Args...>>(std::move(args)...);
        asio::post(
            io_executor_,
            asio::bind_executor(
                work,
                [slot = slot_, handler = std::move(handler_), values = std::move(values)]() mutable {
                    slot.clear();
                    std::apply(std::move(handler), std::move(*values));
                }
            )
        );
    }

private:
    using work_executor = asio::associated_executor_t<handler_type, asio::any_io_executor>;

    asio::any_io_executor io_executor_;
    asio::cancellation_slot slot_;
    work_executor work_;
    handler_type handler_;
};

} // namespace async_llm::detail

#endif
