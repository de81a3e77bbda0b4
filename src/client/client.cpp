// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/shutdown_operation.hpp"
#include "client/state/client_state.hpp"
#include "client/stream/stream_operation.hpp"
#include "client/warm_up_operation.hpp"
#include <async_llm/client.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <new>

namespace async_llm {
namespace detail {

asio::any_io_executor executor_of(client_state const& client) noexcept { return client.executor(); }

void start_open_stream(client_ptr const& client, open_stream_handler handler, request_argument argument) {
    stream_operation::start(
        std::make_shared<stream_operation>(client, std::move(argument), std::move(handler))
    );
}

void start_shutdown(client_ptr const& client, shutdown_handler handler, std::chrono::milliseconds drain) {
    shutdown_operation::start(std::make_shared<shutdown_operation>(client, drain, std::move(handler)));
}

void start_warm_up(
    client_ptr const& client,
    warm_up_handler handler,
    std::size_t target,
    std::size_t connections
) {
    warm_up_operation::start(
        std::make_shared<warm_up_operation>(client, target, connections, std::move(handler))
    );
}

} // namespace detail

namespace {

// Without memory for that, what is under way ends by itself.
void cancel_or_leave(detail::client_state& impl) noexcept {
    try {
        impl.cancel();
    } catch (std::bad_alloc const&) {
    }
}

} // namespace

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

asio::awaitable<chat_response> client::complete(request_argument request, request_options options) const {
    return async_complete(std::move(request), std::move(options), with_response(asio::use_awaitable));
}

asio::awaitable<api_response> client::post(std::string path, std::string body, request_options options)
    const {
    auto token = with_response(asio::use_awaitable);
    return async_post(std::move(path), std::move(body), std::move(options), std::move(token));
}

asio::awaitable<api_response> client::get(std::string path, request_options options) const {
    return async_get(std::move(path), std::move(options), with_response(asio::use_awaitable));
}

asio::awaitable<void> client::warm_up(std::size_t connections) const {
    return async_warm_up(connections, with_response(asio::use_awaitable));
}

asio::awaitable<chat_stream> client::stream(request_argument request, request_options options) const {
    return async_stream(std::move(request), std::move(options), with_response(asio::use_awaitable));
}

void client::cancel() const { impl_->cancel(); }

client_stats client::stats() const { return impl_->stats(); }

} // namespace async_llm
