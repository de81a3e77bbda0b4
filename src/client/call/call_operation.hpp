// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_CALL_OPERATION_HPP
#define ASYNC_LLM_CLIENT_CALL_CALL_OPERATION_HPP

#include "async/operation.hpp"
#include "client/call/call_record.hpp"
#include "client/state/client_state.hpp"
#include "client/state/limiter.hpp"
#include "client/state/reply_memory.hpp"
#include "codec/json/decode_limits.hpp"
#include "codec/reply/decode_reply.hpp"
#include "net/connection_pool.hpp"
#include "net/exchange.hpp"
#include "net/http/coded_body.hpp"
#include "policy/recovery.hpp"
#include "policy/target_selector.hpp"
#include <async_llm/chat_response.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/initiation.hpp>
#include <async_llm/observer.hpp>
#include <async_llm/request_argument.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace async_llm::detail {

/// A call of a client, whatever becomes of its reply: check, encode, wait for leave to go, lease, send; and
/// again.
/**
 * Its parts: call_operation.cpp is one attempt, call_content.cpp the coding of its reply, call_recovery.cpp
 * what comes after it, call_events.cpp who is told.
 */
class call_operation : public net::operation {
public:
    ~call_operation() override;

    void request_cancel(asio::cancellation_type type);

    /// Returns the index of the target that the last attempt was for, or the next one will be.
    std::size_t target() const noexcept { return choice_.target; }

    /// Makes it one of two identical calls, which are counted and reported as one. To be done before it is
    /// started.
    void join_hedge(std::uint64_t number, bool second) noexcept { record_.join_hedge(number, second); }

protected:
    enum class reply_kind { whole, streamed };

    call_operation(std::shared_ptr<client_state> impl, reply_kind kind, request_argument argument);

    /// Makes attempts until there is a reply or a reason to give up, which is \ref failed_ then.
    /** Of a streamed reply the beginning: then \ref lease_ is kept, and \ref end_attempt is left to do. */
    asio::awaitable<void> send();

    /// Makes further attempts after one that failed so late that \ref send had returned.
    asio::awaitable<net::failure> send_again(net::failure failed);

    /// Receives what \ref send promises, after the head. The lease is to be given back if nothing more is
    /// needed.
    virtual asio::awaitable<net::failure> read_reply() = 0;

    /// Does the same if nothing has to be waited for. Unset: \ref read_reply has to.
    virtual std::optional<net::failure> try_read_reply() { return std::nullopt; }

    /// Receives more of the reply: as much as one read brings. Precondition: it is not complete.
    asio::awaitable<net::failure> receive();

    /// Receives more of the reply, within the memory that all replies may have. `kept`: bytes that it takes
    /// besides the body.
    asio::awaitable<net::failure> receive_more(std::size_t kept = 0);

    /// Takes the bytes behind `begin` out of a body that has a content coding; \ref unpack puts them back.
    /** False, as usual: the body is plain, or empty so far. */
    bool take_coded(std::size_t begin);

    /// Decodes what was taken, within the memory of \ref receive_more.
    /** A refusal whose body is damaged keeps its status alone. */
    asio::awaitable<net::failure> unpack(std::size_t kept = 0);

    /// Has the reply a status that promises no completion?
    bool is_refusal() const noexcept;

    /// Drops what follows the end of a stream in the body, if it comes soon, so that the connection can serve
    /// again.
    asio::awaitable<void> drop_rest();

    /// Decodes the reply, which has been received whole, in one step. Precondition: \ref is_small.
    net::failure decode();
    void explain(error_code& ec, std::string& detail);
    /// Decodes the reply in steps between which other operations have their turn.
    asio::awaitable<net::failure> decode_in_steps();
    /// Tells whether the reply is decoded within some milliseconds.
    bool is_small();

    codec::decode_limits decode_limits() const noexcept;

    /// Bytes that decoding a text of this size may take in the worst case, the text included.
    std::size_t memory_to_decode(std::size_t size) const noexcept;

    /// Makes room for the reply to the next attempt.
    virtual void forget_reply();

    /// Tells everybody who counts how the attempt ended. `used`: tokens. Does nothing the second time.
    void end_attempt(
        error_code const& ec,
        std::optional<std::int64_t> used,
        bool retried,
        std::chrono::nanoseconds wait
    );

    /// Gives the connection back. `completed`: the reply ended well.
    void release(bool completed);

    /// Writes into \ref response_ why the call ends.
    void fail(net::failure reason);

    /// The tokens that a completion took; nothing if it does not say.
    static std::optional<std::int64_t> tokens_in(chat_completion const& completion) noexcept;

    /// Could a failed attempt be followed by another at all?
    bool may_try_again() const noexcept;

    // For observers; each does nothing without one.
    void notify_first_content() const;
    void notify_finished(chat_response const& result, error_code const& ec) const {
        record_.notify_finished(result, ec, current_endpoint(), false);
    }

    client_config const& config() const noexcept { return impl_->config(); }

    std::shared_ptr<client_state> impl_;
    request_options options_;
    call_record record_;
    net::lease lease_;
    net::exchange exchange_;
    net::failure failed_;
    error_code ec_;
    chat_response response_;
    memory_share memory_;
    /// Null unless the body has, or may have, a content coding.
    std::unique_ptr<net::coded_body> coding_;
    /// The request asks for one choice.
    bool one_choice_ = true;
    /// A chunk of the reply has been handed over.
    bool delivered_ = false;
    /// A cancellation that promises "no effect" comes too late: bytes have left.
    bool refuses_total_ = false;

private:
    // One attempt.
    net::failure prepare();
    asio::awaitable<net::failure> try_once();
    net::failure choose();
    net::failure encode();
    codec::reply_view whole_reply();
    void name_place(std::string& detail) const;
    void apply_target_model(endpoint const& at);
    std::optional<net::failure> try_admit();
    asio::awaitable<net::failure> wait_admitted();
    bool take_connection(bool fresh_only);
    asio::awaitable<net::failure> wait_for_connection(bool fresh_only);
    net::failure begin_exchange(std::chrono::steady_clock::time_point acquire_began);
    net::exchange_limits limits_of_exchange() const;
    void look_at_coding();
    bool absorb_head(net::failure const& failed, bool fresh_only);
    void take_head();
    void hide_credentials(net::failure& failed) noexcept;
    endpoint const& current_endpoint() const { return impl_->endpoints()[choice_.target]; }

    // Decisions after it.
    policy::recovery_decision decide(net::failure const& failed);
    void record_result(error_code const& ec);
    asio::awaitable<void> back_off(std::chrono::nanoseconds wait);

    // Who is told.
    void notify_attempt_started() const;
    void notify_connection(std::chrono::nanoseconds waited) const;
    void notify_sent() const;
    void notify_first_byte() const;
    void notify_attempt_finished(error_code const& ec, bool retried, std::chrono::nanoseconds wait) const;

    reply_kind kind_;
    // By itself, and empty once it is encoded for the only target: it has more than a kilobyte, for which a
    // call that waits for its reply has no use.
    std::unique_ptr<request_argument::values> argument_; // but for the options
    std::string asked_model_;                            // if there are several targets

    std::string wire_;
    std::size_t head_size_ = 0;
    std::int64_t reply_tokens_ = 0;
    std::chrono::steady_clock::time_point exchange_began_;

    policy::target_choice choice_;
    policy::target_choice encoded_for_;
    bool chosen_ = false;
    bool attempting_ = false;
    bool sent_ = false;
    bool coding_known_ = false; // the body's first bytes have been looked at
    policy::recovery recovery_;
    admission_permit ticket_;
};

/// `to - from`, or nothing if either did not happen.
std::chrono::nanoseconds
between(std::chrono::steady_clock::time_point first, std::chrono::steady_clock::time_point last);

} // namespace async_llm::detail

#endif
