// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/latency_window.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace async_llm::policy {

void latency_window::add(duration taken) noexcept {
    taken_[seen_ % taken_.size()] = taken;
    ++seen_;
}

std::optional<duration> latency_window::percentile(double share) const {
    auto const count = std::min(seen_, taken_.size());
    if (count < least) return std::nullopt;
    // A share such as 0.07 of a hundred is, in floating point, a little more than seven.
    double const rank = std::ceil(share * static_cast<double>(count) - 1e-6);
    auto const place = !(rank > 1)          ? std::size_t(1)
        : rank < static_cast<double>(count) ? static_cast<std::size_t>(rank)
                                            : count;
    auto sorted = taken_;
    auto const nth = std::next(sorted.begin(), static_cast<std::ptrdiff_t>(place - 1));
    std::nth_element(sorted.begin(), nth, std::next(sorted.begin(), static_cast<std::ptrdiff_t>(count)));
    return *nth;
}

} // namespace async_llm::policy
