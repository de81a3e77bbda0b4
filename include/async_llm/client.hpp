// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_HPP
#define ASYNC_LLM_CLIENT_HPP

#include <async_llm/api_response.hpp>
#include <async_llm/chat_request.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/chat_stream.hpp>
#include <async_llm/client_config.hpp>
#include <async_llm/client_stats.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/endpoint_request.hpp>
#include <async_llm/detail/included_reply.hpp>
#include <async_llm/detail/initiation.hpp>
#include <async_llm/provider.hpp>
#include <async_llm/request_argument.hpp>
#include <async_llm/request_options.hpp>
#include <async_llm/with_response.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace async_llm {

struct structured_options;

/// Sends chat completions to one or more providers over pooled, verified connections.
/**
 * Lives on the caller's executor: it starts no thread and runs no loop. Idle connections do not keep
 * `io_context::run()` from returning.
 *
 * Object lifetimes: operations share the client's state, so the client may be destroyed while they run, which
 * cancels them (\ref cancel). Destroy it before the execution context. A moved-from client may only be
 * destroyed or assigned to.
 *
 * Thread safety: const members and \ref cancel may be called from any thread at any time. Each operation runs
 * on a strand of its own, so operations do not wait for each other on an executor with several threads.
 */
class ASYNC_LLM_DECL client {
public:
    using executor_type = asio::any_io_executor;

    /// Makes a client for this provider.
    /**
     * Nothing is connected before it is needed. `executor`: where operations run that bring none of their
     * own.
     *
     * Throws `boost::system::system_error` with `errc::invalid_request` and the name of the field for a
     * configuration that can't work: a base URL or proxy that is not one, a header or key with a line break,
     * a limit out of bounds; with OpenSSL's error for certificates and keys that can't be read.
     */
    client(executor_type executor, provider endpoint, client_config config = client_config());

    /// Makes a client of several providers, or several models: \ref fallback_policy says when each is asked.
    /// Throws as above.
    /** At least one target. Targets at the same origin share their connections. `response_info` says who
     * answered. */
    client(executor_type executor, std::vector<target> targets, client_config config);

    /// Makes a client on the executor of an execution context. Throws as above.
    template <class ExecutionContext>
        requires std::convertible_to<ExecutionContext&, asio::execution_context&>
    client(ExecutionContext& context, provider endpoint, client_config config = client_config())
        : client(executor_type(context.get_executor()), std::move(endpoint), std::move(config)) {}

    template <class ExecutionContext>
        requires std::convertible_to<ExecutionContext&, asio::execution_context&>
    client(ExecutionContext& context, std::vector<target> targets, client_config config)
        : client(executor_type(context.get_executor()), std::move(targets), std::move(config)) {}

    client(client&&) noexcept;
    client& operator=(client&&) noexcept;
    /// As \ref cancel. Does not block.
    ~client();

    /// The executor given to the constructor.
    executor_type get_executor() const noexcept;

    /// Sends a request and awaits its reply.
    /**
     * Must be awaited in a coroutine; the call begins when it is. Throws \ref completion_error where
     * \ref async_complete completes with an error. Everything else is as there.
     */
    asio::awaitable<chat_response>
    complete(request_argument request, request_options options = request_options()) const;

    /// Sends a request and completes with its reply.
    /**
     * Handler signature: `void(error_code, chat_response)`. With the default token, the operation is one to
     * `co_await`, which throws \ref completion_error: see \ref with_response_t.
     *
     * Executor: the handler's associated executor, or else the client's. It is never invoked from within this
     * function, and the executor is kept busy until then.
     *
     * Object lifetimes: `request` and `options` are moved or copied; nothing has to outlive the call.
     *
     * Per-operation cancellation: `terminal`, `partial` and `total`, in every phase, by the handler's
     * cancellation slot, which is to be emitted on the handler's executor. Completes promptly with
     * `asio::error::operation_aborted`. A connection on which bytes of this call were under way is closed.
     * `total` is ignored once the request is being sent: it may have had its effect, and the provider may
     * charge for it.
     *
     * Errors: any \ref errc, a status of \ref http_status_category, or `asio::error::operation_aborted`,
     * which means that the caller cancelled, and only that. `chat_response` is filled as far as the call
     * came.
     *
     * Thread safety: may be called from any thread.
     */
    template <asio::completion_token_for<void(error_code, chat_response)> Token = with_response_t<>>
    auto async_complete(request_argument request, Token&& token = {}) const {
        return detail::initiate<&detail::start_complete>(
            impl_,
            std::forward<Token>(token),
            std::move(request)
        );
    }

    template <asio::completion_token_for<void(error_code, chat_response)> Token = with_response_t<>>
    auto async_complete(request_argument request, request_options options, Token&& token = {}) const {
        return async_complete(std::move(request).with(std::move(options)), std::forward<Token>(token));
    }

    /// Sends a request and returns its reply as a stream, as soon as that begins.
    /**
     * Must be awaited in a coroutine. Throws \ref completion_error where \ref async_stream completes with an
     * error. Everything else is as there.
     */
    asio::awaitable<chat_stream> stream(request_argument request, request_options options = request_options())
        const;

    /// Sends a request and completes with its reply as a stream, as soon as that begins.
    /**
     * Completes when the head of the reply has come and promises a stream; a reply that is something else is
     * read to its end, because it says what went wrong. (One complete completion becomes a stream of one
     * chunk: some servers do not know how to stream.)
     *
     * Handler signature: `void(error_code, chat_stream)`. With an error, the stream has ended; its `info()`
     * and `error()` have the details.
     *
     * Errors: as \ref async_complete. Those that come later are reported by \ref chat_stream::async_next.
     *
     * Executor, object lifetimes, per-operation cancellation, thread safety: as \ref async_complete. The open
     * stream counts as a call under way until it has ended or is destroyed.
     */
    template <asio::completion_token_for<void(error_code, chat_stream)> Token = with_response_t<>>
    auto async_stream(request_argument request, Token&& token = {}) const {
        return detail::initiate<&detail::start_open_stream>(
            impl_,
            std::forward<Token>(token),
            std::move(request)
        );
    }

    template <asio::completion_token_for<void(error_code, chat_stream)> Token = with_response_t<>>
    auto async_stream(request_argument request, request_options options, Token&& token = {}) const {
        return async_stream(std::move(request).with(std::move(options)), std::forward<Token>(token));
    }

    /// Sends a body to any endpoint and awaits its reply.
    /**
     * Must be awaited in a coroutine; the call begins when it is. Throws \ref completion_error where
     * \ref async_post completes with an error; its `endpoint_response()` has the reply. Everything else is as
     * there.
     */
    asio::awaitable<api_response>
    post(std::string path, std::string body, request_options options = request_options()) const;

    /// Sends a body to any endpoint (embeddings, moderations, rerank, ...) and completes with its reply.
    /**
     * `path`: below the provider's base URL, with or without a slash in front, with or without a query. Where
     * the base URL names `/chat/completions` in full, that is taken off first, and a base URL without a path
     * has `/v1`: `embeddings` at `https://api.openai.com/v1/chat/completions` is
     * `https://api.openai.com/v1/embeddings`. The base URL's own query is kept, without the parameters that
     * the path's query names. At most 8192 bytes.
     *
     * `body`: sent as it is, byte for byte, as `application/json`; it is not looked at. Not empty.
     *
     * The reply comes back as it is. Any status from 200 to 299 is a success, whatever the body, except a
     * body that reports an error: an object with a member `error`, or its like, and nothing of an answer; or
     * one in a content coding, by its label, that is not decoded. It comes whole, also if `"stream": true`
     * asked for events.
     *
     * Limits, retries, fallback targets (whose `target::model` is not applied: the body goes as it is), keys,
     * timeouts, options and observers are those of \ref async_complete. Of rate limits, those for all models
     * count, with a quarter of the body's bytes and `rate_limit_policy::expected_reply_tokens` as its tokens
     * until the reply reports its own. Calls are not hedged.
     *
     * Handler signature: `void(error_code, api_response)`.
     *
     * Errors: as \ref async_complete; of the path or an empty body `errc::invalid_request`, before anything
     * is sent: of an absolute URL, a segment `.` or `..` (also percent-encoded), a fragment, a backslash, a
     * character that is not visible ASCII.
     *
     * Executor, object lifetimes, per-operation cancellation, thread safety: as \ref async_complete.
     */
    template <asio::completion_token_for<void(error_code, api_response)> Token = with_response_t<>>
    auto async_post(std::string path, std::string body, Token&& token = {}) const {
        return async_post(std::move(path), std::move(body), request_options(), std::forward<Token>(token));
    }

    template <asio::completion_token_for<void(error_code, api_response)> Token = with_response_t<>>
    auto async_post(std::string path, std::string body, request_options options, Token&& token = {}) const {
        return detail::initiate<&detail::start_endpoint_call>(
            impl_,
            std::forward<Token>(token),
            detail::endpoint_request::post(std::move(path), std::move(body), std::move(options))
        );
    }

    /// Asks any endpoint without a body and awaits its reply.
    /** Throws as \ref post. Everything else is as \ref async_get. */
    asio::awaitable<api_response> get(std::string path, request_options options = request_options()) const;

    /// Asks any endpoint (models, files, batches, ...) without a body and completes with its reply.
    /** No content type is sent, and no token is counted beforehand. Everything else is as \ref async_post. */
    template <asio::completion_token_for<void(error_code, api_response)> Token = with_response_t<>>
    auto async_get(std::string path, Token&& token = {}) const {
        return async_get(std::move(path), request_options(), std::forward<Token>(token));
    }

    template <asio::completion_token_for<void(error_code, api_response)> Token = with_response_t<>>
    auto async_get(std::string path, request_options options, Token&& token = {}) const {
        return detail::initiate<&detail::start_endpoint_call>(
            impl_,
            std::forward<Token>(token),
            detail::endpoint_request::get(std::move(path), std::move(options))
        );
    }

    /// Asks for an answer that is a `T`, decodes it, and returns it as a `structured_reply<T>`. Include
    /// `async_llm/structured_output.hpp` to use it.
    template <class T>
    asio::awaitable<detail::reply_as<T>> complete_as(chat_request request) const;
    template <class T>
    asio::awaitable<detail::reply_as<T>> complete_as(chat_request request, structured_options options) const;

    /// Completes with an answer that is a `T`, as a `structured_reply<T>`. Include
    /// `async_llm/structured_output.hpp` to use it.
    template <
        class T,
        asio::completion_token_for<void(error_code, detail::reply_as<T>)> Token = with_response_t<>>
    auto async_complete_as(chat_request request, Token&& token = {}) const;
    template <
        class T,
        asio::completion_token_for<void(error_code, detail::reply_as<T>)> Token = with_response_t<>>
    auto async_complete_as(chat_request request, structured_options options, Token&& token = {}) const;

    /// Makes connections to the first target ahead of time, and completes when they are there.
    /**
     * Resolves, connects and shakes hands, and sends nothing: for the first calls of a voice assistant, or a
     * burst that is about to come. `connections`: number of connections that are to be idle then; those that
     * are count, and no more are made than `pool_config::max_connections` allows. They are kept without
     * regard to `pool_config::idle_timeout` until their first use, but not beyond the server's patience; one
     * that it has closed is replaced when a call finds it.
     *
     * Handler signature: `void(error_code)`. The first connection that can't be made ends it, and those that
     * were made stay.
     *
     * Executor, object lifetimes, thread safety: as \ref async_complete.
     *
     * Per-operation cancellation: `terminal`, `partial` and `total`, with `asio::error::operation_aborted`;
     * connections in the making that no call needs are ended.
     *
     * Errors: those of the phases from resolving to the TLS handshake, `errc::client_closed`,
     * `asio::error::operation_aborted`.
     */
    template <asio::completion_token_for<void(error_code)> Token = with_response_t<>>
    auto async_warm_up(std::size_t connections, Token&& token = {}) const {
        return async_warm_up(std::size_t(0), connections, std::forward<Token>(token));
    }

    /// Makes connections to a target ahead of time, and completes when they are there.
    /** `target`: its index; `errc::invalid_request` if there is none. Everything else is as the other \ref
     * async_warm_up. */
    template <asio::completion_token_for<void(error_code)> Token = with_response_t<>>
    auto async_warm_up(std::size_t target, std::size_t connections, Token&& token = {}) const {
        return detail::initiate<&detail::start_warm_up>(
            impl_,
            std::forward<Token>(token),
            target,
            connections
        );
    }

    /// Makes connections to the first target ahead of time.
    /** Must be awaited in a coroutine. Throws `boost::system::system_error` where \ref async_warm_up
     * completes with an error. Everything else is as there. */
    asio::awaitable<void> warm_up(std::size_t connections) const;

    /// Lets the calls under way finish, refuses new ones, and completes when the last connection is closed.
    /**
     * What is not done after `drain` is cancelled; zero: immediately. The calls that are refused or cancelled
     * by it end with `errc::client_closed`.
     *
     * Handler signature: `void(error_code)`; `errc::deadline_exceeded` if calls had to be cancelled.
     *
     * Executor, object lifetimes, thread safety: as \ref async_complete.
     *
     * Per-operation cancellation: `terminal`, `partial` and `total` end the waiting with
     * `asio::error::operation_aborted`; the client stays closed for new calls.
     */
    template <asio::completion_token_for<void(error_code)> Token = with_response_t<>>
    auto async_shutdown(std::chrono::milliseconds drain, Token&& token = {}) const {
        return detail::initiate<&detail::start_shutdown>(impl_, std::forward<Token>(token), drain);
    }

    /// Ends all calls under way with `errc::client_closed`, closes all connections, and refuses new calls.
    /** Does not block; the calls complete on their executors afterwards. Thread safety: any thread. */
    void cancel() const;

    /// Counters and gauges as they are now. Thread safety: any thread.
    client_stats stats() const;

private:
    friend struct detail::client_access;

    std::shared_ptr<detail::client_state> impl_;
};

namespace detail {

inline std::shared_ptr<client_state> const& client_access::impl(client const& sender) noexcept {
    return sender.impl_;
}

} // namespace detail

} // namespace async_llm

#endif
