// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_FAILURE_HPP
#define ASYNC_LLM_ASYNC_FAILURE_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>
#include <async_llm/response_info.hpp>

#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace async_llm::net {

/// Failure of an operation, with all that a user needs in order to mend it.
class failure {
public:
    struct details {
        details(error_code code, error_code underlying, async_llm::phase reached, std::string sentence)
            : ec(code), cause(underlying), phase(reached), detail(std::move(sentence)) {}

        /// Error that the caller gets.
        error_code ec;
        /// The system's or OpenSSL's error beneath it.
        error_code cause;
        /// Phase in which it happened.
        async_llm::phase phase;
        /// A sentence for people; never contains a credential.
        std::string detail;
        /// Another call has the same failure, of a connection that they shared, and is the one that counts.
        bool is_shared = false;
    };

    /// Nothing failed.
    failure() noexcept = default;
    /// Nothing failed if `code` is no error.
    failure(error_code code, error_code underlying, async_llm::phase reached, std::string sentence)
        : details_(code ? new details(code, underlying, reached, std::move(sentence)) : nullptr) {}

    failure(failure const& other) : details_(other.details_ ? new details(*other.details_) : nullptr) {}
    failure(failure&&) noexcept = default;
    failure& operator=(failure const& other) { return *this = failure(other); }
    failure& operator=(failure&&) noexcept = default;
    ~failure() = default;

    explicit operator bool() const noexcept { return details_ != nullptr; }

    /// No error: nothing failed.
    error_code ec() const noexcept { return details_ ? details_->ec : error_code(); }

    /// Makes the failure that an exception stands for; `code`: the error for the caller, unless it is the
    /// exception's own.
    /** Without memory for that, one of a few that are set aside: an end must be reported. */
    static failure
    of(std::exception_ptr const& exception, async_llm::phase reached, error_code code = error_code()
    ) noexcept;

    /// Precondition: something failed.
    details* operator->() noexcept { return details_.get(); }
    details const* operator->() const noexcept { return details_.get(); }

private:
    struct discard {
        void operator()(details* d) const noexcept;
    };

    // Elsewhere, because nearly all calls succeed, and what a coroutine returns is moved at each level.
    std::unique_ptr<details, discard> details_;
};

} // namespace async_llm::net

#endif
