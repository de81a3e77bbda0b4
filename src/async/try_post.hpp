// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_TRY_POST_HPP
#define ASYNC_LLM_ASYNC_TRY_POST_HPP

#include <async_llm/detail/config.hpp>

#include <boost/asio/post.hpp>

#include <exception>
#include <new>

namespace async_llm::net {

/// Most tries of a post that finds no memory: other threads, and the calls that fail for it, give memory
/// back.
constexpr int max_post_tries = 3;

/// Throws `std::bad_alloc` unless there is memory for a post, or for a strand.
/**
 * Asio 1.26 can't go back half way. A post locks an idle strand before it has the memory to run it, and
 * without that the strand never runs anything again; of a strand without memory, what was not initialized is
 * destroyed. What is free here is there for it, unless another thread is faster.
 */
inline void make_sure_of_memory() { ::operator delete(::operator new(1024)); }

/// Posts a copy of a function. False: there is no memory for that, or no executor any more.
template <class Executor, class Function>
bool try_post(Executor const& executor, Function const& function) noexcept {
    for (int i = 0; i != max_post_tries; ++i) {
        try {
            make_sure_of_memory();
            asio::post(executor, function);
            return true;
        } catch (std::bad_alloc const&) {
        } catch (std::exception const&) {
            return false;
        }
    }
    return false;
}

} // namespace async_llm::net

#endif
