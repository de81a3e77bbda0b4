// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/call_record.hpp"

#include "codec/http/endpoint_path.hpp"

#include <utility>

namespace async_llm::detail {

void call_record::join_hedge(std::uint64_t number, bool second) noexcept {
    number_ = number;
    part_ = second ? part::second : part::first;
}

void call_record::name_endpoint(std::string_view method, std::string_view path) noexcept {
    method_ = method;
    target_ = path;
}

void call_record::begin(std::weak_ptr<net::operation> call) {
    if (part_ == part::whole) {
        admitted_ = registration_.begin_call(state_, std::move(call));
    } else {
        // The call as a whole was admitted, and is counted.
        registration_.begin_run(state_, std::move(call));
        admitted_ = true;
    }
}

void call_record::start(response_info const& info, chat_request const& request, endpoint const& asked_first) {
    if (part_ != part::whole) return;
    number_ = state_.router().call_begun();
    auto* const observer = state_.observer();
    if (!observer) return;
    call_started_event event(info, request);
    observer->call_started(describe(event, asked_first));
}

void call_record::notify_finished(
    chat_response const& result,
    error_code const& ec,
    endpoint const& last,
    bool won_by_second,
    std::string_view text
) {
    auto* const observer = state_.observer();
    if (!observer || part_ != part::whole || std::exchange(finished_, true)) return;
    call_finished_event event(result);
    event.ec = ec;
    event.text = text;
    describe(event, last).hedge = won_by_second;
    observer->call_finished(event);
}

codec::credential_mask const& call_record::credentials() const {
    if (!credentials_) credentials_ = state_.credentials_for(fields_, target_);
    return *credentials_;
}

void call_record::describe_endpoint(call_event& event) const {
    if (path_.empty()) {
        path_ = codec::name_endpoint(target_);
        credentials().apply(path_);
    }
    event.endpoint = true;
    event.method = method_;
    event.path = path_;
}

} // namespace async_llm::detail
