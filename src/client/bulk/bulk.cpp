// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/bulk/bulk_operation.hpp"
#include <async_llm/bulk.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/use_awaitable.hpp>

namespace async_llm {
namespace detail {

asio::any_io_executor executor_of(bulk_operation const& run) noexcept { return run.executor(); }

void start_bulk_next(bulk_ptr const& run, bulk_next_handler handler) { run->start_next(std::move(handler)); }

void start_complete_all(
    client_ptr const& client,
    complete_all_handler handler,
    bulk_source requests,
    bulk_options options
) {
    auto const op =
        std::make_shared<bulk_operation>(client, handler.executor(), std::move(requests), std::move(options));
    op->start_gathering(std::move(handler));
}

std::exception_ptr to_exception(error_code ec, bulk_operation const& run) noexcept {
    try {
        auto report = run.report();
        // An exception of the run is not the fault of an operation that was refused.
        if (ec == errc::operation_in_progress) report.exception = nullptr;
        return async_llm::to_exception(ec, std::move(report));
    } catch (...) {
        return std::current_exception();
    }
}

} // namespace detail

bulk::bulk() noexcept = default;

bulk::bulk(client const& sender, bulk_source requests, bulk_options options)
    : op_(std::make_shared<detail::bulk_operation>(
          detail::client_access::impl(sender),
          sender.get_executor(),
          std::move(requests),
          std::move(options)
      )) {}

bulk::bulk(bulk&& other) noexcept = default;

bulk& bulk::operator=(bulk&& other) noexcept {
    if (this != &other) {
        if (op_) op_->cancel();
        op_ = std::move(other.op_);
    }
    return *this;
}

bulk::~bulk() {
    if (op_) op_->cancel();
}

bulk::executor_type bulk::get_executor() const noexcept { return op_->executor(); }

asio::awaitable<std::optional<bulk_result>> bulk::next() {
    return async_next(with_response(asio::use_awaitable));
}

bulk_progress bulk::progress() const { return op_->progress(); }

std::exception_ptr bulk::exception() const { return op_->report().exception; }

void bulk::cancel() { op_->cancel(); }

asio::awaitable<bulk_report> complete_all(client const& sender, bulk_source requests, bulk_options options) {
    return async_complete_all(
        sender,
        std::move(requests),
        std::move(options),
        with_response(asio::use_awaitable)
    );
}

} // namespace async_llm
