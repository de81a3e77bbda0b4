// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BENCH_LOAD_HISTOGRAM_HPP
#define ASYNC_LLM_BENCH_LOAD_HISTOGRAM_HPP

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace load {

/// Counts durations in buckets that are 1/64 of their value wide, so that its memory does not grow with their
/// number.
/** Thread safety: all may add; read it once they have ended. */
class histogram {
public:
    void add(std::chrono::nanoseconds time) noexcept {
        auto const value = static_cast<std::uint64_t>(time.count() > 0 ? time.count() : 0);
        counts_[bucket(value)].fetch_add(1, std::memory_order_relaxed);
    }

    std::uint64_t count() const noexcept {
        std::uint64_t result = 0;
        for (auto const& each : counts_) result += each.load(std::memory_order_relaxed);
        return result;
    }

    /// The value below which this share of them lies, in milliseconds; 0 if there are none.
    double milliseconds_at(double share) const noexcept {
        auto left = static_cast<std::uint64_t>(share * static_cast<double>(count()));
        for (std::size_t i = 0; i != counts_.size(); ++i) {
            auto const here = counts_[i].load(std::memory_order_relaxed);
            if (here > left) return 1e-6 * static_cast<double>(lowest(i));
            left -= here;
        }
        return 0;
    }

private:
    // The first 64 values have a bucket each; from there on, each doubling has 64.
    static constexpr std::size_t per_octave = 64;

    static std::size_t bucket(std::uint64_t value) noexcept {
        if (value < per_octave) return static_cast<std::size_t>(value);
        auto const octave = static_cast<std::size_t>(std::bit_width(value)) - 6;
        return octave * per_octave + static_cast<std::size_t>(value >> (octave - 1)) - per_octave;
    }

    static std::uint64_t lowest(std::size_t bucket) noexcept {
        auto const octave = bucket / per_octave;
        if (octave == 0) return bucket;
        return static_cast<std::uint64_t>(per_octave + bucket % per_octave) << (octave - 1);
    }

    std::array<std::atomic<std::uint64_t>, 59 * per_octave> counts_{};
};

} // namespace load

#endif
