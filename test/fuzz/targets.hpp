// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_FUZZ_TARGETS_HPP
#define ASYNC_LLM_TEST_FUZZ_TARGETS_HPP

#include <string_view>

namespace async_llm::fuzz {

/// \name What is fuzzed
/// Each takes any bytes and throws \ref broken_property if one of its promises does not hold. The first line
/// of an input holds options as words, which the target's own file explains; what is missing or makes no
/// sense there is 0 or empty.
/// @{
void fuzz_sse_parser(std::string_view input);
void fuzz_decode_reply(std::string_view input);
void fuzz_chunk_reader(std::string_view input);
void fuzz_chunk_template(std::string_view input);
void fuzz_decode_error(std::string_view input);
void fuzz_decode_memory(std::string_view input);
void fuzz_json_repair(std::string_view input);
void fuzz_response_parser(std::string_view input);
void fuzz_content_decoder(std::string_view input);
void fuzz_batch_request(std::string_view input);
void fuzz_resume_scan(std::string_view input);
/// Only where HTTP/2 is built in.
void fuzz_http2_session(std::string_view input);
/// @}

} // namespace async_llm::fuzz

#endif
