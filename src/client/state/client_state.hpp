// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STATE_CLIENT_STATE_HPP
#define ASYNC_LLM_CLIENT_STATE_CLIENT_STATE_HPP

#include "async/operation.hpp"
#include "async/operation_pool.hpp"
#include "client/state/endpoint.hpp"
#include "client/state/limiter.hpp"
#include "client/state/reply_memory.hpp"
#include "client/state/router.hpp"
#include "client/state/spending_account.hpp"
#include "codec/http/credential_mask.hpp"
#include "net/resolve_cache.hpp"
#include <async_llm/chat_request.hpp>
#include <async_llm/client_config.hpp>
#include <async_llm/client_stats.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/initiation.hpp>
#include <async_llm/fallback.hpp>
#include <async_llm/observer.hpp>
#include <async_llm/provider.hpp>
#include <async_llm/request_options.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace async_llm::detail {

/// Receiver of the news that calls or connections of a client have ended.
class end_watcher {
public:
    virtual ~end_watcher() = default;

    /// Reports that something has ended. From any thread.
    virtual void notify() noexcept = 0;
};

/// State that the copies of a client's handle, its operations and its connections share.
/** Thread safety: all. */
class client_state : public std::enable_shared_from_this<client_state> {
public:
    /// Throws as the constructor of \ref client.
    client_state(asio::any_io_executor executor, std::vector<target> targets, client_config config);
    client_state(client_state const&) = delete;
    client_state& operator=(client_state const&) = delete;
    ~client_state();

    asio::any_io_executor const& executor() const noexcept { return executor_; }
    /// At least one.
    std::vector<endpoint> const& endpoints() const noexcept { return endpoints_; }
    /// The provider that calls ask first, for those that never ask one.
    provider const& first_provider() const noexcept { return endpoints_.front().settings.provider; }
    /// Returns whether every target takes a JSON schema for its answer.
    bool allows_json_schema() const noexcept;
    client_config const& config() const noexcept { return config_; }
    async_llm::observer* observer() const noexcept { return config_.observer.get(); }
    detail::router& router() const noexcept { return *router_; }
    detail::limiter& limiter() const noexcept { return *limiter_; }
    detail::reply_memory& reply_memory() const noexcept { return *reply_memory_; }
    /// Caps of all calls; null: there are none.
    std::shared_ptr<spending_account> const& spending() const noexcept { return spending_; }
    /// The secrets of all targets and proxies, with those in the header fields and the query of one call.
    std::shared_ptr<codec::credential_mask const>
    credentials_for(std::vector<http_header> const& fields, std::string_view path = {}) const;
    /// Of the limits of all that runs on \ref executor.
    std::shared_ptr<net::operation_pool> const& service() const noexcept { return service_; }

    void cancel();
    client_stats stats() const;

    /// \name For operations
    /// @{
    /// Place among the operations that run; held by \ref registration.
    using entry = std::list<std::weak_ptr<net::operation>>::iterator;

    /// Counts a call as running; false: the client takes none any more. Ends with \ref unregister_call either
    /// way.
    bool register_call(std::weak_ptr<net::operation> call, entry& position);
    void unregister_call(entry position, bool succeeded) noexcept;
    void count_replay();

    /// For what runs on the executor of its handler: the client's loop may stand still meanwhile. It runs on
    /// the client's if that is the system's, as of `use_future`.
    std::shared_ptr<net::operation_pool> service_for(asio::any_io_executor const& executor) const;

    /// Remembers something that makes calls without being one, for \ref end_all to end.
    entry register_run(std::weak_ptr<net::operation> run);
    void unregister_run(entry position) noexcept;

    /// Takes no more calls. Each end of a call or connection is reported until the watcher is gone.
    void begin_shutdown(std::weak_ptr<end_watcher> watcher);
    /// Takes calls again, unless the client is closed otherwise: the last \ref begin_shutdown came to
    /// nothing.
    void undo_shutdown() noexcept;

    /// Ends all calls and connections.
    void end_all();
    /// Returns whether all calls are over.
    bool calls_ended() const;
    /// Returns whether all calls are over and all connections are closed.
    bool ended() const;
    /// @}

private:
    void add_endpoint(target t);
    std::shared_ptr<net::connection_pool> pool_for(codec::base_url const& url, bool http2_prior_knowledge);
    void on_pool_drained(std::size_t index) noexcept;
    void notify_watchers() noexcept;

    asio::any_io_executor executor_;
    client_config config_;
    std::shared_ptr<net::operation_pool> service_;
    std::shared_ptr<net::resolve_cache> names_;
    std::vector<endpoint> endpoints_;
    std::vector<std::shared_ptr<net::connection_pool>> pools_; // one for each origin
    std::unique_ptr<detail::router> router_;
    std::shared_ptr<detail::limiter> limiter_;
    std::shared_ptr<detail::reply_memory> reply_memory_;
    std::shared_ptr<spending_account> spending_;
    std::shared_ptr<codec::credential_mask const> credentials_;

    mutable std::mutex mutex_;
    std::list<std::weak_ptr<net::operation>> calls_;
    std::list<std::weak_ptr<net::operation>> free_calls_; // nodes for the next ones
    std::list<std::weak_ptr<net::operation>> runs_;
    std::vector<std::weak_ptr<end_watcher>> watchers_;
    // With one of these, no call is taken any more.
    std::size_t shutdowns_begun_ = 0;
    bool closed_ = false;
    std::vector<bool> drained_; // for each pool
    std::uint64_t completed_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t replays_ = 0;
};

} // namespace async_llm::detail

#endif
