// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/complete_call.hpp"
#include "client/shutdown_operation.hpp"
#include "client/state/client_state.hpp"
#include "client/stream/stream_operation.hpp"
#include <async_llm/client.hpp>
#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <new>
#include <utility>
#include <vector>

namespace async_llm {
namespace detail {

initiation::initiation(std::shared_ptr<client_state> impl) noexcept : impl_(std::move(impl)) {}
initiation::initiation(initiation const&) = default;
initiation::initiation(initiation&&) noexcept = default;
initiation::~initiation() = default;

initiation::executor_type initiation::get_executor() const noexcept { return impl_->executor(); }

void complete_initiation::start(request_argument argument, complete_handler handler) const {
    start_complete(impl_, std::move(argument), std::move(handler));
}

void open_stream_initiation::start(request_argument argument, open_stream_handler handler) const {
    stream_operation::start(std::make_shared<stream_operation>(impl_, std::move(argument), std::move(handler))
    );
}

void shutdown_initiation::start(std::chrono::milliseconds drain, shutdown_handler handler) const {
    shutdown_operation::start(std::make_shared<shutdown_operation>(impl_, drain, std::move(handler)));
}

} // namespace detail

namespace {

asio::awaitable<chat_stream>
stream_or_throw(std::shared_ptr<detail::client_state> impl, request_argument argument) {
    auto initiate = detail::open_stream_initiation(std::move(impl));
    auto operation =
        asio::async_initiate<asio::as_tuple_t<asio::deferred_t> const, void(error_code, chat_stream)>(
            std::move(initiate),
            asio::as_tuple(asio::deferred),
            std::move(argument)
        );
    auto [ec, stream] = co_await std::move(operation);
    if (ec) {
        chat_response response;
        response.info = stream.info();
        response.error = stream.error();
        throw completion_error(ec, std::move(response));
    }
    co_return std::move(stream);
}

// Without memory for that, what is under way ends by itself.
void cancel_or_leave(detail::client_state& impl) noexcept {
    try {
        impl.cancel();
    } catch (std::bad_alloc const&) {
    }
}

} // namespace

client::client(executor_type executor, provider endpoint)
    : client(std::move(executor), std::move(endpoint), client_config()) {}

client::client(executor_type executor, provider endpoint, client_config config)
    : client(std::move(executor), std::vector<target>(1, target(std::move(endpoint))), std::move(config)) {}

client::client(executor_type executor, std::vector<target> targets, client_config config)
    : impl_(std::make_shared<detail::client_state>(std::move(executor), std::move(targets), std::move(config))
      ) {}

client::client(client&&) noexcept = default;

client& client::operator=(client&& other) noexcept {
    if (this != &other) {
        if (impl_) cancel_or_leave(*impl_);
        impl_ = std::move(other.impl_);
    }
    return *this;
}

client::~client() {
    if (impl_) cancel_or_leave(*impl_);
}

client::executor_type client::get_executor() const noexcept { return impl_->executor(); }

asio::awaitable<chat_response> client::complete(request_argument request) const {
    return detail::complete_or_throw(impl_, std::move(request));
}

asio::awaitable<chat_response> client::complete(request_argument request, request_options options) const {
    return detail::complete_or_throw(impl_, std::move(request).with(std::move(options)));
}

asio::awaitable<chat_stream> client::stream(request_argument request) const {
    return stream_or_throw(impl_, std::move(request));
}

asio::awaitable<chat_stream> client::stream(request_argument request, request_options options) const {
    return stream_or_throw(impl_, std::move(request).with(std::move(options)));
}

void client::cancel() const { impl_->cancel(); }

client_stats client::stats() const { return impl_->stats(); }

} // namespace async_llm
