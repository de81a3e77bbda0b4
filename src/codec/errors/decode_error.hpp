// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_ERRORS_DECODE_ERROR_HPP
#define ASYNC_LLM_CODEC_ERRORS_DECODE_ERROR_HPP

#include "codec/json/json_scalar.hpp"
#include "codec/json/json_tape.hpp"
#include <async_llm/api_error.hpp>
#include <async_llm/response_info.hpp>

#include <string_view>
#include <vector>

namespace async_llm::codec {

/// Returns whether the value of a member `error` reports one.
/** Null, false, 0, what is empty, and what reports success (`{"code":0,"message":"success"}`) do not. */
bool is_error(json::value const& source) noexcept;
bool is_error(json_view source);

/// Could this number be the HTTP status of a failure?
constexpr bool is_error_status(std::int64_t status) noexcept { return status >= 400 && status <= 599; }

/// The member `error` of an object, if it says that there is one; also after the budget was exceeded.
std::optional<json_view> find_error(json_view source);

/// Decodes a member `error`, wherever it stands: its message, code, type and whatever else is known of it.
/**
 * Of what a peer sent, no more than some thousand values and 128 KiB of text are kept, and of each text 16
 * KiB.
 */
api_error decode_error_member(json::value source);
api_error decode_error_member(json_view source);

/// Decodes the body of a failed reply, in any of the shapes that providers, gateways and frameworks use.
/**
 * Words stand in `error`, or beside it or in its place in `message`, `msg`, `error_msg`, `detail`,
 * `description`, `errors` and their like, in objects around these (`base_resp`, `fault`, `Response`), or in
 * JSON inside of a text. Cut as by
 * \ref decode_error_member.
 */
api_error decode_error(json::value body);
api_error decode_error(json_view body);

/// The part of what a peer sent that an error keeps.
json::value cut_error_tree(json_view source);

/// Decodes a body that is not JSON: the beginning of its visible text.
api_error decode_error_text(std::string_view body);

/// Gives an error without words the beginning of its JSON as its message.
void ensure_words(api_error& error);

/// The object that says what failed: the member `error` of the body, or the body. Null pointer: there is
/// none.
json::object const* error_object(api_error const& error) noexcept;

/// Header fields that OpenRouter reports inside the error (`metadata.headers`).
/** They stand in for the real ones where a proxy swallowed those. */
std::vector<http_header> header_fields_in(api_error const& error);

/// Does the provider say that the account has no credit or quota left? `status`: what the reply had, or
/// claims.
/** 402 says so by itself and is not asked about here. */
bool says_no_credit(int status, api_error const& error);

} // namespace async_llm::codec

#endif
