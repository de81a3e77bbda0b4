// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/session.hpp"

#include "testing/http2/http2_server_session.hpp"
#include "testing/reply_content.hpp"
#include "testing/request_check.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace async_llm::testing {
namespace {

// Unread input beyond this is left to the kernel, and so to the client's flow control.
constexpr std::size_t max_unread = 1024 * 1024;

// First bytes of a client of HTTP/2 (RFC 9113, 3.4).
constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

bool is_served(accept_fault fault) {
    return fault == accept_fault::none || fault == accept_fault::no_settings ||
        fault == accept_fault::no_windows || fault == accept_fault::no_ping_answers;
}

constexpr std::string_view plain_text_noise = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
                                              "Content-Length: 11\r\nConnection: close\r\n\r\nBad Request";
constexpr std::string_view garbage_noise = "\x01\x02\x03 neither TLS nor HTTP \xff\xfe\xfd\r\n\r\n";

} // namespace

session::session(
    asio::ip::tcp::socket socket,
    std::shared_ptr<server> owner,
    std::size_t number,
    accept_fault fault
)
    : stream_(std::move(socket)),
      server_(std::move(owner)),
      news_(stream_.socket().get_executor()),
      number_(number),
      fault_(fault) {}

void session::start() {
    asio::co_spawn(stream_.socket().get_executor(), run(shared_from_this()), asio::detached);
}

void session::end_from_outside(session_end manner) {
    asio::post(stream_.socket().get_executor(), [self = shared_from_this(), manner] {
        if (manner == session_end::if_idle && self->http2_) {
            if constexpr (has_http2) self->http2_->shut_down();
        } else if (manner == session_end::if_idle) {
            self->end_while_idle_ = self->idle_ || self->last_write_;
        } else {
            self->closed_ = true;
            if (manner == session_end::reset)
                self->stream_.reset();
            else
                self->stream_.close();
        }
        self->news_.cancel();
    });
}

void session::announce_max_streams(std::uint32_t streams) {
    asio::post(stream_.socket().get_executor(), [self = shared_from_this(), streams] {
        if constexpr (has_http2) {
            if (self->http2_) self->http2_->announce_max_streams(streams);
        } else {
            static_cast<void>(streams);
        }
        self->news_.cancel();
    });
}

asio::awaitable<void> session::run(std::shared_ptr<session> self) {
    if (co_await self->open()) {
        bool const http2 = co_await self->begins_http2();
        auto last = http2 ? outcome::connection_ends : outcome::connection_lives;
        if (http2) co_await self->serve_http2();
        while (last == outcome::connection_lives) last = co_await self->serve_one();
    }
    self->closed_ = true;
    self->stream_.close();
    self->server_->remove(self->number_);
}

asio::awaitable<bool> session::open() {
    if (closed_) co_return false;
    if (!is_served(fault_)) {
        co_await misbehave();
        co_return false;
    }
    if (server_->tls_context()) {
        bool const secure = co_await handshake();
        if (!secure) co_return false;
    }
    start_read();
    co_return true;
}

asio::awaitable<bool> session::handshake() {
    auto const ec = co_await stream_.handshake(*server_->tls_context());
    if (!ec) tls_ = stream_.handshake_result();
    server_->board().update([&ec, resumed = tls_.resumed](mock_stats& stats) {
        ++(ec ? stats.handshakes_failed : resumed ? stats.handshakes_resumed : stats.handshakes_full);
    });
    co_return !ec && !closed_;
}

asio::awaitable<void> session::misbehave() {
    switch (fault_) {
    case accept_fault::stall: co_await wait_until_gone(clock::time_point::max()); break;
    case accept_fault::reset: stream_.reset(); break;
    case accept_fault::plain_text: co_await answer_with_noise(plain_text_noise); break;
    case accept_fault::garbage: co_await answer_with_noise(garbage_noise); break;
    default: break; // closed by the end of the coroutine
    }
}

asio::awaitable<void> session::answer_with_noise(std::string_view noise) {
    start_read();
    while (input_.empty() && !gone()) co_await wait_for_news(clock::time_point::max());
    co_await stream_.write(noise);
    co_await end(false, true);
}

// Returns whether the client speaks HTTP/2. Input that may yet be its preface is waited for.
asio::awaitable<bool> session::begins_http2() {
    if (!server_->options().http2) co_return false;
    if (stream_.tls()) co_return tls_.protocol == "h2";
    auto const idle_timeout = server_->options().idle_timeout;
    bool const timed = idle_timeout > clock::duration::zero();
    auto const deadline = timed ? clock::now() + idle_timeout : clock::time_point::max();
    while (!gone() && !end_while_idle_ && input_.size() < preface.size() && preface.starts_with(input_)) {
        idle_ = input_.empty();
        co_await wait_for_news(deadline);
        if (idle_ && clock::now() >= deadline) end_while_idle_ = true;
        idle_ = false;
    }
    co_return input_.starts_with(preface);
}

asio::awaitable<void> session::serve_http2() {
    if constexpr (has_http2) {
        http2_ = std::make_shared<http2_server_session>(server_, describe_connection(), fault_, news_);
        http2_->start();
        while (!gone()) {
            http2_->feed(input_);
            auto const bytes = http2_->output();
            if (!bytes.empty()) {
                auto const ec = co_await stream_.write(bytes);
                if (ec) note_end();
                http2_->sent();
            } else if (http2_->ending() != http2_ending::none) {
                break;
            } else {
                start_read();
                co_await wait_for_news(clock::time_point::max());
            }
        }
        co_await end_http2();
        http2_.reset();
    }
}

asio::awaitable<void> session::end_http2() {
    if constexpr (has_http2) {
        auto const ending = gone() ? http2_ending::silence : http2_->ending();
        if (ending == http2_ending::reset) {
            stream_.reset();
        } else if (ending == http2_ending::close) {
            co_await end(http2_->wants_close_notify(), true);
        } else {
            co_await wait_until_gone(clock::time_point::max());
            if (peer_closed_) http2_->note_peer_left();
        }
    }
}

received_request session::describe_connection() const {
    received_request result;
    result.connection = number_;
    result.tls = stream_.tls();
    result.server_name = tls_.server_name;
    result.tls_version = tls_.version;
    result.session_resumed = tls_.resumed;
    result.client_common_name = tls_.client_common_name;
    return result;
}

asio::awaitable<session::outcome> session::serve_one() {
    request_reader reader(server_->options().max_head_size, server_->options().max_body_size);
    bool const received = co_await read_request(reader);
    auto result = outcome::connection_ends;
    if (received)
        result = co_await answer(reader);
    else if (reader.error_status() != 0)
        result = co_await refuse_malformed(reader.error_status());
    co_return result;
}

asio::awaitable<bool> session::read_request(request_reader& reader) {
    auto const idle_timeout = server_->options().idle_timeout;
    auto const idle_since = clock::now();
    for (;;) {
        auto const state = reader.feed(input_);
        if (state != request_reader::state::incomplete) co_return state == request_reader::state::complete;
        if (gone()) co_return false;
        if (reader.take_continue_wish()) co_await stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
        start_read();
        idle_ = reader.untouched() && input_.empty();
        bool const timed = idle_ && idle_timeout > clock::duration::zero();
        if ((timed && clock::now() >= idle_since + idle_timeout) || (idle_ && end_while_idle_)) {
            co_await end(server_->options().close_notify, false);
            co_return false;
        }
        co_await wait_for_news(timed ? idle_since + idle_timeout : clock::time_point::max());
        idle_ = false;
    }
}

asio::awaitable<session::outcome> session::answer(request_reader& reader) {
    end_while_idle_ = false;
    auto request = describe_connection();
    request.request_on_connection = ++requests_;
    reader.take(request);
    auto reply = server_->answer(request);
    auto const result = co_await deliver(std::move(reply), reader.keep_alive());
    co_return result;
}

asio::awaitable<session::outcome> session::refuse_malformed(int status) {
    received_request unknown;
    unknown.connection = number_;
    unknown.request_on_connection = ++requests_;
    request_fault const fault(status, std::string(reason_phrase(status)));
    auto const reply = render_refusal(fault, server_->options().dialect, unknown);
    auto const plan = plan_reply(reply, true);
    co_await write_plan(plan, reply);
    // The rest of the request is still coming; closing now would reset the connection and might lose the
    // reply.
    co_await end(server_->options().close_notify, true);
    co_return outcome::connection_ends;
}

asio::awaitable<session::outcome> session::deliver(scripted_reply reply, bool keep_alive) {
    auto const& options = server_->options();
    bool const last =
        options.max_requests_per_connection != 0 && requests_ >= options.max_requests_per_connection;
    bool const announce =
        !keep_alive || reply.then == after_reply::announce_close || (last && options.announce_close);
    auto const plan = plan_reply(reply, announce);
    // The plan has all of it; a long stream would keep both.
    reply.body = std::string();
    reply.parts = std::vector<body_part>();
    bool const complete = co_await write_plan(plan, reply);
    auto result = outcome::connection_ends;
    if (complete) {
        server_->board().update([](mock_stats& stats) { ++stats.replies_sent; });
        result = co_await finish(reply, plan.ends_connection || last);
    } else if (!gone()) {
        result = co_await commit_fault(reply);
    } else if (peer_closed_) {
        server_->board().update([](mock_stats& stats) { ++stats.requests_aborted; });
    }
    co_return result;
}

// Returns whether the reply went out completely. If not, either the connection is gone or the fault is due.
asio::awaitable<bool> session::write_plan(reply_plan const& plan, scripted_reply const& reply) {
    std::size_t written = 0;
    for (auto const& step : plan.steps) {
        if (step.delay > clock::duration::zero()) {
            bool const still_there = co_await pause(step.delay);
            if (!still_there) co_return false;
        }
        if (gone()) co_return false;
        std::string_view bytes = step.bytes;
        bool const faulty = reply.fault != reply_fault::none && written + bytes.size() >= plan.fault_after;
        if (faulty) bytes = bytes.substr(0, plan.fault_after - written);
        last_write_ = !faulty && &step == &plan.steps.back() && plan.endless_bytes.empty();
        auto const ec = co_await stream_.write(bytes);
        last_write_ = false;
        if (ec) note_end();
        if (ec || faulty) co_return false;
        written += bytes.size();
    }
    while (!plan.endless_bytes.empty() && !gone()) {
        auto const ec = co_await stream_.write(plan.endless_bytes);
        if (ec) note_end();
    }
    co_return plan.endless_bytes.empty() && reply.fault == reply_fault::none;
}

asio::awaitable<session::outcome> session::commit_fault(scripted_reply const& reply) {
    switch (reply.fault) {
    case reply_fault::reset: stream_.reset(); break;
    case reply_fault::close: co_await end(wants_close_notify(reply), false); break;
    case reply_fault::stall:
        co_await wait_until_gone(clock::time_point::max());
        if (peer_closed_) server_->board().update([](mock_stats& stats) { ++stats.requests_aborted; });
        break;
    case reply_fault::none: break;
    }
    co_return outcome::connection_ends;
}

asio::awaitable<session::outcome> session::finish(scripted_reply const& reply, bool ends) {
    if (reply.then == after_reply::reset) {
        stream_.reset();
    } else if (reply.then == after_reply::stay_silent) {
        co_await wait_until_gone(clock::time_point::max());
    } else if (ends || reply.then != after_reply::keep_open) {
        co_await end(wants_close_notify(reply), false);
    } else {
        co_return outcome::connection_lives;
    }
    co_return outcome::connection_ends;
}

bool session::wants_close_notify(scripted_reply const& reply) const {
    return reply.close_notify && server_->options().close_notify;
}

void session::start_read() {
    if (reading_ || gone() || input_.size() >= max_unread) return;
    reading_ = true;
    stream_.async_read_some(
        asio::buffer(chunk_),
        [self = shared_from_this()](error_code ec, std::size_t size) { self->on_read(ec, size); }
    );
}

void session::on_read(error_code ec, std::size_t size) {
    reading_ = false;
    if (!discarding_) input_.append(chunk_.data(), size);
    if (ec) note_end();
    start_read();
    news_.cancel();
}

// A failed read or write is the client's doing unless this side closed first.
void session::note_end() noexcept { peer_closed_ = !closed_; }

asio::awaitable<void> session::wait_for_news(clock::time_point deadline) {
    news_.expires_at(deadline);
    auto const result = co_await news_.async_wait(asio::as_tuple(asio::deferred));
    static_cast<void>(result);
}

// Returns whether the connection has outlived the time.
asio::awaitable<bool> session::pause(clock::duration duration) {
    auto const deadline = clock::now() + duration;
    while (!gone() && clock::now() < deadline) co_await wait_for_news(deadline);
    co_return !gone();
}

asio::awaitable<void> session::wait_until_gone(clock::time_point deadline) {
    discarding_ = true;
    input_.clear();
    start_read();
    while (!gone() && clock::now() < deadline) co_await wait_for_news(deadline);
}

asio::awaitable<void> session::end(bool close_notify, bool linger) {
    if (close_notify && !gone()) co_await stream_.send_close_notify();
    if (linger && !gone()) {
        error_code ignored;
        stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
        co_await wait_until_gone(clock::now() + std::chrono::seconds(1));
    }
}

} // namespace async_llm::testing
