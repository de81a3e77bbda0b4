// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/observer.hpp>

namespace async_llm {

observer::~observer() = default;

} // namespace async_llm
