// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/marked_completions.hpp"

#include "support/fixtures/calls.hpp"
#include <async_llm/completion_error.hpp>

#include <algorithm>
#include <iomanip>
#include <sstream>
#include <string_view>

namespace async_llm::test {
namespace {

constexpr std::string_view prefix = "mark-";

using steady = std::chrono::steady_clock;

} // namespace

std::string mark_of(std::size_t number) { return std::string(prefix) + std::to_string(number); }

void served_marks::add(std::string const& mark) {
    BOOST_REQUIRE_MESSAGE(mark.starts_with(prefix), "a request without a mark: " << mark);
    ++times_.at(std::stoul(mark.substr(prefix.size())));
    ++total_;
}

std::size_t served_marks::repeated() const {
    auto const count = std::count_if(times_.begin(), times_.end(), [](auto times) { return times > 1; });
    return static_cast<std::size_t>(count);
}

marked_completions::marked_completions(client const& from, std::size_t total, std::size_t in_flight)
    : client_(from), calls_(total), started_(steady::now()) {
    for (std::size_t i = 0; i < in_flight; ++i) begin();
}

void marked_completions::begin() {
    if (begun_ == calls_.size()) return;
    auto const number = begun_++;
    request_options options;
    options.idempotency_key = mark_of(number);
    client_.async_complete(
        saying(mark_of(number)),
        std::move(options),
        [this, number](error_code ec, chat_response const& response) { take(number, ec, response); }
    );
}

void marked_completions::take(std::size_t number, error_code ec, chat_response const& response) {
    auto& call = calls_[number];
    if (++call.answers > 1) return;
    call.good = !ec && response.text() == mark_of(number);
    call.replayed = response.info.replayed;
    call.attempts = response.info.attempts;
    attempts_ += static_cast<std::size_t>(call.attempts);
    if (!call.good && first_failure_.empty()) {
        auto const outcome = ec ? explain(ec, response) : "answered by " + std::string(response.text());
        first_failure_ = mark_of(number) + ": " + outcome;
    }
    ++ended_;
    took_ = steady::now() - started_;
    begin();
}

void marked_completions::run_until_ended(client_fixture& w, std::size_t count) const {
    // The world's patience is for a piece of work, not for all of it.
    constexpr std::size_t piece = 500;
    while (ended_ < count) {
        auto const next = std::min(ended_ + piece, count);
        w.run_until([this, next] { return ended_ >= next; });
    }
}

void marked_completions::check() const {
    BOOST_TEST(ended_ == calls_.size());
    auto const count = [this](auto const& is_so) {
        return std::count_if(calls_.begin(), calls_.end(), is_so);
    };
    BOOST_TEST(count([](auto const& call) { return !call.good; }) == 0, first_failure_);
    BOOST_TEST(count([](auto const& call) { return call.answers != 1; }) == 0);
    auto const stats = client_.stats();
    BOOST_TEST(stats.calls_in_flight == 0u);
    BOOST_TEST(stats.calls_completed == calls_.size());
    BOOST_TEST(stats.calls_failed == 0u);
    BOOST_TEST(attempts_ == calls_.size() + stats.retries);
}

void marked_completions::check_served(served_marks const& served) const {
    std::size_t never = 0;
    std::size_t unexplained = 0;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
        // Each attempt may have been replayed.
        auto const most = static_cast<std::size_t>(calls_[i].attempts) * (calls_[i].replayed ? 2 : 1);
        if (served[i] == 0) ++never;
        if (served[i] > most) ++unexplained;
    }
    BOOST_TEST(never == 0u);
    BOOST_TEST(unexplained == 0u);
    BOOST_TEST(served.total() <= attempts_ + client_.stats().replays);
}

std::string marked_completions::figures() const {
    std::ostringstream out;
    out << calls_.size() << " completions in " << std::fixed << std::setprecision(1)
        << std::chrono::duration<double>(took_).count() << " s, " << attempts_ << " attempts, "
        << connection_figures(client_.stats());
    return out.str();
}

std::string connection_figures(client_stats const& stats) {
    std::ostringstream out;
    out << stats.retries << " retries, " << stats.replays << " replays, " << stats.connections_opened
        << " connections and " << stats.connections_failed << " that could not be made, "
        << stats.tls_full_handshakes << " full handshakes, " << stats.tls_resumed_handshakes << " resumed";
    return out.str();
}

retry_policy persistent() {
    retry_policy result;
    result.max_attempts = 20;
    result.budget_minimum = 10'000;
    return result;
}

} // namespace async_llm::test
