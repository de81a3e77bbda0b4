// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/complete_call.hpp"

#include "base/free_list.hpp"
#include "client/call/complete_operation.hpp"
#include "client/call/hedged_operation.hpp"
#include "client/state/client_state.hpp"
#include <async_llm/client.hpp>
#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <utility>

namespace async_llm::detail {

void start_complete(std::shared_ptr<client_state> impl, request_argument request, complete_handler handler) {
    auto const& wished = request->options.hedge_delay;
    auto const delay = wished ? *wished : impl->router().hedge_delay();
    if (delay.count() > 0) {
        hedged_operation::start(
            std::make_shared<hedged_operation>(std::move(impl), std::move(request), delay, std::move(handler))
        );
        return;
    }
    complete_operation::start(std::allocate_shared<complete_operation>(
        free_list_allocator<complete_operation>(),
        std::move(impl),
        std::move(request),
        std::move(handler)
    ));
}

// Not a member: a coroutine that begins with a member function would hold a pointer to a client that may be
// gone.
asio::awaitable<chat_response>
complete_or_throw(std::shared_ptr<client_state> impl, request_argument argument) {
    auto initiate = complete_initiation(std::move(impl));
    auto operation =
        asio::async_initiate<asio::as_tuple_t<asio::deferred_t> const, void(error_code, chat_response)>(
            std::move(initiate),
            asio::as_tuple(asio::deferred),
            std::move(argument)
        );
    auto [ec, response] = co_await std::move(operation);
    if (ec) throw completion_error(ec, std::move(response));
    co_return std::move(response);
}

} // namespace async_llm::detail
