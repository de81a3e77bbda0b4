// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_HEDGED_OPERATION_HPP
#define ASYNC_LLM_CLIENT_CALL_HEDGED_OPERATION_HPP

#include "async/operation.hpp"
#include "async/pending_handler.hpp"
#include "client/call/call_record.hpp"
#include "client/call/complete_operation.hpp"
#include "client/state/client_state.hpp"
#include <async_llm/detail/initiation.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>

namespace async_llm::detail {

/// A completion that is asked for a second time if the first answer takes long.
/**
 * It owns the two calls, which know it weakly. The one that answers first ends it, and the other is
 * cancelled; a failure ends it only if the other call has failed as well, or was not needed.
 */
class hedged_operation final : public net::operation {
public:
    hedged_operation(
        std::shared_ptr<client_state> impl,
        request_argument argument,
        std::chrono::nanoseconds delay,
        complete_handler handler
    );

    static void start(std::shared_ptr<hedged_operation> const& op);

    void request_cancel(asio::cancellation_type type);

private:
    /// One of the two calls.
    struct contender {
        contender() = default;

        std::shared_ptr<complete_operation> op; // while it runs
        std::size_t target = 0;                 // the last that it asked
        error_code ec;
        std::optional<chat_response> response;
    };

    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;

    void begin(std::size_t index);
    void take(std::size_t index, error_code ec, chat_response response);
    bool decided() const noexcept;
    void stop_others(error_code reason);

    std::shared_ptr<client_state> impl_;
    request_argument argument_;
    call_record record_;
    std::chrono::nanoseconds delay_;
    pending_handler<error_code, chat_response> handler_;
    bool cancelling_ = false;
    std::array<contender, 2> calls_;
    std::optional<std::size_t> winner_;
    std::size_t last_ = 0; // whose end was the last
    net::async_event news_;
};

} // namespace async_llm::detail

#endif
