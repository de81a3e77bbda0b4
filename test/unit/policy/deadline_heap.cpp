// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/deadline_heap.hpp"

#include "support/fixtures/draw.hpp"
#include "support/fixtures/heap.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>

namespace {

using namespace async_llm::policy;
using async_llm::test::bytes_in_use;
using async_llm::test::draw;
using namespace std::chrono_literals;
using heap = async_llm::policy::deadline_heap;

constexpr time_point start{1h};

// Random events, done to the heap and to a multimap alike.
class observer {
public:
    explicit observer(std::uint32_t seed) : random_(seed) {}
    observer(observer const&) = delete;
    observer& operator=(observer const&) = delete;

    void step() {
        switch (next_.below(8)) {
        case 0:
        case 1:
        case 2:
        case 3: set(); break;
        case 4:
        case 5: remove(); break;
        case 6: take(); break;
        // Few different times, so that many deadlines are equal.
        default: now_ += std::chrono::seconds(next_.below(3));
        }
        BOOST_TEST_REQUIRE(heap_.size() == model_.size());
        BOOST_TEST_REQUIRE(heap_.empty() == model_.empty());
        auto const earliest = model_.empty() ? time_point::max() : model_.begin()->first;
        BOOST_TEST_REQUIRE((heap_.earliest() == earliest));
    }

    void drain() {
        now_ = time_point::max();
        while (take()) {
        }
        BOOST_TEST_REQUIRE((heap_.earliest() == time_point::max()));
        for (auto& e : entries_) heap_.remove(e);
        BOOST_TEST_REQUIRE(heap_.empty());
    }

    std::size_t taken() const { return taken_; }

private:
    auto find(deadline_entry& e) {
        return std::find_if(model_.begin(), model_.end(), [&e](auto const& each) {
            return each.second == &e;
        });
    }

    deadline_entry& any() { return entries_[next_.below(entries_.size())]; }

    void set() {
        auto& e = any();
        if (auto const it = find(e); it != model_.end()) model_.erase(it);
        auto const deadline = now_ + std::chrono::seconds(next_.below(10));
        model_.emplace(deadline, &e);
        heap_.set(e, deadline);
    }

    void remove() {
        auto& e = any();
        auto const it = find(e);
        BOOST_TEST_REQUIRE(heap_.remove(e) == (it != model_.end()));
        if (it != model_.end()) model_.erase(it);
    }

    bool take() {
        auto* const e = heap_.take_due(now_);
        auto const earliest = model_.empty() ? time_point::max() : model_.begin()->first;
        BOOST_TEST_REQUIRE((e != nullptr) == (earliest <= now_ && earliest != time_point::max()));
        if (!e) return false;
        ++taken_;
        // Any of those that come first.
        auto const it = find(*e);
        BOOST_TEST_REQUIRE((it != model_.end()));
        BOOST_TEST_REQUIRE((it->first == earliest));
        model_.erase(it);
        model_.emplace(time_point::max(), e);
        BOOST_TEST_REQUIRE((heap_.deadline_of(*e) == time_point::max()));
        return true;
    }

    std::mt19937 random_;
    draw next_{random_};
    time_point now_ = start;
    std::array<deadline_entry, 40> entries_;
    heap heap_;
    std::multimap<time_point, deadline_entry*> model_;
    std::size_t taken_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(deadline_heap)

BOOST_AUTO_TEST_CASE(an_empty_heap_has_no_deadline) {
    heap h;
    BOOST_TEST(h.empty());
    BOOST_TEST((h.earliest() == time_point::max()));
    BOOST_TEST(h.take_due(time_point::max()) == nullptr);
}

BOOST_AUTO_TEST_CASE(the_earliest_comes_first_whatever_the_order) {
    std::array<int, 6> order{0, 1, 2, 3, 4, 5};
    do {
        heap h;
        std::array<deadline_entry, order.size()> entries;
        for (int const i : order) h.set(entries[static_cast<std::size_t>(i)], start + i * 1s);
        for (auto& e : entries) BOOST_TEST_REQUIRE(h.take_due(time_point::max()) == &e);
    } while (std::next_permutation(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(what_is_due_at_this_instant_is_due) {
    heap h;
    deadline_entry e;
    h.set(e, start);
    BOOST_TEST(h.take_due(start - 1ns) == nullptr);
    BOOST_TEST(h.take_due(start) == &e);
}

BOOST_AUTO_TEST_CASE(what_was_taken_stays_in_and_is_never_due) {
    heap h;
    deadline_entry one;
    deadline_entry other;
    BOOST_TEST(!h.deadline_of(one));
    h.set(one, start);
    h.set(other, start + 1s);
    BOOST_TEST((h.deadline_of(one) == start));
    BOOST_TEST(h.take_due(start) == &one);
    BOOST_TEST((h.deadline_of(one) == time_point::max()));
    BOOST_TEST(h.size() == 2U);
    BOOST_TEST((h.earliest() == start + 1s));
    BOOST_TEST(h.take_due(time_point::max()) == &other);
    BOOST_TEST(h.take_due(time_point::max()) == nullptr);
    h.set(one, start + 2s);
    BOOST_TEST(h.take_due(start + 2s) == &one);
    BOOST_TEST(h.remove(one));
    BOOST_TEST(!h.deadline_of(one));
}

BOOST_AUTO_TEST_CASE(a_second_deadline_replaces_the_first) {
    heap h;
    deadline_entry one;
    deadline_entry other;
    h.set(one, start + 5s);
    h.set(other, start + 6s);
    h.set(one, start + 7s);
    BOOST_TEST(h.size() == 2u);
    BOOST_TEST((h.earliest() == start + 6s));
    h.set(one, start);
    BOOST_TEST(h.size() == 2u);
    BOOST_TEST((h.earliest() == start));
}

BOOST_AUTO_TEST_CASE(what_is_removed_is_not_due) {
    heap h;
    deadline_entry one;
    deadline_entry other;
    h.set(one, start);
    h.set(other, start + 1s);
    BOOST_TEST(h.remove(one));
    BOOST_TEST(!h.remove(one));
    BOOST_TEST(h.take_due(time_point::max()) == &other);
    BOOST_TEST(h.remove(other));
    BOOST_TEST(h.empty());
    // And may come back.
    h.set(one, start);
    BOOST_TEST(h.take_due(start) == &one);
}

BOOST_AUTO_TEST_CASE(a_heap_that_has_grown_takes_no_more_memory) {
    std::array<deadline_entry, 1000> entries;
    heap h;
    auto const fill = [&] {
        for (auto& e : entries) h.set(e, start);
    };
    fill();
    auto const before = bytes_in_use();
    for (int i = 0; i != 100; ++i) {
        for (auto& e : entries) h.remove(e);
        fill();
    }
    auto const after = bytes_in_use();
    BOOST_TEST(after == before);
}

BOOST_AUTO_TEST_CASE(random_sequences_agree_with_a_multimap) {
    std::size_t taken = 0;
    for (std::uint32_t seed = 1; seed <= 100; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            observer o(seed);
            for (int i = 0; i != 1000; ++i) o.step();
            o.drain();
            taken += o.taken();
        }
    }
    // Otherwise the sequences would judge next to nothing.
    BOOST_TEST(taken > 5'000u);
}

BOOST_AUTO_TEST_SUITE_END()
