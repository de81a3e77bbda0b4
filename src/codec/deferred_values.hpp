// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_DEFERRED_VALUES_HPP
#define ASYNC_LLM_CODEC_DEFERRED_VALUES_HPP

#include "codec/json_tape.hpp"
#include "codec/json_tree.hpp"
#include <async_llm/chat_completion.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

namespace async_llm::codec {

/// Large values of a tape, built in steps ahead of the decoder that wants them.
/**
 * A decoder reads a unit of a reply, such as a choice, in one go. While \ref is_waiting says that it came
 * upon large values, what it made is to be thrown away: \ref step is called until it returns true, and the
 * decoder reads the unit again, which finds those values complete. \ref begin_unit drops what the unit before
 * has left.
 */
class deferred_values {
public:
    deferred_values();
    deferred_values(deferred_values const&) = delete;
    deferred_values& operator=(deferred_values const&) = delete;
    ~deferred_values();

    /// Tells that the decoder begins with another unit.
    void begin_unit();

    /// Tells that the decoder begins with the same unit again.
    void repeat_unit() noexcept { in_place_ = 0; }

    /// The tree of a value; null if it is deferred.
    json::value take_or_defer(json_view from);

    /// Reads a list of objects into `to`, which stays empty if that is deferred.
    void take_or_defer(json_view from, std::vector<token_logprob>& to);

    /// Tells whether values of this unit are still to be built.
    bool is_waiting() const noexcept { return !waiting_.empty(); }

    /// Builds on for some milliseconds at most. True: nothing is waiting any more.
    bool step();

private:
    class item;

    bool may_build_in_place(json_view from);
    std::unique_ptr<item> take_or_defer(json_view from, bool is_list);

    // By the index of the value in its tape.
    std::map<std::size_t, std::unique_ptr<item>> items_;
    std::vector<item*> waiting_;
    // Entries that the unit has had built in place.
    std::size_t in_place_ = 0;
};

} // namespace async_llm::codec

#endif
