// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_WHOLE_REPLY_HPP
#define ASYNC_LLM_CLIENT_CALL_WHOLE_REPLY_HPP

#include "async/failure.hpp"
#include "client/call/attempt.hpp"
#include "client/call/outgoing_request.hpp"
#include "codec/json/decode_limits.hpp"
#include "codec/reply/decode_reply.hpp"
#include <async_llm/client_config.hpp>
#include <async_llm/detail/config.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::detail {

codec::decode_limits decode_limits_of(client_config const& config) noexcept;

/// Bytes that decoding a text of this size may take in the worst case, the text included.
std::size_t memory_to_decode(client_config const& config, std::size_t size) noexcept;

/// Decoding of a reply that has been received whole, into the call's response: of a completion, or of any
/// endpoint, of which only a failure is understood.
class whole_reply {
public:
    /// The references have to stay.
    whole_reply(call_context const& call, attempt& received, outgoing_request const& request) noexcept
        : call_(call), attempt_(received), request_(request) {}

    /// Ends the receiving, and gives the connection back, for another call that may go on meanwhile.
    /** `is_whole`: the reply ended well. */
    void end_receiving(bool is_whole);
    /// Decodes the reply if it has come whole with its head and is small. False: nothing was done.
    bool try_decode(net::failure& failed);

    /// Returns whether the reply is decoded within some milliseconds.
    bool is_small() const noexcept;

    /// Decodes the reply in one step. Precondition: \ref is_small.
    net::failure decode();
    /// Decodes the reply in steps between which other operations have their turn.
    asio::awaitable<net::failure> decode_in_steps();

    /// Adds to the error of a reply that could not be decoded, or was a refusal, why that may be so.
    void explain(error_code& ec, std::string& detail);

private:
    codec::reply_view view();
    bool is_answer_of_endpoint() const noexcept;
    template <class Decoder>
    asio::awaitable<net::failure> run_in_steps();
    void name_place(std::string& detail) const;
    std::string_view coding_label() const;
    net::failure conclude(error_code ec, std::string detail);

    call_context const& call_;
    attempt& attempt_;
    outgoing_request const& request_;
};

} // namespace async_llm::detail

#endif
