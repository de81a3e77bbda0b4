// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/stream/stream_operation.hpp"
#include <async_llm/chat_stream.hpp>
#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <utility>

namespace async_llm {
namespace detail {

stream_initiation::stream_initiation(std::shared_ptr<stream_operation> op) noexcept : op_(std::move(op)) {}
stream_initiation::stream_initiation(stream_initiation const&) = default;
stream_initiation::stream_initiation(stream_initiation&&) noexcept = default;
stream_initiation::~stream_initiation() = default;

stream_initiation::executor_type stream_initiation::get_executor() const noexcept { return op_->executor(); }

void next_initiation::start(next_handler handler) const { op_->start_next(pending_next(std::move(handler))); }

void next_into_initiation::start(next_into_handler handler, chat_chunk& out) const {
    op_->start_next(pending_next(std::move(handler), out));
}

void collect_initiation::start(collect_handler handler) const { op_->start_collect(std::move(handler)); }

} // namespace detail

namespace {

using stream_ptr = std::shared_ptr<detail::stream_operation>;
using tuple_token = asio::as_tuple_t<asio::deferred_t>;

[[noreturn]] void throw_failure(error_code ec, detail::stream_operation const& op) {
    // Another operation owns what the stream knows.
    if (ec == errc::operation_in_progress) throw completion_error(ec, chat_response());
    throw completion_error(ec, op.snapshot());
}

// Not members: a coroutine that begins with a member function would hold a pointer to a stream that may be
// gone.
asio::awaitable<bool> next_into_or_throw(stream_ptr op, chat_chunk& chunk) {
    if (op->try_next(chunk)) co_return true;
    auto initiate = detail::next_into_initiation(op);
    auto operation = asio::async_initiate<tuple_token const, void(error_code, bool)>(
        std::move(initiate),
        asio::as_tuple(asio::deferred),
        &chunk
    );
    auto const [ec, more] = co_await std::move(operation);
    if (ec) throw_failure(ec, *op);
    co_return more;
}

asio::awaitable<std::optional<chat_chunk>> next_or_throw(stream_ptr op) {
    std::optional<chat_chunk> chunk(std::in_place);
    // Not by way of the other one's coroutine: most chunks are here already.
    if (!op->try_next(*chunk)) {
        bool const more = co_await next_into_or_throw(std::move(op), *chunk);
        if (!more) chunk.reset();
    }
    co_return std::move(chunk);
}

asio::awaitable<chat_response> collect_or_throw(stream_ptr op) {
    auto initiate = detail::collect_initiation(op);
    auto operation = asio::async_initiate<tuple_token const, void(error_code, chat_response)>(
        std::move(initiate),
        asio::as_tuple(asio::deferred)
    );
    auto [ec, response] = co_await std::move(operation);
    if (ec) throw completion_error(ec, std::move(response));
    co_return std::move(response);
}

} // namespace

chat_stream::chat_stream() noexcept = default;

chat_stream::chat_stream(std::shared_ptr<detail::stream_operation> op) noexcept : op_(std::move(op)) {}

chat_stream::chat_stream(chat_stream&& other) noexcept = default;

chat_stream& chat_stream::operator=(chat_stream&& other) noexcept {
    if (this != &other) {
        if (op_) op_->abandon();
        op_ = std::move(other.op_);
    }
    return *this;
}

chat_stream::~chat_stream() {
    if (op_) op_->abandon();
}

chat_stream::executor_type chat_stream::get_executor() const noexcept { return op_->executor(); }

asio::awaitable<std::optional<chat_chunk>> chat_stream::next() { return next_or_throw(op_); }

asio::awaitable<bool> chat_stream::next(chat_chunk& chunk) { return next_into_or_throw(op_, chunk); }

std::optional<chat_chunk> chat_stream::try_next() {
    // Filled where it goes to: to move a chunk costs as much as to find it.
    std::optional<chat_chunk> result(std::in_place);
    if (!op_->try_next(*result)) result.reset();
    return result;
}

bool chat_stream::try_next(chat_chunk& chunk) { return op_->try_next(chunk); }

asio::awaitable<chat_response> chat_stream::collect() { return collect_or_throw(op_); }

void chat_stream::cancel() { op_->cancel(); }

response_info const& chat_stream::info() const noexcept { return op_->info(); }

api_error const& chat_stream::error() const noexcept { return op_->error(); }

chat_completion const& chat_stream::completion() const noexcept { return op_->completion(); }

} // namespace async_llm
