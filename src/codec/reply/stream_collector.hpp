// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_REPLY_STREAM_COLLECTOR_HPP
#define ASYNC_LLM_CODEC_REPLY_STREAM_COLLECTOR_HPP

#include "codec/json/decode_limits.hpp"
#include "codec/reply/chunk_reader.hpp"
#include <async_llm/api_error.hpp>
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/completion_builder.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <string>
#include <string_view>

namespace async_llm::codec {

/// Reader of a stream of events that is the reply to a request for a whole one.
/** The verdict is that of \ref chunk_reader. */
class stream_collector {
public:
    enum class outcome {
        /// All bytes have been read, and the stream goes on.
        need_more,
        /// There is more to do with them, in another step.
        busy,
        /// The stream has ended, well or badly.
        ended,
    };

    /// `status`: 200 to 299. `one_choice`: as \ref chunk_limits::one_choice.
    stream_collector(int status, decode_limits const& limits, bool one_choice);

    /// Gives the next bytes of the body, which have to stay until \ref step has returned `need_more`.
    void put(std::string_view bytes) { reader_.put(bytes); }

    /// The body is complete (`complete`), or broke off. Precondition: all that was put has been read.
    void put_end(bool complete) { reader_.put_end(complete); }

    /// Reads for some milliseconds at most.
    outcome step();

    /// Returns whether every choice has its finish reason, so that nothing more has to come.
    bool has_finished() const noexcept { return reader_.has_finished(); }
    /// Bytes that are kept of the stream besides the body.
    std::size_t kept() const noexcept { return reader_.buffered() + builder_.size(); }
    /// Bytes of the large event that is decoded in steps; 0: none is.
    std::size_t being_decoded() const noexcept { return reader_.being_decoded(); }

    /// \name After `ended`
    /// @{
    /// No error: the stream ended well.
    error_code const& ec() const noexcept { return ec_; }
    api_error& error() noexcept { return reader_.error(); }
    std::string& detail() noexcept { return detail_; }
    chat_completion take() { return builder_.take(); }
    /// @}

private:
    chunk_reader reader_;
    completion_builder builder_;
    chat_chunk chunk_;
    error_code ec_;
    std::string detail_;
};

} // namespace async_llm::codec

#endif
