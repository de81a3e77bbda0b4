// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_FAILURE_HPP
#define ASYNC_LLM_NET_FAILURE_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>
#include <async_llm/response_info.hpp>

#include <string>
#include <utility>

namespace async_llm::net {

/// Why something could not be done, with all that a user needs in order to mend it.
struct failure {
    failure() = default;
    failure(error_code code, error_code underlying, async_llm::phase where, std::string sentence)
        : ec(code), cause(underlying), phase(where), detail(std::move(sentence)) {}

    /// What the caller is told; no error: nothing failed.
    error_code ec;
    /// The system's or OpenSSL's error beneath it.
    error_code cause;
    /// Where it happened.
    async_llm::phase phase = async_llm::phase::preparing;
    /// A sentence for people; never contains a credential.
    std::string detail;

    explicit operator bool() const noexcept { return ec.failed(); }
};

} // namespace async_llm::net

#endif
