// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/stream/stream_operation.hpp"
#include <async_llm/chat_stream.hpp>
#include <async_llm/completion_error.hpp>
#include <async_llm/with_response.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace async_llm {
namespace detail {

asio::any_io_executor executor_of(stream_operation const& stream) noexcept { return stream.executor(); }

void start_next(stream_ptr const& stream, next_handler handler) {
    stream->start_next(pending_next(std::move(handler)));
}

void start_next_into(stream_ptr const& stream, next_into_handler handler, chat_chunk* out) {
    stream->start_next(pending_next(std::move(handler), *out));
}

void start_collect(stream_ptr const& stream, collect_handler handler) {
    stream->start_collect(std::move(handler));
}

std::exception_ptr to_exception(error_code ec, stream_operation const& stream) noexcept {
    try {
        // Another operation owns what the stream knows.
        bool const owned = ec == errc::operation_in_progress;
        return async_llm::to_exception(ec, owned ? chat_response() : stream.snapshot());
    } catch (...) {
        return std::current_exception();
    }
}

} // namespace detail

namespace {

// Not members: a coroutine that begins with a member function would hold a pointer to a stream that may be
// gone.
asio::awaitable<bool> fill_next(detail::stream_ptr op, chat_chunk& chunk) {
    if (op->try_next(chunk)) co_return true;
    auto operation = detail::initiate<&detail::start_next_into>(std::move(op), with_response_t<>(), &chunk);
    bool const more = co_await std::move(operation);
    co_return more;
}

asio::awaitable<std::optional<chat_chunk>> take_next(detail::stream_ptr op) {
    std::optional<chat_chunk> chunk(std::in_place);
    // Not by way of the other one's coroutine: most chunks are here already.
    if (!op->try_next(*chunk)) {
        auto operation =
            detail::initiate<&detail::start_next_into>(std::move(op), with_response_t<>(), &*chunk);
        bool const more = co_await std::move(operation);
        if (!more) chunk.reset();
    }
    co_return std::move(chunk);
}

} // namespace

std::exception_ptr to_exception(error_code ec, chat_stream&& failed) noexcept {
    try {
        chat_response response;
        if (failed) {
            response.info = failed.info();
            response.error = failed.error();
        }
        return to_exception(ec, std::move(response));
    } catch (...) {
        return std::current_exception();
    }
}

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

asio::awaitable<std::optional<chat_chunk>> chat_stream::next() { return take_next(op_); }

asio::awaitable<bool> chat_stream::next(chat_chunk& chunk) { return fill_next(op_, chunk); }

std::optional<chat_chunk> chat_stream::try_next() {
    // Filled where it goes to: to move a chunk costs as much as to find it.
    std::optional<chat_chunk> result(std::in_place);
    if (!op_->try_next(*result)) result.reset();
    return result;
}

bool chat_stream::try_next(chat_chunk& chunk) { return op_->try_next(chunk); }

asio::awaitable<chat_response> chat_stream::collect() {
    return async_collect(with_response(asio::use_awaitable));
}

void chat_stream::cancel() { op_->cancel(); }

response_info const& chat_stream::info() const noexcept { return op_->info(); }

api_error const& chat_stream::error() const noexcept { return op_->error(); }

chat_completion const& chat_stream::completion() const noexcept { return op_->completion(); }

} // namespace async_llm
