// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STREAM_CHUNK_QUEUE_HPP
#define ASYNC_LLM_CLIENT_STREAM_CHUNK_QUEUE_HPP

#include "codec/reply/chunk_reader.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/completion_builder.hpp>
#include <async_llm/error.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::detail {

/// Chunks of a stream between the bytes of its body and the caller: read, held back, handed over, gathered.
/**
 * Chunks that say nothing yet are held back until one says something: so long the call may still be sent
 * again, and the caller sees nothing of the attempt that failed. Knows no connection. Thread safety: none.
 *
 * | State     | `next` gives                                 | Left by                             |
 * | --------- | -------------------------------------------- | ----------------------------------- |
 * | holding   | `need_more`, `busy` or `failed`              | content, the end, or a full queue   |
 * | handing   | the chunks held back, then those of the body | `close`                             |
 * | closed    | the outcome it was closed with               | nothing                             |
 */
class chunk_queue {
public:
    using outcome = codec::chunk_reader::outcome;

    /// Most chunks held back, and bytes of their events: more than any provider sends before it begins.
    static constexpr std::size_t max_held_back = 32;
    static constexpr std::size_t max_held_back_size = 256u * 1024;

    /// `max_completion`: most bytes that are gathered; 0: no limit.
    chunk_queue(bool holds_back, bool gathers, std::size_t max_completion)
        : holding_back_(holds_back), gathering_(gathers), builder_(max_completion) {}

    /// \name Body
    /// @{
    /// Begins to read the body of a reply, as \ref codec::chunk_reader.
    void begin(
        int status,
        std::string content_type,
        codec::chunk_limits const& limits,
        std::string content_encoding
    );
    /// Forgets what came of an attempt of which nothing was handed over.
    void forget_attempt();
    /// Gives the next bytes. Precondition of this and \ref put_end: \ref next has returned `need_more`.
    void put(std::string_view bytes) { reader_->put(bytes); }
    /// Gives the end of the body, which is complete, or broke off.
    void put_end(bool complete);
    /// Returns whether the end has been given.
    bool has_end() const noexcept { return has_end_; }
    /// Reader of the body. Precondition: begun, and not closed.
    codec::chunk_reader& reader() noexcept { return *reader_; }
    /// Returns whether it has begun, and has not been closed.
    bool is_open() const noexcept { return reader_.has_value(); }
    /// @}

    /// \name Chunks
    /// @{
    /// Takes the next chunk, in the memory that `chunk` has where that can be.
    outcome next(chat_chunk& chunk);
    /// Puts a chunk back that \ref next gave, in front of all others.
    void put_back(chat_chunk&& chunk) { held_back_.push_front(std::move(chunk)); }
    /// Gives up waiting for content: there is no further attempt. What is held back is gathered alone.
    void give_up();
    /// Ends the queue, whose body is read no further.
    void close(outcome progress);
    /// The outcome that it was closed with; unset: it was not.
    std::optional<outcome> const& closed() const noexcept { return closed_; }
    /// The event with which the stream failed; null: none.
    chat_chunk* failed_event() noexcept { return failed_event_.get(); }
    void drop_failed_event() noexcept { failed_event_.reset(); }
    /// @}

    /// \name Gathering
    /// @{
    void begin_gathering() noexcept { gathering_ = true; }
    bool is_gathering() const noexcept { return gathering_; }
    /// Adds a chunk to the completion, if it is gathered. After an error it is not any more.
    void gather(chat_chunk const& chunk);
    error_code const& gathering_error() const noexcept { return gathering_error_; }
    completion_builder const& gathered() const noexcept { return builder_; }
    /// @}

    /// Bytes that are kept: what has no end yet, what is held back, and what was gathered.
    std::size_t size() const noexcept {
        return (reader_ ? reader_->buffered() : 0) + held_back_size_ + builder_.size();
    }

private:
    outcome read(chat_chunk& chunk);

    std::optional<codec::chunk_reader> reader_;
    std::deque<chat_chunk> held_back_;
    std::size_t held_back_size_ = 0; // bytes of their events
    std::optional<outcome> closed_;
    std::unique_ptr<chat_chunk> failed_event_;
    bool holding_back_;
    bool has_end_ = false;
    bool gathering_;
    completion_builder builder_;
    error_code gathering_error_;
};

} // namespace async_llm::detail

#endif
