// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/state/client_state.hpp"

#include "client/state/validate_config.hpp"
#include "codec/http/base_url.hpp"
#include "codec/http/ip_address.hpp"
#include "net/connect_operation.hpp"
#include "net/tls/tls_context.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/context_as.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/system_executor.hpp>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace async_llm::detail {
namespace {

// Sessions kept at most: each takes some KiB, and a server hands out one or two per connection.
constexpr std::size_t max_kept_sessions = 256;

/// Returns whether an executor runs on the threads of Asio's own, which no caller has chosen.
bool is_of_system(asio::any_io_executor const& executor) {
    constexpr auto context = asio::execution::context_as<asio::execution_context&>;
    return &asio::query(executor, context) == &asio::query(asio::system_executor(), asio::execution::context);
}

std::optional<net::proxy_route> find_proxy(codec::base_url const& url, client_config const& config) {
    if (url.is_local) return std::nullopt;
    auto text = config.proxy;
    if (!text)
        text = codec::proxy_from_environment(url, [](char const* name) -> char const* {
            return std::getenv(name);
        });
    if (!text || text->empty()) return std::nullopt;
    codec::proxy_url parsed;
    std::string detail;
    refuse_if(codec::parse_proxy_url(*text, parsed, detail), detail);
    net::proxy_route route;
    route.scheme = parsed.scheme;
    route.host = parsed.host;
    route.port = parsed.port;
    route.authorization = parsed.authorization.reveal();
    route.user = parsed.user;
    route.password = parsed.password.reveal();
    return route;
}

codec::credential_mask secrets_of(std::vector<endpoint> const& endpoints, client_config const& config) {
    codec::credential_mask result;
    for (auto const& each : endpoints) {
        auto const& provider = each.settings.provider;
        result.add_secret(provider.key.reveal());
        for (auto const& key : provider.more_keys) result.add_secret(key.reveal());
        result.add_headers(provider.headers);
        result.add_query(each.url.target);
        if (auto const proxy = find_proxy(each.url, config)) {
            result.add_authorization(proxy->authorization);
            result.add_secret(proxy->password);
        }
    }
    return result;
}

std::shared_ptr<net::tls_context const> make_tls(codec::base_url const& url, client_config const& config) {
    if (!url.tls) return nullptr;
    auto const sessions = std::min(config.pool.max_connections, max_kept_sessions);
    if (config.tls.server_name.empty())
        return std::make_shared<net::tls_context>(config.tls, url.host, url.is_address, sessions);
    auto const is_address = codec::parse_ip(config.tls.server_name).has_value();
    return std::make_shared<net::tls_context>(config.tls, config.tls.server_name, is_address, sessions);
}

/// Chooses the version of HTTP for a server.
net::route::protocol version_of(codec::base_url const& url, http2_mode mode, bool prior_knowledge) {
    using protocol = net::route::protocol;
    error_code const refused = errc::invalid_request;
    if (prior_knowledge && url.tls)
        throw boost::system::system_error(
            refused,
            "provider.http2_prior_knowledge: is for http:// and unix: alone"
        );
#ifdef ASYNC_LLM_HAS_HTTP2
    if (prior_knowledge) return protocol::http2;
    return mode == http2_mode::prefer && url.tls ? protocol::by_alpn : protocol::http1;
#else
    if (prior_knowledge)
        throw boost::system::system_error(refused, "provider.http2_prior_knowledge: HTTP/2 is not built in");
    static_cast<void>(mode);
    return protocol::http1;
#endif
}

} // namespace

client_state::client_state(asio::any_io_executor executor, std::vector<target> targets, client_config config)
    : executor_(std::move(executor)), config_(std::move(config)) {
    validate_config(config_);
    check_targets(targets);
    router_ = std::make_unique<detail::router>(targets, config_);
    limiter_ = std::make_shared<detail::limiter>(executor_, targets, config_);
    reply_memory_ = std::make_shared<detail::reply_memory>(config_.max_reply_memory);
    spending_ = spending_account::make(config_.spending, config_.pool.max_waiters);
    service_ = std::make_shared<net::operation_pool>(executor_);
    names_ = std::make_shared<net::resolve_cache>(executor_, config_.pool.dns_ttl);
    for (auto& each : targets) add_endpoint(std::move(each));
    drained_.resize(pools_.size());
    credentials_ = std::make_shared<codec::credential_mask const>(secrets_of(endpoints_, config_));
}

void client_state::add_endpoint(target t) {
    auto& made = endpoints_.emplace_back(std::move(t));
    auto& provider = made.settings.provider;
    std::string detail;
    refuse_if(codec::parse_base_url(provider.base_url, made.url, detail), detail);
    auto with_key = provider;
    auto const add_head = [&](credential const& key) {
        with_key.key = key;
        auto const ec = codec::build_static_head(
            made.url,
            with_key,
            config_.user_agent,
            config_.pool.keep_alive,
            made.heads.emplace_back(),
            detail
        );
        refuse_if(ec, "provider: " + detail);
    };
    add_head(provider.key);
    for (auto const& key : provider.more_keys) add_head(key);
    made.pool = pool_for(made.url, provider.http2_prior_knowledge);
}

std::shared_ptr<net::connection_pool>
client_state::pool_for(codec::base_url const& url, bool http2_prior_knowledge) {
    for (auto const& each : endpoints_) {
        auto const& known = each.url;
        bool const is_same_way = each.settings.provider.http2_prior_knowledge == http2_prior_knowledge;
        if (each.pool && known.tls == url.tls && known.host == url.host && known.port == url.port &&
            is_same_way)
            return each.pool;
    }
    auto const route = std::make_shared<net::route>();
    route->host = url.host;
    route->port = url.port;
    route->host_is_address = url.is_address;
    route->is_local = url.is_local;
    route->proxy = find_proxy(url, config_);
    route->tls = make_tls(url, config_);
    route->names = names_;
    route->service = service_;
    route->limits = config_.timeouts;
    route->race_delay = config_.pool.address_race_delay;
    route->max_header_size = config_.max_header_size;
    route->version = version_of(url, config_.pool.http2, http2_prior_knowledge);
    route->ping_interval = config_.pool.ping_interval;
    return pools_.emplace_back(std::make_shared<net::connection_pool>(route, config_.pool));
}

bool client_state::allows_json_schema() const noexcept {
    return std::all_of(endpoints_.begin(), endpoints_.end(), [](endpoint const& each) {
        return each.settings.provider.dialect.allows_json_schema;
    });
}

client_state::~client_state() = default;

std::shared_ptr<codec::credential_mask const>
client_state::credentials_for(std::vector<http_header> const& fields, std::string_view path) const {
    bool const own = path.find('?') != std::string_view::npos ||
        std::any_of(fields.begin(), fields.end(), [](http_header const& field) {
                         return codec::carries_credential(field.name);
                     });
    if (!own) return credentials_;
    auto result = std::make_shared<codec::credential_mask>(*credentials_);
    result->add_headers(fields);
    result->add_query(path);
    return result;
}

void client_state::begin_shutdown(std::weak_ptr<end_watcher> watcher) {
    std::lock_guard lock(mutex_);
    watchers_.push_back(std::move(watcher));
    ++shutdowns_begun_;
}

void client_state::undo_shutdown() noexcept {
    std::lock_guard lock(mutex_);
    --shutdowns_begun_;
}

void client_state::cancel() { end_all(); }

bool client_state::register_call(std::weak_ptr<net::operation> call, entry& position) {
    std::lock_guard lock(mutex_);
    if (free_calls_.empty()) free_calls_.emplace_back();
    position = free_calls_.begin();
    *position = std::move(call);
    calls_.splice(calls_.end(), free_calls_, position);
    return !closed_ && shutdowns_begun_ == 0;
}

void client_state::unregister_call(entry position, bool succeeded) noexcept {
    bool last = false;
    {
        std::lock_guard lock(mutex_);
        position->reset();
        free_calls_.splice(free_calls_.begin(), calls_, position);
        ++(succeeded ? completed_ : failed_);
        last = calls_.empty() && !watchers_.empty();
    }
    if (last) notify_watchers();
}

std::shared_ptr<net::operation_pool> client_state::service_for(asio::any_io_executor const& executor) const {
    return executor == executor_ || is_of_system(executor) ? service_
                                                           : std::make_shared<net::operation_pool>(executor);
}

void client_state::count_replay() {
    std::lock_guard lock(mutex_);
    ++replays_;
}

client_state::entry client_state::register_run(std::weak_ptr<net::operation> run) {
    std::lock_guard lock(mutex_);
    return runs_.insert(runs_.end(), std::move(run));
}

void client_state::unregister_run(entry position) noexcept {
    std::lock_guard lock(mutex_);
    runs_.erase(position);
}

void client_state::end_all() {
    std::vector<std::shared_ptr<net::operation>> running;
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
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
    for (std::size_t i = 0; i != pools_.size(); ++i) {
        pools_[i]->on_drained([weak = weak_from_this(), i] {
            if (auto const self = weak.lock()) self->on_pool_drained(i);
        });
        pools_[i]->close();
    }
}

void client_state::on_pool_drained(std::size_t index) noexcept {
    {
        std::lock_guard lock(mutex_);
        drained_[index] = true;
    }
    notify_watchers();
}

// One after the other, as this may have no memory for a list.
void client_state::notify_watchers() noexcept {
    for (std::size_t i = 0;; ++i) {
        std::shared_ptr<end_watcher> watcher;
        {
            std::lock_guard lock(mutex_);
            if (i == 0) std::erase_if(watchers_, [](auto const& each) { return each.expired(); });
            if (i >= watchers_.size()) return;
            watcher = watchers_[i].lock();
        }
        if (watcher) watcher->notify();
    }
}

bool client_state::calls_ended() const {
    std::lock_guard lock(mutex_);
    return calls_.empty();
}

bool client_state::ended() const {
    std::lock_guard lock(mutex_);
    return calls_.empty() && std::find(drained_.begin(), drained_.end(), false) == drained_.end();
}

client_stats client_state::stats() const {
    client_stats s;
    for (auto const& each : pools_) {
        auto const pool = each->stats();
        s.waiting += pool.waiting;
        s.connections_in_use += pool.in_use;
        s.streams += pool.streams;
        s.connections_idle += pool.idle;
        s.connections_connecting += pool.connecting;
        s.connections_opened += pool.opened;
        s.connections_http2 += pool.opened_http2;
        s.connections_failed += pool.failed;
        s.connections_reused += pool.reused;
        s.tls_full_handshakes += pool.tls_full;
        s.tls_resumed_handshakes += pool.tls_resumed;
    }
    router_->fill(s);
    limiter_->fill(s);
    reply_memory_->fill(s);
    if (spending_) spending_->fill(s);
    s.names_resolved = names_->lookups();
    std::lock_guard lock(mutex_);
    s.calls_in_flight = calls_.size();
    s.calls_completed = completed_;
    s.calls_failed = failed_;
    s.replays = replays_;
    return s;
}

} // namespace async_llm::detail
