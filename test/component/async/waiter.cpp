// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/waiter.hpp"

#include "async/operation_pool.hpp"
#include "async/try_post.hpp"
#include "support/faults/scarce_memory.hpp"
#include "support/fixtures/client_fixture.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace data = boost::unit_test::data;
using service_ptr = std::shared_ptr<net::operation_pool>;

// Operation that waits once, and notes in which order it was woken.
class waiting final : public net::operation {
public:
    waiting(service_ptr service, std::vector<waiting*>& order)
        : operation(std::move(service), 0ms), order_(order) {
        waits_for = std::make_shared<net::waiter>(*this);
    }

    std::shared_ptr<net::waiter> waits_for;
    bool done = false;
    bool is_complete = false;

private:
    asio::awaitable<void> run() override {
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await waits_for->wait(*this);
        is_complete = waits_for->is_complete();
        order_.push_back(this);
    }
    void finish(std::exception_ptr) noexcept override { done = true; }

    std::vector<waiting*>& order_;
};

struct scene {
    std::shared_ptr<waiting> begin() {
        auto op = std::make_shared<waiting>(service, order);
        net::launch_post(op);
        io.restart();
        io.poll();
        return op;
    }

    void complete(waiting const& w) {
        std::lock_guard const lock(mutex);
        queue.complete(w.waits_for);
    }

    void run() {
        io.restart();
        io.run_for(patience);
        BOOST_TEST(io.stopped());
    }

    asio::io_context io{1};
    service_ptr service = std::make_shared<net::operation_pool>(io.get_executor());
    std::mutex mutex;
    std::vector<waiting*> order;
    net::wake_queue queue;
};

} // namespace

BOOST_AUTO_TEST_SUITE(waiter)

BOOST_AUTO_TEST_CASE(those_settled_are_woken_in_their_order_and_no_other) {
    scene s;
    auto const a = s.begin();
    auto const b = s.begin();
    auto const c = s.begin();
    s.complete(*c);
    s.complete(*a);
    BOOST_TEST(!s.queue.empty());
    s.queue.flush(s.mutex);
    BOOST_TEST(s.queue.empty());
    s.io.restart();
    s.io.poll();
    BOOST_TEST((s.order == std::vector<waiting*>{c.get(), a.get()}));
    BOOST_TEST(a->is_complete);
    BOOST_TEST(!b->done);
    s.complete(*b);
    s.queue.flush(s.mutex);
    s.run();
    BOOST_TEST(b->is_complete);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_wait) {
    scene s;
    auto const a = s.begin();
    a->request_stop(asio::error::operation_aborted);
    s.run();
    BOOST_TEST(a->done);
    BOOST_TEST(!a->is_complete);
}

BOOST_AUTO_TEST_CASE(one_settled_before_it_waits_does_not_wait) {
    scene s;
    auto const op = std::make_shared<waiting>(s.service, s.order);
    op->waits_for->complete();
    net::launch_post(op);
    s.run();
    BOOST_TEST(op->is_complete);
}

BOOST_AUTO_TEST_CASE(without_memory_they_stay_until_there_is_some) {
    scene s;
    std::vector<std::shared_ptr<waiting>> all;
    for (int i = 0; i != 4; ++i) all.push_back(s.begin());
    for (std::size_t i = 0; i != 3; ++i) s.complete(*all[i]);
    {
        // The first of them has what it needs.
        scarce_memory const scarce(2, 1'000);
        s.queue.flush(s.mutex);
        BOOST_TEST(scarce.has_failed());
    }
    BOOST_TEST(!s.queue.empty());
    s.complete(*all[3]);
    {
        memory_limit const none(0);
        s.queue.flush(s.mutex);
    }
    BOOST_TEST(!s.queue.empty());
    s.queue.flush(s.mutex);
    BOOST_TEST(s.queue.empty());
    s.run();
    BOOST_TEST_REQUIRE(s.order.size() == all.size());
    for (std::size_t i = 0; i != all.size(); ++i) BOOST_TEST(s.order[i] == all[i].get());
}

BOOST_AUTO_TEST_CASE(one_post_that_fails_is_tried_again) {
    scene s;
    auto const a = s.begin();
    s.complete(*a);
    {
        scarce_memory const scarce(1, net::max_post_tries - 1);
        s.queue.flush(s.mutex);
        BOOST_TEST(scarce.has_failed());
    }
    BOOST_TEST(s.queue.empty());
    s.run();
    BOOST_TEST(a->is_complete);
}

BOOST_AUTO_TEST_CASE(a_long_queue_may_be_destroyed) {
    scene s;
    net::wake_queue queue;
    auto const op = std::make_shared<waiting>(s.service, s.order);
    for (int i = 0; i != 100'000; ++i) queue.complete(std::make_shared<net::waiter>(*op));
}

// Asio locks an idle strand before it has the memory to run it.
BOOST_DATA_TEST_CASE(a_post_without_memory_leaves_the_strand_as_it_was, data::make({false, true}), in_loop) {
    bool posted_any = false;
    for (std::size_t bytes = 0; bytes != 2'048; bytes += 16) {
        BOOST_TEST_CONTEXT(bytes << " bytes are left") {
            asio::io_context io{1};
            auto const service = std::make_shared<net::operation_pool>(io.get_executor());
            auto const strand = service->take_strand();
            bool first = false;
            bool second = false;
            bool posted = false;
            auto const act = [&] {
                {
                    memory_limit const limit(bytes);
                    posted = net::try_post(strand, [&first] { first = true; });
                }
                BOOST_TEST_REQUIRE(net::try_post(strand, [&second] { second = true; }));
            };
            if (in_loop)
                asio::post(io, act);
            else
                act();
            io.run_for(patience);
            BOOST_TEST(first == posted);
            BOOST_TEST_REQUIRE(second);
            posted_any = posted_any || posted;
        }
    }
    BOOST_TEST(posted_any);
}

BOOST_AUTO_TEST_SUITE_END()
