// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CALLS_CALL_ASSEMBLER_HPP
#define ASYNC_LLM_CODEC_CALLS_CALL_ASSEMBLER_HPP

#include "codec/calls/argument_scanner.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/tool.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::codec {

/// Assembler of the tool calls of one message from the pieces that a stream brings.
/**
 * A call is *unfinished* until its arguments are a complete JSON value, *finished* from then on. An empty
 * object or array is a *placeholder*: finished, unless real arguments follow. A piece is *named* if it has a
 * name. An index may be a word: each is another index, and no number.
 *
 * The call that a piece is about:
 * 1. The one with its id. Under another index it is that call if the name is absent or equal, and another one
 *    if not.
 * 2. Otherwise the latest one with its index.
 * 3. Otherwise, for a piece without a name, the one that is unfinished: the only one without an index, or
 *    else the only one. Several are an error.
 * 4. Without an index, the call that the last piece was about; for real arguments, when nothing is
 * unfinished, the only placeholder. Several are an error.
 *
 * A call that came with neither id nor index, as `function_call` does, is that of a later piece with its name
 * and its arguments, or the beginning of them, or none yet.
 *
 * A piece begins a call if there is none that it could be about, or if
 * - it is named and comes under an index that is not known yet;
 * - it has another name than the call, whose arguments have begun, or another name and another id;
 * - it has the name of the call, which is finished, and is no repetition;
 * - it has the name of the call and another id, and the arguments of the call are free text, or a
 *   placeholder, or the call stands in the same list;
 * - its type is another one.
 *
 * It continues the call if that is unfinished; a name is taken as the next part of the name, or as the whole
 * of it if it begins with what is known. It takes the place of a placeholder. So another id on a piece
 * without a name, or with the name of a call that is unfinished, begins nothing: some providers make a new id
 * for every piece.
 *
 * It repeats the call, and is dropped, if that is finished and the piece has its arguments once more (all of
 * them, in pieces too, or the last piece), under its id if both have one. So does a named piece that has the
 * name and all arguments of a call further back, if one of them has no id. In one list only an id makes a
 * repetition. `{}` and `null` behind the arguments of a call, under its id or without a name, say nothing.
 * Free text is a repetition if a piece with the name, or its id, has all of it.
 *
 * Anything else is refused: a piece that might be about several calls, arguments behind a value that is
 * complete, a name that changes within the arguments. A piece that says nothing is ignored.
 */
class call_assembler {
public:
    call_assembler() = default;

    /// Adds the pieces of one list to `calls`, which nothing else may change. False: refused; \ref detail
    /// says why.
    bool add(std::vector<tool_call>& calls, std::vector<tool_call_delta> const& pieces);

    /// Marks the calls that an answer, which was cut off, has not completed (\ref mark_cut_calls).
    void mark_cut(std::vector<tool_call>& calls) const noexcept;

    /// A sentence about the piece that was refused.
    std::string const& detail() const noexcept { return detail_; }

private:
    /// State of a call beside the call itself.
    struct call_state {
        explicit call_state(std::size_t number_of_list) : list(number_of_list) {}

        bool is_finished() const noexcept { return arguments.is_complete(); }
        bool is_open() const noexcept { return !arguments.is_complete(); }
        bool is_final() const noexcept { return is_finished() && !arguments.is_placeholder(); }

        /// Unset: no piece had one.
        std::optional<std::int64_t> index;
        /// The list with which it began.
        std::size_t list;
        /// Another id that a piece of this call had. Empty: none.
        std::string other_id;
        argument_scanner arguments;
        /// Place at which the last piece of the arguments begins.
        std::size_t last_piece = 0;
        /// Bytes of the arguments that have been repeated by now.
        std::size_t repeated = 0;
        bool has_type = false;
        /// The name came once more, without arguments: they may follow, as those of another call.
        bool is_announced = false;
        /// The id with which it came, if the call had none. Empty: none.
        std::string announced_id;
        /// Arguments went to another call that might have been those of this one.
        bool is_contested = false;
    };

    using call_list = std::vector<tool_call>;
    using call_index = std::optional<std::int64_t>;

    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    /// Some providers write -1 for a single call.
    static call_index index_of(tool_call_delta const& piece) noexcept {
        return piece.index == -1 ? call_index(0) : piece.index;
    }

    bool add_worded_piece(call_list& calls, tool_call_delta const& piece);
    bool add_piece(call_list& calls, tool_call_delta const& piece);
    bool goes_on(call_list const& calls, tool_call_delta const& piece) const noexcept;
    bool find(call_list const& calls, tool_call_delta const& piece, std::size_t& place);
    std::size_t find_id(call_list const& calls, tool_call_delta const& piece) const noexcept;
    std::size_t find_repeated(call_list const& calls, tool_call_delta const& piece) const noexcept;
    std::size_t find_anonymous(call_list const& calls, tool_call_delta const& piece) const noexcept;
    std::size_t find_index(std::int64_t index) const noexcept;
    bool find_by_id(call_list const& calls, tool_call_delta const& piece, std::size_t& place);
    bool find_open(tool_call_delta const& piece, std::size_t& place);
    bool find_placeholder(call_list const& calls, tool_call_delta const& piece, std::size_t& place);
    std::size_t count_placeholders() const noexcept;
    bool find_nearby(call_list const& calls, tool_call_delta const& piece, std::size_t& place);
    bool begins_another(tool_call const& call, call_state const& state, tool_call_delta const& piece) const;
    bool begin(call_list& calls, tool_call_delta const& piece);
    bool join(call_list& calls, std::size_t place, tool_call_delta const& piece);
    bool join_arguments(call_list& calls, std::size_t place, std::string_view piece);
    bool repeats_text(tool_call const& call, call_state const& state, tool_call_delta const& piece)
        const noexcept;
    static bool makes_way(tool_call const& call, call_state const& state, std::string_view piece);
    bool join_behind(call_list& calls, std::size_t place, std::string_view piece);
    void contest_others(std::size_t place, call_index index) noexcept;
    bool refuse(std::string_view reason);
    bool refuse_more();

    /// One for each call.
    std::vector<call_state> states_;
    std::size_t lists_ = 0;
    /// Indexes that are words.
    std::vector<std::string> words_;
    /// The call that the last piece was about.
    std::size_t latest_ = none;
    std::string detail_;
};

/// Makes a whole call the only piece of itself, with its place in the list as its index.
tool_call_delta to_piece(tool_call source, std::size_t place);

/// Applies the rule of \ref call_assembler to the calls of a whole reply, whose places are their indexes.
/** Calls that say nothing are removed. False: refused; `detail` says why, and the calls are as they came. */
bool assemble_calls(std::vector<tool_call>& calls, std::string& detail);

} // namespace async_llm::codec

#endif
