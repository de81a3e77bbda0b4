// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMPLETION_BUILDER_HPP
#define ASYNC_LLM_COMPLETION_BUILDER_HPP

#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/detail/config.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace async_llm {

/// Folds the chunks of a stream into the \ref chat_completion that the same call without streaming would have
/// returned.
/**
 * Texts and lists are joined in the order they came; a missing, null or empty member never takes anything
 * away. The first finish reason of a choice counts, unless a later one is `error` or says that the answer was
 * cut off: then the calls that are not complete are marked (\ref tool_call::is_cut). The last usage counts.
 *
 * The same image or citation sent again is one. Reasoning blocks with signatures keep each its own.
 *
 * The pieces of a tool call are joined by their id, their index, or else their order, whatever numbers the
 * provider uses. A piece with a name begins a call once the arguments of the one before it are complete; all
 * arguments sent again, and `{}` before the real ones, are dropped. A piece that may belong to several calls
 * is refused, so that no tool runs with the arguments of another call.
 *
 * Thread safety: none.
 */
class completion_builder {
public:
    /// Choices, and tool calls of a choice, beyond this many are refused: the numbers come from the network.
    static constexpr std::size_t max_items = 128;

    /// `max_size`: most bytes of text and JSON to be gathered; 0: no limit. Default: 64 MiB.
    ASYNC_LLM_DECL explicit completion_builder(std::size_t max_size = 64u * 1024 * 1024);
    ASYNC_LLM_DECL completion_builder(completion_builder const&);
    ASYNC_LLM_DECL completion_builder(completion_builder&&) noexcept;
    ASYNC_LLM_DECL completion_builder& operator=(completion_builder const&);
    ASYNC_LLM_DECL completion_builder& operator=(completion_builder&&) noexcept;
    ASYNC_LLM_DECL ~completion_builder();

    /// Adds the next chunk.
    /**
     * Errors: `errc::invalid_response` for a choice or tool call whose index is negative or not below \ref
     * max_items (a tool call's -1 counts as 0), or of which there are too many, and for a piece of a tool
     * call that can't be attributed to one call; `errc::response_too_large`; `errc::json_too_complex` for
     * an object of unknown members that grows beyond 512. Then \ref detail says more, and what came before
     * stays.
     */
    ASYNC_LLM_DECL error_code add(chat_chunk const& chunk);

    /// A sentence about the last error.
    std::string const& detail() const noexcept { return detail_; }

    /// Bytes of text and JSON gathered so far, as `max_size` counts them.
    std::size_t size() const noexcept { return size_; }

    /// Completion as gathered so far. Choices are in the order of their index.
    chat_completion const& completion() const noexcept { return completion_; }

    /// Moves the completion out; the builder is as new then.
    ASYNC_LLM_DECL chat_completion take();

private:
    struct open_choice;

    error_code refuse_members();

    chat_completion completion_;
    std::vector<open_choice> open_;
    std::size_t max_size_;
    std::size_t size_ = 0;
    std::string detail_;
};

} // namespace async_llm

#endif
