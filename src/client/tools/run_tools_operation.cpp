// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/tools/run_tools_operation.hpp"

#include "async/exception.hpp"
#include "async/try_post.hpp"
#include "base/ascii.hpp"
#include "base/sanitize.hpp"
#include "client/tools/tool_loop_checks.hpp"
#include <async_llm/chat_stream.hpp>
#include <async_llm/completion_builder.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <new>

namespace async_llm::detail {
namespace {

constexpr std::size_t max_shown_name = 100;
constexpr std::size_t max_shown_arguments = 300;

} // namespace

void run_tools_operation::start(std::shared_ptr<run_tools_operation> const& op) {
    op->registration_.begin_run(*op->impl_, op);
    op->handler_.forward_cancellation(op);
    net::launch_post(op);
}

// Without memory for that, the run finds out with the next event that it has.
void run_tools_operation::on_tool_ended() noexcept {
    net::try_post(strand(), [weak = weak_from_this()] {
        auto const self = std::static_pointer_cast<run_tools_operation>(weak.lock());
        if (self) self->news_.open();
    });
}

asio::awaitable<void> run_tools_operation::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    if (!prepare()) co_return;
    while (going()) {
        co_await ask();
        if (!going() || answered_) co_return;
        if (turn_ == options_.max_turns)
            end(errc::turn_limit_reached, "turn " + std::to_string(turn_) + " still asks for tools");
        else
            co_await call_tools();
        relax_tool_choice(request_);
    }
}

void run_tools_operation::finish(std::exception_ptr exception) noexcept {
    if (exception) end(net::error_from_exception(exception), "the run failed", exception);
    if (stop_reason() && !answered_) end(stop_reason(), "the run was ended before the model had answered");
    stop_tools();
    // The user's functions must not outlive the run.
    tools_.reset();
    options_.observer = nullptr;
    result_.messages = std::move(request_.messages);
    handler_.complete(ec_, std::move(result_));
}

void run_tools_operation::end(error_code ec, std::string_view detail, std::exception_ptr exception) noexcept {
    if (ec_) return;
    ec_ = ec;
    result_.exception = std::move(exception);
    try {
        std::string text(detail);
        credentials_->apply(text);
        if (!text.empty()) result_.response.info.detail = std::move(text);
    } catch (std::bad_alloc const&) {
        // The code has to do.
    }
}

run_step run_tools_operation::step(run_step::kind kind) const {
    run_step result;
    result.what = kind;
    result.turn = turn_;
    return result;
}

void run_tools_operation::observe(run_step const& step) {
    if (!options_.observer || observer_failed_) return;
    try {
        options_.observer(step);
    } catch (...) {
        observer_failed_ = true;
        auto const thrown = std::current_exception();
        end(net::error_from_exception(thrown), "the observer threw", thrown);
    }
}

// --------------------------------------------------------------------------------------- a turn of the model

bool run_tools_operation::prepare() {
    auto& info = result_.response.info;
    info.provider = impl_->first_provider().name;
    info.model = request_.model;
    std::string detail;
    if (auto const ec = check_run(request_, *tools_, options_, detail)) end(ec, detail);
    auto const& definitions = tools_->definitions();
    request_.tools.insert(request_.tools.end(), definitions.begin(), definitions.end());
    return going();
}

asio::awaitable<void> run_tools_operation::ask() {
    if (!reserve()) co_return;
    ++turn_;
    error_code ec;
    if (options_.stream)
        ec = co_await ask_streaming();
    else
        ec = co_await ask_whole();
    take_reply(ec);
}

/// Reserves for the next turn. False: it does not fit under the caps of the run, which ends.
bool run_tools_operation::reserve() {
    if (!spending_ || spending_->try_reserve(share_) == policy::spending_answer::granted) return true;
    end(errc::spending_limit_reached, spending_->explain());
    return false;
}

request_argument run_tools_operation::argument_of_turn() {
    auto argument = request_argument(request_).with(options_of_turn());
    argument->spending = std::move(share_);
    return argument;
}

request_options run_tools_operation::options_of_turn() const {
    auto options = options_.request;
    // Another turn is another request, to which the provider must not give the answer of the first.
    if (turn_ > 1 && !options.idempotency_key.empty()) options.idempotency_key += '-' + std::to_string(turn_);
    // Chunks are gathered here.
    if (options_.stream) options.keep_completion = false;
    return options;
}

asio::awaitable<error_code> run_tools_operation::ask_whole() {
    auto asking = initiate<&start_complete>(impl_, asio::as_tuple(asio::deferred), argument_of_turn());
    auto reply = co_await std::move(asking);
    result_.response = std::move(std::get<1>(reply));
    co_return std::get<0>(reply);
}

asio::awaitable<error_code> run_tools_operation::ask_streaming() {
    auto opening = initiate<&start_open_stream>(impl_, asio::as_tuple(asio::deferred), argument_of_turn());
    auto opened = co_await std::move(opening);
    auto ec = std::get<0>(opened);
    auto& stream = std::get<1>(opened);
    completion_builder builder(options_.request.max_response_size.value_or(impl_->config().max_response_size)
    );
    bool more = !ec;
    while (more && !ec && going()) {
        auto chunk = stream.try_next();
        if (!chunk) {
            auto next = stream.async_next(asio::as_tuple(asio::deferred));
            auto received = co_await std::move(next);
            ec = std::get<0>(received);
            chunk = std::move(std::get<1>(received));
        }
        more = chunk.has_value();
        if (!more) break;
        auto const refused = builder.add(*chunk);
        if (!ec) ec = refused;
        auto seen = step(run_step::kind::chunk);
        seen.chunk = &*chunk;
        observe(seen);
    }
    auto& response = result_.response;
    response.info = stream.info();
    response.error = stream.error();
    if (ec && response.info.detail.empty()) response.info.detail = builder.detail();
    response.completion = builder.take();
    // Left in the middle.
    if (more && stop_reason()) ec = stop_reason();
    co_return ec;
}

void run_tools_operation::take_reply(error_code ec) {
    auto const& completion = result_.response.completion;
    if (completion.usage) add_usage(*completion.usage, result_.total_usage);
    if (ec) return end(stop_reason() ? stop_reason() : ec, std::string());
    if (ec_) return;
    if (completion.choices.empty()) return end(errc::invalid_response, "the reply has no choice");
    auto const& calls = completion.choices.front().message.tool_calls;
    auto complaint = too_many_calls(calls.size(), options_.max_calls_per_turn);
    if (complaint.empty()) complaint = unusable_call(completion.choices.front());
    if (!complaint.empty()) return end(errc::invalid_response, std::move(complaint));
    ++result_.turns;
    message turn(completion.choices.front().message);
    complete_ids(turn, request_.messages.size());
    answered_ = turn.tool_calls.empty();
    request_.messages.push_back(std::move(turn));
    auto seen = step(run_step::kind::reply);
    seen.response = &result_.response;
    observe(seen);
}

// --------------------------------------------------------------------------------------- the tools of a turn

asio::awaitable<void> run_tools_operation::call_tools() {
    auto const& calls = request_.messages.back().tool_calls;
    for (auto const& call : calls) slots_.emplace_back(call);
    auto const most = options_.max_parallel_tools == 0 ? slots_.size() : options_.max_parallel_tools;
    std::size_t next = 0;
    while (true) {
        while (going() && next < slots_.size() && at_work_ < most) start_tool(next++);
        if (!going()) stop_tools();
        if (at_work_ == 0) break;
        if (!settle_ended()) co_await news_.wait();
    }
    take_results();
}

void run_tools_operation::start_tool(std::size_t index) {
    auto& call = slots_[index].call;
    auto seen = step(run_step::kind::tool_started);
    seen.call = &call;
    observe(seen);
    if (!going()) return;
    auto const* function = tools_->find(call.name);
    // Some models write white space around the name.
    if (!function) function = tools_->find(codec::trim(call.name));
    if (!function) {
        auto const problem = "there is no tool " + codec::quoted_line(call.name, max_shown_name);
        return record_outcome(index, tool_outcome(errc::tool_failed, problem));
    }
    tool_invocation invocation;
    error_code ec;
    if (call.type == "custom")
        invocation.arguments = call.arguments;
    else
        invocation.arguments = call.parse_arguments(ec);
    if (ec) {
        auto const problem =
            "the arguments are not JSON: " + codec::quoted_line(call.arguments, max_shown_arguments);
        return record_outcome(index, tool_outcome(ec, problem));
    }
    invocation.call = call;
    invocation.turn = turn_;
    slots_[index].tool = std::make_shared<tool_operation>(
        service(),
        std::static_pointer_cast<run_tools_operation>(shared_from_this()),
        std::shared_ptr<tool_function const>(tools_, function),
        std::move(invocation),
        options_.tool_timeout,
        credentials_
    );
    ++at_work_;
    net::launch_post(slots_[index].tool);
}

void run_tools_operation::stop_tools() {
    if (tools_stopped_) return;
    tools_stopped_ = true;
    for (auto const& each : slots_) {
        if (each.tool) each.tool->request_stop(asio::error::operation_aborted);
    }
}

// False: none has ended.
bool run_tools_operation::settle_ended() {
    bool any = false;
    for (std::size_t i = 0; i != slots_.size(); ++i) {
        auto const tool = slots_[i].tool;
        if (!tool || !tool->ended()) continue;
        any = true;
        --at_work_;
        slots_[i].tool.reset();
        record_outcome(i, tool->take_outcome());
    }
    return any;
}

void run_tools_operation::record_outcome(std::size_t index, tool_outcome outcome) {
    auto& place = slots_[index];
    // The provider and the observer get it.
    if (outcome.ec) credentials_->apply(outcome.text);
    bool const cancelled = outcome.ec == asio::error::operation_aborted;
    bool const ends_run = outcome.ec && !cancelled && options_.on_failure == tool_failure_policy::end_run;
    if (ends_run) {
        auto const tool = "the tool " + codec::quoted_line(place.call.name, max_shown_name);
        end(outcome.ec, tool + ": " + outcome.text, std::move(outcome.exception));
    } else if (!cancelled) {
        place.result = outcome.ec ? "error: " + outcome.text : std::move(outcome.text);
    }
    auto seen = step(run_step::kind::tool_finished);
    seen.call = &place.call;
    seen.result = place.result ? &*place.result : nullptr;
    seen.ec = outcome.ec;
    observe(seen);
}

void run_tools_operation::take_results() {
    for (auto& each : slots_) {
        if (!each.result) continue;
        request_.messages.push_back(message::tool_result(std::move(each.call.id), std::move(*each.result)));
    }
    slots_.clear();
}

} // namespace async_llm::detail
