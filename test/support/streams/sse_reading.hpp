// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_SSE_READING_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_SSE_READING_HPP

#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test {

/// Events in short: `name|data#id`, without the name and the id if these are empty.
struct events {
    events() = default;
    explicit events(std::vector<std::string> list) : complete(std::move(list)) {}
    events(std::vector<std::string> list, std::optional<std::string> rest)
        : complete(std::move(list)), unfinished(std::move(rest)) {}

    std::vector<std::string> complete;
    /// Event in the middle of which the stream ended.
    std::optional<std::string> unfinished;
    bool too_large = false;

    friend bool operator==(events const&, events const&) = default;
};

std::ostream& operator<<(std::ostream& out, events const& what);

/// Gives a parser these pieces, and the end.
events read_events(std::vector<std::string_view> const& pieces, std::size_t max_event_size = 0);

/// Reads a text in pieces of this size.
events read_fragments(std::string_view text, std::size_t size, std::size_t max_event_size = 0);

/// Checks what a parser makes of these bytes, given whole, byte by byte, split at every place and, if they
/// are few, at every pair of places.
void check_bytes(
    std::string_view bytes,
    std::vector<std::string> complete,
    std::optional<std::string> unfinished = std::nullopt
);

/// Reads a text whose lines end with LF, and again with all other ends.
void check(
    std::string_view text,
    std::vector<std::string> complete,
    std::optional<std::string> unfinished = std::nullopt
);

} // namespace async_llm::test

#endif
