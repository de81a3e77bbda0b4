// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>

// ASYNC_LLM_FUZZ_TARGET: the function of this program.

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    async_llm::fuzz::ASYNC_LLM_FUZZ_TARGET(std::string_view(reinterpret_cast<char const*>(data), size));
    return 0;
}
