// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/admission_core.hpp"
#include "support/fixtures/draw.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <ratio>
#include <utility>
#include <vector>

// Random sequences of events, watched by an observer that keeps everything in plain lists and knows what each
// rule allows: it judges every answer, every grant and its place in the order, and that no call is left
// waiting who could go.

namespace {

using namespace async_llm::policy;
using async_llm::test::draw;
using namespace std::chrono_literals;
using async_llm::concurrency_policy;
using async_llm::rate_limit_info;
using async_llm::rate_limit_policy;
using async_llm::when_limited;
using answer = admission_answer;

// What is so close to enough may be taken for enough or not.
constexpr double margin = 1e-4;

double minutes(duration d) { return std::chrono::duration<double, std::ratio<60>>(d).count(); }

// What should be in a bucket.
struct account {
    account(std::int64_t per_minute, std::chrono::milliseconds burst, time_point now)
        : rate(static_cast<double>(per_minute)), saved(minutes(burst)), level(capacity()), at(now) {}

    double capacity() const { return std::max(rate * saved, 1.0); }
    double lacking(std::int64_t amount) const {
        // A full one lets all go, however exactly it was added up.
        if (level >= capacity()) return -1;
        return std::min(static_cast<double>(amount), capacity()) - level;
    }

    void pass(time_point now) {
        if (now < at) return;
        level = std::min(level + rate * minutes(now - at), capacity());
        at = now;
    }
    void lower(
        std::optional<std::int64_t> limit,
        std::optional<std::int64_t> left,
        std::optional<std::chrono::milliseconds> reset,
        time_point now
    ) {
        if (limit) rate = std::min(rate, static_cast<double>(*limit));
        level = std::clamp(level, -rate, capacity());
        if (!left) return;
        if (*left == 0 && reset) {
            pass(std::max(at, now + *reset));
            level = std::min(level, 1.0);
        } else {
            level = std::min(level, static_cast<double>(*left));
        }
    }

    double rate;
    double saved;
    double level;
    // In the future: closed until then.
    time_point at;
};

struct waiter {
    waiter(admission_request const& c, std::uint64_t at) : call(c), arrival(at) {}

    bool goes_before(waiter const& other) const {
        return std::pair(-std::int64_t(call.priority), arrival) <
            std::pair(-std::int64_t(other.call.priority), other.arrival);
    }

    admission_request call;
    std::uint64_t arrival;
};

struct running {
    running(admission_request const& c, time_point b) : call(c), began(b) {}

    admission_request call;
    time_point began;
};

struct group_account {
    group_account() = default;

    std::size_t in_flight = 0;
    time_point fallen = time_point::min();
};

struct lane_account {
    lane_account() = default;

    std::optional<account> requests;
    std::optional<account> tokens;
    double most_each_minute = 0;   // requests, the burst included
    std::deque<time_point> grants; // of the last minute
};

struct setting {
    setting() = default;

    rate_limit_policy rates;
    concurrency_policy concurrency;
    std::size_t pool_limit = 1;
    std::size_t max_waiting = 0;
};

class observer {
public:
    observer(setting const& s, std::uint32_t seed)
        : random_(seed), setting_(s), core_(s.rates, s.concurrency, s.pool_limit, s.max_waiting) {
        groups_.resize(1 + below(3));
        for (std::size_t i = 0; i < groups_.size(); ++i) BOOST_TEST_REQUIRE(core_.add_group(now_) == i);
        auto const lanes = 1 + below(3);
        while (lanes_.size() < lanes) add_lane();
    }

    void step() {
        switch (below(12)) {
        case 0:
        case 1:
        case 2:
        case 3: acquire(); break;
        case 4:
        case 5:
        case 6: finish(); break;
        case 7: cancel(); break;
        case 8:
        case 9: pass(std::chrono::nanoseconds(below(3'000'000'000))); break;
        case 10: pass_until_next(); break;
        case 11: observe(); break;
        }
    }

    // With time and the ends of calls, every call gets to go.
    void end() {
        while (!waiting_.empty() || !running_.empty()) {
            if (!running_.empty())
                finish();
            else
                BOOST_TEST_REQUIRE(pass_until_next());
        }
        BOOST_TEST_REQUIRE(core_.waiting() == 0u);
        BOOST_TEST_REQUIRE((core_.next_at(now_) == time_point::max()));
        BOOST_TEST_REQUIRE(granted_ + cancelled_ == accepted_);
    }

    std::size_t granted_late() const { return granted_late_; }

private:
    std::size_t below(std::size_t end) { return one_of_.below(end); }

    void add_lane() {
        using rate = std::optional<std::int64_t>;
        auto const requests = one_of_(rate(), rate(1), rate(6), rate(60), rate(1'000));
        auto const tokens = one_of_(rate(), rate(60), rate(6'000));
        BOOST_TEST_REQUIRE(core_.add_lane(requests, tokens, now_) == lanes_.size());
        auto& lane = lanes_.emplace_back();
        auto const burst = setting_.rates.burst;
        if (requests) lane.requests.emplace(*requests, burst, now_);
        if (tokens) lane.tokens.emplace(*tokens, burst, now_);
        if (requests) lane.most_each_minute = lane.requests->rate + lane.requests->capacity();
    }

    // Events

    void acquire() {
        admission_request call;
        call.id = ++last_id_;
        call.group = below(groups_.size());
        call.lane = below(lanes_.size());
        call.priority = one_of_(0, 0, 0, 1, -1);
        call.tokens = one_of_(std::int64_t(0), std::int64_t(1), std::int64_t(50), std::int64_t(2'000));
        judge_answer(call, core_.acquire(call, now_));
        advance();
    }

    void judge_answer(admission_request const& call, answer said) {
        auto const first = first_of(call.lane);
        bool const ahead = first && first->call.priority >= call.priority;
        auto const lack = ahead ? std::max(lacking(call), lacking(first->call)) : lacking(call);
        bool const full = setting_.max_waiting != 0 && waiting_.size() >= setting_.max_waiting;
        bool const refuse = setting_.rates.on_limited == when_limited::refuse;
        if (said == answer::granted) {
            BOOST_TEST_REQUIRE(!ahead);
            ++accepted_;
            let_go(call);
            return;
        }
        BOOST_TEST_REQUIRE((ahead || !has_room(call.group) || lack > -margin));
        switch (said) {
        case answer::refused_rate: BOOST_TEST_REQUIRE((refuse && lack > -margin)); break;
        case answer::refused_full: BOOST_TEST_REQUIRE(full); break;
        default:
            BOOST_TEST_REQUIRE(!full);
            if (refuse) BOOST_TEST_REQUIRE(lack < margin);
            ++accepted_;
            waiting_.emplace_back(call, ++arrivals_);
        }
    }

    void cancel() {
        BOOST_TEST_REQUIRE(!core_.cancel(last_id_ + 1));
        if (!running_.empty()) BOOST_TEST_REQUIRE(!core_.cancel(running_[below(running_.size())].call.id));
        if (waiting_.empty()) return;
        auto const it = waiting_.begin() + static_cast<std::ptrdiff_t>(below(waiting_.size()));
        BOOST_TEST_REQUIRE(core_.cancel(it->call.id));
        waiting_.erase(it);
        ++cancelled_;
        advance();
    }

    void finish() {
        if (running_.empty()) return;
        auto const it = running_.begin() + static_cast<std::ptrdiff_t>(below(running_.size()));
        auto const done = *it;
        running_.erase(it);
        auto const how = one_of_(
            load_signal::ok,
            load_signal::ok,
            load_signal::ok,
            load_signal::overload,
            load_signal::neutral
        );
        using use = std::optional<std::int64_t>;
        auto const used = one_of_(use(), use(0), use(done.call.tokens), use(3 * done.call.tokens), use(-1));
        auto const before = core_.limit(done.call.group);
        core_.finish(done.call, how, used, done.began, now_);
        check_limit(done, how, before);
        --groups_[done.call.group].in_flight;
        if (auto& tokens = lanes_[done.call.lane].tokens; tokens && used && *used >= 0) {
            tokens->pass(now_);
            auto const level = tokens->level + static_cast<double>(done.call.tokens - *used);
            tokens->level =
                std::clamp(level, std::min(tokens->level, -tokens->capacity()), tokens->capacity());
        }
        advance();
    }

    void check_limit(running const& done, load_signal how, std::size_t before) {
        auto& group = groups_[done.call.group];
        auto const& from = setting_.concurrency;
        auto const after = core_.limit(done.call.group);
        auto const ceiling = from.ceiling != 0 ? from.ceiling : setting_.pool_limit;
        auto const floor = std::min(from.floor, ceiling);
        BOOST_TEST_REQUIRE((after >= floor && after <= ceiling));
        if (from.adaptive && how == load_signal::overload && done.began > group.fallen) {
            group.fallen = now_;
            auto const base = static_cast<double>(std::min(before, group.in_flight));
            auto const fallen = static_cast<std::size_t>(std::floor(base * from.decrease));
            BOOST_TEST_REQUIRE(after == std::max(fallen, floor));
        } else if (from.adaptive && how == load_signal::ok && 2 * group.in_flight >= before) {
            BOOST_TEST_REQUIRE((after == before || after == before + 1));
        } else {
            BOOST_TEST_REQUIRE(after == before);
        }
    }

    void observe() {
        using number = std::optional<std::int64_t>;
        using time = std::optional<std::chrono::milliseconds>;
        rate_limit_info told;
        told.remaining_requests = one_of_(number(), number(), number(0), number(2));
        told.reset_requests = one_of_(time(), time(700ms), time(20'000ms));
        told.remaining_tokens = one_of_(number(), number(), number(0), number(100));
        told.reset_tokens = one_of_(time(), time(700ms), time(20'000ms));
        told.limit_tokens = one_of_(number(), number(), number(40), number(5'000), number(1'000'000));
        auto const index = below(lanes_.size());
        core_.observe(index, told, now_);
        if (setting_.rates.follow_headers) {
            auto& [requests, tokens, most, grants] = lanes_[index];
            pass_all();
            if (requests)
                requests->lower(told.limit_requests, told.remaining_requests, told.reset_requests, now_);
            if (tokens) tokens->lower(told.limit_tokens, told.remaining_tokens, told.reset_tokens, now_);
        }
        advance();
    }

    void pass(duration time) {
        now_ += time;
        advance();
    }

    // False: only the end of a call can help, if anything.
    bool pass_until_next() {
        auto const next = core_.next_at(now_);
        bool helps = false;
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
            auto const first = first_of(lane);
            helps = helps || (first && has_room(first->call.group));
        }
        BOOST_TEST_REQUIRE(helps == (next != time_point::max()));
        if (!helps) return false;
        // No call that waits until then is refused then, or for no time at all.
        BOOST_TEST_REQUIRE((next > now_ && next < now_ + 10min));
        auto const before = waiting_.size();
        pass(next - now_);
        BOOST_TEST_REQUIRE(waiting_.size() < before);
        return true;
    }

    // Judgement

    void advance() {
        std::vector<admission_id> granted;
        while (auto const id = core_.advance(now_)) granted.push_back(*id);
        for (auto const id : granted) judge_grant(id);
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
            auto const first = first_of(lane);
            BOOST_TEST_REQUIRE(!(first && may_surely_go(first->call)));
        }
        BOOST_TEST_REQUIRE(core_.waiting() == waiting_.size());
        for (std::size_t group = 0; group < groups_.size(); ++group)
            BOOST_TEST_REQUIRE(core_.in_flight(group) == groups_[group].in_flight);
    }

    void judge_grant(admission_id id) {
        auto const it =
            std::find_if(waiting_.begin(), waiting_.end(), [id](auto const& w) { return w.call.id == id; });
        BOOST_TEST_REQUIRE((it != waiting_.end()));
        auto const granted = *it;
        BOOST_TEST_REQUIRE(first_of(granted.call.lane)->call.id == id);
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
            auto const other = first_of(lane);
            BOOST_TEST_REQUIRE(!(other && other->goes_before(granted) && may_surely_go(other->call)));
        }
        waiting_.erase(it);
        ++granted_late_;
        let_go(granted.call);
    }

    void let_go(admission_request const& call) {
        BOOST_TEST_REQUIRE(has_room(call.group));
        BOOST_TEST_REQUIRE(lacking(call) < margin);
        auto& lane = lanes_[call.lane];
        if (lane.requests) lane.requests->level -= 1;
        if (lane.tokens) {
            auto const level = lane.tokens->level - static_cast<double>(call.tokens);
            lane.tokens->level = std::max(level, -lane.tokens->rate);
        }
        ++groups_[call.group].in_flight;
        ++granted_;
        running_.emplace_back(call, now_);
        lane.grants.push_back(now_);
        while (lane.grants.front() <= now_ - 1min) lane.grants.pop_front();
        if (!lane.requests) return;
        BOOST_TEST_REQUIRE(static_cast<double>(lane.grants.size()) <= lane.most_each_minute + margin);
    }

    bool has_room(std::size_t group) const {
        auto const limit = core_.limit(group);
        bool const limited = setting_.concurrency.ceiling != 0 ||
            (setting_.concurrency.adaptive && limit < setting_.pool_limit);
        return !limited || groups_[group].in_flight < limit;
    }

    void pass_all() {
        for (auto& lane : lanes_) {
            if (lane.requests) lane.requests->pass(now_);
            if (lane.tokens) lane.tokens->pass(now_);
        }
    }

    // By how much the rate does not let it go; less than zero: it does.
    double lacking(admission_request const& call) {
        pass_all();
        auto const& lane = lanes_[call.lane];
        double most = -1;
        if (lane.requests) most = std::max(most, now_ < lane.requests->at ? 1.0 : lane.requests->lacking(1));
        if (lane.tokens)
            most = std::max(most, now_ < lane.tokens->at ? 1.0 : lane.tokens->lacking(call.tokens));
        return most;
    }

    bool may_surely_go(admission_request const& call) {
        return has_room(call.group) && lacking(call) < -margin;
    }

    std::optional<waiter> first_of(std::size_t lane) const {
        std::optional<waiter> first;
        for (auto const& w : waiting_) {
            if (w.call.lane == lane && (!first || w.goes_before(*first))) first.emplace(w);
        }
        return first;
    }

    std::mt19937 random_;
    draw one_of_{random_};
    setting setting_;
    time_point now_{1h};
    async_llm::policy::admission_core core_;
    std::vector<group_account> groups_;
    std::vector<lane_account> lanes_;
    std::vector<waiter> waiting_; // in no order
    std::vector<running> running_;

    admission_id last_id_ = 0;
    std::uint64_t arrivals_ = 0;
    std::size_t accepted_ = 0;
    std::size_t granted_ = 0;
    std::size_t granted_late_ = 0;
    std::size_t cancelled_ = 0;
};

setting random_setting(std::mt19937& random) {
    draw const one_of{random};
    setting s;
    s.rates.on_limited = one_of(when_limited::wait, when_limited::wait, when_limited::refuse);
    s.rates.burst = one_of(0ms, 1'000ms, 10'000ms, 60'000ms);
    s.rates.follow_headers = one_of(true, false);
    s.concurrency.adaptive = one_of(true, true, false);
    s.concurrency.floor = one_of(1u, 2u, 6u);
    s.concurrency.ceiling = one_of(0u, 0u, 1u, 3u, 10u);
    s.concurrency.decrease = one_of(0.5, 0.7);
    s.pool_limit = one_of(1u, 4u, 16u);
    s.max_waiting = one_of(0u, 0u, 1u, 10u);
    return s;
}

} // namespace

BOOST_AUTO_TEST_SUITE(admission_core_model)

BOOST_AUTO_TEST_CASE(random_sequences_keep_every_rule) {
    std::size_t granted_late = 0;
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            std::mt19937 random(seed);
            observer o(random_setting(random), seed);
            auto const steps = 50 + random() % 350;
            for (std::size_t i = 0; i < steps; ++i) o.step();
            o.end();
            granted_late += o.granted_late();
        }
    }
    // Otherwise the sequences would judge next to nothing.
    BOOST_TEST(granted_late > 3'000u);
}

BOOST_AUTO_TEST_SUITE_END()
