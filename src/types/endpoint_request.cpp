// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/detail/endpoint_request.hpp>

#include <utility>

namespace async_llm::detail {

endpoint_request::values::values(method m, std::string p, std::string b, request_options o)
    : verb(m), path(std::move(p)), body(std::move(b)), options(std::move(o)) {}

endpoint_request::endpoint_request(std::unique_ptr<values> made) noexcept : values_(std::move(made)) {}

endpoint_request endpoint_request::post(std::string path, std::string body, request_options options) {
    return endpoint_request(
        std::make_unique<values>(method::post, std::move(path), std::move(body), std::move(options))
    );
}

endpoint_request endpoint_request::get(std::string path, request_options options) {
    return endpoint_request(
        std::make_unique<values>(method::get, std::move(path), std::string(), std::move(options))
    );
}

endpoint_request::endpoint_request(endpoint_request const& other)
    : values_(std::make_unique<values>(*other.values_)) {}

endpoint_request::endpoint_request(endpoint_request&&) noexcept = default;
endpoint_request::~endpoint_request() = default;

} // namespace async_llm::detail
