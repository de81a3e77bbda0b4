// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "soak/tally.hpp"

#include <iostream>

namespace async_llm::soak {

void tally::begin() {
    std::lock_guard const lock(mutex_);
    ++begun_;
    ++running_;
}

void tally::end(ending how, std::string const& story) {
    std::lock_guard const lock(mutex_);
    auto& count = ended_[static_cast<std::size_t>(how)];
    ++count;
    // The first of them are enough to begin with.
    if (how == ending::wrong && count <= 10) std::cerr << "wrong: " << story << std::endl;
    if (--running_ == 0) none_running_.notify_all();
}

bool tally::wait() {
    std::unique_lock lock(mutex_);
    return none_running_.wait_for(lock, std::chrono::seconds(120), [this] { return running_ == 0; });
}

std::size_t tally::begun() const {
    std::lock_guard const lock(mutex_);
    return begun_;
}

std::size_t tally::count(ending how) const {
    std::lock_guard const lock(mutex_);
    return ended_[static_cast<std::size_t>(how)];
}

} // namespace async_llm::soak
