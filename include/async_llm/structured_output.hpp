// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_STRUCTURED_OUTPUT_HPP
#define ASYNC_LLM_STRUCTURED_OUTPUT_HPP

#include <async_llm/chat_request.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/client.hpp>
#include <async_llm/detail/adapted_handler.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/describe_value.hpp>
#include <async_llm/detail/initiation.hpp>
#include <async_llm/json_schema.hpp>
#include <async_llm/request_options.hpp>
#include <async_llm/run_tools.hpp>
#include <async_llm/tool.hpp>
#include <async_llm/with_response.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/value.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

/// \file
/// Answers that are values of the caller's types, and tools whose arguments are.
/**
 * ```
 * struct forecast {
 *     std::string city;
 *     std::vector<double> highs;
 *     std::optional<std::string> warning;
 * };
 * BOOST_DESCRIBE_STRUCT(forecast, (), (city, highs, warning))
 *
 * auto reply = co_await client.complete_as<forecast>(request);
 * std::cout << reply.value.city;
 * ```
 */
namespace async_llm {

/// Way in which the model learns the form of its answer.
enum class schema_mode {
    /// `json_schema` if the provider's dialect allows it, otherwise `json_object`.
    automatic,
    /// By `response_format` with the schema.
    json_schema,
    /// By `response_format` for some JSON object, with the schema in the system message.
    json_object,
    /// By the system message alone, for models that know no `response_format`.
    prompt,
};

/// Options of \ref client::complete_as.
struct structured_options {
    ASYNC_LLM_DECL structured_options();
    ASYNC_LLM_DECL structured_options(structured_options const&);
    ASYNC_LLM_DECL structured_options(structured_options&&) noexcept;
    ASYNC_LLM_DECL structured_options& operator=(structured_options const&);
    ASYNC_LLM_DECL structured_options& operator=(structured_options&&) noexcept;
    ASYNC_LLM_DECL ~structured_options();

    /// For each call of the client; its timeouts, too, are those of one call.
    request_options request;
    /// Way in which the model learns the form of its answer.
    schema_mode mode = schema_mode::automatic;
    /// With `json_schema`: the form that is sent, and `strict` accordingly. A type that holds a
    /// `boost::json::value` goes in the open form, because no server takes it in the other.
    schema_form form = schema_form::strict;
    /// The schema's name: 1 to 64 of `a-z A-Z 0-9 _ -`. Empty: the struct's name, made to fit.
    std::string name;
    /// Strictness with which the answer has to fit.
    decode_mode decoding = decode_mode::lenient;
    /// Most times that the model is asked again with a description of what did not fit. Refusals and answers
    /// that were cut off are final.
    int max_reasks = 0;
};

/// An answer in the form that was asked for.
template <class T>
struct structured_reply {
    structured_reply() = default;

    T value{};
    /// The reply that it was in.
    chat_response response;
    /// Number of times that the model was asked, from 1.
    int attempts = 0;
    /// Exception of the user's `describe_schema` that ended the call. Null: none.
    std::exception_ptr exception;
};

/// Makes the exception that \ref with_response_t throws: that of `describe_schema`, or a \ref
/// completion_error.
template <class T>
std::exception_ptr to_exception(error_code ec, structured_reply<T>&& reply) noexcept {
    if (reply.exception) return reply.exception;
    return to_exception(ec, std::move(reply.response));
}

namespace detail {

/// Type that is asked for, with the places of a \ref structured_reply.
struct answer_target {
    template <class T>
    answer_target(value_type const& object_type, structured_reply<T>& reply) noexcept
        : object(&object_type),
          value(describe_value<T>(), &reply.value, &renew<T>),
          response(&reply.response),
          attempts(&reply.attempts),
          exception(&reply.exception) {}

    /// The type of the answer as a whole: the value's own, or an object around it.
    value_type const* object;
    value_slot value;
    chat_response* response;
    int* attempts;
    std::exception_ptr* exception;
};

/// `{"value": ...}`, because servers take objects only.
template <class T>
value_type const& describe_wrapped() {
    static constexpr member_type member("value", &describe_value<T>, [](void* value) { return value; });
    static constexpr auto type = [] {
        record_type record(typeid(T));
        record.members = &member;
        record.count = 1;
        return record;
    }();
    return type;
}

template <class T>
answer_target target_of(structured_reply<T>& reply) {
    if constexpr (described_record<T>)
        return answer_target(describe_value<T>(), reply);
    else
        return answer_target(describe_wrapped<T>(), reply);
}

/// Gives a handler the reply that was filled.
template <class T>
class give_reply {
public:
    explicit give_reply(std::shared_ptr<structured_reply<T>> reply) noexcept : reply_(std::move(reply)) {}

    template <class Handler>
    void operator()(Handler&& handler, error_code ec) {
        std::forward<Handler>(handler)(ec, std::move(*reply_));
    }

private:
    std::shared_ptr<structured_reply<T>> reply_;
};

/// Initiation of \ref client::async_complete_as, called by Asio.
template <class T>
class complete_as_initiation : public initiation<&start_structured> {
    using base = initiation<&start_structured>;

public:
    using base::base;

    template <class Handler>
    void operator()(Handler&& handler, chat_request request, structured_options options) const {
        auto reply = std::make_shared<structured_reply<T>>();
        auto const target = target_of(*reply);
        auto adapted = adapt_handler(std::forward<Handler>(handler), give_reply<T>(std::move(reply)));
        base::operator()(std::move(adapted), std::move(request), std::move(options), target);
    }
};

ASYNC_LLM_DECL tool make_tool(std::string name, std::string description, value_type const& arguments);
ASYNC_LLM_DECL std::string tool_result_text(boost::json::value const& result);

template <class Result>
std::string tool_result(Result result) {
    if constexpr (std::convertible_to<Result, std::string>)
        return std::string(std::move(result));
    else if constexpr (std::convertible_to<Result, boost::json::value>)
        return tool_result_text(std::move(result));
    else
        return tool_result_text(encode_json(result));
}

template <class Arguments, class Function>
asio::awaitable<std::string> call_typed_tool(std::shared_ptr<Function> function, tool_invocation invocation) {
    Arguments arguments{};
    std::string detail;
    error_code const ec = decode_json(invocation.arguments, arguments, decode_mode::lenient, detail);
    if (ec) throw boost::system::system_error(ec, detail);
    auto running = (*function)(std::move(arguments));
    auto result = co_await std::move(running);
    co_return tool_result(std::move(result));
}

} // namespace detail

/// Asks for an answer that is a `T`, and decodes it.
/**
 * Must be awaited in a coroutine. Throws \ref completion_error with the last reply where \ref
 * client::async_complete_as completes with an error, and what the user's `describe_schema` throws. Everything
 * else is as there.
 */
template <class T>
asio::awaitable<detail::reply_as<T>> client::complete_as(chat_request request) const {
    return async_complete_as<T>(std::move(request), with_response(asio::use_awaitable));
}

template <class T>
asio::awaitable<detail::reply_as<T>> client::complete_as(chat_request request, structured_options options)
    const {
    return async_complete_as<T>(std::move(request), std::move(options), with_response(asio::use_awaitable));
}

/// Asks for an answer that is a `T`, decodes it, and completes with it.
/**
 * Sets `request.response_format` (or adds to its system message, see \ref schema_mode) and decodes the text
 * of the first choice. `T` is what json_schema.hpp lists, default-constructible and movable. If it is not a
 * struct, the model is asked for an object with the member `value`.
 *
 * Handler signature: `void(error_code, structured_reply<T>)`. With an error, the reply has the last response.
 *
 * Executor: the handler's associated executor, or else the client's. The answer is decoded on a strand there;
 * of the client's if it is not fit for I/O, or the system's (`use_future`).
 *
 * Object lifetimes, thread safety: as \ref client::async_complete.
 *
 * Per-operation cancellation: as \ref client::async_complete. `total` lets a request that was sent go on, but
 * the model is not asked again.
 *
 * Errors:
 *  - `errc::schema_mismatch`: the answer does not fit. `info.detail` names the path and shows the beginning
 * of the text; it also says if the answer was cut off (`finish_reason` `length`) or the model called a tool.
 *  - `errc::model_refused`: the model refused; `info.detail` has its words.
 *  - `errc::invalid_request`: also for options out of bounds.
 *  - whatever \ref client::async_complete may complete with.
 *  - if the user's `describe_schema` threw, the code of its `boost::system::system_error`, or a generic one.
 */
template <class T, asio::completion_token_for<void(error_code, detail::reply_as<T>)> Token>
auto client::async_complete_as(chat_request request, Token&& token) const {
    return async_complete_as<T>(std::move(request), structured_options(), std::forward<Token>(token));
}

template <class T, asio::completion_token_for<void(error_code, detail::reply_as<T>)> Token>
auto client::async_complete_as(chat_request request, structured_options options, Token&& token) const {
    return asio::async_initiate<Token, void(error_code, structured_reply<T>)>(
        detail::complete_as_initiation<T>(impl_),
        token,
        std::move(request),
        std::move(options)
    );
}

/// The definition of a tool whose arguments are a described struct; strict, unless that holds a
/// `boost::json::value`.
template <class Arguments>
tool make_tool(std::string name, std::string description) {
    static_assert(
        detail::described_record<Arguments>,
        "async_llm: a tool's arguments are a described struct"
    );
    return detail::make_tool(std::move(name), std::move(description), detail::describe_value<Arguments>());
}

/// A tool's function that takes its arguments as a described struct.
/**
 * `function` is called with an `Arguments` and returns an awaitable of the result: a text, a
 * `boost::json::value`, `object` or `array`, or a type that json_schema.hpp lists, of which the model gets
 * the JSON. Calls may run at the same time, and all of them, and all copies of the result, call one
 * `function`.
 *
 * Arguments are decoded leniently. What does not fit is thrown as `boost::system::system_error` with
 * `errc::schema_mismatch` and the path; \ref tool_failure_policy says what becomes of it.
 *
 * ```
 * tools.add(make_tool<place>("get_weather", "Current weather of a place"), typed_tool<place>(get_weather));
 * ```
 */
template <class Arguments, class Function>
    requires std::invocable<Function&, Arguments>
tool_function typed_tool(Function function) {
    auto shared = std::make_shared<Function>(std::move(function));
    return [shared](tool_invocation invocation) {
        return detail::call_typed_tool<Arguments, Function>(shared, std::move(invocation));
    };
}

} // namespace async_llm

#endif
