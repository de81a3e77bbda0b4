// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_DRAW_HPP
#define ASYNC_LLM_TEST_SUPPORT_DRAW_HPP

#include <array>
#include <cstddef>
#include <random>

namespace async_llm::test {

/// Draws what a random sequence does next, the same for the same seed.
struct draw {
    std::size_t below(std::size_t end) const {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
    }

    template <class... Values>
    auto operator()(Values... values) const {
        std::array const list{values...};
        return list[below(list.size())];
    }

    std::mt19937& random;
};

} // namespace async_llm::test

#endif
