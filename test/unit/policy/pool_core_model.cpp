// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/pool_core.hpp"
#include "support/fixtures/draw.hpp"
#include "support/fixtures/pool_judge.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

// Random sequences of events, watched by an observer that keeps everything in plain lists, knows what each
// rule allows, and judges every single action and the state after each event. Its connections "become
// available" before the actions of an event are looked at, so that a hand-off is a grant of an idle
// connection like any other. Which connection takes the next call is found by looking at each of them.

namespace {

using namespace async_llm::policy;
using namespace async_llm::test::pools;
using async_llm::test::draw;
using namespace std::chrono_literals;

class observer : pool_judge {
public:
    // `shared`: some connections take several calls. `stalls`: the first connect takes its time.
    observer(pool_limits l, std::uint32_t seed, bool shared, bool stalls)
        : pool_judge(l, seed), shared_(shared), stalls_(stalls) {}
    observer(observer const&) = delete;
    observer& operator=(observer const&) = delete;

    void step() {
        static constexpr auto events = std::to_array<void (observer::*)()>({
            &observer::acquire,      &observer::acquire,        &observer::acquire,
            &observer::cancel,       &observer::connected,      &observer::connected,
            &observer::connected,    &observer::connect_failed, &observer::connect_short,
            &observer::release_bad,  &observer::release_good,   &observer::release_good,
            &observer::probe_failed, &observer::forget,         &observer::tick,
            &observer::advance,      &observer::late_connected, &observer::late_failed,
            &observer::expire,       &observer::reserve,        &observer::cancel_reserve,
            &observer::set_capacity,
        });
        if (stalls_ && is_first_connect() && below(2) == 0) return tick();
        // Bursts and their ends, as one shared connection takes many calls.
        bool const is_burst = steps_++ / 60 % 2 == 0;
        if (shared_ && below(3) != 0)
            return is_burst ? (below(4) == 0 ? connected() : acquire()) : release_good();
        (this->*events[below(events.size())])();
    }

    void close() {
        begin();
        closing_ = true;
        reserved_ = 0;
        core_.close(actions_);
        closed_ = true;
        check_invariants();
        closing_ = false;
        BOOST_TEST_REQUIRE(waiters_.empty());
        BOOST_TEST_REQUIRE(connecting_.empty());
        BOOST_TEST_REQUIRE(idle_.empty());
    }

    void finish() {
        if (!closed_) close();
        while (!aborted_.empty()) late_connected();
        while (!in_use_.empty()) {
            BOOST_TEST_REQUIRE(!core_.drained());
            release(below(2) == 0);
        }
        BOOST_TEST_REQUIRE(core_.drained());
        // Each connection that was begun has ended, and each waiter that was taken on.
        BOOST_TEST_REQUIRE(connections_ended_.size() == connections_begun_.size());
        BOOST_TEST_REQUIRE(waiters_ended_.size() == waiters_accepted_);
    }

    totals const& counts() const { return counts_; }

private:
    std::size_t below(std::size_t end) { return draw{random_}.below(end); }

    template <class List>
    auto any_of(List& list) {
        return list.begin() + static_cast<std::ptrdiff_t>(below(list.size()));
    }

    // Events

    void acquire() {
        begin();
        waiter const w(++last_waiter_, below(4) == 0, ++arrivals_);
        std::erase_if(idle_, [this](auto const& c) {
            return expired(c) && (must_close_.insert(c.id), true);
        });
        bool const served_at_once = !closed_ && choose(w.fresh_only) != 0;
        bool const full = limits_.max_waiters != 0 && waiters_.size() >= limits_.max_waiters;
        if (below(2) == 0) {
            if (take_at_once(w, served_at_once)) return;
            // What has expired is closed by now.
            must_close_.clear();
        }
        auto const result = core_.acquire(w.id, w.fresh_only, now_, actions_);
        serves_ = result == acquire_result::pending;
        if (closed_) {
            BOOST_TEST_REQUIRE((result == acquire_result::refused_closed));
        } else if (full && !served_at_once) {
            BOOST_TEST_REQUIRE((result == acquire_result::refused_full));
        } else {
            BOOST_TEST_REQUIRE((result == acquire_result::pending));
            ++waiters_accepted_;
            waiters_.push_back(w);
        }
        check_invariants();
    }

    // The same without becoming a waiter. False: there is none for it.
    bool take_at_once(waiter const& w, bool possible) {
        auto const taken = core_.try_acquire(w.fresh_only, now_, actions_);
        BOOST_TEST_REQUIRE(taken.has_value() == (possible && !closed_));
        if (taken) {
            actions_.emplace_back(pool_action_kind::grant, *taken, w.id, get(*taken).used);
            ++waiters_accepted_;
            waiters_.push_back(w);
        }
        serves_ = false;
        check_invariants();
        serves_ = true;
        if (!taken) actions_.clear();
        return taken.has_value();
    }

    void cancel() {
        begin();
        if (waiters_.empty() || below(8) == 0) {
            BOOST_TEST_REQUIRE(!core_.cancel(last_waiter_ + 1, actions_));
            if (!in_use_.empty())
                BOOST_TEST_REQUIRE(!core_.cancel(any_of(any_of(in_use_)->owners)->id, actions_));
            BOOST_TEST_REQUIRE(actions_.empty());
            return;
        }
        auto const w = take(waiters_, any_of(waiters_));
        waiter_ended(w.id);
        if (is_first_connect()) {
            if (!is_needed()) must_abort_all();
        } else {
            cancel_may_abort_ =
                !connecting_.empty() && slots_of(connecting_.size() - 1) >= waiters_.size() + reserved_;
        }
        serves_ = false;
        BOOST_TEST_REQUIRE(core_.cancel(w.id, actions_));
        BOOST_TEST_REQUIRE(actions_.size() == must_abort_.size() + (cancel_may_abort_ ? 1u : 0u));
        check_invariants();
    }

    void reserve() {
        begin();
        auto const wanted = below(shared_ ? 20 : 6);
        if (!closed_ && wanted > free_slots()) reserved_ = std::max(reserved_, wanted - free_slots());
        serves_ = !closed_;
        core_.reserve(wanted, now_, actions_);
        check_invariants();
    }

    void cancel_reserve() {
        begin();
        // Of those that no waiter needs, as many as would have brought what was reserved.
        std::size_t aborted = 0;
        if (is_first_connect()) {
            if (waiters_.empty()) must_abort_all();
            aborted = must_abort_.size();
        }
        while (!is_first_connect() && aborted != connecting_.size() &&
               slots_of(connecting_.size() - aborted - 1) >= waiters_.size() && slots_of(aborted) < reserved_)
            ++aborted;
        cancel_may_abort_ = !is_first_connect();
        serves_ = false;
        reserved_ = 0;
        core_.cancel_reserve(actions_);
        BOOST_TEST_REQUIRE(actions_.size() == aborted);
        check_invariants();
    }

    void connected() {
        if (connecting_.empty() || (stalls_ && expected_ == 0 && below(20) != 0)) return;
        begin();
        auto const id = take(connecting_, any_of(connecting_));
        if (is_first_connect()) {
            must_abort_all();
            if (!must_abort_.empty()) ++counts_.decisions;
        }
        if (!idle_.empty() && usable_idle() == 0 && in_use_.empty()) {
            successes_ = 0;
            has_failed_ = false;
        }
        ++successes_;
        auto const capacity = any_capacity();
        expected_ = std::max<std::size_t>(capacity, 1);
        core_.connected(id, capacity, now_, actions_);
        auto const jitter = std::chrono::duration_cast<duration>(limits_.max_age * (draw_ / 10));
        auto const age_limit = limits_.max_age > 0s ? now_ + limits_.max_age - jitter : time_point::max();
        connection made(id, expected_, age_limit);
        made.reserved = waiters_.empty() && reserved_ != 0;
        slots_made(expected_);
        become_idle(made);
        check_invariants();
    }

    void set_capacity() {
        begin();
        auto const capacity = below(8) == 0 ? 0 : any_capacity();
        auto& of = below(3) == 0 ? idle_ : in_use_;
        if (of.empty() || below(10) == 0) {
            // One in the making is not known yet.
            core_.set_capacity(connecting_.empty() ? 0 : connecting_.front(), capacity, now_, actions_);
            BOOST_TEST_REQUIRE(actions_.empty());
            return;
        }
        auto& c = *any_of(of);
        auto const id = c.id;
        bool const is_over = c.users() == 0 && expired(c);
        if (capacity != 0) {
            expected_ = capacity;
            auto const before = c.free_slots();
            if (!is_over) c.capacity = capacity;
            auto const after = c.free_slots();
            if (after > before) slots_made(after - before);
            if (after < before && reserved_ != 0) reserved_ += before - after;
            if (!c.has_room()) c.surplus = false;
        } else if (c.users() != 0) {
            c.retired = true;
        } else if (!is_over) {
            must_close_.insert(id);
            take(idle_, find(idle_, id));
        }
        core_.set_capacity(id, capacity, now_, actions_);
        check_invariants();
    }

    void connect_failed() {
        if (connecting_.empty()) return;
        begin();
        take_failed();
        auto const waiting_before = waiters_.size();
        auto const expected = expected_ != 0 ? expected_ : 100;
        auto const failing = is_backup_ ? 0 : std::min(waiting_before, expected);
        note_connect_failed();
        failures_ = 0;
        if (!is_backup_) {
            reserved_ = 0;
            if (is_first_connect()) must_abort_all();
        }
        core_.connect_failed(failed_, connect_problem::peer, now_, actions_);
        check_invariants();
        BOOST_TEST_REQUIRE(failures_ == failing);
    }

    // No waiter fails while any connection lives, and nothing is begun until one closes or the pause is over.
    void connect_short() {
        if (connecting_.empty()) return;
        begin();
        take_failed();
        auto const waiting_before = waiters_.size();
        bool const none_lives = usable_idle() == 0 && in_use_.empty() && connecting_.empty();
        short_ = true;
        note_connect_failed();
        if (!is_backup_) reserved_ = 0;
        pause_end_ = now_ + async_llm::policy::pool_core::shortage_pause;
        closed_since_ = 0;
        core_.connect_failed(failed_, connect_problem::shortage, now_, actions_);
        check_invariants();
        BOOST_TEST_REQUIRE(waiters_.size() == waiting_before - (none_lives && waiting_before != 0 ? 1 : 0));
        ++counts_.shortages;
    }

    void take_failed() {
        failed_ = take(connecting_, any_of(connecting_));
        connection_ended(failed_);
        is_backup_ = expected_ == 0 &&
            std::any_of(connecting_.begin(), connecting_.end(), [&](auto id) { return id < failed_; });
        if (is_backup_) ++counts_.backup_failures;
    }

    void must_abort_all() { must_abort_.insert(connecting_.begin(), connecting_.end()); }

    void late_connected() {
        if (aborted_.empty()) return;
        begin();
        auto const id = take(aborted_, any_of(aborted_));
        must_close_.insert(id);
        core_.connected(id, 2, now_, actions_);
        BOOST_TEST_REQUIRE(actions_.size() == 1u);
        serves_ = false;
        late_ = true;
        check_invariants();
    }

    void late_failed() {
        if (aborted_.empty()) return;
        begin();
        auto const id = take(aborted_, any_of(aborted_));
        connection_ended(id);
        core_.connect_failed(
            id,
            below(2) == 0 ? connect_problem::peer : connect_problem::shortage,
            now_,
            actions_
        );
        BOOST_TEST_REQUIRE(actions_.empty());
    }

    void release_good() { release(true); }
    void release_bad() { release(false); }

    void release(bool reusable) {
        if (in_use_.empty()) return;
        begin();
        auto const c = any_of(in_use_);
        auto const id = c->id;
        waiter_ended(take(c->owners, any_of(c->owners)).id);
        leave(id, !reusable || c->age_limit <= now_);
        core_.release(id, reusable, now_, actions_);
        check_invariants();
    }

    void probe_failed() {
        if (in_use_.empty()) return;
        begin();
        auto const c = any_of(in_use_);
        auto const id = c->id;
        auto w = take(c->owners, any_of(c->owners));
        w.fresh_only = below(2) == 0;
        w.arrival = c->arrival;
        leave(id, true);
        auto const behind = std::find_if(waiters_.begin(), waiters_.end(), [&](auto const& other) {
            return std::pair(other.arrival, other.id) > std::pair(w.arrival, w.id);
        });
        waiters_.insert(behind, w);
        closing_ = closed_;
        core_.probe_failed(w.id, id, w.fresh_only, now_, actions_);
        check_invariants();
        closing_ = false;
    }

    // It was destroyed with its holder. What can be done for others is done with the next event.
    void forget() {
        if (in_use_.empty()) return;
        begin();
        auto const c = any_of(in_use_);
        auto const id = c->id;
        waiter_ended(take(c->owners, any_of(c->owners)).id);
        c->retired = true;
        if (c->users() == 0) {
            in_use_.erase(c);
            connection_ended(id);
            ++closed_since_;
            note_none_left();
        } else {
            demote();
        }
        core_.forget(id);
        if (find(in_use_, id) == in_use_.end()) core_.forget(id);
        advance_further();
    }

    void advance() {
        begin();
        advance_further();
    }

    void advance_further() {
        core_.advance(now_, actions_);
        check_invariants();
    }

    void tick() { now_ += std::chrono::milliseconds(below(3000)); }

    void expire() {
        begin();
        core_.expire(now_, actions_);
        serves_ = false;
        check_invariants();
        BOOST_TEST_REQUIRE(std::none_of(idle_.begin(), idle_.end(), [&](auto const& c) { return expired(c); })
        );
    }

    std::size_t any_capacity() { return shared_ ? draw{random_}(1u, 2u, 3u, 4u, 5u, 8u, 100u) : 1; }

    bool shared_;
    bool stalls_;
    waiter_id last_waiter_ = 0;
    std::uint64_t arrivals_ = 0;
    std::size_t waiters_accepted_ = 0;
    std::size_t steps_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(pool_core_model)

totals run_sequences(bool shared, bool stalls = false) {
    totals sum;
    for (std::uint32_t seed = 1; seed <= 400; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            std::mt19937 random(seed);
            auto limits = random_limits(random);
            if (shared) limits.first_capacity = draw{random}(0u, 1u, 4u, 100u);
            if (stalls) {
                limits.first_capacity = 0;
                limits.first_connecting = draw{random}(2u, 3u, 20u);
            }
            observer o(limits, seed, shared, stalls);
            auto const steps = 50 + random() % 350;
            for (std::size_t i = 0; i < steps; ++i) o.step();
            // Half of them go on after the end.
            if (seed % 2 == 0) {
                o.close();
                for (int i = 0; i < 50; ++i) o.step();
            }
            o.finish();
            sum += o.counts();
        }
    }
    return sum;
}

// Otherwise the sequences would judge next to nothing.

BOOST_AUTO_TEST_CASE(random_sequences_keep_every_rule) {
    auto const sum = run_sequences(false);
    BOOST_TEST(sum.grants > 5'000u);
    BOOST_TEST(sum.shortages > 1'000u);
    BOOST_TEST(sum.shared_grants == 0u);
}

BOOST_AUTO_TEST_CASE(random_sequences_keep_every_rule_when_connections_are_shared) {
    auto const sum = run_sequences(true);
    BOOST_TEST(sum.grants > 5'000u);
    BOOST_TEST(sum.shortages > 200u);
    BOOST_TEST(sum.shared_grants > 1'000u);
    BOOST_TEST(sum.demotions > 150u);
    BOOST_TEST(sum.promotions > 20u);
}

BOOST_AUTO_TEST_CASE(random_sequences_keep_every_rule_while_the_first_connect_stalls) {
    auto const sum = run_sequences(true, true);
    BOOST_TEST(sum.backups > 400u);
    BOOST_TEST(sum.backup_failures > 100u);
    BOOST_TEST(sum.decisions > 50u);
}

BOOST_AUTO_TEST_SUITE_END()
