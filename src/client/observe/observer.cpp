// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/credential_mask.hpp"
#include <async_llm/observer.hpp>

namespace async_llm {

std::string call_event::without_credentials(std::string_view text) const {
    std::string result(text);
    if (credentials) credentials->apply(result);
    return result;
}

observer::~observer() = default;

} // namespace async_llm
