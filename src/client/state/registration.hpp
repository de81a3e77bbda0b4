// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STATE_REGISTRATION_HPP
#define ASYNC_LLM_CLIENT_STATE_REGISTRATION_HPP

#include "client/state/client_state.hpp"

#include <memory>
#include <utility>

namespace async_llm::detail {

/// Entry of an operation among those that run for a client, which ends with it.
/** An operation is destroyed while it is registered if the execution context is destroyed beneath it. */
class registration {
public:
    registration() = default;
    registration(registration const&) = delete;
    registration& operator=(registration const&) = delete;
    ~registration() { end(false); }

    /// Registers a call. False: the client takes none any more. The state has to stay until the end.
    bool begin_call(client_state& state, std::weak_ptr<net::operation> call) {
        bool const takes_calls = state.register_call(std::move(call), entry_);
        state_ = &state;
        is_call_ = true;
        return takes_calls;
    }

    /// Registers an operation that makes calls without being one, or is a part of one.
    void begin_run(client_state& state, std::weak_ptr<net::operation> run) {
        entry_ = state.register_run(std::move(run));
        state_ = &state;
    }

    /// Ends the entry; does nothing without one. `succeeded`: of a call.
    void end(bool succeeded) noexcept {
        auto* const state = std::exchange(state_, nullptr);
        if (!state) return;
        if (is_call_)
            state->unregister_call(entry_, succeeded);
        else
            state->unregister_run(entry_);
    }

private:
    // Null: there is no entry.
    client_state* state_ = nullptr;
    bool is_call_ = false;
    client_state::entry entry_;
};

} // namespace async_llm::detail

#endif
