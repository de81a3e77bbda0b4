// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/bulk/bulk_operation.hpp"
#include <async_llm/bulk.hpp>
#include <async_llm/client.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace async_llm {
namespace detail {

bulk_next_initiation::bulk_next_initiation(std::shared_ptr<bulk_operation> op) noexcept
    : op_(std::move(op)) {}
bulk_next_initiation::bulk_next_initiation(bulk_next_initiation const&) = default;
bulk_next_initiation::bulk_next_initiation(bulk_next_initiation&&) noexcept = default;
bulk_next_initiation::~bulk_next_initiation() = default;

bulk_next_initiation::executor_type bulk_next_initiation::get_executor() const noexcept {
    return op_->executor();
}

void bulk_next_initiation::start(bulk_next_handler handler) const { op_->start_next(std::move(handler)); }

complete_all_initiation::complete_all_initiation(client const& sender)
    : complete_all_initiation(client_access::impl(sender), sender.get_executor()) {}

complete_all_initiation::complete_all_initiation(
    std::shared_ptr<client_state> impl,
    asio::any_io_executor runs_on
)
    : initiation(std::move(impl)), runs_on_(std::move(runs_on)) {}

void complete_all_initiation::start(bulk_source requests, bulk_options options, complete_all_handler handler)
    const {
    auto const op =
        std::make_shared<bulk_operation>(impl_, runs_on_, std::move(requests), std::move(options));
    op->start_gathering(std::move(handler));
}

} // namespace detail

namespace {

using run_ptr = std::shared_ptr<detail::bulk_operation>;
using tuple_token = asio::as_tuple_t<asio::deferred_t>;

[[noreturn]] void throw_failure(error_code ec, detail::bulk_operation const& op) {
    auto report = op.report();
    // An exception of the run is not the fault of an operation that was refused.
    if (report.exception && ec != errc::operation_in_progress) std::rethrow_exception(report.exception);
    throw bulk_error(ec, std::move(report));
}

// Not a member: a coroutine that begins with a member function would hold a pointer to a run that may be
// gone.
asio::awaitable<std::optional<bulk_result>> next_or_throw(run_ptr op) {
    auto initiate = detail::bulk_next_initiation(op);
    auto operation = asio::async_initiate<tuple_token const, void(error_code, std::optional<bulk_result>)>(
        std::move(initiate),
        asio::as_tuple(asio::deferred)
    );
    auto [ec, result] = co_await std::move(operation);
    if (ec) throw_failure(ec, *op);
    co_return std::move(result);
}

// Takes the client's state, because a coroutine that refers to the client would find it gone.
asio::awaitable<bulk_report>
all_or_throw(std::shared_ptr<detail::client_state> impl, bulk_source requests, bulk_options options) {
    asio::any_io_executor executor = co_await asio::this_coro::executor;
    auto initiate = detail::complete_all_initiation(std::move(impl), std::move(executor));
    auto operation =
        asio::async_initiate<asio::as_tuple_t<asio::deferred_t> const, void(error_code, bulk_report)>(
            std::move(initiate),
            asio::as_tuple(asio::deferred),
            std::move(requests),
            std::move(options)
        );
    auto [ec, report] = co_await std::move(operation);
    if (ec && report.exception) std::rethrow_exception(report.exception);
    if (ec) throw bulk_error(ec, std::move(report));
    co_return std::move(report);
}

} // namespace

bulk::bulk() noexcept = default;

bulk::bulk(client const& sender, bulk_source requests) : bulk(sender, std::move(requests), bulk_options()) {}

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

asio::awaitable<std::optional<bulk_result>> bulk::next() { return next_or_throw(op_); }

bulk_progress bulk::progress() const { return op_->progress(); }

std::exception_ptr bulk::exception() const { return op_->report().exception; }

void bulk::cancel() { op_->cancel(); }

asio::awaitable<bulk_report> complete_all(client const& sender, bulk_source requests) {
    return complete_all(sender, std::move(requests), bulk_options());
}

asio::awaitable<bulk_report> complete_all(client const& sender, bulk_source requests, bulk_options options) {
    return all_or_throw(detail::client_access::impl(sender), std::move(requests), std::move(options));
}

} // namespace async_llm
