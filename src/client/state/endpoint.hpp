// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STATE_ENDPOINT_HPP
#define ASYNC_LLM_CLIENT_STATE_ENDPOINT_HPP

#include "codec/http/base_url.hpp"
#include "codec/http/request_head.hpp"
#include "net/connection_pool.hpp"
#include <async_llm/fallback.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace async_llm::detail {

/// One target of a client, with all that its calls have in common. Does not change.
struct endpoint {
    explicit endpoint(target t) : settings(std::move(t)) {}

    target settings;
    codec::base_url url;
    /// For each key.
    std::vector<codec::static_request_head> heads;
    /// Targets at the same origin have the same.
    std::shared_ptr<net::connection_pool> pool;
};

} // namespace async_llm::detail

#endif
