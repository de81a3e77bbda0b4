// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/server.hpp"
#include <async_llm/testing/mock_provider.hpp>

namespace async_llm::testing {

mock_options::mock_options() : mock_options(provider_dialect::openai) {}

mock_options::mock_options(provider_dialect manners)
    : dialect(manners),
      versions(tls_versions::tls_1_2_and_1_3),
      session_resumption(true),
      http2(false),
      max_concurrent_streams(128),
      settings_delay(0),
      address("127.0.0.1"),
      port(0),
      listen_backlog(0),
      check_authorization(true),
      check_body(true),
      any_endpoint(false),
      idle_timeout(0),
      max_requests_per_connection(0),
      announce_close(true),
      close_notify(true),
      max_head_size(64 * 1024),
      max_body_size(64 * 1024 * 1024),
      recorded_requests(100'000) {}

mock_options::mock_options(provider_dialect manners, tls_identity own) : mock_options(manners) {
    identity = std::move(own);
}

struct mock_provider::impl : server {
    using server::server;
};

mock_provider::mock_provider(asio::any_io_executor executor, mock_options options)
    : impl_(std::make_shared<impl>(std::move(executor), std::move(options))) {
    impl_->listen();
}

mock_provider::mock_provider(asio::any_io_executor executor)
    : mock_provider(std::move(executor), mock_options()) {}

mock_provider::~mock_provider() { impl_->stop(); }

mock_provider::executor_type mock_provider::get_executor() const noexcept { return impl_->executor(); }

std::uint16_t mock_provider::port() const noexcept { return impl_->port(); }

std::string mock_provider::base_url() const { return impl_->base_url(impl_->options().address); }

std::string mock_provider::base_url(std::string_view host) const { return impl_->base_url(host); }

void mock_provider::enqueue(scripted_reply reply) {
    std::vector<scripted_reply> replies;
    replies.push_back(std::move(reply));
    impl_->enqueue(std::move(replies));
}

void mock_provider::enqueue(std::vector<scripted_reply> replies) { impl_->enqueue(std::move(replies)); }

void mock_provider::respond_with(responder answer) { impl_->respond_with(std::move(answer)); }

std::size_t mock_provider::queued() const { return impl_->queued(); }

void mock_provider::set_accept_fault(accept_fault fault, std::size_t connections) {
    impl_->set_accept_fault(fault, connections);
}

void mock_provider::stop_listening() { impl_->stop_listening(); }

void mock_provider::resume_listening() { impl_->listen(); }

void mock_provider::close_idle_connections() { impl_->end_sessions(session_end::if_idle); }

void mock_provider::announce_max_streams(std::uint32_t streams) { impl_->announce_max_streams(streams); }

void mock_provider::reset_connections() { impl_->end_sessions(session_end::reset); }

void mock_provider::stop() { impl_->stop(); }

std::vector<received_request> mock_provider::requests() const { return impl_->requests(); }

received_request mock_provider::last_request() const { return impl_->last_request(); }

std::size_t mock_provider::request_count() const { return stats().requests; }

mock_stats mock_provider::stats() const { return impl_->board().stats(); }

mock_provider::executor_type mock_provider::executor_of(impl const& state) noexcept {
    return state.executor();
}

void mock_provider::start_wait(
    std::shared_ptr<impl> const& state,
    mock_event event,
    std::size_t number,
    wait_handler handler
) {
    state->board().wait(event, number, std::move(handler));
}

} // namespace async_llm::testing
