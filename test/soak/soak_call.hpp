// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SOAK_SOAK_CALL_HPP
#define ASYNC_LLM_TEST_SOAK_SOAK_CALL_HPP

#include "soak/tally.hpp"
#include <async_llm/client.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace async_llm::soak {

namespace asio = boost::asio;

enum class call_kind {
    whole,
    hedged,
    /// The provider will refuse it.
    refused,
    /// The client will: it asks nothing.
    invalid,
    streamed,
    /// A stream that is left before its end.
    left,
};

/// May a call fail so on a bad day?
bool may_happen(error_code ec);

/// Task of a call.
struct call_plan {
    call_plan() = default;
    /// One of many, as chance has it; the number distinguishes it from all others.
    call_plan(std::size_t number, std::mt19937& random);

    call_kind kind = call_kind::whole;
    std::string text;
    int priority = 0;
    /// When it is cancelled, if it is.
    std::optional<std::chrono::milliseconds> cancel_after;
    /// Behind which chunk its stream is left.
    std::size_t leave_after = 0;
    /// May its client end before it?
    bool may_be_closed = false;
};

/// A call from its begin to its end, which it judges.
class soak_call : public std::enable_shared_from_this<soak_call> {
public:
    soak_call(call_plan plan, asio::any_io_executor executor, tally& book);

    void start(client const& from);

private:
    template <class Handler>
    auto bound(Handler handler);

    void cancel_later();
    void take(error_code ec, chat_response const& response);
    void take(error_code ec, chat_stream stream);
    void read();
    void take(error_code ec, std::optional<chat_chunk> const& chunk);
    void end(error_code ec, response_info const& info, bool left);
    ending check(error_code ec, response_info const& info, bool left) const;
    ending judge_failure(error_code ec, response_info const& info) const;

    call_plan const plan_;
    asio::strand<asio::any_io_executor> strand_;
    asio::steady_timer timer_;
    asio::cancellation_signal signal_;
    tally& book_;
    chat_stream stream_;
    std::string received_;
    std::size_t chunks_ = 0;
    bool cancelled_ = false;
    bool ended_ = false;
};

} // namespace async_llm::soak

#endif
