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

inbound_frames::pieces inbound_frames::take(std::string_view& bytes) noexcept {
    auto const all = bytes;
    std::string_view header;
    if (header_read_ < header_size) {
        bool const is_cut = header_read_ != 0;
        auto const n = std::min(header_size - header_read_, bytes.size());
        std::copy_n(bytes.begin(), n, header_.begin() + static_cast<std::ptrdiff_t>(header_read_));
        header_read_ += n;
        bytes.remove_prefix(n);
        if (header_read_ < header_size) return pieces({}, {});
        begin_frame();
        if (is_cut) header = std::string_view(header_.data(), header_size);
    }
    auto const n = std::min(payload_left_, bytes.size());
    auto const payload = bytes.substr(0, n);
    bytes.remove_prefix(n);
    payload_left_ -= n;
    if (payload_left_ == 0) header_read_ = 0;
    if (!header.empty()) return pieces(header, payload);
    return pieces(all.substr(0, all.size() - bytes.size()), {});
}

void inbound_frames::begin_frame() noexcept {
    auto const byte = [this](std::size_t i) { return static_cast<unsigned char>(header_[i]); };
    payload_left_ = std::size_t{byte(0)} << 16 | std::size_t{byte(1)} << 8 | byte(2);
    auto const type = byte(3);
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
