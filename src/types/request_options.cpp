// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/request_options.hpp>

namespace async_llm {

request_options::request_options() = default;
request_options::request_options(request_options const&) = default;
request_options::request_options(request_options&&) noexcept = default;
request_options& request_options::operator=(request_options const&) = default;
request_options& request_options::operator=(request_options&&) noexcept = default;
request_options::~request_options() = default;

} // namespace async_llm
