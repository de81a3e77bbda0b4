// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_ENCODE_REQUEST_HPP
#define ASYNC_LLM_CODEC_CHAT_ENCODE_REQUEST_HPP

#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/provider.hpp>

#include <string>

namespace async_llm::codec {

/// Appends a request's body to `out`: compact JSON whose members come in the order of `chat_request`'s
/// fields.
/**
 * What is not set is left out. Members of an `extra` take the place of the fields of the same name, and the
 * rest of them follow at the end; those of a tool call's `function` and `custom` are merged with its fields.
 * Ranges are not looked at; that is \ref validate. `streaming`: asks for a stream.
 *
 * Errors: `errc::invalid_request` for a text that is not UTF-8, a number that is not finite or a tree that is
 * too deep; `detail` names the place, and `out` is as it was.
 */
error_code encode_request(
    chat_request const& request,
    dialect const& accepted,
    std::string& out,
    std::string& detail,
    bool streaming = false
);

} // namespace async_llm::codec

#endif
