// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_DEFERRED_VALUES_HPP
#define ASYNC_LLM_CODEC_DEFERRED_VALUES_HPP

#include "codec/json_tape.hpp"
#include "codec/text_reader.hpp"
#include <async_llm/chat_completion.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace async_llm::codec {

/// Large values and texts of a tape, built in steps ahead of the decoder that wants them.
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

    /// Copies a text into `to`, which stays empty if that is deferred. Precondition: it is a text.
    void take_or_defer(json_view from, std::string& to);

    /// Reads a list of parts into `to`, which stays empty if that is deferred.
    void take_or_defer(json_view from, joined_parts& to);

    /// Tells whether values of this unit are still to be built.
    bool is_waiting() const noexcept { return !waiting_.empty(); }

    /// Builds on for some milliseconds at most. True: nothing is waiting any more.
    bool step();

private:
    struct item;
    template <class Reader>
    struct item_of;
    enum class item_kind { tree, tokens, text, parts };

    bool may_build_in_place(std::size_t work);
    template <class Reader>
    std::unique_ptr<item_of<Reader>> find_or_defer(json_view from, item_kind kind);

    // By the index of the value in its tape.
    std::map<std::pair<std::size_t, item_kind>, std::unique_ptr<item>> items_;
    std::vector<item*> waiting_;
    // Work of what the unit has had built in place.
    std::size_t in_place_ = 0;
};

} // namespace async_llm::codec

#endif
