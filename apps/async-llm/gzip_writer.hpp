// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_GZIP_WRITER_HPP
#define ASYNC_LLM_COMMAND_GZIP_WRITER_HPP

#include "byte_source.hpp"

#include <memory>
#include <string_view>
#include <vector>

struct z_stream_s;

namespace async_llm::command {

/// Compressor that makes a gzip file of one member, in constant memory.
class gzip_writer {
public:
    explicit gzip_writer(byte_sink sink);

    void write(std::string_view bytes);

    /// Writes the end. Nothing may be written after it.
    void finish();

private:
    struct closer {
        void operator()(z_stream_s* stream) const noexcept;
    };

    void compress(std::string_view bytes, int flush);

    byte_sink sink_;
    std::unique_ptr<z_stream_s, closer> stream_;
    std::vector<char> compressed_;
};

} // namespace async_llm::command

#endif
