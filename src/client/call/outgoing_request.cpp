// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/outgoing_request.hpp"

namespace async_llm::detail {
namespace {

// Usual size of the fields that a call adds to the head; most that a thread keeps for bodies to come.
constexpr std::size_t room_for_fields = 128;
constexpr std::size_t max_kept_body = 64u * 1024;

} // namespace

error_code
outgoing_request::encode(policy::target_choice choice, request_options const& options, std::string& detail) {
    bool const first = wire_.empty();
    bool const same_target = !first && encoded_for_.target == choice.target;
    if (same_target && encoded_for_.key == choice.key) return error_code();
    auto const& target = targets_[choice.target];
    // Its length has to be known before the head is written, so it waits here.
    thread_local std::string body;
    body.clear();
    error_code ec;
    if (same_target)
        body.assign(wire_, head_size_);
    else
        ec = encode_body(target, body, rest_, detail);
    wire_.clear();
    wire_.reserve(target.heads[choice.key].size() + room_for_fields + body.size());
    if (!ec) ec = append_head(choice, options, body.size() + rest_.size(), wire_, detail);
    if (ec) return ec;
    head_size_ = wire_.size();
    // One buffer for head and body: one write, and for most requests one TLS record.
    wire_ += body;
    if (body.capacity() > max_kept_body) std::string().swap(body);
    encoded_for_ = choice;
    if (targets_.size() == 1) forget_values();
    return error_code();
}

std::string_view request_target(std::string_view head) noexcept {
    auto const begin = head.find(' ') + 1;
    return head.substr(begin, head.find(' ', begin) - begin);
}

} // namespace async_llm::detail
