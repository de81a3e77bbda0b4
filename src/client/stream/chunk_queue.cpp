// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/stream/chunk_queue.hpp"

#include <utility>

namespace async_llm::detail {
namespace {

/// Returns whether a chunk is part of an answer, and not only its announcement.
bool says_something(chat_chunk const& chunk) noexcept { return chunk.has_content() || chunk.usage; }

} // namespace

void chunk_queue::begin(
    int status,
    std::string content_type,
    codec::chunk_limits const& limits,
    std::string content_encoding
) {
    reader_.emplace(status, std::move(content_type), limits, std::move(content_encoding));
}

void chunk_queue::forget_attempt() {
    failed_event_.reset();
    held_back_.clear();
    held_back_size_ = 0;
    has_end_ = false;
}

void chunk_queue::put_end(bool complete) {
    has_end_ = true;
    reader_->put_end(complete);
}

chunk_queue::outcome chunk_queue::next(chat_chunk& chunk) {
    if (closed_) return *closed_;
    while (holding_back_) {
        chat_chunk read_chunk;
        auto const progress = read(read_chunk);
        if (progress != outcome::chunk && progress != outcome::end) return progress;
        if (progress == outcome::chunk) {
            held_back_size_ += reader_->event_size();
            held_back_.push_back(std::move(read_chunk));
        }
        bool const enough = progress == outcome::end || says_something(held_back_.back());
        bool const full = held_back_.size() == max_held_back || held_back_size_ > max_held_back_size;
        if (enough || full) holding_back_ = false;
    }
    if (!held_back_.empty()) {
        chunk = std::move(held_back_.front());
        held_back_.pop_front();
        return outcome::chunk;
    }
    return read(chunk);
}

chunk_queue::outcome chunk_queue::read(chat_chunk& chunk) {
    auto const progress = reader_->next(chunk);
    if (progress == outcome::failed && !failed_event_)
        failed_event_ = std::make_unique<chat_chunk>(std::move(chunk));
    return progress;
}

void chunk_queue::give_up() {
    // They need not be seen: there is nothing of an answer in them.
    for (auto const& each : held_back_) {
        if (gathering_) builder_.add(each);
    }
    held_back_.clear();
}

void chunk_queue::close(outcome progress) {
    closed_ = progress;
    reader_.reset();
}

void chunk_queue::gather(chat_chunk const& chunk) {
    if (!gathering_) return;
    gathering_error_ = builder_.add(chunk);
    gathering_ = !gathering_error_;
}

} // namespace async_llm::detail
