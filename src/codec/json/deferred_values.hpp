// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_DEFERRED_VALUES_HPP
#define ASYNC_LLM_CODEC_JSON_DEFERRED_VALUES_HPP

#include "codec/json/json_tape.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <typeindex>
#include <utility>
#include <vector>

namespace async_llm::codec {

/// Builds a value in one go.
template <class Reader, class... Args>
auto read_whole(Args const&... args) {
    Reader reader(args...);
    while (!reader.step(static_cast<std::size_t>(-1))) {
    }
    return reader.take();
}

/// Large values and texts of a tape, built in steps ahead of the decoder that wants them.
/**
 * A decoder reads a unit of a reply, such as a choice, in one go. While \ref is_waiting says that it came
 * upon large values, what it made is to be thrown away: \ref step is called until it returns true, and the
 * decoder reads the unit again, which finds those values complete. \ref begin_unit drops what the unit before
 * has left.
 *
 * A `Reader` builds one kind of value: `explicit Reader(json_view)`, `bool step(std::size_t work)`, and
 * `take()`.
 */
class deferred_values {
public:
    deferred_values();
    deferred_values(deferred_values const&) = delete;
    deferred_values& operator=(deferred_values const&) = delete;
    ~deferred_values();

    /// Begins another unit.
    void begin_unit();

    /// Begins the same unit again.
    void repeat_unit() noexcept { in_place_ = 0; }

    /// Builds a value if that takes little work; otherwise it is deferred, and empty for now.
    template <class Reader>
    auto take_or_defer(json_view source, std::size_t work) {
        using value = decltype(std::declval<Reader&>().take());
        if (may_build_in_place(work)) return read_whole<Reader>(source);
        auto const built = find_or_defer<Reader>(source);
        return built ? built->reader->take() : value();
    }

    /// Returns whether values of this unit are still to be built.
    bool is_waiting() const noexcept { return !waiting_.empty(); }

    /// Builds on for some milliseconds at most. True: nothing is waiting any more.
    bool step();

private:
    // Work that is done in one step.
    static constexpr std::size_t step_size = 32u * 1024;

    /// Value that takes several steps.
    struct item {
        virtual ~item() = default;

        virtual bool step() = 0;

        bool is_done = false;
    };

    template <class Reader>
    struct item_of final : item {
        explicit item_of(json_view view) : source(view) {}

        // Nothing before the first step: until then, what the unit takes from the budget is to be given back.
        bool step() override {
            if (!reader) reader.emplace(source);
            return is_done = reader->step(step_size);
        }

        json_view source;
        std::optional<Reader> reader;
    };

    /// The item if it is complete; null if it is, or has become, one that is waiting.
    template <class Reader>
    std::unique_ptr<item_of<Reader>> find_or_defer(json_view source) {
        auto& known = items_[std::pair(source.index(), std::type_index(typeid(Reader)))];
        if (!known) {
            known = std::make_unique<item_of<Reader>>(source);
            waiting_.push_back(known.get());
        }
        if (!known->is_done) return nullptr;
        return std::unique_ptr<item_of<Reader>>(static_cast<item_of<Reader>*>(known.release()));
    }

    bool may_build_in_place(std::size_t work);

    // By the index of the value in its tape.
    std::map<std::pair<std::size_t, std::type_index>, std::unique_ptr<item>> items_;
    std::vector<item*> waiting_;
    // Work of what the unit has had built in place.
    std::size_t in_place_ = 0;
};

} // namespace async_llm::codec

#endif
