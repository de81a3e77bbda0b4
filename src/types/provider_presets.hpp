// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TYPES_PROVIDER_PRESETS_HPP
#define ASYNC_LLM_TYPES_PROVIDER_PRESETS_HPP

#include "base/environment.hpp"
#include <async_llm/provider.hpp>

#include <optional>

namespace async_llm::codec {

/// `provider::from_environment` for any environment.
std::optional<provider> provider_from(environment const& lookup);

} // namespace async_llm::codec

#endif
