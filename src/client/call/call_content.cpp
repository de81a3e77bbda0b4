// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The content coding of a reply's body, which is decoded between the connection and the decoder of replies.

#include "client/call/call_operation.hpp"
#include "codec/http/content_coding.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include <string>
#include <utility>

namespace async_llm::detail {

bool call_operation::take_coded(std::size_t begin) {
    if (!coding_known_) look_at_coding();
    if (!coding_) return false;
    coding_->take(exchange_.body(), begin, exchange_.is_complete());
    return true;
}

/// Looks at the first bytes of the body, which nearly always are those of an object.
void call_operation::look_at_coding() {
    auto const& body = exchange_.body();
    if (body.empty()) return;
    coding_known_ = true;
    // Nor does an answer of deflate without its wrapper begin so.
    if (body.front() == '{') return;
    auto const label = response_.info.field("content-encoding");
    auto const format = codec::content_format_of(label, body, exchange_.is_complete());
    if (format == codec::content_format::plain) return;
    // A stream is bounded by its events, not as a whole.
    bool const is_stream = kind_ == reply_kind::streamed && !is_refusal();
    auto const max_size = options_.max_response_size.value_or(config().max_response_size);
    coding_ = std::make_unique<net::coded_body>(std::string(label), is_stream ? 0 : max_size);
}

bool call_operation::is_refusal() const noexcept {
    auto const status = response_.info.status;
    return status >= 300 || status == 204;
}

asio::awaitable<net::failure> call_operation::unpack(std::size_t kept) {
    using outcome = net::coded_body::outcome;
    auto& body = exchange_.body();
    for (;;) {
        auto const progress = coding_->step(body);
        if (progress == outcome::failed) {
            auto const ec = coding_->ec();
            if (!is_refusal() || ec == errc::response_too_large)
                co_return net::failure(ec, {}, phase::reading, coding_->detail());
            body.clear();
            co_return net::failure();
        }
        auto const size = body.capacity() + kept;
        if (memory_.must_grow(size)) co_await impl_->reply_memory().grow(*this, memory_, size);
        if (progress == outcome::done) co_return net::failure();
        co_await asio::post(strand(), asio::deferred);
        if (stop_reason())
            co_return net::failure(stop_reason(), {}, phase::reading, "the reply was not decoded to its end");
    }
}

} // namespace async_llm::detail
