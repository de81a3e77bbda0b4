// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/whole_reply.hpp"

#include "base/sanitize.hpp"
#include "codec/http/content_coding.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace async_llm::detail {
namespace {

// Of a redirect's target so much is shown.
constexpr std::size_t shown_target = 300;

} // namespace

codec::decode_limits decode_limits_of(client_config const& config) noexcept {
    codec::decode_limits limits(config.max_json_depth);
    limits.max_json_members = config.max_json_members;
    limits.max_json_values = config.max_json_values;
    limits.max_json_expansion = config.max_json_expansion;
    return limits;
}

std::size_t memory_to_decode(client_config const& config, std::size_t size) noexcept {
    // Nothing comes near 64 times, and so far no size of a text overflows.
    return size * std::clamp<std::size_t>(config.max_json_expansion, 2, 64);
}

bool whole_reply::is_small() const noexcept {
    return attempt_.exchange().body().size() <= codec::max_body_in_one_step;
}

codec::reply_view whole_reply::view() {
    auto const& info = call_.info();
    codec::reply_view reply(info.status, info.field("content-type"), attempt_.exchange().body());
    reply.one_choice = one_choice_;
    return reply;
}

/// Adds to the sentence about a refusal where the request went, or should go.
void whole_reply::name_place(std::string& detail) const {
    auto const& info = call_.info();
    auto const without_query = [](std::string_view url) { return url.substr(0, url.find_first_of("?#")); };
    if (info.status >= 300 && info.status <= 399) {
        auto const target = without_query(info.field("location"));
        if (!target.empty()) detail += ", which points to " + codec::sanitize(target, shown_target);
    } else if (info.status == 404 || info.status == 405) {
        auto const& url = attempt_.target().url;
        detail.append(" for ").append(url.tls ? "https://" : "http://").append(url.host_header);
        detail.append(without_query(url.target));
    }
}

void whole_reply::explain(error_code& ec, std::string& detail) {
    name_place(detail);
    auto const* const coding = attempt_.coding();
    if (coding && coding->has_failed()) detail += "; " + coding->detail();
    // A decoded body has its coding behind it.
    bool const was_coded = coding && !coding->is_plain();
    auto const label = was_coded ? std::string_view() : call_.info().field("content-encoding");
    codec::judge_content_coding(label, attempt_.exchange().body(), ec, call_.response.error, detail);
}

net::failure whole_reply::decode() {
    auto& response = call_.response;
    std::string detail;
    auto const limits = decode_limits_of(call_.config());
    auto ec = codec::decode_reply(view(), limits, response.completion, response.error, detail);
    if (ec) explain(ec, detail);
    return net::failure(ec, {}, phase::finished, std::move(detail));
}

asio::awaitable<net::failure> whole_reply::decode_in_steps() {
    auto& response = call_.response;
    auto const& operation = call_.operation;
    auto const reply = view();
    auto const limits = decode_limits_of(call_.config());
    // Large replies are decoded one after the other when memory is short.
    co_await attempt_.grow_memory(memory_to_decode(call_.config(), reply.body.size()));
    std::string detail;
    codec::reply_decoder decoder(reply, limits, response.completion, response.error, detail);
    for (;;) {
        bool const done = operation.stop_reason() ? decoder.give_up() : decoder.step();
        if (done) break;
        co_await asio::post(operation.strand(), asio::deferred);
    }
    if (!operation.stop_reason()) {
        auto ec = decoder.result();
        if (ec) explain(ec, detail);
        co_return net::failure(ec, {}, phase::finished, std::move(detail));
    }
    response.completion = chat_completion();
    auto const& reason = operation.stop_reason();
    co_return net::failure(reason, {}, phase::reading, "the reply was not decoded to its end");
}

} // namespace async_llm::detail
