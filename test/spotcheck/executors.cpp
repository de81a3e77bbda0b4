// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/fixtures/client_fixture.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <optional>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace asio = boost::asio;

// A handler that can only be moved, and that reports how often it was called and where.
struct move_only_handler {
    explicit move_only_handler(asio::strand<asio::io_context::executor_type> s, int& n)
        : strand(std::move(s)), calls(&n), owned(std::make_unique<int>(1)) {}

    using executor_type = asio::strand<asio::io_context::executor_type>;
    executor_type get_executor() const noexcept { return strand; }

    void operator()(error_code, chat_response) {
        BOOST_TEST(strand.running_in_this_thread());
        *calls += *owned;
    }

    executor_type strand;
    int* calls;
    std::unique_ptr<int> owned;
};

// An allocator that counts what it has made and taken back.
struct allocations {
    std::size_t made = 0;
    std::size_t freed = 0;
};

template <class T>
struct counting_allocator {
    using value_type = T;

    explicit counting_allocator(allocations& a) noexcept : counted(&a) {}
    template <class U>
    counting_allocator(counting_allocator<U> const& other) noexcept : counted(other.counted) {}

    T* allocate(std::size_t n) {
        ++counted->made;
        return std::allocator<T>().allocate(n);
    }
    void deallocate(T* p, std::size_t n) noexcept {
        ++counted->freed;
        std::allocator<T>().deallocate(p, n);
    }

    template <class U>
    bool operator==(counting_allocator<U> const& other) const noexcept {
        return counted == other.counted;
    }

    allocations* counted;
};

/// `bind(other, handler)` makes of a handler one that lives on another context.
template <class Bind>
void require_call_on_other_context(Bind bind) {
    client_fixture w;
    asio::io_context other;
    auto c = w.make_client();
    bool called = false;
    auto handler = [&](error_code ec, chat_response) {
        BOOST_TEST(!ec);
        called = true;
    };
    c.async_complete(hello(), bind(other, handler));
    w.run_until([&] { return c.stats().calls_completed == 1; });
    w.io.poll(); // hands the handler over
    BOOST_TEST(!called);
    // The call has kept the other context busy, or this would return without having run anything.
    other.run();
    BOOST_TEST(called);
}

} // namespace

BOOST_AUTO_TEST_SUITE(executors)

BOOST_AUTO_TEST_CASE(a_handler_runs_on_its_own_executor) {
    client_fixture w;
    auto c = w.make_client();
    int calls = 0;
    c.async_complete(hello(), move_only_handler(asio::make_strand(w.io), calls));
    w.run_until([&] { return calls > 0; });
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_client_is_made_of_an_execution_context) {
    client_fixture w;
    client const with_defaults(w.io, w.endpoint);
    BOOST_TEST((with_defaults.get_executor() == asio::any_io_executor(w.io.get_executor())));
    client const configured(w.io, w.endpoint, w.config);
    require_success(*ask(w, configured));
    client const of_targets(w.io, std::vector<target>(1, target(w.endpoint)), w.config);
    require_success(*ask(w, of_targets));
    asio::thread_pool pool(1);
    client const on_a_pool(pool, w.endpoint, w.config);
    BOOST_TEST((on_a_pool.get_executor() == asio::any_io_executor(pool.get_executor())));
}

BOOST_AUTO_TEST_CASE(a_handler_may_live_on_another_context) {
    require_call_on_other_context([](asio::io_context& other, auto handler) {
        return asio::bind_executor(other.get_executor(), std::move(handler));
    });
}

BOOST_AUTO_TEST_CASE(a_handler_that_has_lost_its_type_is_called_where_it_lives) {
    require_call_on_other_context([](asio::io_context& other, auto handler) {
        auto bound = asio::bind_executor(other.get_executor(), std::move(handler));
        return asio::any_completion_handler<void(error_code, chat_response)>(std::move(bound));
    });
}

BOOST_AUTO_TEST_CASE(the_executor_of_a_handler_need_not_be_fit_for_io) {
    require_call_on_other_context([](asio::io_context& other, auto handler) {
        asio::any_completion_executor const executor(other.get_executor());
        return asio::bind_executor(executor, std::move(handler));
    });
}

BOOST_AUTO_TEST_CASE(the_allocator_of_a_handler_is_used) {
    allocations counted;
    client_fixture w;
    auto c = w.make_client();
    bool called = false;
    auto handler = [&](error_code ec, chat_response const&) {
        BOOST_TEST(!ec);
        // What was allocated for the operation has been given back before its handler is called.
        BOOST_TEST(counted.freed == counted.made);
        called = true;
    };
    c.async_complete(hello(), asio::bind_allocator(counting_allocator<void>(counted), handler));
    BOOST_TEST(counted.made > 0U);
    w.run_until([&] { return called; });
    BOOST_TEST(counted.freed == counted.made);
}

BOOST_AUTO_TEST_CASE(no_handler_runs_within_the_initiating_function) {
    client_fixture w;
    auto c = w.make_client();
    int calls = 0;
    auto const count = [&](error_code ec, chat_response) {
        BOOST_TEST(ec.failed());
        ++calls;
    };
    c.async_complete(chat_request("no messages"), count);
    BOOST_TEST(calls == 0);
    c.cancel();
    c.async_complete(hello(), count);
    BOOST_TEST(calls == 0);
    c.async_shutdown(std::chrono::milliseconds(0), [&](error_code) { ++calls; });
    BOOST_TEST(calls == 0);
    w.run_until([&] { return calls == 3; });
}

BOOST_AUTO_TEST_CASE(a_handler_may_start_the_next_call_and_destroy_the_client) {
    client_fixture w;
    std::optional<client> c(w.make_client());
    int calls = 0;
    c->async_complete(hello(), [&](error_code ec, chat_response) {
        BOOST_TEST(!ec);
        ++calls;
        c->async_complete(hello(), [&](error_code inner, chat_response) {
            BOOST_TEST(inner == errc::client_closed);
            ++calls;
        });
        c.reset();
    });
    w.run_until([&] { return calls == 2; });
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_handler_may_destroy_its_signal) {
    client_fixture w;
    auto c = w.make_client();
    std::optional<asio::cancellation_signal> signal(std::in_place);
    bool called = false;
    auto const handler = [&](error_code ec, chat_response) {
        BOOST_TEST(!ec);
        signal.reset();
        called = true;
    };
    c.async_complete(hello(), asio::bind_cancellation_slot(signal->slot(), handler));
    w.run_until([&] { return called; });
    w.finish();
}

BOOST_AUTO_TEST_CASE(unused_connections_do_not_keep_the_loop_running) {
    client_fixture w;
    auto c = w.make_client();
    bool called = false;
    c.async_complete(hello(), [&](error_code, chat_response) { called = true; });
    w.run_until([&] { return called; });
    BOOST_TEST(c.stats().connections_idle == 1u);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
