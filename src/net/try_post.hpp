// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_TRY_POST_HPP
#define ASYNC_LLM_NET_TRY_POST_HPP

#include <async_llm/detail/config.hpp>

#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace async_llm::net {

/// Most tries of a post that finds no memory: other threads, and the calls that fail for it, give memory
/// back.
constexpr int max_post_tries = 3;

/// Posts a copy of a function. False: there is no memory for that.
template <class Executor, class Function>
bool try_post(Executor const& executor, Function const& function) noexcept {
    for (int i = 0; i != max_post_tries; ++i) {
        try {
            asio::post(executor, function);
            return true;
        } catch (std::bad_alloc const&) {
        }
    }
    return false;
}

} // namespace async_llm::net

#endif
