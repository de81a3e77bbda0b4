// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/exchange_progress.hpp"

#include <algorithm>
#include <utility>

namespace async_llm::net {

using steady = std::chrono::steady_clock;

void exchange_progress::begin(phase_limits& phases, exchange_limits limits) noexcept {
    *this = exchange_progress();
    phases_ = &phases;
    limits_ = limits;
}

failure exchange_progress::stopped() const {
    char const* const sentence = phase_ == phase::writing ? "the request was not sent"
        : phase_ == phase::waiting                        ? "the reply did not begin"
                                                          : "the reply did not end";
    return failure(phases_->stop_reason(), {}, phase_, sentence);
}

void exchange_progress::block() {
    if (std::exchange(blocked_, true)) return;
    sent_ = false;
    phase_ = phase::writing;
    if (limits_.write.count() > 0) phases_->begin_phase(errc::write_timeout, limits_.write);
}

void exchange_progress::end_sending(bool whole, bool has_head) {
    if (std::exchange(blocked_, false) && limits_.write.count() > 0) phases_->end_phase();
    sent_ = whole;
    sent_at_ = steady::now();
    if (phase_ == phase::writing) phase_ = phase::waiting;
    if (!has_head) begin_response_limit();
}

void exchange_progress::begin_response_limit() {
    auto const head = limits_.head;
    auto const first_byte = limits_.first_byte;
    bool const head_first = first_byte.count() == 0 || (head.count() > 0 && head < first_byte);
    awaits_first_byte_ = !head_first && phase_ == phase::waiting;
    if (awaits_first_byte_)
        phases_->begin_phase(errc::first_byte_timeout, first_byte);
    else if (head.count() > 0)
        phases_->begin_phase(limits_.head_error, head);
}

void exchange_progress::note_first_byte() {
    using std::chrono::milliseconds;
    if (phase_ == phase::reading) return;
    phase_ = phase::reading;
    first_byte_at_ = steady::now();
    if (!std::exchange(awaits_first_byte_, false)) return;
    phases_->end_phase();
    auto const spent = std::chrono::floor<milliseconds>(first_byte_at_ - sent_at_);
    if (limits_.head.count() > 0)
        phases_->begin_phase(limits_.head_error, std::max(limits_.head - spent, milliseconds(1)));
}

} // namespace async_llm::net
