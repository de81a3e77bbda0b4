// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/whole_reply.hpp"

#include "base/sanitize.hpp"
#include "codec/http/content_coding.hpp"
#include "codec/reply/endpoint_reply.hpp"

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
    reply.one_choice = request_.has_one_choice();
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
        if (url.is_local)
            detail.append(" for unix:").append(url.host).append(":");
        else
            detail.append(" for ").append(url.tls ? "https://" : "http://").append(url.host_header);
        detail.append(without_query(request_target(request_.head())));
    }
}

/// Returns the content coding that the body still has by its label; empty: none, or it was decoded.
std::string_view whole_reply::coding_label() const {
    auto const* const coding = attempt_.coding();
    bool const was_coded = coding && !coding->is_plain();
    return was_coded ? std::string_view() : call_.info().field("content-encoding");
}

void whole_reply::explain(error_code& ec, std::string& detail) {
    name_place(detail);
    auto const* const coding = attempt_.coding();
    if (coding && coding->has_failed()) detail += "; " + coding->detail();
    auto& error = call_.response.error;
    codec::judge_content_coding(coding_label(), attempt_.exchange().body(), ec, error, detail);
}

net::failure whole_reply::conclude(error_code ec, std::string detail) {
    if (ec)
        explain(ec, detail);
    else if (is_answer_of_endpoint())
        ec = codec::check_decoded(coding_label(), attempt_.exchange().body(), detail);
    return net::failure(ec, {}, phase::finished, std::move(detail));
}

/// Returns whether the reply is none of chat completions. Failures are alike everywhere.
bool whole_reply::is_answer_of_endpoint() const noexcept {
    return request_.is_endpoint() && call_.info().status < 300;
}

void whole_reply::end_receiving(bool is_whole) {
    call_.info().phase = attempt_.exchange().phase();
    attempt_.release(is_whole);
}

bool whole_reply::try_decode(net::failure& failed) {
    if (!attempt_.exchange().is_complete() || attempt_.take_coded(0) || !is_small()) return false;
    end_receiving(true);
    failed = decode();
    return true;
}

net::failure whole_reply::decode() {
    auto& response = call_.response;
    std::string detail;
    auto const limits = decode_limits_of(call_.config());
    bool const is_any = is_answer_of_endpoint();
    auto const decode = is_any ? codec::judge_endpoint_reply : codec::decode_reply;
    auto const ec = decode(view(), limits, response.completion, response.error, detail);
    if (!ec && !is_any) return net::failure();
    return conclude(ec, std::move(detail));
}

template <class Decoder>
asio::awaitable<net::failure> whole_reply::run_in_steps() {
    auto& response = call_.response;
    auto const& operation = call_.operation;
    auto const reply = view();
    auto const limits = decode_limits_of(call_.config());
    // Large replies are decoded one after the other when memory is short.
    co_await attempt_.grow_memory(memory_to_decode(call_.config(), reply.body.size()));
    std::string detail;
    Decoder decoder(reply, limits, response.completion, response.error, detail);
    for (;;) {
        bool const done = operation.stop_reason() ? decoder.give_up() : decoder.step();
        if (done) break;
        co_await asio::post(operation.strand(), asio::deferred);
    }
    if (!operation.stop_reason()) co_return conclude(decoder.result(), std::move(detail));
    response.completion = chat_completion();
    auto const& reason = operation.stop_reason();
    co_return net::failure(reason, {}, phase::reading, "the reply was not decoded to its end");
}

// No coroutine itself, or each step would have two frames.
asio::awaitable<net::failure> whole_reply::decode_in_steps() {
    if (is_answer_of_endpoint()) return run_in_steps<codec::endpoint_reply_judge>();
    return run_in_steps<codec::reply_decoder>();
}

} // namespace async_llm::detail
