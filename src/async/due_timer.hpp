// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_DUE_TIMER_HPP
#define ASYNC_LLM_ASYNC_DUE_TIMER_HPP

#include "async/try_post.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <new>

namespace async_llm::net {

/// Timer of an object that has something to do at times that change, armed only while there is such a time.
/**
 * All members are called with the owner's mutex held. The owner's `on_due` is called without it, from the
 * executor, and begins with \ref note_end. The wait does not keep the owner alive. Thread safety: that of the
 * owner's mutex.
 */
class due_timer {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Time of a timer that is not armed.
    static constexpr time_point never = time_point::max();

    explicit due_timer(asio::any_io_executor const& executor) : timer_(executor) {}

    /// Returns when `on_due` is called.
    time_point due() const noexcept { return due_; }

    /// Has `owner.on_due()` called at this time instead of the one before; \ref never: not at all.
    /** False: there is no memory for the wait. Then nothing is armed, and the next call tries again. */
    template <class Owner>
    bool set(Owner& owner, time_point due) noexcept {
        if (due == due_) return true;
        due_ = never;
        if (due == never) {
            timer_.cancel();
            return true;
        }
        for (int i = 0; i != max_post_tries; ++i) {
            try {
                begin_wait(owner, due);
                due_ = due;
                return true;
            } catch (std::bad_alloc const&) {
            }
        }
        return false;
    }

    /// Notes that a wait has ended, at `now`.
    /** It may be one that another thread had replaced when it was over already: then the timer stays armed.
     */
    void note_end(time_point now) noexcept {
        if (due_ <= now) due_ = never;
    }

private:
    template <class Owner>
    void begin_wait(Owner& owner, time_point due) {
        timer_.expires_at(due);
        timer_.async_wait([weak = owner.weak_from_this()](error_code ec) {
            if (ec) return;
            if (auto const self = weak.lock()) self->on_due();
        });
    }

    // All of its handlers are posted, so that none can run under the mutex.
    asio::steady_timer timer_;
    time_point due_ = never;
};

} // namespace async_llm::net

#endif
