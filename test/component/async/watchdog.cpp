// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/watchdog.hpp"

#include "async/operation.hpp"
#include "async/operation_pool.hpp"
#include "support/faults/scarce_memory.hpp"
#include "support/fixtures/client_fixture.hpp"
#include "support/fixtures/meanwhile.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <ostream>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace data = boost::unit_test::data;
using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;
using service_ptr = std::shared_ptr<net::operation_pool>;

constexpr auto never = 0ms;

// Does nothing but to wait for its end, which is a limit or a stop.
class sleeper final : public net::operation {
public:
    sleeper(service_ptr service, milliseconds phase, milliseconds total = never)
        : operation(std::move(service), total), phase_(phase), news_(strand()) {}

    /// After the first phase, which does not end at its limit, there is one of so long.
    void then(milliseconds second) { second_ = second; }

    int ends() const { return ends_; }
    error_code reason() const { return reason_; }
    steady::duration taken() const { return taken_; }

private:
    asio::awaitable<void> run() override {
        co_await asio::this_coro::throw_if_cancelled(false);
        if (phase_ != never) begin_phase(errc::first_byte_timeout, phase_);
        if (second_ != never) {
            end_phase();
            begin_phase(errc::stream_stalled, second_);
        }
        while (!stop_reason()) co_await news_.wait();
    }

    void finish(std::exception_ptr) noexcept override {
        reason_ = stop_reason();
        taken_ = steady::now() - started();
        ++ends_;
    }

    milliseconds phase_;
    milliseconds second_ = never;
    net::async_event news_;
    error_code reason_;
    steady::duration taken_{0};
    std::atomic<int> ends_ = 0;
};
using sleeper_ptr = std::shared_ptr<sleeper>;

sleeper_ptr launch(service_ptr const& w, milliseconds phase, milliseconds total = never) {
    auto op = std::make_shared<sleeper>(w, phase, total);
    net::launch_post(op);
    return op;
}

service_ptr make_service(asio::io_context& io) {
    return std::make_shared<net::operation_pool>(io.get_executor());
}

void let_go(sleeper_ptr const& op) { op->request_stop(asio::error::operation_aborted); }

// Nothing is left that keeps the loop going.
void check_runs_out(asio::io_context& io) {
    io.restart();
    io.run_for(patience);
    BOOST_TEST(io.stopped());
}

void check_ended(sleeper const& op, error_code expected, milliseconds least) {
    BOOST_TEST_REQUIRE(op.ends() == 1);
    BOOST_TEST(op.reason() == expected);
    BOOST_TEST((op.taken() >= least));
}

enum class place { loop, loop_of_four_threads, strand, pool };

std::ostream& operator<<(std::ostream& os, place p) {
    switch (p) {
    case place::loop: return os << "loop";
    case place::loop_of_four_threads: return os << "loop of four threads";
    case place::strand: return os << "strand";
    case place::pool: return os << "pool";
    }
    return os;
}

constexpr auto all_places = {place::loop, place::loop_of_four_threads, place::strand, place::pool};

// What may stand behind a client's executor.
class stage {
public:
    explicit stage(place p) : place_(p) {}

    asio::any_io_executor executor() {
        if (place_ == place::pool) return threads_.get_executor();
        if (place_ == place::strand) return asio::make_strand(io_);
        return io_.get_executor();
    }

    /// Until there is nothing left to do.
    void run() {
        std::vector<std::thread> others;
        for (int i = 0; i != 3 && place_ != place::loop; ++i)
            others.emplace_back([this] { io_.run_for(patience); });
        io_.run_for(patience);
        for (auto& each : others) each.join();
        threads_.join();
        BOOST_TEST(io_.stopped());
    }

private:
    place place_;
    asio::io_context io_;
    asio::thread_pool threads_{4};
};

} // namespace

BOOST_AUTO_TEST_SUITE(watchdog)

BOOST_DATA_TEST_CASE(each_operation_ends_at_its_own_time, data::make(all_places), where) {
    stage s(where);
    auto const dog = std::make_shared<net::operation_pool>(s.executor());
    std::vector<sleeper_ptr> ops;
    constexpr int count = 300;
    // Neither ascending nor descending.
    for (int i = 0; i != count; ++i) ops.push_back(launch(dog, milliseconds(1 + i * 7 % 50)));
    s.run();
    for (int i = 0; i != count; ++i)
        check_ended(
            *ops[static_cast<std::size_t>(i)],
            errc::first_byte_timeout,
            milliseconds(1 + i * 7 % 50)
        );
}

BOOST_DATA_TEST_CASE(an_end_at_the_very_time_is_one_end, data::make(all_places), where) {
    stage s(where);
    auto const dog = std::make_shared<net::operation_pool>(s.executor());
    std::vector<sleeper_ptr> ops;
    for (int i = 0; i != 300; ++i) {
        ops.push_back(launch(dog, 5ms));
        ops.push_back(launch(dog, never));
    }
    // Each of those with a limit ends while the one that stops its neighbour does.
    std::thread other([&ops] {
        while (steady::now() < ops.back()->started() + 5ms) std::this_thread::yield();
        for (auto const& op : ops) let_go(op);
    });
    s.run();
    other.join();
    for (std::size_t i = 0; i != ops.size(); i += 2) {
        BOOST_TEST_REQUIRE(ops[i]->ends() == 1);
        bool const timed_out = ops[i]->reason() == errc::first_byte_timeout;
        BOOST_TEST_REQUIRE((timed_out || ops[i]->reason() == asio::error::operation_aborted));
    }
}

BOOST_AUTO_TEST_CASE(a_wait_for_nobody_does_not_keep_the_loop) {
    asio::io_context io;
    auto const dog = make_service(io);
    auto const first = launch(dog, 1h);
    auto const second = launch(dog, 2h);
    io.poll();
    BOOST_TEST(!io.stopped());
    // The one whose limit the timer waits for, and then the other.
    for (auto const& op : {first, second}) {
        BOOST_TEST(op->ends() == 0);
        let_go(op);
        io.poll();
        check_ended(*op, asio::error::operation_aborted, 0ms);
    }
    BOOST_TEST(io.stopped());
    // And it may begin again.
    auto const third = launch(dog, 10ms);
    check_runs_out(io);
    check_ended(*third, errc::first_byte_timeout, 10ms);
}

BOOST_AUTO_TEST_CASE(an_earlier_limit_comes_first) {
    asio::io_context io;
    auto const dog = make_service(io);
    auto const patient = launch(dog, 1h);
    io.poll();
    auto const hasty = launch(dog, 10ms);
    while (hasty->ends() == 0 && io.run_one_for(patience) != 0) {
    }
    check_ended(*hasty, errc::first_byte_timeout, 10ms);
    BOOST_TEST(patient->ends() == 0);
    let_go(patient);
    check_runs_out(io);
    check_ended(*patient, asio::error::operation_aborted, 10ms);
}

BOOST_AUTO_TEST_CASE(the_limit_of_a_phase_that_is_over_ends_nothing) {
    asio::io_context io;
    auto const dog = make_service(io);
    auto const op = std::make_shared<sleeper>(dog, 10ms);
    op->then(60ms);
    net::launch_post(op);
    check_runs_out(io);
    check_ended(*op, errc::stream_stalled, 60ms);
}

BOOST_AUTO_TEST_CASE(the_limit_of_the_whole_operation_needs_no_phase) {
    asio::io_context io;
    auto const dog = make_service(io);
    auto const no_phase = launch(dog, never, 20ms);
    auto const long_phase = launch(dog, 1h, 20ms);
    auto const short_phase = launch(dog, 10ms, 1h);
    check_runs_out(io);
    check_ended(*no_phase, errc::deadline_exceeded, 20ms);
    check_ended(*long_phase, errc::deadline_exceeded, 20ms);
    check_ended(*short_phase, errc::first_byte_timeout, 10ms);
}

BOOST_AUTO_TEST_CASE(no_operation_lives_on_for_its_limit) {
    asio::io_context io;
    auto dog = make_service(io);
    auto op = launch(dog, 1h);
    auto const other = launch(dog, 1h);
    io.poll();
    let_go(op);
    io.poll();
    std::weak_ptr<sleeper> const watch = op;
    op.reset();
    BOOST_TEST(watch.expired());
    // What is watched keeps the service, and nothing else does.
    std::weak_ptr<net::operation_pool> const watched = dog;
    dog.reset();
    BOOST_TEST(!watched.expired());
    let_go(other);
    check_runs_out(io);
    BOOST_TEST(other->ends() == 1);
}

BOOST_AUTO_TEST_CASE(a_wake_up_for_which_there_is_no_memory_is_tried_again) {
    asio::io_context io;
    auto const dog = make_service(io);
    auto const op = launch(dog, 5ms);
    io.poll();
    {
        scarce_memory const scarce(1, 1'000'000);
        while (!scarce.has_failed() && io.run_one_for(patience) != 0) {
        }
    }
    BOOST_TEST(op->ends() == 0);
    check_runs_out(io);
    check_ended(*op, errc::first_byte_timeout, 5ms);
}

// While its wake-up finds no memory, another thread ends it.
BOOST_AUTO_TEST_CASE(an_operation_that_ends_meanwhile_is_not_tried_again) {
    asio::io_context io;
    auto const dog = make_service(io);
    auto op = launch(dog, 5ms);
    io.poll();
    meanwhile end_it([&] {
        let_go(op);
        while (op->ends() == 0) io.poll();
    });
    {
        scarce_memory const scarce(1, 1'000'000, memory_of::operator_new, [&end_it] { end_it(); });
        while (!scarce.has_failed() && io.run_one_for(patience) != 0) {
        }
    }
    end_it.join();
    check_ended(*op, asio::error::operation_aborted, 5ms);
    op.reset();
    io.restart();
    io.poll();
    BOOST_TEST(io.stopped());
}

BOOST_AUTO_TEST_CASE(a_wait_that_could_not_begin_begins_with_the_next_operation) {
    for (bool const by_end_of_another : {true, false}) {
        asio::io_context io;
        auto const dog = make_service(io);
        auto const first = launch(dog, 10ms);
        auto const other = launch(dog, 1h);
        io.poll();
        auto const third = std::make_shared<sleeper>(dog, never);
        {
            scarce_memory const scarce(1, 1'000, memory_of::asio);
            BOOST_CHECK_THROW(dog->watchdog().arm(*third, steady::now()), std::bad_alloc);
        }
        if (by_end_of_another) {
            let_go(other);
        } else {
            dog->watchdog().arm(*third, steady::now() + 1h);
            dog->watchdog().disarm(*third);
            let_go(other);
        }
        check_runs_out(io);
        check_ended(*first, errc::first_byte_timeout, 10ms);
    }
}

BOOST_AUTO_TEST_CASE(an_operation_that_could_not_be_armed_is_not_watched) {
    asio::io_context io;
    auto const dog = make_service(io);
    auto const op = std::make_shared<sleeper>(dog, never);
    auto const other = std::make_shared<sleeper>(dog, never);
    {
        scarce_memory const scarce(1, 1'000, memory_of::asio);
        BOOST_CHECK_THROW(dog->watchdog().arm(*op, steady::now() + 1h), std::bad_alloc);
    }
    dog->watchdog().arm(*other, steady::now() + 2h);
    dog->watchdog().disarm(*other);
    io.poll();
    BOOST_TEST(io.stopped());
}

BOOST_AUTO_TEST_CASE(the_loop_may_be_destroyed_at_any_moment) {
    // So many handlers run before: the operations begin, the timer fires, they are woken, they end.
    for (int handlers = 0; handlers != 20; ++handlers) {
        auto io = std::make_optional<asio::io_context>();
        auto dog = make_service(*io);
        std::vector<std::weak_ptr<sleeper>> ops;
        for (int i = 0; i != 4; ++i) {
            ops.push_back(launch(dog, 1ms));
            ops.push_back(launch(dog, 1h));
        }
        // As with a client, its owner goes before the loop does.
        dog.reset();
        for (int i = 0; i != handlers; ++i) io->run_one_for(20ms);
        io.reset();
        for (auto const& op : ops) BOOST_TEST(op.expired());
    }
}

BOOST_AUTO_TEST_SUITE_END()
