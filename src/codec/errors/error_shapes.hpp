// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_ERRORS_ERROR_SHAPES_HPP
#define ASYNC_LLM_CODEC_ERRORS_ERROR_SHAPES_HPP

#include "codec/json/json_scalar.hpp"
#include <async_llm/api_error.hpp>

#include <array>
#include <string_view>

// The one table of the shapes in which providers, gateways and frameworks report errors.
namespace async_llm::codec {

/// \name Members by the letters and digits of their names, in the order in which they count
/// @{
/// Words of an object that reports a failure.
inline constexpr std::array<std::string_view, 15> word_names{
    "message",
    "msg",
    "errormessage",
    "errormsg",
    "errmsg",
    "statusmessage",
    "statusmsg",
    "faultstring",
    "detail",
    "errors",
    "description",
    "errordescription",
    "title",
    "htmlmessage",
    "reason"
};
inline constexpr std::array<std::string_view, 5>
    code_names{"code", "errorcode", "errcode", "errno", "statuscode"};
inline constexpr std::array<std::string_view, 6>
    status_names{"code", "errorcode", "httpstatus", "httpstatuscode", "status", "statuscode"};
/// @}

/// Finds the first member that is not null with this plain name (\ref is_named).
json::value const* find_named(json::object const& source, std::string_view plain) noexcept;

/// Reads a body: what stands beside or in place of its member `error` fills the gaps.
void read_error_body(json::value const& body, api_error& error);

/// Reads the value of a member `error`.
void read_error_member(json::value const& source, api_error& error);

} // namespace async_llm::codec

#endif
