// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "client/client_impl.hpp"

#include "client/complete_operation.hpp"
#include "client/shutdown_operation.hpp"
#include "client/stream_operation.hpp"
#include "codec/base_url.hpp"
#include "codec/ip_address.hpp"
#include "net/connect_operation.hpp"
#include "net/tls_context.hpp"
#include <async_llm/error.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace async_llm::detail {
namespace {

// Sessions kept at most: each takes some KiB, and a server hands out one or two per connection.
constexpr std::size_t max_kept_sessions = 256;

[[noreturn]] void refuse(std::string const& what) {
    throw boost::system::system_error(errc::invalid_request, what);
}

void refuse_if(error_code const& ec, char const* field, std::string const& detail) {
    if (ec) throw boost::system::system_error(ec, std::string(field) + ": " + detail);
}

void check_duration(char const* field, std::chrono::milliseconds value) {
    if (value.count() < 0) refuse(std::string(field) + ": is negative");
}

void check_at_least(char const* field, std::size_t value, std::size_t least) {
    if (value < least) refuse(std::string(field) + ": is below " + std::to_string(least));
}

void check(client_config const& c) {
    check_duration("timeouts.resolve", c.timeouts.resolve);
    check_duration("timeouts.connect", c.timeouts.connect);
    check_duration("timeouts.tls_handshake", c.timeouts.tls_handshake);
    check_duration("timeouts.pool", c.timeouts.pool);
    check_duration("timeouts.write", c.timeouts.write);
    check_duration("timeouts.first_byte", c.timeouts.first_byte);
    check_duration("timeouts.first_content", c.timeouts.first_content);
    check_duration("timeouts.content_idle", c.timeouts.content_idle);
    check_duration("timeouts.total", c.timeouts.total);
    check_duration("pool.idle_timeout", c.pool.idle_timeout);
    check_duration("pool.max_age", c.pool.max_age);
    check_duration("pool.dns_ttl", c.pool.dns_ttl);
    check_duration("pool.address_race_delay", c.pool.address_race_delay);
    check_at_least("pool.max_connections", c.pool.max_connections, 1);
    check_at_least("pool.max_connecting", c.pool.max_connecting, 1);
    check_at_least("max_header_size", c.max_header_size, 1024);
    check_at_least("max_json_depth", c.max_json_depth, 8);
    if (c.max_event_size != 0) check_at_least("max_event_size", c.max_event_size, 1024);
}

std::optional<net::proxy_route> find_proxy(codec::base_url const& url, client_config const& config) {
    auto text = config.proxy;
    if (!text)
        text = codec::proxy_from_environment(url, [](char const* name) -> char const* {
            return std::getenv(name);
        });
    if (!text || text->empty()) return std::nullopt;
    codec::proxy_url parsed;
    std::string detail;
    refuse_if(codec::parse_proxy_url(*text, parsed, detail), "proxy", detail);
    net::proxy_route route;
    route.host = parsed.host;
    route.port = parsed.port;
    route.authorization = parsed.authorization.reveal();
    return route;
}

std::shared_ptr<net::tls_context const> make_tls(codec::base_url const& url, client_config const& config) {
    if (!url.tls) return nullptr;
    auto const sessions = std::min(config.pool.max_connections, max_kept_sessions);
    if (config.tls.server_name.empty())
        return std::make_shared<net::tls_context>(config.tls, url.host, url.is_address, sessions);
    auto const is_address = codec::parse_ip(config.tls.server_name).has_value();
    return std::make_shared<net::tls_context>(config.tls, config.tls.server_name, is_address, sessions);
}

} // namespace

client_impl::client_impl(asio::any_io_executor executor, provider endpoint, client_config config)
    : executor_(std::move(executor)), endpoint_(std::move(endpoint)), config_(std::move(config)) {
    check(config_);
    std::string detail;
    codec::base_url url;
    refuse_if(codec::parse_base_url(endpoint_.base_url, url, detail), "base_url", detail);
    refuse_if(
        codec::build_static_head(url, endpoint_, config_.user_agent, head_, detail),
        "provider",
        detail
    );
    names_ = std::make_shared<net::resolve_cache>(executor_, config_.pool.dns_ttl);
    auto const route = std::make_shared<net::route>();
    route->host = url.host;
    route->port = url.port;
    route->host_is_address = url.is_address;
    route->proxy = find_proxy(url, config_);
    route->tls = make_tls(url, config_);
    route->names = names_;
    route->limits = config_.timeouts;
    route->race_delay = config_.pool.address_race_delay;
    route->max_header_size = config_.max_header_size;
    pool_ = std::make_shared<net::connection_pool>(executor_, route, config_.pool);
}

client_impl::~client_impl() = default;

void client_impl::start_complete(chat_request request, request_options options, complete_handler handler) {
    complete_operation::start(std::make_shared<complete_operation>(
        shared_from_this(),
        std::move(request),
        std::move(options),
        std::move(handler)
    ));
}

void client_impl::start_stream(chat_request request, request_options options, open_stream_handler handler) {
    stream_operation::start(std::make_shared<stream_operation>(
        shared_from_this(),
        std::move(request),
        std::move(options),
        std::move(handler)
    ));
}

void client_impl::start_shutdown(std::chrono::milliseconds drain, shutdown_handler handler) {
    auto const op = std::make_shared<shutdown_operation>(shared_from_this(), drain, std::move(handler));
    {
        std::lock_guard lock(mutex_);
        refusing_ = true;
        shutdowns_.push_back(op);
    }
    shutdown_operation::start(op);
}

void client_impl::cancel() { end_all(); }

bool client_impl::register_call(std::weak_ptr<net::operation> call, registration& where) {
    std::lock_guard lock(mutex_);
    where = calls_.insert(calls_.end(), std::move(call));
    return !refusing_;
}

void client_impl::unregister_call(registration where, bool succeeded) noexcept {
    bool last = false;
    {
        std::lock_guard lock(mutex_);
        calls_.erase(where);
        ++(succeeded ? completed_ : failed_);
        last = calls_.empty() && !shutdowns_.empty();
    }
    if (last) notify_shutdowns();
}

void client_impl::count_replay() {
    std::lock_guard lock(mutex_);
    ++replays_;
}

client_impl::registration client_impl::register_run(std::weak_ptr<net::operation> run) {
    std::lock_guard lock(mutex_);
    return runs_.insert(runs_.end(), std::move(run));
}

void client_impl::unregister_run(registration where) noexcept {
    std::lock_guard lock(mutex_);
    runs_.erase(where);
}

void client_impl::end_all() {
    std::vector<std::shared_ptr<net::operation>> running;
    {
        std::lock_guard lock(mutex_);
        refusing_ = true;
        running.reserve(runs_.size() + calls_.size());
        // The runs first: they make calls.
        for (auto const* list : {&runs_, &calls_}) {
            for (auto const& each : *list) {
                if (auto op = each.lock()) running.push_back(std::move(op));
            }
        }
    }
    for (auto const& op : running) op->request_stop(errc::client_closed);
    // The pool outlives us if connections are still in use, so the callback must not keep us, nor rely on us.
    pool_->on_drained([weak = weak_from_this()] {
        if (auto const self = weak.lock()) self->on_pool_drained();
    });
    pool_->close();
}

void client_impl::on_pool_drained() {
    {
        std::lock_guard lock(mutex_);
        pool_drained_ = true;
    }
    notify_shutdowns();
}

void client_impl::notify_shutdowns() {
    std::vector<std::weak_ptr<shutdown_operation>> waiting;
    {
        std::lock_guard lock(mutex_);
        std::erase_if(shutdowns_, [](auto const& op) { return op.expired(); });
        waiting = shutdowns_;
    }
    for (auto const& weak : waiting) {
        if (auto const op = weak.lock()) op->notify();
    }
}

bool client_impl::calls_ended() const {
    std::lock_guard lock(mutex_);
    return calls_.empty();
}

bool client_impl::ended() const {
    std::lock_guard lock(mutex_);
    return calls_.empty() && pool_drained_;
}

client_stats client_impl::stats() const {
    auto const pool = pool_->stats();
    client_stats s;
    s.waiting = pool.waiting;
    s.connections_in_use = pool.in_use;
    s.connections_idle = pool.idle;
    s.connections_connecting = pool.connecting;
    s.connections_opened = pool.opened;
    s.connections_failed = pool.failed;
    s.connections_reused = pool.reused;
    s.tls_full_handshakes = pool.tls_full;
    s.tls_resumed_handshakes = pool.tls_resumed;
    s.names_resolved = names_->lookups();
    std::lock_guard lock(mutex_);
    s.calls_in_flight = calls_.size();
    s.calls_completed = completed_;
    s.calls_failed = failed_;
    s.replays = replays_;
    return s;
}

} // namespace async_llm::detail
