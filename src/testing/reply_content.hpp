// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_REPLY_CONTENT_HPP
#define ASYNC_LLM_TESTING_REPLY_CONTENT_HPP

#include "testing/request_check.hpp"
#include <async_llm/testing/received_request.hpp>
#include <async_llm/testing/scripted_reply.hpp>

namespace async_llm::testing {

/// Makes the reply's content verbatim, in the dialect's shape, and adds the fields the dialect's replies
/// carry.
scripted_reply render(scripted_reply reply, provider_dialect dialect, received_request const& request);

/// The reply to a request that did not pass the checks, rendered.
scripted_reply
render_refusal(request_fault const& fault, provider_dialect dialect, received_request const& request);

/// The usual reason phrase of a status code, with those that only proxies in front of providers use.
std::string_view reason_phrase(int status) noexcept;

} // namespace async_llm::testing

#endif
