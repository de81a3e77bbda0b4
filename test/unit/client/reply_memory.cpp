// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/state/reply_memory.hpp"

#include "support/faults/scarce_memory.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <utility>

// The account of the memory of replies is right whatever fails.

using namespace async_llm;
using namespace async_llm::test;
namespace asio = boost::asio;

namespace {

constexpr std::size_t limit = 256u * 1024;

/// Does nothing, but has a strand to wait on.
class idle_operation final : public net::operation {
public:
    explicit idle_operation(std::shared_ptr<net::operation_pool> pool)
        : operation(std::move(pool), std::chrono::milliseconds(0)) {}

private:
    asio::awaitable<void> run() override { co_return; }
    void finish(std::exception_ptr) noexcept override {}
};

struct growing {
    growing() = default;

    bool done = false;
    bool failed = false;
};

struct fixture {
    /// Runs until nothing more happens by itself.
    void run() {
        io.restart();
        io.poll();
    }

    void grow(detail::memory_share& share, std::size_t bytes, growing& result) {
        try {
            asio::co_spawn(
                op->strand(),
                memory->grow(*op, share, bytes),
                [&result](std::exception_ptr failure) {
                    result.done = true;
                    result.failed = failure != nullptr;
                }
            );
            run();
        } catch (std::bad_alloc const&) {
            // There was no memory to begin with it.
            result.failed = true;
        }
    }

    client_stats stats() const {
        client_stats result;
        memory->fill(result);
        return result;
    }

    asio::io_context io{1};
    std::shared_ptr<net::operation_pool> pool = std::make_shared<net::operation_pool>(io.get_executor());
    std::shared_ptr<idle_operation> op = std::make_shared<idle_operation>(pool);
    std::shared_ptr<detail::reply_memory> memory = std::make_shared<detail::reply_memory>(limit);
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(reply_memory, fixture)

BOOST_AUTO_TEST_CASE(a_share_waits_for_another_that_has_gone_beyond_the_limit) {
    detail::memory_share first, second;
    growing one, other;
    grow(first, 2 * limit, one);
    BOOST_TEST(one.done);
    grow(second, limit / 2, other);
    BOOST_TEST(!other.done);
    BOOST_TEST(stats().waiting_for_memory == 1u);
    first.release();
    run();
    BOOST_TEST(other.done);
    BOOST_TEST(stats().reply_memory >= limit / 2);
    second.release();
    BOOST_TEST(stats().reply_memory == 0u);
}

BOOST_AUTO_TEST_CASE(a_wait_for_which_there_is_no_memory_leaves_no_trace) {
    detail::memory_share first;
    growing one;
    grow(first, 2 * limit, one);
    BOOST_TEST_REQUIRE(one.done);
    auto const before = stats().reply_memory;
    std::size_t failures = 0;
    for (std::size_t n = 1;; ++n) {
        detail::memory_share second;
        growing other;
        bool has_failed = false;
        {
            scarce_memory const scarce(n);
            grow(second, limit / 2, other);
            has_failed = scarce.has_failed();
        }
        if (!has_failed) {
            first.release();
            run();
            BOOST_TEST(other.done);
            break;
        }
        ++failures;
        BOOST_TEST(other.failed);
        second.release();
        BOOST_TEST(stats().reply_memory == before);
        BOOST_TEST(stats().waiting_for_memory == 0u);
    }
    // The waiter, its place, and its turn.
    BOOST_TEST(failures >= 3u);
    BOOST_TEST(stats().reply_memory == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
