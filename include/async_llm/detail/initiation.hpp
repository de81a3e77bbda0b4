// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_INITIATION_HPP
#define ASYNC_LLM_DETAIL_INITIATION_HPP

#include <async_llm/chat_response.hpp>
#include <async_llm/chat_stream.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/erased_handler.hpp>
#include <async_llm/request_argument.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace async_llm {

class client;

namespace detail {

class client_state;

/// The way from a client to what it shares with its operations.
struct client_access {
    static std::shared_ptr<client_state> const& impl(client const& sender) noexcept;
};

using complete_handler = erased_handler<error_code, chat_response>;
using open_stream_handler = erased_handler<error_code, chat_stream>;
using shutdown_handler = erased_handler<error_code>;

/// Initiation of an operation, called by Asio. It reports the I/O executor, so that adapters such as
/// `cancel_after` work.
class ASYNC_LLM_DECL initiation {
public:
    using executor_type = asio::any_io_executor;

    explicit initiation(std::shared_ptr<client_state> impl) noexcept;
    initiation(initiation const&);
    initiation(initiation&&) noexcept;
    initiation& operator=(initiation const&) = delete;
    ~initiation();

    executor_type get_executor() const noexcept;

protected:
    std::shared_ptr<client_state> impl_;
};

class ASYNC_LLM_DECL complete_initiation : public initiation {
public:
    using initiation::initiation;

    template <class Handler>
    void operator()(Handler&& handler, request_argument argument) const {
        start(std::move(argument), complete_handler(std::forward<Handler>(handler), get_executor()));
    }

private:
    void start(request_argument argument, complete_handler handler) const;
};

class ASYNC_LLM_DECL open_stream_initiation : public initiation {
public:
    using initiation::initiation;

    template <class Handler>
    void operator()(Handler&& handler, request_argument argument) const {
        start(std::move(argument), open_stream_handler(std::forward<Handler>(handler), get_executor()));
    }

private:
    void start(request_argument argument, open_stream_handler handler) const;
};

class ASYNC_LLM_DECL shutdown_initiation : public initiation {
public:
    using initiation::initiation;

    template <class Handler>
    void operator()(Handler&& handler, std::chrono::milliseconds drain) const {
        start(drain, shutdown_handler(std::forward<Handler>(handler), get_executor()));
    }

private:
    void start(std::chrono::milliseconds drain, shutdown_handler handler) const;
};

} // namespace detail

} // namespace async_llm

#endif
