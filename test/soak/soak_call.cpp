// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "soak/soak_call.hpp"

#include "soak/chaos.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <utility>

namespace async_llm::soak {
namespace {

using std::chrono::milliseconds;

constexpr std::array<char const*, 6> names{"whole", "hedged", "refused", "invalid", "streamed", "left"};

call_kind some_kind(std::mt19937& random) {
    switch (random() % 16) {
    case 0: return call_kind::refused;
    case 1: return call_kind::invalid;
    case 2:
    case 3: return call_kind::left;
    case 4:
    case 5:
    case 6:
    case 7: return call_kind::streamed;
    case 8:
    case 9: return call_kind::hedged;
    default: return call_kind::whole;
    }
}

} // namespace

bool may_happen(error_code ec) {
    // The whole call has so much time that a call that used it up has hung.
    if (ec == errc::deadline_exceeded) return false;
    return ec == condition::retryable || ec == condition::timeout || ec == condition::connection ||
        ec == condition::invalid_reply || ec == errc::circuit_open;
}

call_plan::call_plan(std::size_t number, std::mt19937& random)
    : kind(some_kind(random)), priority(static_cast<int>(random() % 3)), leave_after(1 + random() % 4) {
    text = kind == call_kind::refused ? std::string(refused_prefix) : "answer ";
    text += std::to_string(number) + " as this call expects it and no other";
    if (random() % 4 == 0) cancel_after = milliseconds(random() % 400);
}

soak_call::soak_call(call_plan plan, asio::any_io_executor executor, tally& book)
    : plan_(std::move(plan)), strand_(std::move(executor)), timer_(strand_), book_(book) {}

template <class Handler>
auto soak_call::bound(Handler handler) {
    return asio::bind_executor(strand_, asio::bind_cancellation_slot(signal_.slot(), std::move(handler)));
}

void soak_call::start(client const& from) {
    book_.begin();
    auto request = chat_request("soak");
    if (plan_.kind != call_kind::invalid) request.user(plan_.text);
    request_options options;
    options.priority = plan_.priority;
    if (plan_.kind == call_kind::hedged) options.hedge_delay = milliseconds(40);
    auto const self = shared_from_this();
    if (plan_.kind == call_kind::streamed || plan_.kind == call_kind::left) {
        auto handler = [self, alive = living_handler()](error_code ec, chat_stream stream) {
            self->take(ec, std::move(stream));
        };
        from.async_stream(std::move(request), std::move(options), bound(std::move(handler)));
    } else {
        auto handler = [self, alive = living_handler()](error_code ec, chat_response const& response) {
            self->take(ec, response);
        };
        from.async_complete(std::move(request), std::move(options), bound(std::move(handler)));
    }
    if (plan_.cancel_after) asio::post(strand_, [self] { self->cancel_later(); });
}

void soak_call::cancel_later() {
    if (ended_) return;
    timer_.expires_after(*plan_.cancel_after);
    timer_.async_wait([self = shared_from_this()](error_code ec) {
        if (ec || self->ended_) return;
        self->cancelled_ = true;
        self->signal_.emit(asio::cancellation_type::terminal);
    });
}

void soak_call::take(error_code ec, chat_response const& response) {
    received_ = response.text();
    end(ec, response.info, false);
}

void soak_call::take(error_code ec, chat_stream stream) {
    stream_ = std::move(stream);
    if (ec) return end(ec, stream_.info(), false);
    read();
}

void soak_call::read() {
    auto handler = [self = shared_from_this(), alive = living_handler()](error_code ec, auto const& chunk) {
        self->take(ec, chunk);
    };
    stream_.async_next(bound(std::move(handler)));
}

void soak_call::take(error_code ec, std::optional<chat_chunk> const& chunk) {
    if (ec || !chunk) return end(ec, stream_.info(), false);
    received_ += chunk->text();
    if (plan_.kind == call_kind::left && ++chunks_ == plan_.leave_after)
        return end(error_code(), stream_.info(), true);
    read();
}

void soak_call::end(error_code ec, response_info const& info, bool left) {
    auto how = check(ec, info, left);
    auto story = "call \"" + plan_.text + "\" (" + names[static_cast<std::size_t>(plan_.kind)] + ") got \"" +
        received_ + "\", then " + ec.message() + ": " + info.detail + " after " +
        std::to_string(info.attempts) + " attempts, " + std::string(to_string(info.phase)) + ", " +
        std::string(to_string(info.retry_stop));
    if (std::exchange(ended_, true)) {
        how = ending::wrong;
        story += "; for the second time";
    }
    timer_.cancel();
    stream_ = chat_stream();
    book_.end(how, story);
}

ending soak_call::check(error_code ec, response_info const& info, bool left) const {
    if (ec == asio::error::operation_aborted) return cancelled_ ? ending::cancelled : ending::wrong;
    if (ec == errc::client_closed) return plan_.may_be_closed ? ending::cancelled : ending::wrong;
    if (plan_.kind == call_kind::invalid)
        return ec == errc::invalid_request && info.attempts == 0 ? ending::failed : ending::wrong;
    // The stream of words, so far, or the whole answer.
    bool const so_far = plan_.text.starts_with(received_);
    if (ec) return so_far ? judge_failure(ec, info) : ending::wrong;
    bool const good = left ? so_far : received_ == plan_.text;
    return good && plan_.kind != call_kind::refused && info.status == 200 ? ending::well : ending::wrong;
}

ending soak_call::judge_failure(error_code ec, response_info const& info) const {
    bool const told = info.retry_stop != retry_stop::none && !info.detail.empty();
    if (plan_.kind == call_kind::refused && ec == make_http_error(400))
        return told && info.retry_stop == retry_stop::final_error ? ending::failed : ending::wrong;
    // Nothing is sent again behind content.
    bool const kept = received_.empty() || info.retry_stop == retry_stop::content_delivered;
    return told && kept && may_happen(ec) ? ending::failed : ending::wrong;
}

} // namespace async_llm::soak
