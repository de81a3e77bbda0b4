// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_ATTEMPT_HPP
#define ASYNC_LLM_CLIENT_CALL_ATTEMPT_HPP

#include "async/failure.hpp"
#include "async/operation.hpp"
#include "client/state/client_state.hpp"
#include "client/state/limiter.hpp"
#include "client/state/reply_memory.hpp"
#include "net/connection_pool.hpp"
#include "net/exchange.hpp"
#include "net/exchange_wait.hpp"
#include "net/http/coded_body.hpp"
#include "net/http/request_bytes.hpp"
#include "net/http1_exchange.hpp"
#include "policy/replays.hpp"
#include "policy/target_selector.hpp"
#include <async_llm/chat_response.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/request_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace async_llm::detail {

/// Parts of a call that its attempts work with; they have to stay.
struct call_context {
    call_context(client_state& s, net::operation& o, request_options const& p, chat_response& r)
        : state(s), operation(o), options(p), response(r) {}

    client_state& state;
    net::operation& operation;
    request_options const& options;
    chat_response& response;
    /// The reply is asked for as a stream.
    bool streaming = false;
    /// The reply may be anything, compressed data included.
    bool any_reply = false;

    client_config const& config() const noexcept { return state.config(); }
    response_info& info() const noexcept { return response.info; }
    std::size_t max_response_size() const noexcept {
        return options.max_response_size.value_or(config().max_response_size);
    }
};

/// One attempt of a call: target and key, admission, connection, exchange, and what they hold.
/**
 * Each attempt is a new object. All that it holds is given back when it is destroyed; the target then learns
 * nothing from it.
 *
 * In this order: \ref choose, admission by \ref permit, a connection, \ref begin_exchange, the reply, \ref
 * release, \ref end_attempt. Thread safety: none.
 */
class attempt {
public:
    explicit attempt(call_context const& call);
    attempt(attempt const&) = delete;
    attempt& operator=(attempt const&) = delete;
    ~attempt();

    /// \name Target and admission
    /// @{
    /// Picks the target and key. `tried`: as of \ref router::pick. False: every target rests.
    bool choose(std::vector<bool> const& tried);
    /// Choice that was made; before that the first target.
    policy::target_choice const& choice() const noexcept { return choice_; }
    endpoint const& target() const { return call_.state.endpoints()[choice_.target]; }
    admission_permit& permit() noexcept { return permit_; }
    /// Counts it as one of the call's attempts.
    void count() noexcept;
    /// @}

    /// \name Connection
    /// @{
    /// Takes an idle connection. False: \ref wait_for_connection has to. `fresh_only`: one that is unused.
    bool try_connection(bool fresh_only);
    asio::awaitable<net::failure> wait_for_connection(bool fresh_only);
    bool has_connection() const noexcept { return static_cast<bool>(lease_); }
    /// Returns whether the connection resumed a TLS session.
    bool has_resumed_tls() const noexcept { return lease_->tls_resumed; }
    /// Gives the connection back; does nothing without one. `completed`: the reply ended well.
    void release(bool completed);
    /// Closes the connection, and gives back the memory. What has been received stays.
    void give_up_connection();
    /// @}

    /// \name Exchange
    /// @{
    /// Begins the exchange. `wanted_at`: since when a connection was wanted.
    net::failure begin_exchange(net::request_bytes wire, std::chrono::steady_clock::time_point wanted_at);
    net::exchange& exchange() noexcept { return *exchange_; }
    net::exchange const& exchange() const noexcept { return *exchange_; }
    /// Waits for what the exchange needs. To be awaited where it is called.
    auto wait(net::readiness need) {
        return net::wait_for(need, lease_->transport, exchange_->waiting_place());
    }
    /// Ends that wait.
    void end_wait();
    /// When the exchange began.
    std::chrono::steady_clock::time_point began() const noexcept { return began_; }
    /// Returns whether the request was begun to be sent.
    bool was_begun() const noexcept { return exchange_->has_begun(); }
    /// Finds out why the request went nowhere, if it did. Precondition: it has a connection.
    policy::lost_request find_loss(error_code const& ec) const noexcept;
    /// Takes the times, and the head if it has come, into the response. True: there is a head.
    bool take_head();
    /// Ends the exchange, and gives back connection and memory.
    void end();
    /// @}

    /// \name Body
    /// @{
    /// Returns whether the status promises no completion.
    bool is_refusal() const noexcept;
    /// Receives more of the body: as much as one read brings. Precondition: it is not complete.
    asio::awaitable<net::failure> receive();
    /// Receives and decodes more of the body, within the memory that all replies may have.
    /** `kept`: bytes that the reply takes besides the body. */
    asio::awaitable<net::failure> receive_more(std::size_t kept = 0);
    /// Takes the bytes behind `begin` out of a body that has a content coding; \ref unpack puts them back.
    /** False, as usual: the body is plain, or empty so far. */
    bool take_coded(std::size_t begin);
    /// Decodes what was taken, within the memory of \ref receive_more.
    /** A refusal whose body is damaged keeps its status alone. */
    asio::awaitable<net::failure> unpack(std::size_t kept = 0);
    /// Coding of the body; null unless it has, or may have, one.
    net::coded_body* coding() const noexcept { return coding_.get(); }
    /// Drops what follows the end of a stream in the body, if it comes soon, so that the connection can serve
    /// again.
    asio::awaitable<void> drop_rest();
    /// Makes room for a reply of so many bytes.
    asio::awaitable<void> grow_memory(std::size_t bytes);
    bool must_grow_memory(std::size_t bytes) const noexcept { return memory_.must_grow(bytes); }
    void shrink_memory(std::size_t bytes) noexcept { call_.state.reply_memory().shrink(memory_, bytes); }
    /// @}

    /// \name End
    /// @{
    /// Reports to the other calls how the target and key did; does nothing the second time.
    /** `counted`: another call has reported this failure, of the connection that they shared. */
    void report_target(error_code const& ec, bool counted = false);
    /// Reports to all that count how it ended. `used`: tokens; unset: not known.
    /** False: it was not counted, or has been concluded. */
    bool end_attempt(error_code const& ec, std::optional<std::int64_t> used);
    /// @}

private:
    net::exchange_limits limits() const;
    void look_at_coding();
    void take_advice();

    call_context const& call_;
    policy::target_choice choice_;
    bool routed_ = false;       // the target waits for the end
    bool counted_ = false;      // as an attempt that has not been concluded
    bool coding_known_ = false; // the body's first bytes have been looked at
    admission_permit permit_;
    net::lease lease_;
    // The usual one, which is part of this; that of a shared connection is elsewhere.
    net::http1_exchange own_exchange_;
    std::unique_ptr<net::exchange> shared_exchange_;
    net::exchange* exchange_ = &own_exchange_;
    std::chrono::steady_clock::time_point began_;
    memory_share memory_;
    std::unique_ptr<net::coded_body> coding_;
};

/// Returns `last - first`, or zero if either did not happen.
std::chrono::nanoseconds
between(std::chrono::steady_clock::time_point first, std::chrono::steady_clock::time_point last);

} // namespace async_llm::detail

#endif
