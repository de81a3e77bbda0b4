// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_REQUEST_ARGUMENT_HPP
#define ASYNC_LLM_REQUEST_ARGUMENT_HPP

#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/request_options.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace async_llm {
namespace detail {
class spending_share;
}

/// Argument by which a \ref client takes a \ref chat_request: as a copy, or moved from one that may be moved
/// from.
/**
 * In its place a request by value would do. But what an awaited call is given stays in the frame of the
 * coroutine that awaits it, and a request has 1.4 KiB: with thousands of calls in flight that counts. This is
 * a pointer.
 *
 * Thread safety: as any value.
 */
class ASYNC_LLM_DECL request_argument {
public:
    // Not explicit, because they stand for the request.
    request_argument(chat_request const& request);
    request_argument(chat_request&& request);
    request_argument(request_argument const&);
    request_argument(request_argument&&) noexcept;
    request_argument& operator=(request_argument const&) = delete;
    ~request_argument();

    /// Request and options of a call. For the library itself.
    struct values {
        explicit values(chat_request const& r) : request(r) {}
        explicit values(chat_request&& r) : request(std::move(r)) {}

        // Each thread keeps some of the blocks for further calls.
        static void* operator new(std::size_t size);
        static void operator delete(void* block) noexcept;

        chat_request request;
        request_options options;
        /// Reservation of the run that the call is part of. Null: none.
        std::shared_ptr<detail::spending_share> spending;
    };

    /// Returns the argument with these options. For the library itself, as what follows. Precondition of
    /// these: not moved from.
    request_argument with(request_options&& options) &&;
    values* operator->() const noexcept { return values_.get(); }
    std::unique_ptr<values> take() && noexcept { return std::move(values_); }
    /// Frees it, unless it was moved from.
    void drop() noexcept { values_.reset(); }

private:
    std::unique_ptr<values> values_;
};

} // namespace async_llm

#endif
