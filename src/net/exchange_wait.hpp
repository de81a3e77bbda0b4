// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_EXCHANGE_WAIT_HPP
#define ASYNC_LLM_NET_EXCHANGE_WAIT_HPP

#include "async/wake_slot.hpp"
#include "net/byte_stream.hpp"
#include "net/socket_wait.hpp"
#include "net/transport.hpp"
#include <async_llm/detail/config.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <utility>

namespace async_llm::net {

/// Initiation of a wait for what an exchange needs: of its place, or, without one, of the socket.
class exchange_wait {
public:
    using executor_type = socket_wait::executor_type;

    exchange_wait(readiness need, stream& transport, wake_slot* place) noexcept
        : need_(need), transport_(transport), place_(place) {}

    executor_type get_executor() const noexcept { return transport_.get_executor(); }

    template <class Handler>
    void operator()(Handler handler) const {
        if (place_)
            place_->wait(std::move(handler));
        else
            transport_.begin_wait(need_, std::move(handler));
    }

private:
    readiness need_;
    stream& transport_;
    wake_slot* place_;
};

/// Waits for what an exchange needs. To be awaited where it is called; its result does not matter.
inline auto wait_for(readiness need, stream& transport, wake_slot* place) {
    return asio::async_initiate<asio::as_tuple_t<asio::deferred_t> const, void(error_code)>(
        exchange_wait(need, transport, place),
        asio::as_tuple(asio::deferred)
    );
}

} // namespace async_llm::net

#endif
