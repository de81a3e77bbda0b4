// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_AFTER_ATTEMPT_HPP
#define ASYNC_LLM_TEST_SUPPORT_AFTER_ATTEMPT_HPP

#include <async_llm/observer.hpp>

#include <functional>
#include <utility>

namespace async_llm::test {

/// Observer that acts once, when an attempt has ended and given its connection and limits to others.
struct after_attempt : observer {
    void attempt_finished(attempt_finished_event const&) noexcept override {
        if (auto const now = std::exchange(action, nullptr)) now();
    }

    std::function<void()> action;
};

} // namespace async_llm::test

#endif
