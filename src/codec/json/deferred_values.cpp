// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/deferred_values.hpp"

namespace async_llm::codec {
namespace {

// Most work for a value that is built in place; most for all of them in one unit before only small ones are.
// Each is a few milliseconds.
constexpr std::size_t max_in_place = 4096;
constexpr std::size_t max_small = 64;
constexpr std::size_t max_all_in_place = 64u * 1024;

} // namespace

deferred_values::deferred_values() = default;
deferred_values::~deferred_values() = default;

void deferred_values::begin_unit() {
    items_.clear();
    waiting_.clear();
    in_place_ = 0;
}

bool deferred_values::step() {
    if (!waiting_.empty() && waiting_.back()->step()) waiting_.pop_back();
    return waiting_.empty();
}

bool deferred_values::may_build_in_place(std::size_t work) {
    if (work > max_in_place || (in_place_ > max_all_in_place && work > max_small)) return false;
    in_place_ += work;
    return true;
}

} // namespace async_llm::codec
