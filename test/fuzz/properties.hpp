// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_FUZZ_PROPERTIES_HPP
#define ASYNC_LLM_TEST_FUZZ_PROPERTIES_HPP

#include <async_llm/chat_completion.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/detail/config.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace async_llm::fuzz {

/// A promise that was not kept. It is not caught in a libFuzzer program, which counts as a crash.
class broken_property : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// Fails unless the promise is kept.
inline void require(bool kept, char const* promise) {
    if (!kept) throw broken_property(promise);
}

/// Fails, and shows both, unless two texts are the same.
void require_same(std::string const& first, std::string const& second, char const* promise);

/// Is it valid UTF-8 without a control character, an end of a line or a change of direction?
bool is_one_line(std::string_view text);

/// A failure that the client reports has a sentence that fits into a line of a log, and so has what is thrown
/// for it.
void require_told(error_code ec, api_error const& error, std::string const& detail);

/// A model's message can be sent back to it, without nulls and with all that is known of it, or is refused
/// with a reason.
void require_sendable(chat_completion const& completion);

} // namespace async_llm::fuzz

#endif
