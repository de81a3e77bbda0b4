// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_JSON_BUDGET_HPP
#define ASYNC_LLM_CODEC_JSON_JSON_BUDGET_HPP

#include "codec/json/decode_limits.hpp"
#include <async_llm/detail/config.hpp>

#include <cstddef>
#include <limits>
#include <string>

namespace async_llm::codec {

/// Account of the memory and the values that decoding one JSON text may take.
/**
 * After the first thing that does not fit, nothing fits any more: decoders then go on with nulls and empty
 * lists, which is quick, and their caller looks at \ref exceeded in the end. Sizes are those of the library's
 * types with an allowance for the allocator.
 */
class json_budget {
public:
    /// Limit that was exceeded.
    enum class limit { none, memory, values, members, tool_calls, unit };

    /// Bytes of a heap block beside what was asked for.
    static constexpr std::size_t block_overhead = 16;
    /// Tool calls of one message.
    static constexpr std::size_t max_tool_calls = 128;

    /// Most work of one unit of a reply, such as a choice, beside what is done in steps: some 10 ms.
    static constexpr std::size_t max_work_of_unit = 256u * 1024;

    /// No limits.
    json_budget() noexcept = default;

    /// Limits for a text of this size, which is in memory as well and counts.
    json_budget(decode_limits const& limits, std::size_t text_size) noexcept;

    /// Reserves memory of one heap block. False: it does not fit.
    bool take_memory(std::size_t bytes) noexcept {
        if (bytes > memory_left_) [[unlikely]]
            return exceed(limit::memory);
        memory_left_ -= bytes;
        return exceeded_ == limit::none;
    }

    /// Reserves memory for a copied text. False: it does not fit.
    bool take_text(std::size_t bytes) noexcept {
        return bytes < short_text || (take_memory(bytes + block_overhead) && take_work(work_of_text(bytes)));
    }

    /// Counts values that are kept. False: they are too many.
    bool take_values(std::size_t count) noexcept {
        if (count > values_left_) [[unlikely]]
            return exceed(limit::values);
        values_left_ -= count;
        return exceeded_ == limit::none;
    }

    /// Returns whether a list that is walked may have so many elements.
    bool allows_values(std::size_t count) noexcept {
        if (count > values_left_) [[unlikely]]
            return exceed(limit::values);
        return true;
    }

    /// Returns whether an object that is decoded or kept may have so many members.
    bool allows_members(std::size_t count) noexcept {
        if (count > max_members_) [[unlikely]]
            return exceed(limit::members);
        return take_work(count);
    }

    /// \name Work
    /// Counted in values that are looked at or made, each some tens of nanoseconds at most.
    /// @{

    /// Work to copy a text.
    static constexpr std::size_t work_of_text(std::size_t bytes) noexcept { return bytes / 64; }

    /// Counts work that comes next. False: it would be more than is done in one step.
    bool take_work(std::size_t amount) noexcept {
        if (amount > max_work_ - work_) [[unlikely]]
            return exceed(limit::unit);
        work_ += amount;
        return true;
    }

    /// All work so far.
    std::size_t work() const noexcept { return work_; }

    /// Work at which a step of this size ends.
    std::size_t end_of_step(std::size_t size) const noexcept {
        return work_ + std::min(size, unlimited - work_);
    }

    /// Begins with what is done in one step, and so may take \ref max_work_of_unit.
    void begin_unit() noexcept { max_work_ = work_ + max_work_of_unit; }
    void end_unit() noexcept { max_work_ = unlimited; }
    /// @}

    /// Gives back what was taken since `earlier` was copied, except the work.
    void give_back(json_budget const& earlier) noexcept {
        auto const done = work_;
        *this = earlier;
        work_ = done;
    }

    /// Declares a limit exceeded. Returns false.
    bool exceed(limit cause) noexcept;

    bool exceeded() const noexcept { return exceeded_ != limit::none; }

    std::size_t memory_left() const noexcept { return memory_left_; }

    /// Error for the exceeded limit: `errc::json_too_complex`, or `invalid_response` for too many tool calls.
    error_code error() const noexcept;

    /// Sentence about the exceeded limit. `subject`: the decoded text, in words.
    std::string complaint(std::string const& subject) const;

private:
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
    // A std::string holds shorter ones itself.
    static constexpr std::size_t short_text = 16;

    std::size_t memory_left_ = unlimited;
    std::size_t values_left_ = unlimited;
    std::size_t max_members_ = unlimited;
    std::size_t work_ = 0;
    std::size_t max_work_ = unlimited;
    decode_limits limits_;
    limit exceeded_ = limit::none;
};

} // namespace async_llm::codec

#endif
