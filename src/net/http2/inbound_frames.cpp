// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/inbound_frames.hpp"

#include <algorithm>

namespace async_llm::net {
namespace {

// RFC 9113, section 6.
constexpr unsigned char push_promise = 0x05;
constexpr unsigned char continuation = 0x09;

} // namespace

std::size_t inbound_frames::take(std::string_view bytes) noexcept {
    std::size_t taken = 0;
    if (header_read_ < header_size) {
        taken = std::min(header_size - header_read_, bytes.size());
        std::copy_n(bytes.begin(), taken, header_.begin() + static_cast<std::ptrdiff_t>(header_read_));
        header_read_ += taken;
        if (header_read_ < header_size) return taken;
        begin_frame();
    }
    auto const payload = std::min(payload_left_, bytes.size() - taken);
    payload_left_ -= payload;
    if (payload_left_ == 0) header_read_ = 0;
    return taken + payload;
}

void inbound_frames::begin_frame() noexcept {
    payload_left_ = std::size_t{header_[0]} << 16 | std::size_t{header_[1]} << 8 | header_[2];
    auto const type = header_[3];
    ++idle_;
    continuations_ = type == continuation ? continuations_ + 1 : 0;
    if (type == push_promise)
        conduct_ = conduct::pushes;
    else if (continuations_ > max_continuations_)
        conduct_ = conduct::floods_continuations;
    else if (idle_ > max_idle_)
        conduct_ = conduct::floods_idle_frames;
}

} // namespace async_llm::net
