// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/call_operation.hpp"

#include "async/try_post.hpp"
#include "base/sanitize.hpp"
#include "codec/chat/encode_request.hpp"
#include "codec/chat/validate_request.hpp"
#include "codec/http/content_coding.hpp"
#include "codec/http/rate_limit_headers.hpp"
#include "codec/json/json_scalar.hpp"
#include "codec/reply/decode_reply.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

// Usual size of the fields that a call adds to the head; most that a thread keeps for bodies to come.
constexpr std::size_t room_for_fields = 128;
constexpr std::size_t max_kept_body = 64u * 1024;

// Limits of what may follow the end of a stream in its body. Usually that is the last chunk's few bytes,
// which come with it; a body that goes on costs its connection.
constexpr std::size_t max_drained = 64u * 1024;
constexpr std::chrono::milliseconds max_drain_time(250);

// Of a redirect's target so much is shown.
constexpr std::size_t shown_target = 300;

/// Returns whether a request asks for one choice, as most do. Where `extra` has `n`, that is sent.
bool asks_for_one(chat_request const& request) {
    if (auto const* n = request.extra.if_contains("n")) return n->is_null() || codec::read_int(*n) == 1;
    return request.n.value_or(1) == 1;
}

} // namespace

std::chrono::nanoseconds between(steady::time_point first, steady::time_point last) {
    return last > first && first != steady::time_point() ? last - first : std::chrono::nanoseconds(0);
}

call_operation::call_operation(std::shared_ptr<client_state> impl, reply_kind kind, request_argument argument)
    : operation(impl->service(), argument->options.total_timeout.value_or(impl->config().timeouts.total)),
      impl_(std::move(impl)),
      options_(std::move(argument->options)),
      record_(*impl_, options_.headers, kind == reply_kind::streamed),
      kind_(kind),
      argument_(std::move(argument).take()),
      asked_model_(impl_->endpoints().size() > 1 ? argument_->request.model : std::string()),
      recovery_(config().retry, config().fallback, impl_->endpoints().size()) {
    auto const& first = impl_->endpoints().front().settings;
    response_.info.provider = first.provider.name;
    response_.info.model = first.model.empty() ? argument_->request.model : first.model;
}

call_operation::~call_operation() {
    // Still registered: the execution context was destroyed beneath the call.
    if (chosen_) impl_->router().record(choice_, policy::failure_domain::caller, std::nullopt);
}

void call_operation::request_cancel(asio::cancellation_type type) {
    net::try_post(strand(), [weak = weak_from_this(), type] {
        auto const self = std::static_pointer_cast<call_operation>(weak.lock());
        if (!self) return;
        auto const honoured = self->refuses_total_
            ? asio::cancellation_type::terminal | asio::cancellation_type::partial
            : asio::cancellation_type::all;
        if ((type & honoured) != asio::cancellation_type::none) self->stop(asio::error::operation_aborted);
    });
}

// ----------------------------------------------------------------------------------------------- one attempt

net::failure call_operation::prepare() {
    auto const refused = [](error_code ec, std::string detail) {
        return net::failure(ec, {}, phase::preparing, std::move(detail));
    };
    record_.start(response_.info, argument_->request, current_endpoint());
    if (!record_.is_admitted()) return refused(errc::client_closed, "the client is closed");
    if (stop_reason()) return refused(stop_reason(), "the request was not sent");
    if (options_.max_attempts.value_or(1) < 1)
        return refused(errc::invalid_request, "max_attempts: is below 1");
    // For all of them now: what a call moves on to must not be what refuses it.
    for (auto const& each : impl_->endpoints()) {
        auto const& provider = each.settings.provider;
        apply_target_model(each);
        std::string detail;
        auto const ec = codec::validate(
            argument_->request,
            provider.dialect,
            detail,
            provider.name,
            kind_ == reply_kind::streamed
        );
        if (ec) return refused(ec, std::move(detail));
    }
    auto const& request = argument_->request;
    one_choice_ = asks_for_one(request);
    auto const limit = request.max_completion_tokens ? request.max_completion_tokens : request.max_tokens;
    reply_tokens_ = limit.value_or(config().rates.expected_reply_tokens);
    if (config().retry.generate_idempotency_key && options_.idempotency_key.empty())
        options_.idempotency_key = impl_->router().make_uuid();
    return net::failure();
}

asio::awaitable<void> call_operation::send() {
    co_await asio::this_coro::throw_if_cancelled(false);
    failed_ = prepare();
    if (failed_) co_return;
    failed_ = co_await try_once();
    if (failed_) failed_ = co_await send_again(std::move(failed_));
}

void call_operation::apply_target_model(endpoint const& at) {
    if (!at.settings.model.empty())
        argument_->request.model = at.settings.model;
    else if (!asked_model_.empty())
        argument_->request.model = asked_model_;
}

/// Makes \ref wire_ what the chosen target wants to get.
net::failure call_operation::encode() {
    bool const first = wire_.empty();
    bool const same_target = !first && encoded_for_.target == choice_.target;
    if (same_target && encoded_for_.key == choice_.key) return net::failure();
    auto const& at = current_endpoint();
    // Its length has to be known before the head is written, so it waits here.
    thread_local std::string body;
    body.clear();
    std::string detail;
    error_code ec;
    if (same_target) {
        body.assign(wire_, head_size_);
    } else {
        apply_target_model(at);
        auto const encode =
            kind_ == reply_kind::streamed ? codec::encode_stream_request : codec::encode_request;
        ec = encode(argument_->request, at.settings.provider.dialect, body, detail);
    }
    wire_.clear();
    auto const& o = options_;
    auto const& head = at.heads[choice_.key];
    wire_.reserve(head.size() + room_for_fields + body.size());
    if (!ec) ec = codec::append_head(head, o.headers, o.idempotency_key, body.size(), wire_, detail);
    if (ec) return net::failure(ec, {}, phase::preparing, std::move(detail));
    head_size_ = wire_.size();
    // One buffer for head and body: one write, and for most requests one TLS record.
    wire_ += body;
    if (body.capacity() > max_kept_body) std::string().swap(body);
    encoded_for_ = choice_;
    if (impl_->endpoints().size() == 1) argument_.reset();
    return net::failure();
}

std::optional<net::failure> call_operation::try_admit() {
    auto& info = response_.info;
    info.phase = phase::limited;
    // A token of English is about four bytes.
    auto const tokens = static_cast<std::int64_t>((wire_.size() - head_size_) / 4) + reply_tokens_;
    return impl_->limiter().ask(*this, choice_.target, info.model, tokens, options_.priority, ticket_);
}

asio::awaitable<net::failure> call_operation::wait_admitted() {
    auto const began = steady::now();
    auto failed = co_await impl_->limiter().wait(*this, ticket_);
    response_.info.timings.limited += steady::now() - began;
    co_return failed;
}

/// Picks the target and key of the next attempt.
net::failure call_operation::choose() {
    auto& info = response_.info;
    auto const picked = impl_->router().pick(recovery_.tried());
    if (!picked) {
        error_code const ec = errc::circuit_open;
        return net::failure(ec, {}, phase::limited, ec.message());
    }
    choice_ = *picked;
    chosen_ = true;
    auto const& settings = current_endpoint().settings;
    info.provider = settings.provider.name;
    if (impl_->endpoints().size() > 1) info.model = settings.model.empty() ? asked_model_ : settings.model;
    return encode();
}

// One coroutine from the beginning to the head of the reply, since each that is awaited has a frame on the
// heap while the call waits; whatever does not wait is in functions.
asio::awaitable<net::failure> call_operation::try_once() {
    auto failed = choose();
    if (failed) co_return failed;
    auto admission = try_admit();
    if (!admission) admission = co_await wait_admitted();
    if (*admission) co_return std::move(*admission);
    ++response_.info.attempts;
    attempting_ = true;
    notify_attempt_started();
    // A kept connection that turns out dead is no failed attempt yet: the peer never saw the request, so it
    // is sent once more, on a connection that is new.
    bool fresh_only = false;
    for (;;) {
        auto const acquire_began = steady::now();
        // Mostly one is idle; nothing that waits is needed then.
        if (!take_connection(fresh_only)) failed = co_await wait_for_connection(fresh_only);
        if (!failed) failed = begin_exchange(acquire_began);
        if (failed) co_return failed;
        using goal = net::exchange::goal;
        while (auto const need = exchange_.advance(goal::sent)) co_await lease_->transport.wait(*need);
        if (!exchange_.has_failed()) notify_sent();
        while (auto const need = exchange_.advance(goal::head)) co_await lease_->transport.wait(*need);
        failed = exchange_.take_failure();
        if (!absorb_head(failed, fresh_only)) break;
        fresh_only = true;
    }
    if (failed) co_return failed;
    auto reply = try_read_reply();
    if (!reply) reply = co_await read_reply();
    if (!*reply && kind_ == reply_kind::whole)
        end_attempt(error_code(), tokens_in(response_.completion), false, std::chrono::nanoseconds(0));
    co_return std::move(*reply);
}

net::exchange_limits call_operation::limits_of_exchange() const {
    auto const& limits = config().timeouts;
    net::exchange_limits result(
        options_.write_timeout.value_or(limits.write),
        options_.first_byte_timeout.value_or(limits.first_byte)
    );
    // A stream's head is none of its content, and so part of the wait for it.
    if (kind_ == reply_kind::streamed)
        result.head = options_.first_content_timeout.value_or(limits.first_content);
    return result;
}

bool call_operation::take_connection(bool fresh_only) {
    response_.info.phase = phase::queued;
    return !stop_reason() && current_endpoint().pool->try_acquire(fresh_only, lease_);
}

asio::awaitable<net::failure> call_operation::wait_for_connection(bool fresh_only) {
    auto const began = steady::now();
    auto const limit = options_.pool_timeout.value_or(config().timeouts.pool);
    if (limit.count() > 0) begin_phase(errc::pool_timeout, limit);
    auto failed = co_await current_endpoint().pool->acquire(*this, fresh_only, lease_);
    if (limit.count() > 0) end_phase();
    if (failed) response_.info.timings.pool += steady::now() - began;
    co_return failed;
}

/// Begins the exchange on the connection. `acquire_began`: when one was first wanted.
net::failure call_operation::begin_exchange(steady::time_point acquire_began) {
    auto& info = response_.info;
    exchange_began_ = steady::now();
    info.timings.pool += exchange_began_ - acquire_began;
    if (stop_reason()) {
        lease_.release(true);
        return net::failure(stop_reason(), {}, phase::queued, "the request was not sent");
    }
    info.connection_reused = lease_->used;
    lease_->used = true;
    info.remote_endpoint = lease_->remote_endpoint;
    info.tls_version = lease_->tls_version;
    bool const streaming = kind_ == reply_kind::streamed;
    // A stream is bounded by its events, not as a whole.
    auto const max_body = options_.max_response_size.value_or(config().max_response_size);
    net::response_limits const sizes(config().max_header_size, streaming ? 0 : max_body);
    exchange_.begin(lease_->transport, *this, wire_, limits_of_exchange(), sizes, info.connection_reused);
    refuses_total_ = true;
    sent_ = true;
    notify_connection(exchange_began_ - acquire_began);
    return net::failure();
}

/// Takes the head, or what there is of it. True: the connection was dead before, so the request is to be sent
/// once more.
/** `fresh_only`: that has happened. */
bool call_operation::absorb_head(net::failure const& failed, bool fresh_only) {
    auto& info = response_.info;
    info.phase = exchange_.phase();
    info.timings.write = between(exchange_began_, exchange_.sent_at());
    info.timings.first_byte = between(exchange_.sent_at(), exchange_.first_byte_at());
    take_head();
    if (!failed) {
        notify_first_byte();
        return false;
    }
    // A connection that has lain unused may die in the moment of its use, whether it had served before or was
    // made for nothing.
    bool const kept = lease_->rested;
    release(false);
    bool const may_be_seen = exchange_.is_sent() && !config().retry.resend_sent;
    bool const was_dead = kept && !may_be_seen && failed.ec() == errc::connection_lost;
    if (!was_dead || fresh_only || stop_reason()) return false;
    info.replayed = true;
    impl_->count_replay();
    return true;
}

// --------------------------------------------------------------------------------------------- a whole reply

asio::awaitable<net::failure> call_operation::receive() {
    while (auto const need = exchange_.advance(net::exchange::goal::more))
        co_await lease_->transport.wait(*need);
    co_return exchange_.take_failure();
}

asio::awaitable<net::failure> call_operation::receive_more(std::size_t kept) {
    auto const begin = exchange_.body().size();
    auto failed = co_await receive();
    if (take_coded(begin)) {
        auto damaged = co_await unpack(kept);
        if (!failed) failed = std::move(damaged);
        co_return failed;
    }
    auto const size = exchange_.body().capacity() + kept;
    if (!failed && memory_.must_grow(size)) co_await impl_->reply_memory().grow(*this, memory_, size);
    co_return failed;
}

asio::awaitable<void> call_operation::drop_rest() {
    auto const begin = exchange_.body().size();
    begin_phase(errc::stream_stalled, max_drain_time);
    while (!exchange_.is_complete() && exchange_.body().size() - begin < max_drained && !stop_reason()) {
        auto const failed = co_await receive();
        if (failed) break;
    }
    // It has not been decoded.
    if (coding_) exchange_.body().resize(begin);
    end_phase();
}

codec::decode_limits call_operation::decode_limits() const noexcept {
    auto const& c = config();
    codec::decode_limits limits(c.max_json_depth);
    limits.max_json_members = c.max_json_members;
    limits.max_json_values = c.max_json_values;
    limits.max_json_expansion = c.max_json_expansion;
    return limits;
}

std::size_t call_operation::memory_to_decode(std::size_t size) const noexcept {
    // Nothing comes near 64 times, and so far no size of a text overflows.
    return size * std::clamp<std::size_t>(config().max_json_expansion, 2, 64);
}

bool call_operation::is_small() { return exchange_.body().size() <= codec::max_body_in_one_step; }

codec::reply_view call_operation::whole_reply() {
    auto const& info = response_.info;
    codec::reply_view reply(info.status, info.field("content-type"), exchange_.body());
    reply.one_choice = one_choice_;
    return reply;
}

/// Adds to the sentence about a refusal where the request went, or should go.
void call_operation::name_place(std::string& detail) const {
    auto const& info = response_.info;
    auto const without_query = [](std::string_view url) { return url.substr(0, url.find_first_of("?#")); };
    if (info.status >= 300 && info.status <= 399) {
        auto const target = without_query(info.field("location"));
        if (!target.empty()) detail += ", which points to " + codec::sanitize(target, shown_target);
    } else if (info.status == 404 || info.status == 405) {
        auto const& url = current_endpoint().url;
        detail.append(" for ").append(url.tls ? "https://" : "http://").append(url.host_header);
        detail.append(without_query(url.target));
    }
}

net::failure call_operation::decode() {
    auto const reply = whole_reply();
    std::string detail;
    auto ec = codec::decode_reply(reply, decode_limits(), response_.completion, response_.error, detail);
    if (ec) explain(ec, detail);
    return net::failure(ec, {}, phase::finished, std::move(detail));
}

/// Adds to a reply that could not be decoded, or was a refusal, why that may be so.
void call_operation::explain(error_code& ec, std::string& detail) {
    name_place(detail);
    if (coding_ && coding_->has_failed()) detail += "; " + coding_->detail();
    // A decoded body has its coding behind it.
    bool const was_coded = coding_ && !coding_->is_plain();
    auto const label = was_coded ? std::string_view() : response_.info.field("content-encoding");
    codec::judge_content_coding(label, exchange_.body(), ec, response_.error, detail);
}

asio::awaitable<net::failure> call_operation::decode_in_steps() {
    auto const reply = whole_reply();
    auto const limits = decode_limits();
    // Large replies are decoded one after the other when memory is short.
    co_await impl_->reply_memory().grow(*this, memory_, memory_to_decode(reply.body.size()));
    std::string detail;
    codec::reply_decoder decoder(reply, limits, response_.completion, response_.error, detail);
    for (;;) {
        bool const done = stop_reason() ? decoder.give_up() : decoder.step();
        if (done) break;
        co_await asio::post(strand(), asio::deferred);
    }
    if (!stop_reason()) {
        auto ec = decoder.result();
        if (ec) explain(ec, detail);
        co_return net::failure(ec, {}, phase::finished, std::move(detail));
    }
    response_.completion = chat_completion();
    co_return net::failure(stop_reason(), {}, phase::reading, "the reply was not decoded to its end");
}

std::optional<std::int64_t> call_operation::tokens_in(chat_completion const& completion) noexcept {
    if (!completion.usage) return std::nullopt;
    return completion.usage->total_tokens;
}

void call_operation::release(bool completed) {
    if (!lease_) return;
    lease_.release(completed && exchange_.is_reusable() && !lease_->transport.has_pending());
}

void call_operation::take_head() {
    if (!exchange_.has_head()) return;
    auto& info = response_.info;
    info.status = exchange_.status();
    info.headers = std::move(exchange_.headers());
    codec::read_rate_limits(info.headers, std::chrono::system_clock::now(), info.rate_limit);
    // Without an observer, they stay as they came unless the call fails.
    if (impl_->observer()) record_.credentials().apply(info.headers);
    info.request_id = codec::pick_request_id(info.headers);
}

/// Masks what a peer may have repeated of the credentials that it got.
void call_operation::hide_credentials(net::failure& failed) noexcept {
    auto& info = response_.info;
    try {
        auto const& secrets = record_.credentials();
        secrets.apply(failed->detail);
        secrets.apply(response_.error);
        secrets.apply(info.headers);
        secrets.apply(info.request_id);
        secrets.apply_to_errors(response_.completion);
    } catch (...) {
        // There is no memory for it: rather no words than a key.
        failed->detail.clear();
        response_.error = api_error();
        info.headers.clear();
        info.request_id.clear();
        response_.completion = chat_completion();
    }
}

void call_operation::fail(net::failure reason) {
    ec_ = reason.ec();
    auto& info = response_.info;
    if (reason) {
        hide_credentials(reason);
        info.phase = reason->phase;
        info.cause = reason->cause;
        info.detail = std::move(reason->detail);
    }
    if (info.retry_stop == retry_stop::none)
        info.retry_stop = stop_is_final() ? retry_stop::ended : retry_stop::final_error;
}

} // namespace async_llm::detail
