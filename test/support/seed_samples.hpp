// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SEED_SAMPLES_HPP
#define ASYNC_LLM_TEST_SUPPORT_SEED_SAMPLES_HPP

#include <string>

namespace async_llm::test {

/// The request of a seed document's code sample, without the white space that is in no text.
std::string seed_request(std::string const& model);

/// The reply that the document shows, as it is.
std::string seed_reply(std::string const& model);

} // namespace async_llm::test

#endif
