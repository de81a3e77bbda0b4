// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_REPLY_REPLY_ERRORS_HPP
#define ASYNC_LLM_CODEC_REPLY_REPLY_ERRORS_HPP

#include "base/has_text.hpp"
#include "codec/calls/promised_calls.hpp"
#include "codec/errors/decode_error.hpp"
#include "codec/errors/error_words.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/error.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace async_llm::codec {

/// Returns the status for an error: the one that its body claims, or the one that its code or type stands
/// for. 0: none.
inline int status_of(api_error const& error) noexcept {
    if (is_error_status(error.status)) return error.status;
    auto const by_code = status_of_word(error.code);
    return by_code != 0 ? by_code : status_of_word(error.type);
}

/// Returns the code for what the provider reported: its status if it has one. Missing credit counts before
/// any status.
/** An error without words gets the beginning of its JSON as its message. */
inline error_code reported(api_error& error, errc otherwise) {
    ensure_words(error);
    if (says_no_credit(error.status, error)) return errc::insufficient_credits;
    auto const status = status_of(error);
    return status != 0 ? make_http_error(status) : make_error_code(otherwise);
}

/// Verdict on an object without choices and without a member `error`.
enum class failure_sign {
    /// It is no error.
    none,
    /// It has words, which may be an error's.
    words,
    /// It is an error: by its status, code or type, or since it reports that it did not succeed.
    certain,
};

/// Returns whether a body says that it reports a failure, whatever its words: by its type, status or code, or
/// since it denies success. `claimed`: what \ref decode_error read from it.
bool claims_failure(api_error const& claimed) noexcept;

/// Looks for signs of a failure in a body. `claimed`: what \ref decode_error read from it.
failure_sign find_failure(api_error const& claimed) noexcept;

/// Returns whether a body certainly reports a failure, which `error` becomes then.
bool reports_failure(json_view body, api_error& error);

/// Returns whether a choice, or a piece of one, has neither ended nor anything of an answer.
template <class Choice, class Message>
bool shows_nothing(Choice const& choice, Message const& said) noexcept {
    return choice.finish_reason == finish_reason::none && !keeps_promise(said) && !has_text(said.reasoning) &&
        (!said.reasoning_details || said.reasoning_details->empty()) && said.annotations.empty();
}
inline bool shows_nothing(choice const& source) noexcept { return shows_nothing(source, source.message); }
inline bool shows_nothing(chunk_choice const& source) noexcept { return shows_nothing(source, source.delta); }

/// Returns whether a reply or chunk has members that may report an error, and choices that show nothing.
/**
 * Then signs of a failure (\ref find_failure) count, as they do without choices. Beside anything of an answer
 * they don't, as gateways add codes and messages to each reply; a member `error` does.
 */
template <class Reply>
bool is_hollow(Reply const& reply) noexcept {
    return !reply.extra.empty() &&
        std::all_of(reply.choices.begin(), reply.choices.end(), [](auto const& each) {
            return shows_nothing(each);
        });
}

/// Did one of the choices (of a completion or of a chunk) fail? No error: none did.
template <class Choice>
error_code judge_choices(std::vector<Choice> const& choices, api_error& error, std::string& detail) {
    auto const failed = std::find_if(choices.begin(), choices.end(), [](auto const& c) {
        return c.error || c.finish_reason == finish_reason::error ||
            (c.finish_reason == finish_reason::unknown && is_named(c.finish_reason.text(), "error"));
    });
    if (failed == choices.end()) return {};
    if (failed->error) error = *failed->error;
    detail = "the generation of choices[" + std::to_string(failed - choices.begin()) + "] failed";
    return reported(error, errc::generation_failed);
}

} // namespace async_llm::codec

#endif
