// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_PENDING_HANDLER_HPP
#define ASYNC_LLM_CLIENT_PENDING_HANDLER_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/detail/erased_handler.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/strand.hpp>

#include <memory>
#include <tuple>
#include <utility>

namespace async_llm::detail {

/// A user's handler while its operation runs: keeps its executor busy, passes cancellation on, and is called once.
template <class... Args>
class pending_handler {
public:
    using handler_type = erased_handler<Args...>;

    pending_handler(asio::any_io_executor const& io_executor, handler_type handler)
        : pending_handler(io_executor, asio::any_completion_executor(io_executor), std::move(handler)) {}

    /// The same with the executor once more, in the form in which Asio asks for it; to make that takes an allocation.
    pending_handler(
        asio::any_io_executor io_executor,
        asio::any_completion_executor const& same,
        handler_type handler
    )
        : io_executor_(std::move(io_executor)),
          handler_(std::move(handler).take()),
          slot_(asio::get_associated_cancellation_slot(handler_)) {
        auto const own = asio::get_associated_executor(handler_, same);
        // What it is in most cases can be posted to, and copied without an allocation, which what it comes in can't be.
        using loop = asio::io_context::executor_type;
        if (auto const* const usual = own.template target<loop>())
            work_ = asio::prefer(*usual, asio::execution::outstanding_work.tracked);
        else if (auto const* const strand = own.template target<asio::strand<loop>>())
            work_ = asio::prefer(*strand, asio::execution::outstanding_work.tracked);
        else
            other_work_ = asio::prefer(own, asio::execution::outstanding_work.tracked);
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
        if (work)
            asio::post(work, std::move(call));
        else
            // An any_completion_executor can't be posted to in Asio 1.26, so it goes through the I/O executor.
            asio::post(io_executor_, asio::bind_executor(other, std::move(call)));
    }

private:
    asio::any_io_executor io_executor_;
    typename handler_type::any_handler handler_;
    asio::cancellation_slot slot_;
    // The handler's executor, which it keeps busy; one of these is empty.
    asio::any_io_executor work_;
    asio::any_completion_executor other_work_;
};

} // namespace async_llm::detail

#endif
