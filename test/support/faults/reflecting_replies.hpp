// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FAULTS_REFLECTING_REPLIES_HPP
#define ASYNC_LLM_TEST_SUPPORT_FAULTS_REFLECTING_REPLIES_HPP

#include <async_llm/testing/scripted_reply.hpp>

#include <string>
#include <vector>

namespace async_llm::test {

/// The text as a JSON string.
std::string json_string(std::string const& text);

/// A place of a failed reply that can repeat what was sent.
struct place {
    char const* name;
    testing::scripted_reply (*reply)(std::string const& text);
    /// Is it a stream, with the text `Hi` before it?
    bool is_stream = false;
};

/// All such places.
std::vector<place> const& places();

} // namespace async_llm::test

#endif
