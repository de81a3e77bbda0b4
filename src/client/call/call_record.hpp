// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_CALL_RECORD_HPP
#define ASYNC_LLM_CLIENT_CALL_CALL_RECORD_HPP

#include "client/state/client_state.hpp"
#include "client/state/registration.hpp"
#include <async_llm/chat_response.hpp>
#include <async_llm/observer.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::detail {

/// Call as its client counts it and its observer hears of it, from its beginning to its end.
/**
 * Two calls that are hedged are one for both. Then that one has a record, and each of the two another, by
 * which it reports its attempts and nothing else.
 */
class call_record {
public:
    /// `fields`: header fields of the request. All have to stay.
    call_record(client_state& state, std::vector<http_header> const& fields, bool streaming) noexcept
        : state_(state), fields_(fields), streaming_(streaming) {}

    /// Makes it the record of one of two hedged calls; to be done before \ref begin.
    void join_hedge(std::uint64_t number, bool second) noexcept;

    /// Makes it the record of a call of an endpoint; to be done before \ref begin. `path`, which has to stay:
    /// with its query.
    void name_endpoint(std::string_view method, std::string_view path) noexcept;

    /// Registers the call; to be done once, before its operation is launched.
    void begin(std::weak_ptr<net::operation> call);
    /// Returns whether the client takes the call.
    bool is_admitted() const noexcept { return admitted_; }

    /// Gives the call its number, and notifies the observer.
    void start(response_info const& info, chat_request const& request, endpoint const& asked_first);
    std::uint64_t number() const noexcept { return number_; }

    /// Notifies the observer of the call's end. `last`: who was asked last. `won_by_second`: of hedged calls.
    /** `text`: the reply of a call of an endpoint. Does nothing the second time. */
    void notify_finished(
        chat_response const& result,
        error_code const& ec,
        endpoint const& last,
        bool won_by_second,
        std::string_view text = {}
    );
    /// Has the observer been notified of the end?
    bool is_finished() const noexcept { return finished_; }
    /// Ends the registration; does nothing the second time.
    void end(bool succeeded) noexcept { registration_.end(succeeded); }

    /// Adds to an event which call it is about, and where it happens.
    template <class Event>
    Event& describe(Event& event, endpoint const& at) const {
        event.call = number_;
        event.streaming = streaming_;
        event.hedge = part_ == part::second;
        if (!method_.empty()) describe_endpoint(event);
        event.server_address = at.url.host;
        event.server_port = at.url.port;
        event.credentials = &credentials();
        return event;
    }

    /// Secrets that may stand in no diagnostic of the call.
    codec::credential_mask const& credentials() const;

private:
    /// Part of a hedged call.
    enum class part { whole, first, second };

    void describe_endpoint(call_event& event) const;

    client_state& state_;
    std::vector<http_header> const& fields_;
    registration registration_;
    std::uint64_t number_ = 0;
    part part_ = part::whole;
    std::string_view method_; // empty: it is a chat completion
    std::string_view target_; // of a call of an endpoint, as it was given
    bool streaming_;
    bool admitted_ = false;
    bool finished_ = false;
    mutable std::shared_ptr<codec::credential_mask const> credentials_; // once they are needed
    mutable std::string path_;                                          // for events, likewise
};

} // namespace async_llm::detail

#endif
