// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_ORDERED_LINES_HPP
#define ASYNC_LLM_FILE_ORDERED_LINES_HPP

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

namespace async_llm::file {

/// Lines of an ordered output that wait for those in front of them.
class ordered_lines {
public:
    ordered_lines() = default;

    /// Makes a place behind all others, and returns its number.
    std::uint64_t add() {
        places_.emplace_back();
        return first_ + places_.size() - 1;
    }

    /// Fills a place; empty: nothing is to be written there.
    void fill(std::uint64_t place, std::string text) {
        auto& at = places_[static_cast<std::size_t>(place - first_)];
        at.text = std::move(text);
        at.is_full = true;
    }

    /// Number of places from the first that is not filled on.
    std::size_t size() const noexcept { return places_.size(); }

    /// Text of a place that is filled and not yet taken.
    std::string const& text_at(std::uint64_t place) const {
        return places_[static_cast<std::size_t>(place - first_)].text;
    }

    /// Takes the places at the front that are filled, or all that are: calls `write(place, text)` for each.
    template <class F>
    void take(bool all, F write) {
        while (!places_.empty() && (all || places_.front().is_full)) {
            auto const at = std::move(places_.front());
            places_.pop_front();
            auto const place = first_++;
            if (at.is_full && !at.text.empty()) write(place, at.text);
        }
    }

private:
    struct slot {
        slot() = default;

        std::string text;
        bool is_full = false;
    };

    std::deque<slot> places_;
    std::uint64_t first_ = 0;
};

} // namespace async_llm::file

#endif
