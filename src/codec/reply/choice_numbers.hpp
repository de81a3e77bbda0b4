// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_REPLY_CHOICE_NUMBERS_HPP
#define ASYNC_LLM_CODEC_REPLY_CHOICE_NUMBERS_HPP

#include <cstdint>

namespace async_llm::codec {

/// Meaning of the numbers of choices in a stream that answers a request for one choice.
/**
 * | state | the numbers so far |
 * |---|---|
 * | single | are one and the same |
 * | counts_events | go up from event to event, none of them twice with content: all mean choice 0 |
 * | genuine | are those of choices: one came twice with content before another did, or an event has several |
 *
 * The number that came first is shown as 0, in each state.
 */
class choice_numbers {
public:
    /// Takes the number of an event's only choice. False: several choices take turns, and their contents
    /// would be mixed.
    bool note(std::int64_t number, bool has_content) noexcept;

    /// Takes note of an event that repeats the number before it, with content.
    void note_repetition() noexcept { repeated_ = true; }

    /// Takes note of an event with several choices, the first of which has this number.
    void note_several(std::int64_t first) noexcept {
        if (!seen_) first_ = first;
        seen_ = true;
        state_ = state::genuine;
    }

    bool is_single() const noexcept { return state_ == state::single; }
    bool counts_events() const noexcept { return state_ == state::counts_events; }

    /// The number that the user sees.
    std::int64_t shown(std::int64_t number) const noexcept;

private:
    enum class state { single, counts_events, genuine };

    state state_ = state::single;
    bool seen_ = false;
    bool content_seen_ = false;
    /// The first number came with content twice.
    bool repeated_ = false;
    std::int64_t first_ = 0;
    std::int64_t last_ = 0;
};

} // namespace async_llm::codec

#endif
