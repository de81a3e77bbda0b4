// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_callbacks.hpp"
#include "net/http2/http2_session.hpp"
#include <async_llm/error.hpp>

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

namespace async_llm::net {
namespace {

constexpr std::string_view head_end = "\r\n\r\n";

} // namespace

// --------------------------------------------------------------------------------------------- requests

std::size_t http2_session::peer_limit() const noexcept {
    return nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

std::size_t http2_session::capacity() const noexcept {
    if (failure_ || nghttp2_session_check_request_allowed(session_.get()) == 0) return 0;
    auto const limit = std::min(limits_.max_streams, peer_limit());
    auto const used = open_ + unconfirmed_resets();
    auto const free = limit > used ? limit - used : 0;
    if (limits_.max_requests == 0) return free;
    auto const left = limits_.max_requests - std::min(requests_, limits_.max_requests);
    return static_cast<std::size_t>(std::min<std::uint64_t>(free, left));
}

bool http2_session::is_ending() const noexcept {
    if (failure_ || draining_ || nghttp2_session_check_request_allowed(session_.get()) == 0) return true;
    return limits_.max_requests != 0 && requests_ + limits_.max_streams > limits_.max_requests;
}

http2_stream* http2_session::submit(request_bytes wire, response_limits sizes, void* owner) {
    if (capacity() == 0) return nullptr;
    // A stream must be able to have news, and to be destroyed, without memory.
    news_.reserve(streams_.size() + 1);
    waiting_turn_.reserve(streams_.size() + 1);
    auto& stream = *streams_.emplace_back(std::make_unique<http2_stream>(sizes, owner));
    try {
        begin_request(stream, wire);
    } catch (...) {
        streams_.pop_back();
        throw;
    }
    return &stream;
}

void http2_session::begin_request(http2_stream& stream, request_bytes wire) {
    auto const end = wire.first.find(head_end);
    auto const head_size = end == std::string_view::npos ? wire.first.size() : end + head_end.size();
    if (!fields_.read(wire.first.substr(0, head_size), secure_)) {
        stream.is_gone_ = true;
        return fail_stream(stream, http2_failure(errc::invalid_request, 0, true, "the request has no head"));
    }
    stream.request_body_ = wire.rest.empty() ? wire.first.substr(head_size) : wire.rest;
    stream.id_ = submit_fields(stream);
    ++open_;
    ++unsent_;
    ++requests_;
}

std::int32_t http2_session::submit_fields(http2_stream& stream) {
    boost::container::small_vector<nghttp2_nv, 24> list;
    for (auto const& each : fields_) {
        auto const flags = each.never_indexed ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
        list.push_back(nghttp2_nv{
            bytes_of(each.name),
            bytes_of(each.value),
            each.name.size(),
            each.value.size(),
            static_cast<std::uint8_t>(flags)
        });
    }
    nghttp2_data_provider body{{}, http2_callbacks::read_body};
    body.source.ptr = &stream;
    auto const* const provider = stream.request_body_.empty() ? nullptr : &body;
    auto const id =
        nghttp2_submit_request(session_.get(), nullptr, list.data(), list.size(), provider, &stream);
    // All else that may fail was looked at before.
    if (id < 0) throw std::bad_alloc();
    return id;
}

void http2_session::close(http2_stream& stream, policy::time_point now) {
    using state = http2_stream::state;
    stream.owner_ = nullptr;
    std::erase(news_, &stream);
    stream.has_news_ = false;
    if (stream.is_gone_ || failure_) return release(stream);
    drop_body(stream);
    if (stream.has_failed()) {
        // It was reset then.
        stream.request_body_ = std::string_view();
        stream.state_ = state::closing;
        return;
    }
    // The body of the request is gone with its caller, so that it can't be sent to its end.
    bool const can_run_out = stream.is_put_out_ && stream.is_begun_;
    if (can_run_out && !reset_budget_.has(1, now)) {
        stream.state_ = state::abandoned;
        ++abandoned_;
        return;
    }
    if (stream.is_begun_ && reset_budget_.has(1, now)) reset_budget_.take(1, now);
    stream.state_ = state::closing;
    reset(stream);
}

void http2_session::reset(http2_stream& stream) {
    stream.request_body_ = std::string_view();
    check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id_, NGHTTP2_CANCEL));
}

void http2_session::reset_abandoned(policy::time_point now) {
    using state = http2_stream::state;
    if (failure_) return;
    for (std::size_t i = 0; abandoned_ != 0 && i != streams_.size() && reset_budget_.has(1, now); ++i) {
        auto& stream = *streams_[i];
        if (stream.state_ != state::abandoned) continue;
        reset_budget_.take(1, now);
        --abandoned_;
        stream.state_ = state::closing;
        reset(stream);
    }
}

/// Destroys a stream that neither libnghttp2 nor its caller knows any more.
void http2_session::release(http2_stream& stream) noexcept {
    for (auto& each : request_ends_) {
        if (each.stream == &stream) each.stream = nullptr;
    }
    if (ending_ == &stream) ending_ = nullptr;
    if (!stream.is_sent_ && stream.id_ != 0) --unsent_;
    std::erase(waiting_turn_, &stream);
    auto const is_it = [&stream](auto const& each) { return each.get() == &stream; };
    streams_.erase(std::find_if(streams_.begin(), streams_.end(), is_it));
}

// -------------------------------------------------------------------------------------------- responses

http2_stream* http2_session::next_news() noexcept {
    if (news_.empty()) return nullptr;
    auto* const stream = news_.front();
    news_.erase(news_.begin());
    stream->has_news_ = false;
    return stream;
}

void http2_session::notify(http2_stream& stream) noexcept {
    if (stream.has_news_ || stream.state_ == http2_stream::state::abandoned ||
        stream.state_ == http2_stream::state::closing)
        return;
    stream.has_news_ = true;
    news_.push_back(&stream);
}

void http2_session::move_body(http2_stream& stream, std::string& out) {
    if (out.empty())
        out.swap(stream.body_);
    else
        out += stream.body_;
    stream.body_.clear();
}

void http2_session::take_body(http2_stream& stream, std::string& out) {
    auto const size = stream.body_.size();
    move_body(stream, out);
    return_window(stream, size);
}

void http2_session::return_window(http2_stream& stream, std::size_t bytes) {
    bytes = std::min(bytes, stream.held_);
    stream.held_ -= bytes;
    if (bytes == 0 || failure_ || stream.is_gone_ || stream.is_over()) return;
    check(nghttp2_session_consume_stream(session_.get(), stream.id_, bytes));
}

void http2_session::drop_body(http2_stream& stream) {
    stream.body_ = std::string();
    stream.headers_.clear();
    return_window(stream, stream.held_);
}

} // namespace async_llm::net
