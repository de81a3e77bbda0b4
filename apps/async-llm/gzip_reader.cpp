// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "gzip_reader.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>
#include <zlib.h>

namespace async_llm::command {
namespace {

constexpr std::size_t buffer_size = std::size_t(64) * 1024;
// The largest window, and a gzip header and trailer around the data.
constexpr int gzip_window = 15 + 16;
constexpr char second_byte_of_gzip = '\x8b';

} // namespace

void gzip_reader::closer::operator()(z_stream_s* stream) const noexcept {
    inflateEnd(stream);
    delete stream;
}

gzip_reader::gzip_reader(byte_source source, std::string name)
    : source_(std::move(source)), name_(std::move(name)), compressed_(buffer_size) {
    auto stream = std::make_unique<z_stream_s>();
    if (inflateInit2(stream.get(), gzip_window) != Z_OK) throw std::bad_alloc();
    stream_.reset(stream.release());
}

std::size_t gzip_reader::read(char* into, std::size_t size) {
    auto& stream = *stream_;
    auto const room = static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
    stream.next_out = reinterpret_cast<Bytef*>(into);
    stream.avail_out = room;
    while (!has_ended_ && stream.avail_out == room) {
        if (!is_in_member_ && !begin_next_member()) break;
        if (stream.avail_in == 0 && !fill()) fail("ends in the middle: it was cut off");
        auto const result = inflate(&stream, Z_NO_FLUSH);
        if (result == Z_STREAM_END)
            is_in_member_ = false;
        else if (result == Z_MEM_ERROR)
            throw std::bad_alloc();
        else if (result != Z_OK && result != Z_BUF_ERROR)
            fail(std::string("is damaged: ") + (stream.msg ? stream.msg : "not as gzip writes it"));
    }
    return room - stream.avail_out;
}

bool gzip_reader::fill() {
    auto const count = source_(compressed_.data(), compressed_.size());
    stream_->next_in = reinterpret_cast<Bytef*>(compressed_.data());
    stream_->avail_in = static_cast<uInt>(count);
    return count > 0;
}

/// Returns false at the end of the file.
bool gzip_reader::begin_next_member() {
    auto& stream = *stream_;
    while (stream.avail_in > 0 || fill()) {
        if (*stream.next_in == static_cast<Bytef>(first_byte_of_gzip)) {
            inflateReset(&stream);
            is_in_member_ = true;
            return true;
        }
        if (*stream.next_in != 0) fail("has something else than gzip behind its compressed data");
        ++stream.next_in;
        --stream.avail_in;
    }
    has_ended_ = true;
    return false;
}

void gzip_reader::fail(std::string const& reason) const { throw bad_input(name_ + ": " + reason); }

input_decoder::input_decoder(byte_source source, std::string name)
    : source_(std::move(source)), name_(std::move(name)) {}

std::size_t input_decoder::read(char* into, std::size_t size) {
    if (!has_looked_) look();
    if (gzip_) return gzip_->read(into, size);
    if (beginning_.empty()) return source_(into, size);
    auto const count = beginning_.copy(into, size);
    beginning_.erase(0, count);
    return count;
}

void input_decoder::look() {
    has_looked_ = true;
    while (beginning_.size() < 2) {
        char next = 0;
        if (source_(&next, 1) == 0) break;
        beginning_ += next;
    }
    if (beginning_.size() < 2 || beginning_[0] != first_byte_of_gzip || beginning_[1] != second_byte_of_gzip)
        return;
    auto with_beginning =
        [source = std::move(source_),
         first = std::exchange(beginning_, std::string())](char* into, std::size_t size) mutable {
            if (first.empty()) return source(into, size);
            auto const count = first.copy(into, size);
            first.erase(0, count);
            return count;
        };
    gzip_ = std::make_unique<gzip_reader>(std::move(with_beginning), name_);
}

} // namespace async_llm::command
