// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_GZIP_READER_HPP
#define ASYNC_LLM_COMMAND_GZIP_READER_HPP

#include "byte_source.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

struct z_stream_s;

namespace async_llm::command {

/// First byte of every gzip file, and of no JSON.
constexpr char first_byte_of_gzip = '\x1f';

/// Decompressor of a gzip file, of one member or several, in constant memory.
/**
 * Zeros behind the last member are padding. Throws \ref bad_input for a file that ends within a member, for
 * damaged data, and for anything else behind a member.
 */
class gzip_reader {
public:
    /// `name`: of the input, for messages.
    gzip_reader(byte_source source, std::string name);

    /// Fills up to `size` bytes and returns how many; 0 at the end.
    std::size_t read(char* into, std::size_t size);

private:
    struct closer {
        void operator()(z_stream_s* stream) const noexcept;
    };

    bool fill();
    bool begin_next_member();
    [[noreturn]] void fail(std::string const& reason) const;

    byte_source source_;
    std::string name_;
    std::unique_ptr<z_stream_s, closer> stream_;
    std::vector<char> compressed_;
    bool is_in_member_ = false;
    bool has_ended_ = false;
};

/// Reader of an input that decompresses it if it begins as a gzip file, whatever its name is.
class input_decoder {
public:
    input_decoder(byte_source source, std::string name);

    /// Fills up to `size` bytes and returns how many; 0 at the end.
    std::size_t read(char* into, std::size_t size);

private:
    void look();

    byte_source source_;
    std::string name_;
    std::string beginning_; // of the input, read to look at it
    std::unique_ptr<gzip_reader> gzip_;
    bool has_looked_ = false;
};

} // namespace async_llm::command

#endif
