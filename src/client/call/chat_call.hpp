// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_CHAT_CALL_HPP
#define ASYNC_LLM_CLIENT_CALL_CHAT_CALL_HPP

#include "async/operation.hpp"
#include "client/call/attempt.hpp"
#include "client/call/call_record.hpp"
#include "client/call/call_spending.hpp"
#include "client/call/outgoing_request.hpp"
#include "client/call/whole_reply.hpp"
#include "client/state/client_state.hpp"
#include "policy/recovery.hpp"
#include "policy/replays.hpp"
#include <async_llm/chat_response.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/initiation.hpp>
#include <async_llm/observer.hpp>
#include <async_llm/request_options.hpp>
#include <async_llm/shared_limits.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::detail {

/// Way in which an operation takes the reply of its call.
class reply_reader {
public:
    /// Reads the reply, whose head has come, as far as \ref chat_call::send promises it.
    /** The connection is to be given back if nothing more is needed. */
    virtual asio::awaitable<net::failure> read_reply() = 0;

    /// Does so without a wait. False: \ref read_reply has to.
    virtual bool try_read_reply(net::failure& /*failed*/) { return false; }

    /// Prepares for the reply of another attempt.
    virtual void forget_reply() {}

protected:
    ~reply_reader() = default;
};

/// A chat call: its request, response and record, and the attempts that are made until there is a reply.
/**
 * An operation has one, and reads the reply itself: \ref reply_reader. chat_call.cpp makes an attempt,
 * call_recovery.cpp decides what follows it, call_events.cpp notifies the observer. Thread safety: except
 * \ref request_cancel, only on the operation's strand.
 */
class chat_call {
public:
    enum class reply_kind { whole, streamed };

    /// The references have to stay.
    chat_call(
        net::operation& owner,
        reply_reader& reader,
        outgoing_request& request,
        std::shared_ptr<client_state> state,
        reply_kind kind,
        request_options&& options
    );
    chat_call(chat_call const&) = delete;
    chat_call& operator=(chat_call const&) = delete;

    /// Limit of the whole call, for the operation that has it.
    static std::chrono::milliseconds total_timeout(client_state const& state, request_options const& options);

    /// \name Attempts
    /// @{
    /// Makes attempts until there is a reply or a reason to give up, which is \ref take_failure then.
    /** Of a streamed reply the beginning: then the connection is kept, and \ref end_attempt is left to do. */
    asio::awaitable<void> send();
    net::failure take_failure() noexcept { return std::move(failed_); }
    /// Makes further attempts after one that failed so late that \ref send had returned.
    asio::awaitable<net::failure> send_again(net::failure failed);
    /// Returns whether a failed attempt could be followed by another at all.
    bool may_try_again() const noexcept;
    /// The last attempt, or the one that will be next.
    attempt& current() noexcept { return *attempt_; }
    attempt const& current() const noexcept { return *attempt_; }
    /// @}

    /// \name Cancellation
    /// @{
    /// Ends the call if this type of cancellation is still honoured. From any thread.
    void request_cancel(asio::cancellation_type type);
    /// Honours every type from now on.
    void honour_total() noexcept { refuses_total_ = false; }
    /// @}

    /// \name Reply
    /// @{
    whole_reply reply() noexcept { return whole_reply(context_, *attempt_, request_); }
    bool has_one_choice() const noexcept { return request_.has_one_choice(); }
    /// A chunk of the reply has been handed over, so that there is no further attempt.
    void note_delivery() noexcept { delivered_ = true; }
    /// A chunk of the reply has its usage.
    void note_usage(usage const& reported) noexcept {
        if (spending_) spending_->note_usage(reported);
    }
    /// @}

    /// \name End
    /// @{
    /// Reports to all that count how the attempt ended. `used`: tokens. Does nothing the second time.
    void end_attempt(
        error_code const& ec,
        std::optional<std::int64_t> used,
        bool retried = false,
        std::chrono::nanoseconds wait = std::chrono::nanoseconds(0)
    );
    /// Writes into the response why the call ends.
    void fail(net::failure reason);
    /// Writes into the response how a call ends whose reply came whole, and reports its last attempt.
    /** `exception`: that of the operation. Returns the body, if it is wanted. */
    std::string end_whole(std::exception_ptr const& exception, bool wants_body);
    /// Error of the call; none before \ref fail.
    error_code& ec() noexcept { return ec_; }
    /// Notifies the observer of the end; once. `result`: as the caller gets it.
    /** `text`: the body, of a call of an endpoint. */
    void notify_finished(chat_response const& result, error_code const& ec, std::string_view text = {});
    /// Notifies the observer of the first content of a stream.
    void notify_first_content() const;
    /// @}

    /// \name Parts
    /// @{
    client_state& state() const noexcept { return *state_; }
    client_config const& config() const noexcept { return state_->config(); }
    request_options const& options() const noexcept { return options_; }
    call_context const& context() const noexcept { return context_; }
    call_record& record() noexcept { return record_; }
    chat_response& response() noexcept { return response_; }
    chat_response const& response() const noexcept { return response_; }
    response_info& info() noexcept { return response_.info; }
    /// @}

private:
    // One attempt.
    net::failure prepare();
    asio::awaitable<net::failure> try_once();
    net::failure choose();
    bool try_admit(net::failure& failed);
    bool try_admit_by_rates(net::failure& failed);
    asio::awaitable<net::failure> wait_admitted();
    asio::awaitable<net::failure> acquire_shared();
    shared_demand demand_on_shared() const;
    void settle_shared(error_code const& ec, std::optional<std::int64_t> used) noexcept;
    net::failure begin_exchange(std::chrono::steady_clock::time_point wanted_at);
    bool absorb_head(net::failure const& failed, policy::replays& replays);
    void hide_credentials(net::failure& failed) noexcept;
    endpoint const& target() const { return attempt_->target(); }

    // Decisions after it.
    policy::recovery_decision decide(net::failure const& failed);
    void keep_failed_attempt(net::failure& failed);
    void end_spending(error_code const& ec, bool was_attempt, bool retried) noexcept;
    asio::awaitable<void> back_off(std::chrono::nanoseconds wait);
    void begin_anew();

    // Notifications.
    void notify_attempt_started() const;
    void notify_connection(std::chrono::nanoseconds waited) const;
    void notify_sent() const;
    void notify_first_byte() const;
    void notify_attempt_finished(error_code const& ec, bool retried, std::chrono::nanoseconds wait) const;

    net::operation& owner_;
    reply_reader& reader_;
    std::shared_ptr<client_state> state_;
    request_options options_;
    call_record record_;
    std::unique_ptr<call_spending> spending_; // null: nothing limits it
    outgoing_request& request_;
    chat_response response_;
    call_context context_;
    policy::recovery recovery_;
    std::optional<attempt> attempt_;
    net::failure failed_;
    error_code ec_;
    bool delivered_ = false;
    /// A cancellation that promises "no effect" comes too late: bytes have left.
    bool refuses_total_ = false;
    /// The attempt has a part of the limits that are shared.
    bool has_shared_part_ = false;
};

/// Tokens that a completion took; nothing if it does not say.
std::optional<std::int64_t> tokens_in(chat_completion const& completion) noexcept;

} // namespace async_llm::detail

#endif
