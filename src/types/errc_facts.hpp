// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TYPES_ERRC_FACTS_HPP
#define ASYNC_LLM_TYPES_ERRC_FACTS_HPP

#include <async_llm/error.hpp>

#include <initializer_list>

namespace async_llm {

/// Party to which a failed attempt is attributed.
enum class failure_domain {
    /// It ended well.
    success,
    /// The caller: cancelled, out of time, refused by limits of the client's own.
    caller,
    /// The request: it would fail anywhere.
    request,
    /// The key, or the account behind it: 401, 402, 403, no credit or quota.
    key,
    /// The model or path: 404, 410.
    missing,
    /// The key's rate limit: 429.
    rate,
    /// The provider has too much to do: 503, 529, limits of time that passed while it worked.
    overload,
    /// The provider, or the way to it: connections that fail, other 5xx, 408, 409, 425.
    endpoint,
    /// The reply: it can't be understood, or was cut.
    reply,
};

/// Facts of a value of \ref errc; its meaning is documented there.
struct errc_facts {
    constexpr errc_facts(
        char const* enumerator,
        char const* sentence,
        failure_domain attributed_to,
        std::initializer_list<condition> conditions
    )
        : name(enumerator), message(sentence), domain(attributed_to) {
        for (auto const each : conditions) conditions_ |= bit(each);
    }

    /// Returns whether it is an instance of a condition.
    constexpr bool is(condition wanted) const noexcept { return (conditions_ & bit(wanted)) != 0; }

    /// The enumerator.
    char const* name;
    char const* message;
    failure_domain domain;

private:
    static constexpr unsigned bit(condition wanted) noexcept { return 1u << static_cast<unsigned>(wanted); }

    unsigned conditions_ = 0;
};

/// Finds the facts of a value. Null pointer: there is no such value.
errc_facts const* find_facts(errc value) noexcept;

} // namespace async_llm

#endif
