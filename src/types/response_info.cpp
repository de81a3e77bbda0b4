// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/ascii.hpp"
#include "base/enum_names.hpp"
#include <async_llm/response_info.hpp>

#include <array>

namespace async_llm {

namespace {

constexpr std::array<std::string_view, 12> phases{
    "preparing",
    "limited",
    "queued",
    "resolving",
    "connecting",
    "proxy",
    "tls_handshake",
    "writing",
    "waiting",
    "reading",
    "finished",
    "backing_off"
};

constexpr std::array<std::string_view, 9> retry_stops{
    "none",
    "final_error",
    "attempts_exhausted",
    "deadline",
    "retry_after_too_long",
    "budget_exhausted",
    "content_delivered",
    "maybe_processed",
    "ended"
};

} // namespace

std::string_view to_string(phase value) noexcept { return codec::spelling_of(phases, value); }

std::string_view to_string(retry_stop value) noexcept { return codec::spelling_of(retry_stops, value); }

std::string_view response_info::field(std::string_view name) const noexcept {
    for (auto const& entry : headers) {
        if (codec::iequals(entry.name, name)) return entry.value;
    }
    return {};
}

} // namespace async_llm
