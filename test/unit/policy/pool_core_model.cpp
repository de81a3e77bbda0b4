// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/pool_core.hpp"
#include "support/fixtures/draw.hpp"
#include "support/fixtures/reference_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <set>
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
using kind = pool_action_kind;

class observer : reference_pool {
public:
    // `shared`: some connections take several calls.
    observer(pool_limits l, std::uint32_t seed, bool shared)
        : reference_pool(l),
          random_(seed),
          shared_(shared),
          core_(l, [this] { return draw_ = std::uniform_real_distribution<>()(random_); }) {}
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
        cancel_may_abort_ =
            !connecting_.empty() && slots_of(connecting_.size() - 1) >= waiters_.size() + reserved_;
        serves_ = false;
        BOOST_TEST_REQUIRE(core_.cancel(w.id, actions_));
        BOOST_TEST_REQUIRE(actions_.size() == (cancel_may_abort_ ? 1u : 0u));
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
        while (aborted != connecting_.size() &&
               slots_of(connecting_.size() - aborted - 1) >= waiters_.size() && slots_of(aborted) < reserved_)
            ++aborted;
        cancel_may_abort_ = true;
        serves_ = false;
        reserved_ = 0;
        core_.cancel_reserve(actions_);
        BOOST_TEST_REQUIRE(actions_.size() == aborted);
        check_invariants();
    }

    void connected() {
        if (connecting_.empty()) return;
        begin();
        auto const id = take(connecting_, any_of(connecting_));
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
        failed_ = take(connecting_, any_of(connecting_));
        connection_ended(failed_);
        auto const waiting_before = waiters_.size();
        auto const failing = std::min(waiting_before, expected_ != 0 ? expected_ : 100);
        note_connect_failed();
        reserved_ = 0;
        failures_ = 0;
        core_.connect_failed(failed_, connect_problem::peer, now_, actions_);
        check_invariants();
        BOOST_TEST_REQUIRE(failures_ == failing);
    }

    // No waiter fails while any connection lives, and nothing is begun until one closes or the pause is over.
    void connect_short() {
        if (connecting_.empty()) return;
        begin();
        failed_ = take(connecting_, any_of(connecting_));
        connection_ended(failed_);
        auto const waiting_before = waiters_.size();
        bool const none_lives = usable_idle() == 0 && in_use_.empty() && connecting_.empty();
        short_ = true;
        note_connect_failed();
        reserved_ = 0;
        pause_end_ = now_ + async_llm::policy::pool_core::shortage_pause;
        closed_since_ = 0;
        core_.connect_failed(failed_, connect_problem::shortage, now_, actions_);
        check_invariants();
        BOOST_TEST_REQUIRE(waiters_.size() == waiting_before - (none_lives && waiting_before != 0 ? 1 : 0));
        ++counts_.shortages;
    }

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

    // Judgement

    void begin() {
        actions_.clear();
        must_close_.clear();
        failed_ = 0;
        cancel_may_abort_ = false;
        serves_ = true;
        late_ = false;
        short_ = false;
    }

    void check_invariants() {
        for (auto const& action : actions_) {
            switch (action.kind) {
            case kind::start_connect: judge_start(action); break;
            case kind::abort_connect: judge_abort(action); break;
            case kind::grant: judge_grant(action); break;
            case kind::fail_waiter: judge_failure(action); break;
            case kind::close: judge_close(action); break;
            }
        }
        BOOST_TEST_REQUIRE(must_close_.empty());
        // There is no room for more.
        bool const full = live() >= limits_.max_connections;
        if (serves_ && full && slots_of(connecting_.size()) <= waiters_.size()) reserved_ = 0;
        judge_rest();
        judge_counts();
    }

    void judge_start(pool_action const& action) {
        BOOST_TEST_REQUIRE(!closed_);
        BOOST_TEST_REQUIRE(slots_of(connecting_.size()) < waiters_.size() + reserved_);
        BOOST_TEST_REQUIRE(!pauses());
        if (closed_since_ != 0) --closed_since_;
        connecting_.push_back(action.connection);
        BOOST_TEST_REQUIRE(action.connection != 0u);
        BOOST_TEST_REQUIRE(connections_begun_.insert(action.connection).second);
        BOOST_TEST_REQUIRE(connecting_.size() <= allowance());
        BOOST_TEST_REQUIRE(live() <= limits_.max_connections);
    }

    void judge_abort(pool_action const& action) {
        auto const it = std::find(connecting_.begin(), connecting_.end(), action.connection);
        BOOST_TEST_REQUIRE((it != connecting_.end()));
        if (!closing_) {
            BOOST_TEST_REQUIRE(cancel_may_abort_);
            BOOST_TEST_REQUIRE(
                action.connection == *std::max_element(connecting_.begin(), connecting_.end())
            );
        }
        aborted_.push_back(take(connecting_, it));
    }

    void judge_grant(pool_action const& action) {
        BOOST_TEST_REQUIRE(!closed_);
        auto const w = find(waiters_, action.waiter);
        BOOST_TEST_REQUIRE((w != waiters_.end()));
        choose_for_all();
        BOOST_TEST_REQUIRE(action.connection == choose(w->fresh_only));
        auto& c = get(action.connection);
        BOOST_TEST_REQUIRE(can_take(*w, c));
        BOOST_TEST_REQUIRE((c.users() != 0 ? c.age_limit > now_ : !expired(c)));
        BOOST_TEST_REQUIRE(action.reused == c.used);
        // First come, first served.
        BOOST_TEST_REQUIRE(std::none_of(waiters_.begin(), w, [&](auto const& older) {
            return choose(older.fresh_only) != 0;
        }));
        if (c.users() != 0) ++counts_.shared_grants;
        if (c.surplus) ++counts_.promotions;
        c.arrival = c.users() == 0 ? w->arrival : std::min(c.arrival, w->arrival);
        c.reserved = false;
        c.surplus = false;
        c.owners.push_back(take(waiters_, w));
        if (c.users() == 1) in_use_.push_back(take(idle_, find(idle_, action.connection)));
        ++counts_.grants;
    }

    void judge_failure(pool_action const& action) {
        BOOST_TEST_REQUIRE(!waiters_.empty());
        BOOST_TEST_REQUIRE(action.waiter == waiters_.front().id);
        BOOST_TEST_REQUIRE(action.connection == failed_);
        if (short_) BOOST_TEST_REQUIRE(live() == 0u);
        BOOST_TEST_REQUIRE((failed_ != 0 || closing_));
        ++failures_;
        waiter_ended(take(waiters_, waiters_.begin()).id);
    }

    void judge_close(pool_action const& action) {
        connection_ended(action.connection);
        // What expired before the shortage was noticed does not count.
        auto const expires = find(idle_, action.connection);
        bool const before = short_ && expires != idle_.end() && expired(*expires);
        bool const paused = pauses();
        if (!late_ && !before) ++closed_since_;
        if (must_close_.erase(action.connection) != 0) return note_none_left();
        auto const it = find(idle_, action.connection);
        BOOST_TEST_REQUIRE((it != idle_.end()));
        if (!closing_ && !expired(*it)) {
            // To make room for one who wants a fresh connection: only if needed, and the least recently used.
            BOOST_TEST_REQUIRE((live() == limits_.max_connections || paused));
            BOOST_TEST_REQUIRE(slots_of(connecting_.size()) < waiters_.size());
            BOOST_TEST_REQUIRE(connecting_.size() < allowance());
            BOOST_TEST_REQUIRE((it == idle_.begin()));
        }
        idle_.erase(it);
        note_none_left();
    }

    void judge_counts() {
        BOOST_TEST_REQUIRE(core_.idle() == idle_.size());
        BOOST_TEST_REQUIRE(core_.in_use() == in_use_.size());
        BOOST_TEST_REQUIRE(core_.users() == users());
        if (!closed_) BOOST_TEST_REQUIRE(core_.free_slots() == slots_free_in(idle_) + slots_free_in(in_use_));
        BOOST_TEST_REQUIRE(core_.connecting() == connecting_.size());
        BOOST_TEST_REQUIRE(core_.waiting() == waiters_.size());
        BOOST_TEST_REQUIRE(core_.live() == live());
        BOOST_TEST_REQUIRE(core_.reserved() == reserved_);
        BOOST_TEST_REQUIRE(core_.closed() == closed_);
        BOOST_TEST_REQUIRE(core_.drained() == (closed_ && live() == 0));
        BOOST_TEST_REQUIRE(live() <= limits_.max_connections);
        BOOST_TEST_REQUIRE(connecting_.size() <= limits_.max_connecting);
    }

    // Nothing is left undone that could be done for those who wait.
    void judge_rest() {
        if (serves_ && !closed_) BOOST_TEST_REQUIRE(choose_for_all() == 0u);
        bool const may_connect = connecting_.size() < allowance();
        auto const coming = slots_of(connecting_.size());
        bool const wants_connect = coming < waiters_.size() + reserved_ && may_connect;
        bool const wants_room = coming < waiters_.size() && may_connect;
        // No waiter waits for ever.
        if (!closed_ && serves_) BOOST_TEST_REQUIRE((waiters_.empty() || live() != 0));
        bool const below_limit = live() < limits_.max_connections;
        bool const has_used = std::any_of(idle_.begin(), idle_.end(), [](auto const& c) { return c.used; });
        bool const idles = (wants_connect && below_limit && !pauses()) || (wants_room && has_used);
        BOOST_TEST_REQUIRE(!(serves_ && idles));
        if (serves_ && wants_connect && below_limit) BOOST_TEST_REQUIRE((core_.next_at() == pause_end_));
        if (!wants_connect || !below_limit) BOOST_TEST_REQUIRE((core_.next_at() == time_point::max()));
    }

    std::size_t any_capacity() { return shared_ ? draw{random_}(1u, 2u, 3u, 4u, 5u, 8u, 100u) : 1; }

    void waiter_ended(waiter_id id) { BOOST_TEST_REQUIRE(waiters_ended_.insert(id).second); }
    void connection_ended(connection_id id) { BOOST_TEST_REQUIRE(connections_ended_.insert(id).second); }

    std::mt19937 random_;
    double draw_ = 0;
    bool shared_;
    async_llm::policy::pool_core core_;
    pool_actions actions_;

    std::vector<connection_id> aborted_;

    // What the event under way allows or demands.
    connection_id failed_ = 0;
    bool cancel_may_abort_ = false;
    bool closing_ = false;
    bool serves_ = true; // those who wait
    bool late_ = false;
    bool short_ = false;
    std::size_t failures_ = 0;

    waiter_id last_waiter_ = 0;
    std::uint64_t arrivals_ = 0;
    std::size_t waiters_accepted_ = 0;
    std::size_t steps_ = 0;
    std::set<waiter_id> waiters_ended_;
    std::set<connection_id> connections_begun_;
    std::set<connection_id> connections_ended_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(pool_core_model)

totals run_sequences(bool shared) {
    totals sum;
    for (std::uint32_t seed = 1; seed <= 400; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            std::mt19937 random(seed);
            auto limits = random_limits(random);
            if (shared) limits.first_capacity = draw{random}(0u, 1u, 4u, 100u);
            observer o(limits, seed, shared);
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

BOOST_AUTO_TEST_SUITE_END()
