// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_SCHEMA_SCHEMA_PROMPTS_HPP
#define ASYNC_LLM_CODEC_SCHEMA_SCHEMA_PROMPTS_HPP

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

/// The sentences around an answer that is to follow a schema.
namespace async_llm::codec {

/// Asks the model to answer so. OpenAI demands the word JSON in some message.
std::string schema_prompt(boost::json::object const& schema);

/// Reports to the model what did not fit.
std::string correction_prompt(std::string_view complaint);

/// For `response_info::detail`: what did not fit, and the beginning of the text.
std::string mismatch_detail(std::string_view complaint, std::string_view text);

} // namespace async_llm::codec

#endif
