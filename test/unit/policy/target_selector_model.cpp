// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/target_selector.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

// Random calls, several under way at a time, watched by an observer that judges each choice. It knows the
// rules in other words than the board does: it goes by the times at which calls began and states changed, and
// time never stands still.

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;
using async_llm::target_order;
using board = async_llm::policy::target_selector;
using kind = async_llm::policy::failure_domain;

constexpr std::size_t limit = 3;
constexpr duration cooldown = 5s;
constexpr duration max_cooldown = 15s;

struct key {
    time_point rests_until{};
    std::optional<time_point> refused_at;
};

struct target {
    explicit target(std::size_t count) : keys(count) {}

    std::vector<key> keys;
    time_point rests_until{};
    /// Since when it is as it is: open or closed.
    time_point changed_at{};
    bool open = false;
    time_point open_until{};
    duration open_for = cooldown;
    std::size_t row = 0;
    std::optional<int> probe;

    bool may_use(key const& k, time_point now) const {
        if (keys.size() == 1) return true;
        bool const others = std::any_of(keys.begin(), keys.end(), [](key const& o) { return !o.refused_at; });
        return k.rests_until <= now && !(k.refused_at && others);
    }

    /// Left alone for its failures, and not only at rest.
    bool failing(time_point now) const { return open && (now < open_until || probe); }

    bool available(time_point now) const {
        if (now < rests_until || failing(now)) return false;
        return std::any_of(keys.begin(), keys.end(), [&](key const& k) { return may_use(k, now); });
    }
};

struct call {
    call(target_choice c, time_point at) : choice(c), began(at) {}

    target_choice choice;
    time_point began;
};

class observer {
public:
    explicit observer(std::uint32_t seed)
        : random_(seed),
          order_(below(2) == 0 ? target_order::in_order : target_order::by_weight),
          board_(make_traits(), order_, config(), [this] { return below(1000) / 1000.0; }) {}
    observer(observer const&) = delete;
    observer& operator=(observer const&) = delete;

    void step() {
        now_ += std::chrono::milliseconds(1 + below(below(10) == 0 ? 8000 : 300));
        if (below(2) == 0)
            pick();
        else if (!calls_.empty())
            settle_one();
    }

    /// Ends all calls, after which a target is available sooner or later.
    void finish() {
        while (!calls_.empty()) {
            now_ += 1ms;
            settle_one();
        }
        auto const at = board_.available_at();
        BOOST_TEST_REQUIRE((at <= now_ + 25h));
        now_ = std::max(now_, at) + 1ms;
        BOOST_TEST_REQUIRE(pick());
    }

    int picks() const { return picks_; }
    int refusals() const { return refusals_; }
    int probes() const { return probes_; }

private:
    int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }

    static async_llm::circuit_breaker_policy config() {
        async_llm::circuit_breaker_policy result;
        result.failures = limit;
        result.cooldown = std::chrono::floor<std::chrono::milliseconds>(cooldown);
        result.max_cooldown = std::chrono::floor<std::chrono::milliseconds>(max_cooldown);
        return result;
    }

    std::vector<target_traits> make_traits() {
        std::vector<target_traits> result;
        int const count = 1 + below(4);
        for (int i = 0; i < count; ++i) {
            auto const keys = static_cast<std::size_t>(1 + below(3));
            targets_.emplace_back(keys);
            result.emplace_back(1 + below(5), keys);
        }
        return result;
    }

    bool pick() {
        std::vector<bool> tried;
        for (std::size_t i = 0; i < targets_.size(); ++i) tried.push_back(below(3) == 0);
        auto const others = count_available(tried, false);
        auto const any = others + count_available(tried, true);
        BOOST_TEST_REQUIRE(board_.has_other(tried, now_) == (others > 0));
        BOOST_TEST_REQUIRE((board_.available_at() <= now_) == (any > 0));

        auto const choice = board_.pick(tried, now_);
        // Where all that are well rest, one of them is asked all the same.
        bool const well = std::any_of(targets_.begin(), targets_.end(), [this](target const& t) {
            return !t.failing(now_);
        });
        BOOST_TEST_REQUIRE(choice.has_value() == well);
        if (!choice) {
            ++refusals_;
            return false;
        }
        auto& t = targets_[choice->target];
        BOOST_TEST_REQUIRE(!t.failing(now_));
        if (any > 0) {
            BOOST_TEST_REQUIRE(t.available(now_));
            BOOST_TEST_REQUIRE(tried[choice->target] == (others == 0));
            BOOST_TEST_REQUIRE(t.may_use(t.keys[choice->key], now_));
            if (order_ == target_order::in_order) judge_order(tried, choice->target);
        }
        if (t.open) {
            t.probe = next_call_;
            ++probes_;
        }
        calls_.emplace(next_call_++, call(*choice, now_));
        ++picks_;
        return true;
    }

    int count_available(std::vector<bool> const& tried, bool which) const {
        int count = 0;
        for (std::size_t i = 0; i < targets_.size(); ++i) {
            if (tried[i] == which && targets_[i].available(now_)) ++count;
        }
        return count;
    }

    void judge_order(std::vector<bool> const& tried, std::size_t chosen) const {
        for (std::size_t i = 0; i < chosen; ++i)
            BOOST_TEST_REQUIRE(!(tried[i] == tried[chosen] && targets_[i].available(now_)));
    }

    void settle_one() {
        auto it = calls_.begin();
        std::advance(it, below(static_cast<int>(calls_.size())));
        auto const [id, ended] = *it;
        calls_.erase(it);
        using enum kind;
        static constexpr std::array<kind, 12> ends{
            success,
            success,
            caller,
            request,
            key,
            missing,
            rate,
            overload,
            endpoint,
            endpoint,
            endpoint,
            reply
        };
        auto const how = ends[static_cast<std::size_t>(below(int(ends.size())))];
        std::optional<duration> pause;
        if (below(3) == 0) pause = std::chrono::milliseconds(below(20'000));
        if (below(200) == 0) pause = duration::max();
        board_.record(ended.choice, how, pause, now_);
        account(id, ended, how, std::min(pause.value_or(0s), duration(24h)));
    }

    void account(int id, call const& ended, kind how, duration pause) {
        auto& t = targets_[ended.choice.target];
        auto& k = t.keys[ended.choice.key];
        bool const is_probe = t.probe == id;
        bool const counts = is_probe || (!t.open && ended.began > t.changed_at);
        if (is_probe) t.probe.reset();
        if (how == kind::success) {
            k.refused_at.reset();
            if (counts) close(t, is_probe);
        }
        bool const failed = how == kind::overload || how == kind::endpoint || how == kind::reply;
        if (failed && counts && (is_probe || ++t.row == limit)) open(t, is_probe);
        if (how == kind::key) k.refused_at = now_;
        if (how == kind::rate)
            k.rests_until = std::max(k.rests_until, now_ + (pause > 0s ? pause : cooldown));
        if (targets_.size() == 1) return;
        bool const lone_key = (how == kind::rate || how == kind::key) && t.keys.size() == 1;
        auto const rest = lone_key && pause == 0s ? cooldown : pause;
        if ((lone_key || failed) && rest > 0s) t.rests_until = std::max(t.rests_until, now_ + rest);
    }

    void close(target& t, bool was_open) {
        t.row = 0;
        t.open = false;
        t.open_for = cooldown;
        if (was_open) t.changed_at = now_;
    }

    void open(target& t, bool again) {
        if (again) t.open_for = std::min(2 * t.open_for, max_cooldown);
        t.row = 0;
        t.open = true;
        t.open_until = now_ + t.open_for;
        t.changed_at = now_;
    }

    std::mt19937 random_;
    std::vector<target> targets_;
    target_order order_;
    board board_;
    time_point now_{1h};
    std::map<int, call> calls_;
    int next_call_ = 0;
    int picks_ = 0;
    int refusals_ = 0;
    int probes_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(target_selector_model)

BOOST_AUTO_TEST_CASE(nobody_is_asked_who_is_to_be_left_alone_and_somebody_always_comes_back) {
    int picks = 0;
    int refusals = 0;
    int probes = 0;
    for (std::uint32_t seed = 1; seed <= 150; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            observer watched(seed);
            for (int round = 0; round < 4; ++round) {
                for (int i = 0; i < 150; ++i) watched.step();
                watched.finish();
            }
            picks += watched.picks();
            refusals += watched.refusals();
            probes += watched.probes();
        }
    }
    // The walk has been everywhere.
    BOOST_TEST(picks > 10'000);
    BOOST_TEST(refusals > 1'000);
    BOOST_TEST(probes > 1'000);
}

BOOST_AUTO_TEST_SUITE_END()
