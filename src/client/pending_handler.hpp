// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_PENDING_HANDLER_HPP
#define ASYNC_LLM_CLIENT_PENDING_HANDLER_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/detail/erased_handler.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
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
    using handler_type = erased_handler<Args...>;

    explicit pending_handler(handler_type handler)
        : work_(asio::prefer(handler.executor(), asio::execution::outstanding_work.tracked)),
          other_work_(handler.other_executor()),
          handler_(std::move(handler).take()),
          slot_(asio::get_associated_cancellation_slot(handler_)) {
        if (other_work_) other_work_ = asio::prefer(other_work_, asio::execution::outstanding_work.tracked);
    }

    /// Calls `operation->request_cancel(type)` when the user's signal is emitted, as long as the operation lives.
    template <class Operation>
    void forward_cancellation(std::shared_ptr<Operation> const& operation) {
        if (!slot_.is_connected()) return;
        slot_.assign([weak = std::weak_ptr<Operation>(operation)](asio::cancellation_type type) {
            if (auto op = weak.lock()) op->request_cancel(type);
        });
    }

    /// Calls the handler on its executor, never from within.
    template <class... Values>
    void complete(Values&&... given) {
        auto values = std::make_shared<std::tuple<Args...>>(std::forward<Values>(given)...);
        std::apply([&](Args&... each) { complete_from(std::move(values), each...); }, *values);
    }

    /// The same with an error, and empty values.
    void complete_with(error_code ec) {
        std::tuple<Args...> values;
        std::get<0>(values) = ec;
        std::apply([&](Args&... each) { complete(std::move(each)...); }, values);
    }

    /// The same with values that are part of `*owner`, which is kept until the handler has been called.
    void complete_from(std::shared_ptr<void const> owner, Args&... values) {
        // The slot is cleared over there, because the user may emit the signal from that executor alone. The work is taken
        // out: whoever holds this object afterwards (a stream, for instance) must not keep the executor busy.
        // The values stay where they are: on its way the handler is moved about ten times, and a response has more than a
        // kilobyte.
        auto call = [slot = slot_,
                     handler = std::move(handler_),
                     owner = std::move(owner),
                     places = std::tuple<Args&...>(values...)]() mutable {
            slot.clear();
            std::apply([&](Args&... each) { std::move(handler)(each...); }, places);
        };
        auto const work = std::exchange(work_, asio::any_io_executor());
        auto const other = std::exchange(other_work_, asio::any_completion_executor());
        // An any_completion_executor can't be posted to in Asio 1.26, so it goes through one for I/O.
        if (other)
            asio::post(work, asio::bind_executor(other, std::move(call)));
        else
            asio::post(work, std::move(call));
    }

private:
    // The handler's executor, which it keeps busy; that is the other one, if there is one.
    asio::any_io_executor work_;
    asio::any_completion_executor other_work_;
    typename handler_type::any_handler handler_;
    asio::cancellation_slot slot_;
};

} // namespace async_llm::detail

#endif
