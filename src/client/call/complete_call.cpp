// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/free_list.hpp"
#include "client/call/complete_operation.hpp"
#include "client/call/hedged_operation.hpp"
#include "client/state/client_state.hpp"
#include <async_llm/detail/initiation.hpp>

#include <utility>

namespace async_llm::detail {

void start_complete(client_ptr const& client, complete_handler handler, request_argument request) {
    auto const& wished = request->options.hedge_delay;
    auto const delay = wished ? *wished : client->router().hedge_delay();
    if (delay.count() > 0) {
        hedged_operation::start(
            std::make_shared<hedged_operation>(client, std::move(request), delay, std::move(handler))
        );
        return;
    }
    complete_operation::start(std::allocate_shared<complete_operation>(
        free_list_allocator<complete_operation>(),
        client,
        std::move(request),
        std::move(handler)
    ));
}

} // namespace async_llm::detail
