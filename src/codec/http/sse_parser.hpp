// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_SSE_PARSER_HPP
#define ASYNC_LLM_CODEC_HTTP_SSE_PARSER_HPP

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// An event of an event stream. The views are valid until the parser is used again.
struct sse_event {
    sse_event() = default;

    /// The value of the last field `event`; empty: none, which means `message`.
    std::string_view name;
    /// The values of the fields `data`, joined by line feeds.
    std::string_view data;
    /// The last event id of the stream so far.
    std::string_view id;
    /// It is no event: `data` is a line whose field the grammar does not know.
    bool is_unknown_line = false;
};

/// Makes events of the bytes of an event stream, after the WHATWG grammar (HTML Living Standard, 9.2).
/**
 * Lines end with LF, CR or CRLF, also mixed, and bytes may come in any pieces. A byte order mark at the start
 * is passed over. Works on the bytes given: only a line, or an event, that does not end within them is
 * copied. Time is linear in the number of bytes. Comments take no memory, whatever their length.
 */
class sse_parser {
public:
    /// `max_event_size`: most bytes of a line, and of an event's data; 0: no limit.
    /// `gives_unknown_lines`: also gives each line whose field is unknown, before the event that it stands
    /// in.
    explicit sse_parser(std::size_t max_event_size, bool gives_unknown_lines = false) noexcept
        : max_event_size_(max_event_size), gives_unknown_lines_(gives_unknown_lines) {}

    /// Gives the next bytes, which have to stay until \ref next has returned false. Precondition: it has, or
    /// it is the first call.
    void put(std::string_view bytes);

    /// Finds the next event. False: more bytes are needed, or the stream has failed.
    bool next(sse_event& event);

    /// A line or an event was too large; nothing more will come.
    bool too_large() const noexcept { return too_large_; }

    /// The stream has ended: what the grammar discards, an event whose blank line is missing. False: there is
    /// none.
    /**
     * A last line without its end counts as complete. Some providers end their streams so. After an unknown
     * line it is to be called again.
     */
    bool take_unfinished(sse_event& event);

    /// Bytes of unfinished lines and events that are kept.
    std::size_t buffered() const noexcept { return kept_line_.capacity() + joined_.capacity(); }

    /// The value of the last valid field `retry`. Unset: none.
    std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

private:
    void skip_mark();
    std::size_t find_line_end() noexcept;
    bool take_line(std::string_view& line);
    void keep_rest();
    bool read_field(std::string_view line);
    bool continues_data(std::string_view line) const noexcept;
    void give_line(std::string_view line, sse_event& event);
    void read_retry(std::string_view value) noexcept;
    void add_data(std::string_view value);
    void own_data();
    void give(sse_event& event);
    void forget_event();
    void forget_line();
    bool exceeds(std::size_t size) const noexcept { return max_event_size_ != 0 && size > max_event_size_; }
    void fail();

    std::size_t max_event_size_;
    bool gives_unknown_lines_;
    bool too_large_ = false;
    /// The caller has a line that may be `kept_line_`.
    bool line_given_ = false;

    /// \name The bytes of the last \ref put
    /// Places of the next line feed and carriage return, which are found once, not once per line. npos:
    /// there is none.
    /// @{
    std::string_view bytes_;
    std::size_t position_ = 0;
    std::size_t line_feed_ = std::string_view::npos;
    std::size_t carriage_return_ = std::string_view::npos;
    /// @}

    /// Bytes of the byte order mark that were seen; all three if it is no longer looked for.
    std::size_t mark_ = 0;
    /// The last line ended with a carriage return, to which a line feed may belong.
    bool after_return_ = false;
    /// The line that was begun is a comment.
    bool in_comment_ = false;
    /// A line that began in earlier bytes.
    std::string kept_line_;

    /// \name The event that is being read
    /// Its data is `borrowed_` from the caller's bytes, or it is `owned_`: what is behind `offset_` in
    /// `joined_`.
    /// @{
    std::string name_;
    bool has_data_ = false;
    bool owned_ = false;
    std::size_t offset_ = 0;
    std::string joined_;
    std::string_view borrowed_;
    /// The caller has it, so the next call begins a new one.
    bool given_ = false;
    /// @}

    std::string id_;
    std::optional<std::chrono::milliseconds> retry_;
};

} // namespace async_llm::codec

#endif
