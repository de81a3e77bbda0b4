// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "testing/http2/http2_server_session.hpp"

#include "testing/http2/http2_frames.hpp"
#include "testing/http2/http2_server_callbacks.hpp"
#include "testing/reply_content.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace async_llm::testing {
namespace {

// About so many bytes are gathered for one write.
constexpr std::size_t max_write = 64 * 1024;

// Scripts try clients with heads that are larger than what libnghttp2 sends by itself.
constexpr std::size_t max_sent_head = 16 * 1024 * 1024;

template <class Type, class Delete>
std::unique_ptr<Type, Delete> owned_handle(Type* made, Delete free) {
    if (!made) throw std::bad_alloc();
    return std::unique_ptr<Type, Delete>(made, free);
}

nghttp2_session* make_session(accept_fault fault, http2_server_session& user) {
    nghttp2_session_callbacks* made_callbacks = nullptr;
    nghttp2_session_callbacks_new(&made_callbacks);
    auto const callbacks = owned_handle(made_callbacks, nghttp2_session_callbacks_del);
    http2_server_callbacks::install(callbacks.get());
    nghttp2_option* made_option = nullptr;
    nghttp2_option_new(&made_option);
    auto const option = owned_handle(made_option, nghttp2_option_del);
    nghttp2_option_set_max_send_header_block_length(option.get(), max_sent_head);
    nghttp2_option_set_no_auto_window_update(option.get(), fault == accept_fault::no_windows ? 1 : 0);
    nghttp2_option_set_no_auto_ping_ack(option.get(), fault == accept_fault::no_ping_answers ? 1 : 0);
    nghttp2_session* session = nullptr;
    if (nghttp2_session_server_new2(&session, callbacks.get(), &user, option.get()) != 0)
        throw std::bad_alloc();
    return session;
}

} // namespace

void http2_server_session::deleter::operator()(nghttp2_session* session) const noexcept {
    nghttp2_session_del(session);
}

http2_server_session::http2_server_session(
    std::shared_ptr<server> owner,
    received_request connection,
    accept_fault fault,
    asio::steady_timer& news
)
    : server_(std::move(owner)),
      connection_(std::move(connection)),
      fault_(fault),
      news_(news),
      session_(make_session(fault, *this)),
      settings_timer_(news.get_executor()),
      idle_timer_(news.get_executor()) {}

http2_server_session::~http2_server_session() = default;

void http2_server_session::start() {
    auto const& options = server_->options();
    auto const head_size = std::min<std::size_t>(options.max_head_size, UINT32_MAX);
    auto const limit = server_->max_streams();
    std::array<nghttp2_settings_entry, 2> const settings{{
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(head_size)},
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limit.value_or(0)},
    }};
    if (fault_ != accept_fault::no_settings)
        nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), limit ? 2 : 1);
    if (options.settings_delay > asio::steady_timer::duration::zero()) {
        holds_output_ = true;
        settings_timer_.expires_after(options.settings_delay);
        settings_timer_.async_wait([weak = weak_from_this()](error_code) {
            auto const self = weak.lock();
            if (!self) return;
            self->holds_output_ = false;
            self->news_.cancel();
        });
    }
    server_->board().update([](mock_stats& stats) { ++stats.connections_http2; });
    watch_idleness();
}

void http2_server_session::feed(std::string& input) {
    if (!input.empty() && ending_ == http2_ending::none) {
        auto const read = nghttp2_session_mem_recv(session_.get(), bytes_of(input), input.size());
        if (read < 0) end(http2_ending::close);
        answer_ready();
        forget_closed();
        update_board();
    }
    input.clear();
}

std::string_view http2_server_session::output() {
    if (holds_output_) return {};
    fill();
    forget_closed();
    // Timers of replies put bytes behind those that are being written.
    writing_.clear();
    std::swap(writing_, output_);
    replies_in_write_ = std::exchange(replies_in_output_, 0);
    bool const is_over = writing_.empty() && nghttp2_session_want_read(session_.get()) == 0 &&
        nghttp2_session_want_write(session_.get()) == 0;
    if (is_over) end(http2_ending::close);
    return writing_;
}

void http2_server_session::sent() {
    writing_.clear();
    counted_.replies += std::exchange(replies_in_write_, 0);
    update_board();
}

void http2_server_session::note_peer_left() {
    for (auto const& [id, exchange] : exchanges_) {
        bool const unanswered =
            exchange.now == http2_exchange::state::replying || exchange.now == http2_exchange::state::stalled;
        counted_.aborted += unanswered ? 1 : 0;
    }
    update_board();
}

void http2_server_session::shut_down() {
    submit_goaway(nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR);
}

// The client may send the streams beyond the last one elsewhere, also those that came already.
void http2_server_session::submit_goaway(std::int32_t last_stream, std::uint32_t code) {
    last_stream_ = std::min(last_stream_, last_stream);
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last_stream, code, nullptr, 0);
}

void http2_server_session::announce_max_streams(std::uint32_t streams) {
    nghttp2_settings_entry const limit{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams};
    nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, &limit, 1);
}

void http2_server_session::end(http2_ending manner, bool close_notify) {
    if (ending_ != http2_ending::none) return;
    ending_ = manner;
    close_notify_ = close_notify && server_->options().close_notify;
}

// A connection without a stream for so long gets a GOAWAY, behind which it ends.
void http2_server_session::watch_idleness() {
    auto const patience = server_->options().idle_timeout;
    if (patience <= asio::steady_timer::duration::zero() || !exchanges_.empty()) return;
    idle_timer_.expires_after(patience);
    idle_timer_.async_wait([weak = weak_from_this()](error_code ec) {
        auto const self = weak.lock();
        if (ec || !self || !self->exchanges_.empty()) return;
        self->shut_down();
        self->news_.cancel();
    });
}

void http2_server_session::update_board() {
    auto const change = std::exchange(counted_, counters());
    bool const same = change.replies + change.aborted + change.resets + change.pings + change.goaways == 0;
    if (same && change.max_open == 0) return;
    server_->board().update([&change](mock_stats& stats) {
        stats.replies_sent += change.replies;
        stats.requests_aborted += change.aborted;
        stats.streams_reset += change.resets;
        stats.pings_received += change.pings;
        stats.goaways_sent += change.goaways;
        stats.max_streams_open = std::max(stats.max_streams_open, change.max_open);
    });
}

// ------------------------------------------------------------------------------------------- requests

http2_exchange* http2_server_session::find(std::int32_t id) noexcept {
    auto const found = exchanges_.find(id);
    return found == exchanges_.end() ? nullptr : &found->second;
}

void http2_server_session::open_exchange(std::int32_t id) {
    auto& result = exchanges_.try_emplace(id, id, connection_).first->second;
    result.request.request_on_connection = ++requests_;
    counted_.max_open = std::max(counted_.max_open, exchanges_.size());
    idle_timer_.cancel();
    auto const& options = server_->options();
    if (requests_ == options.max_requests_per_connection && options.announce_close)
        submit_goaway(id, NGHTTP2_NO_ERROR);
}

void http2_server_session::note_reset(std::int32_t id) {
    ++counted_.resets;
    auto* const exchange = find(id);
    if (!exchange) return;
    bool const unanswered =
        exchange->now == http2_exchange::state::replying || exchange->now == http2_exchange::state::stalled;
    counted_.aborted += unanswered ? 1 : 0;
    exchange->now = http2_exchange::state::ended;
}

void http2_server_session::answer_ready() {
    for (auto const id : std::exchange(ready_, {})) {
        auto* const exchange = find(id);
        bool const is_due = exchange && exchange->now == http2_exchange::state::receiving;
        if (!is_due || id > last_stream_) continue;
        auto const status = exchange->error_status;
        if (status == 0) {
            exchange->begin(server_->answer(exchange->request));
        } else {
            request_fault const fault(status, std::string(reason_phrase(status)));
            exchange->begin(render_refusal(fault, server_->options().dialect, exchange->request));
        }
        advance(*exchange);
    }
}

void http2_server_session::forget_closed() {
    if (!due_.empty() || closed_.empty()) return;
    for (auto const id : closed_) {
        exchanges_.erase(id);
        if (flooding_ == id) flood_.clear();
    }
    closed_.clear();
    watch_idleness();
}

// --------------------------------------------------------------------------------------------- output

// Gathers what can be sent, up to a limit. Where nothing more can, the scripts of the replies go on.
void http2_server_session::fill() {
    while (output_.size() < max_write && ending_ == http2_ending::none) {
        if (!flood_.empty()) {
            output_ += flood_;
            continue;
        }
        std::uint8_t const* data = nullptr;
        auto const size = nghttp2_session_mem_send(session_.get(), &data);
        if (size < 0) end(http2_ending::close);
        if (size > 0)
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
            put_out({reinterpret_cast<char const*>(data), static_cast<std::size_t>(size)});
        else if (!run_due())
            break;
        // The end of a stream may end a flood.
        if (!closed_.empty()) forget_closed();
    }
}

bool http2_server_session::run_due() {
    auto const due = std::exchange(due_, {});
    for (auto const id : due) {
        auto* const exchange = find(id);
        if (!exchange) continue;
        if (exchange->now == http2_exchange::state::complete)
            finish_reply(*exchange);
        else if (exchange->now == http2_exchange::state::replying)
            continue_reply(*exchange);
    }
    return !due.empty();
}

// Takes a frame from libnghttp2, and cuts the connection in it if the script says so.
void http2_server_session::put_out(std::string_view frame) {
    output_ += frame;
    if (frame.size() < http2_frame_head_size) return;
    http2_frame_head const head(frame);
    auto* const exchange = head.is_of_reply() ? find(head.stream) : nullptr;
    if (!exchange) return;
    exchange->put_out += frame.size();
    if (exchange->is_cut_by_frames() && exchange->put_out >= exchange->plan.fault_after) {
        output_.resize(output_.size() - (exchange->put_out - exchange->plan.fault_after));
        commit_fault(*exchange);
    } else if (head.ends_stream()) {
        exchange->now = http2_exchange::state::complete;
        due_.push_back(head.stream);
    }
}

// Puts bytes behind all frames that can be sent now. A flood lets nothing in between.
void http2_server_session::put_raw(std::string_view bytes) {
    if (bytes.empty() || !flood_.empty()) return;
    flush();
    if (ending_ == http2_ending::none) output_ += bytes;
}

void http2_server_session::flush() {
    std::uint8_t const* data = nullptr;
    while (ending_ == http2_ending::none && flood_.empty()) {
        auto const size = nghttp2_session_mem_send(session_.get(), &data);
        if (size <= 0) break;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
        put_out({reinterpret_cast<char const*>(data), static_cast<std::size_t>(size)});
    }
}

} // namespace async_llm::testing
