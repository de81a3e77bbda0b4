// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_budget.hpp"

#include <async_llm/error.hpp>

namespace async_llm::codec {
namespace {

// Memory for texts of any density: buffers and the lists that a thread keeps.
constexpr std::size_t allowance = 256u * 1024;

std::size_t or_unlimited(std::size_t limit) noexcept {
    return limit == 0 ? std::numeric_limits<std::size_t>::max() : limit;
}

std::size_t memory_for(std::size_t text_size, std::size_t expansion) noexcept {
    constexpr auto unlimited = std::numeric_limits<std::size_t>::max();
    if (expansion == 0 || text_size > (unlimited - allowance) / expansion) return unlimited;
    // The buffer that holds the text has a quarter of room to spare.
    auto const all = text_size * expansion + allowance;
    auto const text = text_size + text_size / 4;
    return all > text ? all - text : 0;
}

} // namespace

json_budget::json_budget(decode_limits const& limits, std::size_t text_size) noexcept
    : memory_left_(memory_for(text_size, limits.max_json_expansion)),
      values_left_(or_unlimited(limits.max_json_values)),
      max_members_(or_unlimited(limits.max_json_members)),
      limits_(limits) {}

bool json_budget::exceed(limit cause) noexcept {
    if (exceeded_ == limit::none) exceeded_ = cause;
    memory_left_ = values_left_ = max_members_ = 0;
    return false;
}

error_code json_budget::error() const noexcept {
    switch (exceeded_) {
    case limit::none: return {};
    case limit::tool_calls: return errc::invalid_response;
    default: return errc::json_too_complex;
    }
}

std::string json_budget::complaint(std::string const& subject) const {
    switch (exceeded_) {
    case limit::memory:
        return subject + "'s JSON would take more than " + std::to_string(limits_.max_json_expansion) +
            " times its size in memory (max_json_expansion)";
    case limit::values:
        return subject + "'s JSON has more than " + std::to_string(limits_.max_json_values) +
            " values to keep (max_json_values)";
    case limit::members:
        return subject + "'s JSON has an object with more than " + std::to_string(limits_.max_json_members) +
            " members to keep (max_json_members)";
    case limit::tool_calls:
        return subject + " has a message with more than " + std::to_string(max_tool_calls) + " tool calls";
    case limit::unit: return subject + "'s JSON has too much in one choice that is not read in steps";
    case limit::none: break;
    }
    return {};
}

} // namespace async_llm::codec
