// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JUDGE_ERROR_HPP
#define ASYNC_LLM_CODEC_JUDGE_ERROR_HPP

#include "codec/decode_error.hpp"
#include <async_llm/chat_completion.hpp>
#include <async_llm/error.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace async_llm::codec {

/// The code for what the provider reported: its status if it has one, but no money is no money under any status.
inline error_code reported(api_error const& error, errc otherwise) {
    if (says_no_credit(error.status, error)) return errc::insufficient_credits;
    return is_error_status(error.status) ? make_http_error(error.status) : make_error_code(otherwise);
}

/// Does an object without choices describe a failure, without a member `error`? `error`: what was read from it.
inline bool describes_failure(json::object const& body, api_error const& error) noexcept {
    return find_string(body, "object") == "error" || is_error_status(error.status);
}

/// Did one of the choices (of a completion or of a chunk) fail? No error: none did.
template <class Choice>
error_code judge_choices(std::vector<Choice> const& choices, api_error& error, std::string& detail) {
    auto const failed = std::find_if(choices.begin(), choices.end(), [](auto const& c) {
        return c.error || c.finish_reason == finish_reason::error;
    });
    if (failed == choices.end()) return {};
    if (failed->error) error = *failed->error;
    detail = "the generation of choices[" + std::to_string(failed - choices.begin()) + "] failed";
    return reported(error, errc::generation_failed);
}

} // namespace async_llm::codec

#endif
