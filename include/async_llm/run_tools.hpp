// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_RUN_TOOLS_HPP
#define ASYNC_LLM_RUN_TOOLS_HPP

#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_request.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/client.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/initiation.hpp>
#include <async_llm/request_options.hpp>
#include <async_llm/spending_limits.hpp>
#include <async_llm/tool.hpp>
#include <async_llm/with_response.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm {

/// Call of a tool.
struct tool_invocation {
    tool_invocation() = default;

    /// The call as the model wrote it, with an id in any case.
    tool_call call;
    /// Its arguments, parsed. Usually an object, but that is the model's to decide. Of a `custom` call: its
    /// input as a string.
    boost::json::value arguments;
    /// The turn of the model that asked for it, from 1.
    int turn = 0;
};

/// Function of a tool. Its text is what the model gets as the result; what it throws is its failure.
/**
 * Several calls of it may run at the same time, on different threads if the executor has several. It stays
 * until the run and its tools have ended, so a coroutine lambda may use what it has captured.
 */
using tool_function = std::function<asio::awaitable<std::string>(tool_invocation)>;

/// Tools by name: the description of each for the model, and the function for its calls.
/**
 * A value; copies share nothing but what the functions share.
 *
 * Give it a name before the `co_await` that uses it: g++ 12 destroys lambdas with captures twice that are
 * temporaries of such an expression.
 */
class toolbox {
public:
    ASYNC_LLM_DECL toolbox();
    ASYNC_LLM_DECL toolbox(toolbox const&);
    ASYNC_LLM_DECL toolbox(toolbox&&) noexcept;
    ASYNC_LLM_DECL toolbox& operator=(toolbox const&);
    ASYNC_LLM_DECL toolbox& operator=(toolbox&&) noexcept;
    ASYNC_LLM_DECL ~toolbox();

    /// Adds a tool; one that has the name already is replaced.
    /** `definition` needs a name: its own, or that of the `function` or `custom` object in a raw tool. */
    ASYNC_LLM_DECL toolbox& add(tool definition, tool_function function) &;
    ASYNC_LLM_DECL toolbox&& add(tool definition, tool_function function) &&;

    /// Adds a tool. `parameters` is a JSON schema of the arguments.
    ASYNC_LLM_DECL toolbox&
    add(std::string name, std::string description, boost::json::object parameters, tool_function function) &;
    ASYNC_LLM_DECL toolbox&&
    add(std::string name, std::string description, boost::json::object parameters, tool_function function) &&;

    /// Descriptions for the model, in the order in which the tools were added.
    std::vector<tool> const& definitions() const noexcept { return definitions_; }

    /// The function of the tool with this name; null pointer: there is none.
    ASYNC_LLM_DECL tool_function const* find(std::string_view name) const noexcept;

private:
    std::vector<tool> definitions_;
    std::vector<tool_function> functions_;
};

/// Treatment of a tool that throws, takes too long, does not exist, or gets arguments that are no JSON.
enum class tool_failure_policy {
    /// The model gets the error's text as the result, and may try something else.
    report_to_model,
    /// The run ends with `errc::tool_failed`, `errc::tool_timeout` or `errc::invalid_json`.
    end_run,
};

/// A step of a run, as an observer sees it. The pointers are valid during the call; those that do not apply
/// are null.
struct run_step {
    run_step() = default;

    enum class kind {
        /// A piece of the model's reply has come (only with `run_tools_options::stream`): `chunk`.
        chunk,
        /// A turn of the model is complete: `response`.
        reply,
        /// A tool begins: `call`.
        tool_started,
        /// A tool has ended: `call`; `result`, the text for the model, null if it gets none because the run
        /// ends; `ec` if
        /// the tool failed or was cancelled.
        tool_finished,
    };

    kind what = kind::reply;
    /// The turn of the model, from 1.
    int turn = 0;
    chat_chunk const* chunk = nullptr;
    chat_response const* response = nullptr;
    tool_call const* call = nullptr;
    std::string const* result = nullptr;
    error_code ec;
};

/// Options of \ref run_tools.
struct run_tools_options {
    ASYNC_LLM_DECL run_tools_options();
    ASYNC_LLM_DECL run_tools_options(run_tools_options const&);
    ASYNC_LLM_DECL run_tools_options(run_tools_options&&) noexcept;
    ASYNC_LLM_DECL run_tools_options& operator=(run_tools_options const&);
    ASYNC_LLM_DECL run_tools_options& operator=(run_tools_options&&) noexcept;
    ASYNC_LLM_DECL ~run_tools_options();

    /// For each call of the client. From the second turn on, `-2` and so on is appended to an idempotency
    /// key.
    request_options request;
    /// Most turns of the model; one that still asks for tools then ends the run with
    /// `errc::turn_limit_reached`. At least 1.
    int max_turns = 10;
    /// Most calls in one turn of the model. Default: 128, the most that a reply may have. 0: as many as that.
    /** A turn with more ends the run with `errc::invalid_response` before any of them is run. */
    std::size_t max_calls_per_turn = 128;
    /// Caps of what all turns cost together. None by default.
    /** A turn that fits no more is not begun, and the run ends with `errc::spending_limit_reached`. */
    spending_limits spending;
    /// Most tools at work at the same time. 0: no limit.
    std::size_t max_parallel_tools = 8;
    /// Most time for each tool. Zero: no limit. A tool is cancelled by then (`terminal`), and the run waits
    /// until it has ended.
    std::chrono::milliseconds tool_timeout{60'000};
    /// Treatment of a failed tool.
    tool_failure_policy on_failure = tool_failure_policy::report_to_model;
    /// Stream the model's turns, so that the observer sees each chunk.
    bool stream = false;
    /// Called at each step, one after the other, on the strand of the run. What it throws ends the run.
    /// Empty: none.
    std::function<void(run_step const&)> observer;
};

/// Result of a run.
struct run_tools_result {
    ASYNC_LLM_DECL run_tools_result();
    ASYNC_LLM_DECL run_tools_result(run_tools_result const&);
    ASYNC_LLM_DECL run_tools_result(run_tools_result&&) noexcept;
    ASYNC_LLM_DECL run_tools_result& operator=(run_tools_result const&);
    ASYNC_LLM_DECL run_tools_result& operator=(run_tools_result&&) noexcept;
    ASYNC_LLM_DECL ~run_tools_result();

    /// The last reply of the model: the answer, if all went well.
    chat_response response;
    /// The conversation with the model's turns and the tools' results; to go on with, put it into a request.
    /** A run that did not end with an answer may have left calls of its last turn without a result. */
    std::vector<message> messages;
    /// Turns of the model.
    int turns = 0;
    /// Tokens and cost of all turns together; the optional members that no turn reported stay unset. JSON
    /// members are empty.
    usage total_usage;
    /// Exception of the tool that ended the run, or of the observer. Null: none.
    std::exception_ptr exception;

    /// The answer's text.
    std::string_view text() const noexcept { return response.text(); }
};

/// Makes the exception that \ref with_response_t throws: that of the tool or the observer, if it has ended
/// the run, or a \ref completion_error.
ASYNC_LLM_DECL std::exception_ptr to_exception(error_code ec, run_tools_result&& run) noexcept;

/// Asks the model, does what it asks for with tools, and asks again with the results, until it answers.
/**
 * The tools of `tools` are added to `request.tools`. The calls of one turn run concurrently, and their
 * results go back in the order of the calls. Only the calls of the first choice count.
 *
 * Must be awaited in a coroutine, on whose executor the run lives. Throws what a tool that ended the run, or
 * the observer, threw; \ref completion_error for every other failure.
 *
 * A `tool_choice` that demands a call does so in the first turn alone; then it becomes `automatic`, or the
 * run would never end. A call that has no id gets one, in the model's turn and in the result; so has one
 * whose id the turn has twice.
 *
 * Cancelling it cancels the call of the model, or the running tools, and waits for those to end. The end of
 * the client does the same, with `errc::client_closed`.
 */
ASYNC_LLM_DECL asio::awaitable<run_tools_result> run_tools(
    client const& sender,
    chat_request request,
    toolbox tools,
    run_tools_options options = run_tools_options()
);

/// Overload for every completion token.
/**
 * Handler signature: `void(error_code, run_tools_result)`.
 *
 * Executor: the handler's associated executor, or else the client's. Never invoked from within this function.
 * The run lives there as well: the observer has a strand of that executor, and so has each tool; of the
 * client's if it is not fit for I/O, or the system's (`use_future`).
 *
 * Object lifetimes: all arguments but the client are moved or copied; the run shares the client's state.
 *
 * Per-operation cancellation: `terminal`, `partial` and `total`, with `asio::error::operation_aborted`, when
 * the running tools have ended. The signal is to be emitted on the handler's executor.
 *
 * Errors: those of \ref client::async_complete (and of \ref chat_stream::async_next);
 * `errc::turn_limit_reached`; `errc::spending_limit_reached`; `errc::invalid_response` for a turn with more
 * calls than `run_tools_options::max_calls_per_turn`, and for one that was cut off within a call (\ref
 * tool_call::is_cut), of which no tool runs; `errc::tool_failed`, `errc::tool_timeout`, `errc::invalid_json`
 * with `tool_failure_policy::end_run`; `errc::invalid_request`, before anything is sent, for options out of
 * bounds, a tool without a name or a function, and a name that is in `request.tools` too. If the observer
 * threw: the code of its `boost::system::system_error`, or a generic one. \ref run_tools_result is filled as
 * far as the run came.
 *
 * Thread safety: may be called from any thread.
 */
template <asio::completion_token_for<void(error_code, run_tools_result)> Token = with_response_t<>>
auto async_run_tools(
    client const& sender,
    chat_request request,
    toolbox tools,
    run_tools_options options,
    Token&& token = {}
) {
    return detail::initiate<&detail::start_run_tools>(
        detail::client_access::impl(sender),
        std::forward<Token>(token),
        std::move(request),
        std::move(tools),
        std::move(options)
    );
}

template <asio::completion_token_for<void(error_code, run_tools_result)> Token = with_response_t<>>
auto async_run_tools(client const& sender, chat_request request, toolbox tools, Token&& token = {}) {
    return async_run_tools(
        sender,
        std::move(request),
        std::move(tools),
        run_tools_options(),
        std::forward<Token>(token)
    );
}

} // namespace async_llm

#endif
