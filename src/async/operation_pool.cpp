// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/operation_pool.hpp"

#include "async/try_post.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <utility>

namespace async_llm::net {
namespace {

// More would be of use only where so many calls end before others begin.
constexpr std::size_t max_free_strands = 1024;

// A strand around a type-erased executor is too large for the buffer of an any_io_executor, and each question
// to what it wraps is answered on the heap: some twenty allocations a call. Nearly every user runs an
// io_context.
asio::any_io_executor make_strand(asio::any_io_executor const& executor) {
    if (auto const* const loop = executor.target<asio::io_context::executor_type>())
        return asio::make_strand(*loop);
    return asio::make_strand(executor);
}

} // namespace

bool is_running_here(asio::any_io_executor const& strand) noexcept {
    if (auto const* const of_loop = strand.target<asio::strand<asio::io_context::executor_type>>())
        return of_loop->running_in_this_thread();
    auto const* const of_any = strand.target<asio::strand<asio::any_io_executor>>();
    return of_any && of_any->running_in_this_thread();
}

operation_pool::operation_pool(asio::any_io_executor executor)
    : executor_(std::move(executor)), watchdog_(std::make_shared<net::watchdog>(executor_)) {
    // So that giving back can't fail.
    free_strands_.reserve(max_free_strands);
}

operation_pool::~operation_pool() = default;

asio::any_io_executor operation_pool::take_strand() {
    {
        std::lock_guard const lock(mutex_);
        if (!free_strands_.empty()) {
            auto strand = std::move(free_strands_.back());
            free_strands_.pop_back();
            return strand;
        }
    }
    make_sure_of_memory();
    return make_strand(executor_);
}

void operation_pool::give_back(asio::any_io_executor&& strand) noexcept {
    std::lock_guard const lock(mutex_);
    if (free_strands_.size() < max_free_strands) free_strands_.push_back(std::move(strand));
}

} // namespace async_llm::net
