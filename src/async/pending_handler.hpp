// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_PENDING_HANDLER_HPP
#define ASYNC_LLM_ASYNC_PENDING_HANDLER_HPP

#include "async/try_post.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/erased_handler.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <memory>
#include <new>
#include <optional>
#include <tuple>
#include <utility>

namespace async_llm::detail {

/// A user's handler while its operation runs: keeps its executor busy, passes cancellation on, and is called
/// once.
template <class... Args>
class pending_handler {
public:
    using handler_type = erased_handler<Args...>;

    explicit pending_handler(handler_type handler)
        : needs_room_(!handler.executor().template target<asio::io_context::executor_type>()),
          work_(asio::prefer(handler.executor(), asio::execution::outstanding_work.tracked)),
          other_work_(handler.other_executor()),
          handler_(std::move(handler).take()),
          slot_(asio::get_associated_cancellation_slot(handler_)) {
        if (other_work_) other_work_ = asio::prefer(other_work_, asio::execution::outstanding_work.tracked);
    }

    /// Calls `operation->request_cancel(type)` when the user's signal is emitted, as long as the operation
    /// lives.
    template <class Operation>
    void forward_cancellation(std::shared_ptr<Operation> const& operation) {
        if (!slot_.is_connected()) return;
        slot_.assign([weak = std::weak_ptr<Operation>(operation)](asio::cancellation_type type) {
            if (auto op = weak.lock()) op->request_cancel(type);
        });
    }

    /// Calls the handler on its executor, never from within.
    /**
     * A post that finds no memory is tried again. Throws `std::bad_alloc` if that is of no use: then there is
     * no way left to report anything to the caller, which ends the process where this is called from a
     * noexcept function.
     */
    template <class... Values>
    void complete(Values&&... given) {
        std::shared_ptr<std::tuple<Args...>> values;
        for (int tries = 1; !values; ++tries) {
            try {
                values = std::make_shared<std::tuple<Args...>>();
            } catch (std::bad_alloc const&) {
                if (tries == net::max_post_tries) throw;
            }
        }
        *values = std::forward_as_tuple(std::forward<Values>(given)...);
        std::apply([&](Args&... each) { complete_from(std::move(values), each...); }, *values);
    }

    /// Completes with an error, and empty values.
    void complete_with(error_code ec) {
        std::tuple<Args...> values;
        std::get<0>(values) = ec;
        std::apply([&](Args&... each) { complete(std::move(each)...); }, values);
    }

    /// Returns whether the handler is called in the execution context of this executor.
    bool shares_context(asio::any_io_executor const& executor) const noexcept {
        constexpr auto context = asio::execution::context_as<asio::execution_context&>;
        return !other_work_ && &asio::query(work_, context) == &asio::query(executor, context);
    }

    /// Completes with values that are part of `*owner`, which is kept until the handler has been called.
    void complete_from(std::shared_ptr<void const> owner, Args&... values) {
        // The work is taken out: an owner that outlives the completion (a stream, for instance) must not keep
        // the executor busy.
        auto const work = std::exchange(work_, asio::any_io_executor());
        auto const other = std::exchange(other_work_, asio::any_completion_executor());
        parcel call(slot_, std::move(handler_), std::move(owner), values...);
        for (int tries = 1;; ++tries) {
            returned back;
            try {
                if (needs_room_) net::make_sure_of_memory();
                post(work, other, std::move(call), back);
                return;
            } catch (std::bad_alloc const&) {
                if (back.handler) call.take_back(back);
                // Otherwise the executor has it, or did not come so far as to take it.
                if (tries == net::max_post_tries || !call.has_handler()) throw;
            }
        }
    }

private:
    using any_handler = typename handler_type::any_handler;

    // Handler and values of a post that found no memory.
    struct returned {
        returned() = default;

        std::optional<any_handler> handler;
        std::shared_ptr<void const> owner;
    };

    // The handler on its way, with its values, which stay where they are: it is moved about ten times, and a
    // response has more than a kilobyte. A post that throws has destroyed it; as long as this thread is
    // within the post, it returns what it has instead.
    class parcel {
    public:
        parcel(
            asio::cancellation_slot slot,
            any_handler&& handler,
            std::shared_ptr<void const> owner,
            Args&... values
        )
            : slot_(slot), handler_(std::move(handler)), owner_(std::move(owner)), places_(values...) {}
        parcel(parcel&& other) noexcept = default;
        parcel& operator=(parcel&&) = delete;
        ~parcel() {
            if (!handler_ || !back_ || posting() != back_) return;
            back_->handler.emplace(std::move(handler_));
            back_->owner = std::move(owner_);
        }

        // The slot is cleared over there, because the user may emit the signal from that executor alone.
        void operator()() {
            slot_.clear();
            std::apply([this](Args&... each) { std::move(handler_)(each...); }, places_);
        }

        bool has_handler() const noexcept { return static_cast<bool>(handler_); }

        void return_to(returned& back) noexcept { back_ = &back; }

        // An any_completion_handler of Asio 1.26 must not be assigned to.
        void take_back(returned& source) noexcept {
            std::destroy_at(&handler_);
            std::construct_at(&handler_, std::move(*source.handler));
            owner_ = std::move(source.owner);
        }

    private:
        asio::cancellation_slot slot_;
        any_handler handler_;
        std::shared_ptr<void const> owner_;
        std::tuple<Args&...> places_;
        returned* back_ = nullptr;
    };

    static returned*& posting() noexcept {
        thread_local returned* target = nullptr;
        return target;
    }

    static void post(
        asio::any_io_executor const& work,
        asio::any_completion_executor const& other,
        parcel&& call,
        returned& back
    ) {
        struct scope {
            explicit scope(returned& target) noexcept { posting() = &target; }
            scope(scope const&) = delete;
            scope& operator=(scope const&) = delete;
            ~scope() { posting() = nullptr; }
        };
        scope const within(back);
        call.return_to(back);
        // An any_completion_executor can't be posted to in Asio 1.26, so it goes through one for I/O.
        if (other)
            asio::post(work, asio::bind_executor(other, std::move(call)));
        else
            asio::post(work, std::move(call));
    }

    // A post may fail half way. It does not with a loop itself, which nearly every user has.
    bool needs_room_;
    // The handler's executor, which it keeps busy; that is the other one, if there is one.
    asio::any_io_executor work_;
    asio::any_completion_executor other_work_;
    any_handler handler_;
    asio::cancellation_slot slot_;
};

} // namespace async_llm::detail

#endif
