// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/free_list.hpp"
#include <async_llm/request_argument.hpp>

namespace async_llm {

void* request_argument::values::operator new(std::size_t) { return free_list<sizeof(values)>::allocate(); }
void request_argument::values::operator delete(void* block) noexcept {
    free_list<sizeof(values)>::deallocate(block);
}

request_argument::request_argument(chat_request const& request)
    : values_(std::make_unique<values>(request)) {}

request_argument::request_argument(chat_request&& request)
    : values_(std::make_unique<values>(std::move(request))) {}

request_argument::request_argument(request_argument const& other)
    : values_(std::make_unique<values>(*other.values_)) {}

request_argument::request_argument(request_argument&&) noexcept = default;
request_argument::~request_argument() = default;

request_argument request_argument::with(request_options&& options) && {
    values_->options = std::move(options);
    return std::move(*this);
}

} // namespace async_llm
