// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_TOOLS_RUN_TOOLS_OPERATION_HPP
#define ASYNC_LLM_CLIENT_TOOLS_RUN_TOOLS_OPERATION_HPP

#include "async/operation.hpp"
#include "async/pending_handler.hpp"
#include "client/state/client_state.hpp"
#include "client/state/registration.hpp"
#include "client/state/spending_account.hpp"
#include "client/tools/tool_operation.hpp"
#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/run_tools.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace async_llm::detail {

/// Asks the model, runs the tools it asks for, and asks again.
/**
 * It is no call of the client, but makes some. Its own limit is the number of turns; each call and each tool
 * has one of time. It owns the running tools, which know it weakly: whatever the execution context destroys
 * first, nothing dangles.
 */
class run_tools_operation final : public net::operation {
public:
    run_tools_operation(
        std::shared_ptr<client_state> impl,
        chat_request request,
        toolbox tools,
        run_tools_options options,
        run_tools_handler handler
    )
        : operation(impl->service_for(handler.executor()), std::chrono::milliseconds(0)),
          impl_(std::move(impl)),
          request_(std::move(request)),
          tools_(std::make_shared<toolbox const>(std::move(tools))),
          options_(std::move(options)),
          spending_(spending_account::make(options_.spending)),
          credentials_(impl_->credentials_for(options_.request.headers)),
          handler_(std::move(handler)),
          news_(strand()) {}

    static void start(std::shared_ptr<run_tools_operation> const& op);

    void request_cancel(asio::cancellation_type) { request_stop(asio::error::operation_aborted); }

    /// Has the run look for tools that have ended. From any thread.
    void on_tool_ended() noexcept;

private:
    /// A call of the present turn.
    struct slot {
        explicit slot(tool_call c) : call(std::move(c)) {}

        tool_call call;
        std::shared_ptr<tool_operation> tool; // while it is at work
        std::optional<std::string> result;    // for the model
    };

    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;

    // A turn of the model.
    bool prepare();
    asio::awaitable<void> ask();
    asio::awaitable<error_code> ask_whole();
    asio::awaitable<error_code> ask_streaming();
    bool reserve();
    request_argument argument_of_turn();
    request_options options_of_turn() const;
    void take_reply(error_code ec);

    // The tools of a turn.
    asio::awaitable<void> call_tools();
    void start_tool(std::size_t index);
    void stop_tools();
    bool settle_ended();
    void record_outcome(std::size_t index, tool_outcome outcome);
    void take_results();

    run_step step(run_step::kind kind) const;
    void observe(run_step const& step);
    bool going() const noexcept { return !ec_ && !stop_reason(); }
    void end(error_code ec, std::string_view detail, std::exception_ptr exception = nullptr) noexcept;

    std::shared_ptr<client_state> impl_;
    registration registration_;
    chat_request request_; // its messages are the conversation
    std::shared_ptr<toolbox const> tools_;
    run_tools_options options_;
    std::shared_ptr<spending_account> spending_; // null: there are no caps
    std::shared_ptr<spending_share> share_;      // of the next turn
    std::shared_ptr<codec::credential_mask const> credentials_;
    pending_handler<error_code, run_tools_result> handler_;

    int turn_ = 0;
    bool answered_ = false;
    std::vector<slot> slots_;
    std::size_t at_work_ = 0;
    bool tools_stopped_ = false;
    net::async_event news_;
    bool observer_failed_ = false;
    error_code ec_;
    run_tools_result result_;
};

} // namespace async_llm::detail

#endif
