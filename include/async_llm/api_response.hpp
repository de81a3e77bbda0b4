// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_API_RESPONSE_HPP
#define ASYNC_LLM_API_RESPONSE_HPP

#include <async_llm/api_error.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/response_info.hpp>

#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>

namespace async_llm {

namespace detail {
class reply_text;
struct api_response_access;
} // namespace detail

/// Result of \ref client::async_post and \ref client::async_get, beside its error code: the reply as it came.
/**
 * Copies share the text and the value that was parsed of it, so a copy costs nothing more for a long reply.
 *
 * Thread safety: distinct objects: safe, also of one reply. Shared objects: const members are safe.
 */
struct api_response {
    /// An empty reply.
    ASYNC_LLM_DECL api_response();
    /// A reply with this text, as \ref client::async_post makes it.
    ASYNC_LLM_DECL explicit api_response(std::string text);

    ASYNC_LLM_DECL api_response(api_response const&);
    ASYNC_LLM_DECL api_response(api_response&&) noexcept;
    ASYNC_LLM_DECL api_response& operator=(api_response const&);
    ASYNC_LLM_DECL api_response& operator=(api_response&&) noexcept;
    ASYNC_LLM_DECL ~api_response();

    /// Status, ids, limits, times; filled as far as the call came. `info.body` is empty: see \ref text.
    response_info info;
    /// Words of the provider about the failure; `empty()` on success.
    api_error error;
    /// Tokens that the reply says it took. Unset: it says nothing of them.
    std::optional<async_llm::usage> usage;

    /// The status of HTTP; 0: no reply.
    int status() const noexcept { return info.status; }

    /// The body as received, byte for byte, without its content coding. After an error: as far as it came.
    /** Not looked through for credentials that a peer may have repeated. */
    ASYNC_LLM_DECL std::string const& text() const& noexcept;
    /// Moves the body out if no copy shares it; \ref json is empty then.
    ASYNC_LLM_DECL std::string text() &&;

    /// The body as JSON, parsed at the first call and kept.
    /**
     * Read as replies of chat completions are: a byte order mark, control characters in texts, NaN and text
     * that is no UTF-8 are mended, and the limits of \ref client_config (`max_json_depth` and its siblings)
     * hold. A text that is no JSON, or empty, is null; `ec` says why. Valid as long as one of the copies
     * lives.
     *
     * Errors: `errc::invalid_json`, `errc::json_too_complex`.
     */
    ASYNC_LLM_DECL boost::json::value const& json(error_code& ec) const;
    /// The body as JSON. Throws `boost::system::system_error` with the place where it is none.
    ASYNC_LLM_DECL boost::json::value const& json() const;

private:
    friend struct detail::api_response_access;

    std::shared_ptr<detail::reply_text> body_;
};

} // namespace async_llm

#endif
