// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP_HTTP_NORMALIZER_HPP
#define ASYNC_LLM_NET_HTTP_HTTP_NORMALIZER_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::net {

/// A part of an HTTP/1 response that frames it.
enum class http_part {
    head,               ///< Status line, fields, and the empty line.
    first_chunk_header, ///< Size of a chunk; of the last chunk, with the trailer.
    chunk_header,       ///< Likewise, with the end of line behind the chunk before it.
    trailer             ///< Fields behind the last chunk, and the empty line.
};

/// Rewrites one part of a response in the strict syntax of RFC 9112.
/**
 * Four deviations are mended, which curl, Go and Python take: a status line that ends with its code, white
 * space before the colon of a field, a line feed alone as end of line, and white space behind the size of a
 * chunk. Everything else is refused at its first byte: other control characters, a carriage return without a
 * line feed, folded fields, names that are no tokens. Values are left to the parser of the result.
 *
 * | place        | next byte, besides an end of line where `may_end_line` says so     |
 * |--------------|--------------------------------------------------------------------|
 * | version      | that of `HTTP/1.x ddd`                                             |
 * | after_code   | space: reason                                                      |
 * | reason       | text                                                               |
 * | field_start  | token: name                                                        |
 * | name         | token; white space: after_name; colon: value                       |
 * | after_name   | white space; colon: value                                          |
 * | value        | text                                                               |
 * | behind_chunk | none                                                               |
 * | size_start   | hexadecimal digit: size                                            |
 * | size         | hexadecimal digit; white space: padding; semicolon: extension      |
 * | padding      | white space; semicolon: extension                                  |
 * | extension    | text; quotation mark: quoted                                       |
 * | quoted       | text; quotation mark: extension; backslash: escaped                |
 * | escaped      | text: quoted                                                       |
 */
class http_normalizer {
public:
    explicit http_normalizer(http_part part);

    /// Reads on, in linear time. `bytes`: the part from its first byte on, with more than at the last time.
    void read(std::string_view bytes);

    /// Reports whether the whole part was read.
    bool complete() const noexcept { return state_ == state::complete; }
    /// Reports whether a byte was read that can't be mended.
    bool refused() const noexcept { return state_ == state::refused; }
    /// Reports whether the part is none that a strict parser takes, however it goes on.
    bool deviates() const noexcept { return deviates_; }

    /// Reports whether it refused what a strict parser may take: a folded field, or bytes in quotes.
    bool may_be_strict() const noexcept;

    /// Number of bytes that were read of the part.
    std::size_t size() const noexcept { return size_; }
    /// Offset of the line that was read last.
    std::size_t line() const noexcept { return line_; }
    /// Reports whether that line is a field.
    bool is_field() const noexcept;
    /// The part in strict syntax, without the end of line behind a chunk.
    std::string const& text() const noexcept { return text_; }

private:
    enum class state { reading, complete, refused };
    enum class place {
        version,
        after_code,
        reason,
        field_start,
        name,
        after_name,
        value,
        behind_chunk,
        size_start,
        size,
        padding,
        extension,
        quoted,
        escaped
    };

    static place first_place(http_part part) noexcept;
    bool may_end_line() const noexcept;
    bool put(char c);
    bool put_end_of_line(char c);
    bool put_in_head(char c);
    bool put_in_chunk_header(char c);
    bool put_text(char c, place next);
    void end_line();

    state state_ = state::reading;
    place place_;
    bool deviates_ = false;
    bool has_return_ = false; // a carriage return that waits for its line feed
    bool is_last_chunk_ = true;
    std::size_t size_ = 0;
    std::size_t line_ = 0;
    std::string text_;
};

} // namespace async_llm::net

#endif
