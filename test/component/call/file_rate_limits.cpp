// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/files/temporary_folder.hpp"
#include "support/fixtures/client_fixture.hpp"
#include <async_llm/error.hpp>
#include <async_llm/shared_limits.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

struct scene {
    scene() = default;
    ~scene() { files.join(); }

    std::unique_ptr<file_rate_limits> make(std::int64_t requests, std::optional<std::int64_t> tokens = {}) {
        file_rate_limits_options options(folder.file("limits"), files.get_executor());
        options.requests_per_minute = requests;
        options.tokens_per_minute = tokens;
        options.burst = 100ms;
        return std::make_unique<file_rate_limits>(options);
    }

    /// A call that waits for its part; `number` goes to `order` when it has it.
    void begin(file_rate_limits& limits, int number, std::int64_t tokens = 0) {
        shared_demand demand;
        demand.tokens = tokens;
        auto const note = [this, number](std::exception_ptr e) {
            ended.push_back(steady::now());
            if (e)
                errors.push_back(std::move(e));
            else
                order.push_back(number);
        };
        asio::co_spawn(
            io,
            limits.acquire(std::move(demand)),
            asio::bind_cancellation_slot(signals.emplace_back(std::make_unique<signal>())->slot(), note)
        );
    }

    void run() {
        io.restart();
        io.run_for(patience);
        BOOST_TEST(io.stopped());
    }

    void poll() {
        io.restart();
        io.poll();
    }

    /// Waits until so many have ended.
    void run_until_ended(std::size_t count) {
        io.restart();
        auto const expiry = steady::now() + patience;
        while (ended.size() < count && steady::now() < expiry) io.run_one_for(100ms);
        BOOST_TEST_REQUIRE(ended.size() >= count);
    }

    /// Returns when the jobs on files so far are done.
    void run_file_jobs() {
        std::promise<void> done;
        asio::post(files, [&done] { done.set_value(); });
        done.get_future().wait();
    }

    using signal = asio::cancellation_signal;

    temporary_folder folder;
    asio::thread_pool files{1};
    asio::io_context io{1};
    std::vector<std::unique_ptr<signal>> signals;
    std::vector<int> order;
    std::vector<steady::time_point> ended;
    std::vector<std::exception_ptr> errors;
};

/// Lock as another process would have it.
class held_lock {
public:
    explicit held_lock(std::string const& path)
        : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
        struct flock whole{};
        whole.l_type = F_WRLCK;
        whole.l_whence = SEEK_SET;
        BOOST_REQUIRE(::fcntl(descriptor_, F_OFD_SETLK, &whole) == 0);
    }
    held_lock(held_lock const&) = delete;
    held_lock& operator=(held_lock const&) = delete;
    ~held_lock() { ::close(descriptor_); }

private:
    int descriptor_;
};

/// Waits until a second descriptor of this process has the file open: the first look at it is under way.
bool is_opened_twice(std::string const& path) {
    namespace fs = std::filesystem;
    auto const expiry = steady::now() + patience;
    do {
        int count = 0;
        for (auto const& each : fs::directory_iterator("/proc/self/fd")) {
            std::error_code ec;
            if (fs::read_symlink(each.path(), ec) == path) ++count;
        }
        if (count >= 2) return true;
        std::this_thread::sleep_for(1ms);
    } while (steady::now() < expiry);
    return false;
}

error_code code_of(std::exception_ptr const& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (boost::system::system_error const& e) {
        return e.code();
    }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_rate_limits, scene)

BOOST_AUTO_TEST_CASE(calls_are_let_go_in_their_order_at_the_rate_of_the_file) {
    auto const limits = make(6000);
    auto const began = steady::now();
    for (int i = 0; i != 30; ++i) begin(*limits, i);
    run();
    BOOST_TEST(errors.empty());
    BOOST_TEST_REQUIRE(order.size() == 30u);
    for (int i = 0; i != 30; ++i) BOOST_TEST(order[static_cast<std::size_t>(i)] == i);
    // Ten from the burst, a hundred in a second after that.
    BOOST_TEST((ended.back() - began >= 190ms));
}

BOOST_AUTO_TEST_CASE(two_clients_have_the_limit_of_one) {
    auto const one = make(6000);
    auto const other = make(6000);
    auto const began = steady::now();
    for (int i = 0; i != 15; ++i) {
        begin(*one, i);
        begin(*other, i);
    }
    run();
    BOOST_TEST(order.size() == 30u);
    BOOST_TEST((ended.back() - began >= 190ms));
}

BOOST_AUTO_TEST_CASE(a_call_that_is_cancelled_leaves_its_turn_to_the_next) {
    auto const limits = make(60);
    begin(*limits, 1);
    run_until_ended(1);
    begin(*limits, 2);
    begin(*limits, 3);
    poll();
    run_file_jobs();
    poll();
    signals[1]->emit(asio::cancellation_type::terminal);
    run_until_ended(2);
    BOOST_TEST_REQUIRE(errors.size() == 1u);
    BOOST_TEST(code_of(errors.front()) == asio::error::operation_aborted);
    run();
    BOOST_TEST(errors.size() == 1u);
    BOOST_TEST((order == std::vector<int>{1, 3}));
}

BOOST_AUTO_TEST_CASE(what_a_cancelled_call_was_given_meanwhile_is_put_back) {
    auto const limits = make(1);
    std::optional<held_lock> lock(folder.file("limits"));
    begin(*limits, 1);
    poll();
    BOOST_TEST_REQUIRE(is_opened_twice(folder.file("limits")));
    signals[0]->emit(asio::cancellation_type::terminal);
    run_until_ended(1);
    lock.reset();
    auto const began = steady::now();
    begin(*limits, 2);
    run();
    // The next part would be there after a minute.
    BOOST_TEST((ended.back() - began < 30s));
    BOOST_TEST(errors.size() == 1u);
    BOOST_TEST((order == std::vector<int>{2}));
}

// The file knows nothing of the reply, which took less, or more.
BOOST_AUTO_TEST_CASE(the_difference_to_what_a_reply_took_is_made_good) {
    auto const limits = make(6'000'000, 6000);
    begin(*limits, 1, 10);
    run();
    shared_demand demand;
    demand.tokens = 10;
    limits->settle(demand, 1);
    auto began = steady::now();
    begin(*limits, 2, 9);
    run();
    BOOST_TEST((ended.back() - began < 80ms));
    limits->settle(demand, 40);
    began = steady::now();
    begin(*limits, 3, 1);
    run();
    BOOST_TEST((ended.back() - began >= 80ms));
    BOOST_TEST(order.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_used_fails_the_calls_that_wait_and_not_the_next) {
    std::filesystem::create_directory(folder.file("limits"));
    auto const limits = make(6000);
    for (int i = 0; i != 3; ++i) begin(*limits, i);
    run();
    BOOST_TEST(order.empty());
    BOOST_TEST_REQUIRE(errors.size() == 3u);
    for (auto const& each : errors) BOOST_TEST(code_of(each) == boost::system::errc::is_a_directory);
    std::filesystem::remove(folder.file("limits"));
    begin(*limits, 4);
    run();
    BOOST_TEST(order.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_execution_context_may_be_destroyed_while_calls_wait) {
    auto const limits = make(60);
    asio::io_context own{1};
    for (int i = 0; i != 3; ++i)
        asio::co_spawn(own, limits->acquire(shared_demand()), [](std::exception_ptr) {});
    own.run_for(50ms);
    files.join();
}

BOOST_AUTO_TEST_CASE(options_out_of_bounds_are_refused) {
    auto const is_refused = [this](auto change) {
        file_rate_limits_options options(folder.file("limits"), files.get_executor());
        change(options);
        try {
            async_llm::file_rate_limits const made(options);
        } catch (boost::system::system_error const& e) {
            return e.code() == errc::invalid_request;
        }
        return false;
    };
    BOOST_TEST(!is_refused([](auto&) {}));
    BOOST_TEST(is_refused([](auto& o) { o.path.clear(); }));
    BOOST_TEST(is_refused([](auto& o) { o.file_executor = asio::any_io_executor(); }));
    BOOST_TEST(is_refused([](auto& o) { o.requests_per_minute = 0; }));
    BOOST_TEST(is_refused([](auto& o) { o.tokens_per_minute = -1; }));
    BOOST_TEST(is_refused([](auto& o) { o.burst = 61s; }));
    BOOST_TEST(is_refused([](auto& o) { o.burst = -1ms; }));
    BOOST_TEST(is_refused([](auto& o) { o.lock_timeout = 0ms; }));
}

BOOST_AUTO_TEST_SUITE_END()
