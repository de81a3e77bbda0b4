// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "gzip_writer.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>
#include <zlib.h>

namespace async_llm::command {
namespace {

constexpr std::size_t buffer_size = std::size_t(64) * 1024;
constexpr int gzip_window = 15 + 16;
constexpr int usual_memory = 8;

} // namespace

void gzip_writer::closer::operator()(z_stream_s* stream) const noexcept {
    deflateEnd(stream);
    delete stream;
}

gzip_writer::gzip_writer(byte_sink sink) : sink_(std::move(sink)), compressed_(buffer_size) {
    auto stream = std::make_unique<z_stream_s>();
    auto const result = deflateInit2(
        stream.get(),
        Z_DEFAULT_COMPRESSION,
        Z_DEFLATED,
        gzip_window,
        usual_memory,
        Z_DEFAULT_STRATEGY
    );
    if (result != Z_OK) throw std::bad_alloc();
    stream_.reset(stream.release());
}

void gzip_writer::write(std::string_view bytes) {
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    while (!bytes.empty()) {
        auto const piece = bytes.substr(0, most);
        compress(piece, Z_NO_FLUSH);
        bytes.remove_prefix(piece.size());
    }
}

void gzip_writer::finish() { compress(std::string_view(), Z_FINISH); }

void gzip_writer::compress(std::string_view bytes, int flush) {
    auto& stream = *stream_;
    // zlib does not write to its input.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    do {
        stream.next_out = reinterpret_cast<Bytef*>(compressed_.data());
        stream.avail_out = static_cast<uInt>(compressed_.size());
        deflate(&stream, flush);
        auto const made = compressed_.size() - stream.avail_out;
        if (made > 0) sink_(std::string_view(compressed_.data(), made));
    } while (stream.avail_out == 0);
}

} // namespace async_llm::command
