// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/request_options.hpp>

#include <utility>

namespace async_llm {

request_options::request_options() = default;
request_options::request_options(request_options const&) = default;
request_options::request_options(request_options&&) noexcept = default;
request_options& request_options::operator=(request_options const&) = default;
request_options& request_options::operator=(request_options&&) noexcept = default;
request_options::~request_options() = default;

request_options& request_options::timeout(std::chrono::milliseconds whole_call) & {
    total_timeout = whole_call;
    return *this;
}

request_options&& request_options::timeout(std::chrono::milliseconds whole_call) && {
    return std::move(timeout(whole_call));
}

request_options& request_options::header(std::string name, std::string value) & {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
}

request_options&& request_options::header(std::string name, std::string value) && {
    return std::move(header(std::move(name), std::move(value)));
}

} // namespace async_llm
