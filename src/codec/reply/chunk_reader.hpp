// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_REPLY_CHUNK_READER_HPP
#define ASYNC_LLM_CODEC_REPLY_CHUNK_READER_HPP

#include "codec/calls/promised_calls.hpp"
#include "codec/chat/said_texts.hpp"
#include "codec/http/sse_parser.hpp"
#include "codec/json/json_tape.hpp"
#include "codec/reply/choice_numbers.hpp"
#include "codec/reply/chunk_template.hpp"
#include "codec/reply/decode_reply.hpp"
#include "codec/reply/split_characters.hpp"
#include "codec/reply/split_choice.hpp"
#include <async_llm/api_error.hpp>
#include <async_llm/chat_chunk.hpp>
#include <async_llm/detail/config.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm::codec {

/// Limits of a streamed body.
struct chunk_limits {
    chunk_limits() = default;

    /// Bytes of a line and of an event; 0: no limit.
    std::size_t max_event_size = 64u * 1024 * 1024;
    /// Bytes of a body that is no stream; 0: no limit.
    std::size_t max_document_size = 64u * 1024 * 1024;
    decode_limits decode;
    /// The request asked for one choice: the numbers of choices that count chunks mean one and the same.
    bool one_choice = false;
};

/// Makes chunks of the body of a reply to a request that asked for a stream. Knows no socket.
/**
 * Labels lie, so the first visible byte decides whether the body is a stream of events or a document: an
 * error in JSON, a complete completion from a server that can't stream, or a web page. A document is
 * classified when it has ended, as \ref decode_reply does; a completion becomes one chunk.
 *
 * The verdict is made here alone, so that it is one for a stream that is read chunk by chunk, one that is
 * collected, and one that came unasked:
 * - The end is `[DONE]`, whatever follows except usage that is there already, or the end of the body. Each
 *   choice that was seen has to have its finish reason by then. Servers that know no finish reasons exist:
 *   `[DONE]` alone ends an answer too if no choice has one, there is content, and everything that came
 *   behind the content was understood. Otherwise it is an error, with the words of the events there were.
 * - Lines of an event that are JSON each by itself, and not together, are events of their own.
 * - An error is one wherever it stands: in an event, in a field `error:`, in a line of JSON without a field,
 *   in a choice. An event without choices is one by its status, code or type; with words alone it is one
 *   unless the answer is complete.
 * - Noise is passed over: null and empty data, pings, keep-alives, unknown lines, and behind a finish of
 *   every choice whatever is no chunk and no error. A finish reason that more content follows is none.
 * - Each other event has to be a chunk.
 * - In answer to a request for one choice, the text and the calls of it may be in several (\ref
 * split_choice).
 * - A message that says again what the deltas said is no news (\ref said_texts).
 * - Calls that were promised have to come, and one of them has to have a name.
 */
class chunk_reader {
public:
    /// `status`: 200 to 299. `content_type`, `content_encoding`: empty if there was none.
    chunk_reader(
        int status,
        std::string content_type,
        chunk_limits const& limits,
        std::string content_encoding = {}
    );
    chunk_reader(chunk_reader const&) = delete;
    chunk_reader& operator=(chunk_reader const&) = delete;
    ~chunk_reader();

    /// The bytes that come have been decoded.
    void drop_content_encoding() noexcept { content_encoding_.clear(); }

    /// Gives the next bytes of the body, which have to stay until \ref next has returned `need_more`.
    /** Precondition: it has, or it is the first call. */
    void put(std::string_view bytes);

    /// The body is complete (`complete`), or broke off.
    /** Precondition: as \ref put. */
    void put_end(bool complete);

    enum class outcome {
        /// Give more bytes, or the end. What the chunk holds means nothing.
        need_more,
        /// A large event is being decoded in steps: call \ref next again, with the same bytes. The chunk
        /// means nothing.
        busy,
        /// The next chunk is there.
        chunk,
        /// The stream has ended well; it stays so.
        end,
        /// The stream has failed; it stays so. The chunk is the event that said so, if it carried anything.
        failed,
    };

    /// Takes the next event. Padding (comments, empty data, data that begins with a colon) is passed over.
    /** Writes over what `chunk` held, in its memory where that can be. */
    outcome next(chat_chunk& chunk);

    /// Returns whether it is known that the body is a stream of events.
    bool is_stream() const noexcept { return kind_ == body_kind::stream; }
    /// Returns whether it is known that the body is something else.
    bool is_document() const noexcept { return kind_ == body_kind::document; }
    /// Returns whether every choice that was seen, and at least one, has its finish reason.
    bool has_finished() const noexcept;
    /// Returns whether the last chunk was usage that stood behind the end mark. It is not waited for.
    bool has_usage_behind_end() const noexcept { return has_usage_behind_end_; }
    /// Bytes of the data of the event that was read last.
    std::size_t event_size() const noexcept { return event_size_; }
    /// Bytes of the large event or document that is decoded in steps; 0: none is.
    std::size_t being_decoded() const noexcept;
    /// Bytes that are kept until the event or the document that they belong to is complete.
    std::size_t buffered() const noexcept { return document_.capacity() + parser_.buffered(); }
    /// The bytes of a document so far.
    std::string const& document() const noexcept { return document_; }
    /// The bytes of a document that has failed.
    std::string take_document() noexcept { return std::move(document_); }

    /// \name After `failed`
    /// @{
    /// `errc::truncated_response`, `invalid_sse`, `invalid_json`, `json_too_complex`, `invalid_response`,
    /// `response_too_large`, what the provider reported (a status, `errc::stream_error`, `generation_failed`,
    /// `insufficient_credits`), or what \ref decode_reply says.
    error_code const& ec() const noexcept { return ec_; }
    /// Error that the provider reported.
    api_error& error() noexcept { return error_; }
    /// A sentence.
    std::string& detail() noexcept { return detail_; }
    /// @}

private:
    enum class event_kind { usual, error, unfinished };
    /// Reason not to trust an end without finish reasons: an event or line since the last choice.
    enum class doubt {
        none,
        /// It was not understood.
        strange,
        /// It has words that may be an error's.
        words,
    };
    struct large_event;
    struct unusual_stream;

    enum class body_kind { unknown, stream, document };
    enum class body_end { not_yet, complete, broken };

    /// A choice that was seen.
    struct seen_choice {
        seen_choice(std::int64_t number, bool is_finished) : index(number), finished(is_finished) {}

        std::int64_t index;
        bool finished;
    };

    outcome read_next(chat_chunk& chunk);
    outcome join_characters(outcome progress, chat_chunk& chunk);
    outcome take_line(chat_chunk& chunk);
    outcome take_lines(sse_event const& event, std::size_t first, chat_chunk& chunk);
    outcome take_usage_behind_end(chat_chunk& chunk);
    unusual_stream& unusual();
    void decide();
    body_kind kind_of_body(std::string_view body);
    void begin_stream(std::size_t kept);
    outcome next_of_document(chat_chunk& chunk);
    outcome next_of_stream(chat_chunk& chunk);
    outcome read_events(chat_chunk& chunk);
    outcome check_promise(outcome result, chat_chunk const& chunk);
    outcome finish_stream(chat_chunk& chunk);
    outcome judge_end();
    bool counts(sse_event const& unfinished) const;
    outcome take_event(sse_event const& event, chat_chunk& chunk);
    bool repeats_last(sse_event const& event, chat_chunk& chunk);
    outcome take_new_event(sse_event const& event, chat_chunk& chunk);
    outcome judge_error_event(json_document& json, std::string_view data, chat_chunk& chunk);
    outcome begin_large_event(std::string_view data, event_kind kind, chat_chunk& chunk);
    outcome take_large_event(chat_chunk& chunk);
    outcome judge_large_event(large_event& e);
    outcome finish_large_event(chat_chunk& chunk);
    outcome judge_event(
        json_document& json,
        std::string_view data,
        bool understood,
        std::string detail,
        chat_chunk& chunk
    );
    outcome fail_beyond_limits(json_document const& json);
    outcome take_unknown_line(std::string_view line, chat_chunk& chunk);
    outcome pass_over_or_fail(errc otherwise, std::string detail, std::string_view text);
    outcome judge_without_choices(json_view event, chat_chunk const& chunk);
    outcome end_by_mark();
    outcome fail_with_claim(std::string detail);
    std::string without_choice() const;
    bool number(std::vector<chunk_choice>& choices);
    bool refuse_mixture();
    bool note(std::vector<chunk_choice> const& choices);
    bool may_end_unfinished() const noexcept;
    bool may_pass_over() const noexcept { return has_finished() && !goes_on_after_finish_; }
    void keep_line(std::string_view text);
    std::string this_event() const;
    outcome fail(error_code ec, std::string detail);

    int status_;
    std::string content_type_;
    std::string content_encoding_;
    chunk_limits limits_;
    body_kind kind_ = body_kind::unknown;
    body_end end_ = body_end::not_yet;
    /// `need_more` until the stream has ended or failed.
    outcome final_ = outcome::need_more;

    /// The bytes of the last \ref put, while they are not the parser's.
    std::string_view bytes_;
    /// Bytes of white space, or of a byte order mark, at the beginning of the body.
    std::size_t padding_ = 0;
    /// A document; while the kind is unknown, all of the body before the last \ref put.
    std::string document_;

    sse_parser parser_;
    chunk_template pattern_;
    promised_calls promised_calls_;
    bool unfinished_taken_ = false;
    std::size_t events_ = 0;
    std::size_t event_size_ = 0;
    std::vector<seen_choice> choices_;

    /// Of a request for one choice.
    choice_numbers numbers_;
    split_choice split_choice_;

    said_texts said_texts_;
    /// Those of the event that is being read.
    message_places messages_;

    /// Words of an event without choices, if they may be an error's.
    std::unique_ptr<api_error> claim_;
    doubt doubt_ = doubt::none;
    /// A choice has had something to show.
    bool has_content_ = false;
    /// Content has followed a finish reason, so these do not mark the end.
    bool goes_on_after_finish_ = false;
    /// API whose events came in place of chunks.
    std::string_view other_api_;
    /// Beginning of the lines that are no fields.
    std::string unknown_lines_;

    error_code ec_;
    api_error error_;
    std::string detail_;

    /// Null until the first event that takes it.
    std::unique_ptr<unusual_stream> unusual_;
    bool has_usage_behind_end_ = false;

    // While a large event or document is decoded.
    std::unique_ptr<large_event> large_event_;
    std::unique_ptr<chat_completion> completion_;
    std::unique_ptr<reply_decoder> document_decoder_;
};

} // namespace async_llm::codec

#endif
