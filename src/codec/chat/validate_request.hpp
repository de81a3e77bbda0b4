// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_VALIDATE_REQUEST_HPP
#define ASYNC_LLM_CODEC_CHAT_VALIDATE_REQUEST_HPP

#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/provider.hpp>

#include <string>
#include <string_view>

namespace async_llm::codec {

/// Checks what a provider would refuse, before anything is sent.
/**
 * A field that a member of an `extra` replaces is not checked, nor is what the `extra` itself says, except
 * `stream`, and for `stream_options` unless the reply is to be a stream (`streaming`).
 *
 * Errors: `errc::invalid_request`; `detail` begins with the field as it is written on the wire, and ends with
 * `provider_name` if the limit is that provider's.
 */
error_code validate(
    chat_request const& request,
    dialect const& accepted,
    std::string& detail,
    std::string_view provider_name = {},
    bool streaming = false
);

} // namespace async_llm::codec

#endif
