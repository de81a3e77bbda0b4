// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SOAK_CHAOS_HPP
#define ASYNC_LLM_TEST_SOAK_CHAOS_HPP

#include <async_llm/testing/mock_provider.hpp>

#include <cstdint>
#include <string_view>

namespace async_llm::soak {

/// Beginning of texts that are always refused with a 400.
constexpr std::string_view refused_prefix = "refuse ";

/// Three requests of four are answered with their own text, soon or late; the others meet one of many faults.
testing::mock_provider::responder chaos(std::uint_fast32_t seed);

/// One of the things that a server may do to a connection instead of serving it.
testing::accept_fault some_accept_fault(std::uint_fast32_t number);

} // namespace async_llm::soak

#endif
