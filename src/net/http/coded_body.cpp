// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http/coded_body.hpp"

#include "codec/http/content_coding.hpp"

namespace async_llm::net {

using codec::content_format;

void coded_body::take(std::string& body, std::size_t begin, bool is_whole) {
    if (state_ == state::plain) return;
    if (begin == 0 && raw_.empty())
        raw_.swap(body);
    else
        raw_.append(body, begin);
    body.resize(begin);
    if (state_ == state::undecided) decide(body, is_whole);
    if (state_ == state::failed) raw_.clear();
    if (state_ != state::coded) return;
    decoder_->put(raw_);
    if (is_whole) decoder_->put_end();
    pending_ = true;
}

void coded_body::decide(std::string& body, bool is_whole) {
    auto const format = codec::content_format_of(label_, raw_, is_whole);
    if (format == content_format::undecided) return;
    if (format == content_format::plain) {
        state_ = state::plain;
        body += raw_;
        std::string().swap(raw_);
        return;
    }
    state_ = state::coded;
    decoder_.emplace(format, max_size_);
}

coded_body::outcome coded_body::step(std::string& body) {
    if (state_ == state::failed) return outcome::failed;
    if (!pending_) return outcome::done;
    auto const progress = decoder_->step(body);
    if (progress == content_decoder::outcome::busy) return outcome::busy;
    pending_ = false;
    raw_.clear();
    if (progress != content_decoder::outcome::failed) return outcome::done;
    state_ = state::failed;
    return outcome::failed;
}

} // namespace async_llm::net
