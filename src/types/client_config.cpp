// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/client_config.hpp>

namespace async_llm {

client_config::client_config() = default;
client_config::client_config(client_config const&) = default;
client_config::client_config(client_config&&) noexcept = default;
client_config& client_config::operator=(client_config const&) = default;
client_config& client_config::operator=(client_config&&) noexcept = default;
client_config::~client_config() = default;

} // namespace async_llm
