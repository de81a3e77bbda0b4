// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_SOCKET_WAIT_HPP
#define ASYNC_LLM_NET_SOCKET_WAIT_HPP

#include "net/byte_stream.hpp"
#include <async_llm/detail/config.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace async_llm::net {

/// Initiation of a wait for what a non-blocking step needs.
class socket_wait {
public:
    using executor_type = asio::ip::tcp::socket::executor_type;

    socket_wait(asio::ip::tcp::socket& socket, readiness need) noexcept : socket_(&socket), need_(need) {}

    executor_type get_executor() const noexcept { return socket_->get_executor(); }

    template <class Handler>
    void operator()(Handler handler) const {
        using socket = asio::ip::tcp::socket;
        switch (need_) {
        case readiness::readable: return socket_->async_wait(socket::wait_read, std::move(handler));
        case readiness::writable: return socket_->async_wait(socket::wait_write, std::move(handler));
        case readiness::either: return either<Handler>::start(*socket_, std::move(handler));
        case readiness::done:
        case readiness::turn: break;
        }
        auto const executor = asio::get_associated_executor(handler, socket_->get_executor());
        asio::post(executor, asio::append(std::move(handler), error_code()));
    }

private:
    /// Two waits, the first of which ends the other.
    template <class Handler>
    class either : public std::enable_shared_from_this<either<Handler>> {
    public:
        either(asio::ip::tcp::socket& socket, Handler handler)
            : socket_(socket), handler_(std::move(handler)) {}

        static void start(asio::ip::tcp::socket& socket, Handler handler) {
            auto const executor = asio::get_associated_executor(handler, socket.get_executor());
            auto slot = asio::get_associated_cancellation_slot(handler);
            auto const self = std::make_shared<either>(socket, std::move(handler));
            if (slot.is_connected()) {
                slot.assign([weak = self->weak_from_this()](asio::cancellation_type) {
                    if (auto const waiting = weak.lock()) waiting->cancel();
                });
            }
            for (auto const event : {asio::ip::tcp::socket::wait_read, asio::ip::tcp::socket::wait_write})
                socket.async_wait(event, asio::bind_executor(executor, [self](error_code ec) {
                                      self->end(ec);
                                  }));
        }

    private:
        void cancel() {
            error_code ignored;
            socket_.cancel(ignored);
        }

        void end(error_code ec) {
            if (--left_ == 1) {
                ec_ = ec;
                return cancel();
            }
            auto slot = asio::get_associated_cancellation_slot(handler_);
            if (slot.is_connected()) slot.clear();
            auto handler = std::move(handler_);
            std::move(handler)(ec_);
        }

        asio::ip::tcp::socket& socket_;
        Handler handler_;
        int left_ = 2;
        error_code ec_;
    };

    asio::ip::tcp::socket* socket_;
    readiness need_;
};

} // namespace async_llm::net

#endif
