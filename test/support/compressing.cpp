// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/compressing.hpp"

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/crc.hpp>

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace async_llm::test {
namespace {

namespace zlib = boost::beast::zlib;
using namespace std::string_literals;

class compressor {
public:
    explicit compressor(wrapper around) : around_(around) {
        if (around_ == wrapper::gzip) out_ = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"s;
        if (around_ == wrapper::zlib) out_ = "\x78\x9c";
    }

    void add(std::string_view text, bool is_last) {
        crc_.process_bytes(text.data(), text.size());
        for (auto const c : text) {
            low_ = (low_ + static_cast<unsigned char>(c)) % 65521;
            high_ = (high_ + low_) % 65521;
        }
        size_ += static_cast<std::uint32_t>(text.size());
        deflate(text, is_last ? zlib::Flush::finish : zlib::Flush::sync);
        if (!is_last) return;
        if (around_ == wrapper::gzip) {
            for (auto const value : {crc_.checksum(), size_}) {
                for (int shift = 0; shift < 32; shift += 8) put(value >> shift);
            }
        }
        if (around_ == wrapper::zlib) {
            for (int shift = 24; shift >= 0; shift -= 8) put((high_ << 16 | low_) >> shift);
        }
    }

    std::string take() { return std::exchange(out_, std::string()); }

private:
    void deflate(std::string_view text, zlib::Flush flush) {
        char buffer[4096];
        zlib::z_params z;
        z.next_in = text.data();
        z.avail_in = text.size();
        do {
            z.next_out = buffer;
            z.avail_out = sizeof(buffer);
            boost::beast::error_code ec;
            deflater_.write(z, flush, ec);
            bool const is_usual = !ec || ec == zlib::error::need_buffers || ec == zlib::error::end_of_stream;
            if (!is_usual) throw std::runtime_error("deflate: " + ec.message());
            out_.append(buffer, sizeof(buffer) - z.avail_out);
        } while (z.avail_out == 0 || z.avail_in != 0);
    }

    void put(std::uint32_t byte) { out_ += static_cast<char>(byte & 0xff); }

    wrapper around_;
    zlib::deflate_stream deflater_;
    boost::crc_32_type crc_;
    std::uint32_t low_ = 1;
    std::uint32_t high_ = 0;
    std::uint32_t size_ = 0;
    std::string out_;
};

} // namespace

std::vector<std::string> compress_pieces(std::vector<std::string> const& texts, wrapper around) {
    compressor to(around);
    std::vector<std::string> result;
    for (auto const& text : texts) {
        to.add(text, &text == &texts.back());
        result.push_back(to.take());
    }
    return result;
}

std::string compress(std::string_view text, wrapper around) {
    return compress_pieces({std::string(text)}, around).front();
}

std::string gzip_bomb(std::size_t size) { return compress(std::string(size, '\0'), wrapper::gzip); }

} // namespace async_llm::test
