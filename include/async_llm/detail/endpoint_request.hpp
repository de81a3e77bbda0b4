// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_ENDPOINT_REQUEST_HPP
#define ASYNC_LLM_DETAIL_ENDPOINT_REQUEST_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/request_options.hpp>

#include <memory>
#include <string>

namespace async_llm::detail {

class spending_share;

/// Request for any endpoint, as a pointer: see \ref request_argument.
class ASYNC_LLM_DECL endpoint_request {
public:
    static endpoint_request post(std::string path, std::string body, request_options options);
    static endpoint_request get(std::string path, request_options options);

    endpoint_request(endpoint_request const&);
    endpoint_request(endpoint_request&&) noexcept;
    endpoint_request& operator=(endpoint_request const&) = delete;
    ~endpoint_request();

    enum class method { get, post };

    struct values {
        values(method m, std::string p, std::string b, request_options o);

        method verb;
        std::string path;
        std::string body;
        request_options options;
        /// Reservation of the run that the call is part of. Null: none.
        std::shared_ptr<spending_share> spending;
    };

    /// Precondition: not moved from.
    values* operator->() const noexcept { return values_.get(); }

private:
    explicit endpoint_request(std::unique_ptr<values> made) noexcept;

    std::unique_ptr<values> values_;
};

} // namespace async_llm::detail

#endif
