// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/all_tokens.hpp"
#include "support/fixtures/described_types.hpp"
#include <async_llm/completion_error.hpp>
#include <async_llm/structured_output.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace unwilling {

// Type whose description throws.
struct note {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(note, (), (text))

void describe_schema(async_llm::schema_notes<note>&) { throw std::runtime_error("no notes today"); }

// Type whose value notes the thread on which it is made.
struct place {
    place() : thread(std::this_thread::get_id()) {}

    std::string text;
    std::thread::id thread;
};
BOOST_DESCRIBE_STRUCT(place, (), (text))

} // namespace unwilling

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace described_types;
using testing::scripted_reply;

constexpr auto monday = R"({"name":"Mon","high":12.5,"low":null})";

structured_options with_reasks(int count) {
    structured_options options;
    options.max_reasks = count;
    return options;
}

template <class T>
struct asking {
    asking() = default;

    bool done = false;
    error_code ec;
    structured_reply<T> reply;
    /// Emit it while the loop does not run.
    asio::cancellation_signal cancel;
};

template <class T>
std::shared_ptr<asking<T>>
start_asking(client const& from, structured_options options = structured_options()) {
    auto result = std::make_shared<asking<T>>();
    auto handler = [result](error_code ec, structured_reply<T> reply) {
        BOOST_TEST(!result->done);
        result->ec = ec;
        result->reply = std::move(reply);
        result->done = true;
    };
    from.async_complete_as<T>(
        hello(),
        std::move(options),
        asio::bind_cancellation_slot(result->cancel.slot(), std::move(handler))
    );
    BOOST_TEST(!result->done);
    return result;
}

scripted_reply held_reply() {
    auto reply = scripted_reply::completion("late");
    reply.latency = patience;
    return reply;
}

asio::awaitable<void> every_awaitable_form(client& c) {
    auto const implied = co_await c.async_complete_as<day>(hello());
    BOOST_TEST(implied.value.name == "Mon");
    auto const with_options = co_await c.async_complete_as<day>(hello(), with_reasks(1));
    BOOST_TEST(with_options.value.name == "Mon");
    auto const awaitable = co_await c.async_complete_as<day>(hello(), asio::use_awaitable);
    BOOST_TEST(awaitable.value.name == "Mon");
    auto [ec, reply] = co_await c.async_complete_as<day>(hello(), asio::as_tuple(asio::deferred));
    BOOST_TEST(!ec);
    BOOST_TEST(reply.value.name == "Mon");
    auto const plain = co_await c.complete_as<day>(hello(), with_reasks(1));
    BOOST_TEST(plain.value.name == "Mon");
}

asio::awaitable<void> ask_for_note(client& c, std::optional<std::string>& thrown) {
    try {
        co_await c.complete_as<unwilling::note>(hello());
    } catch (std::runtime_error const& e) {
        thrown = e.what();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(structured_async)

BOOST_FIXTURE_TEST_CASE(every_form_works, calling_fixture) {
    server->respond_with([](auto const&) { return scripted_reply::completion(monday); });
    run(every_awaitable_form(c));
    auto future = c.async_complete_as<day>(hello(), asio::use_future);
    run_until([&] { return is_ready(future); });
    auto const reply = future.get();
    BOOST_TEST(reply.value.high == 12.5);
    BOOST_TEST(reply.attempts == 1);
    BOOST_TEST(reply.response.text() == monday);
    BOOST_TEST(!reply.exception);
}

BOOST_FIXTURE_TEST_CASE(a_handler_gets_the_error_and_the_last_response, calling_fixture) {
    server->respond_with([](auto const&) { return scripted_reply::completion(R"({"name":"Mon"})"); });
    auto const asked = start_asking<day>(c, with_reasks(1));
    run_until([&] { return asked->done; });
    BOOST_TEST(asked->ec == errc::schema_mismatch);
    BOOST_TEST(asked->reply.attempts == 2);
    BOOST_TEST(asked->reply.response.text() == R"({"name":"Mon"})");
    BOOST_TEST(asked->reply.response.info.detail.starts_with("high: missing; the answer: "));
    server->respond_with([](auto const&) { return scripted_reply::error(401, "No such key"); });
    auto const refused = start_asking<day>(c);
    run_until([&] { return refused->done; });
    BOOST_TEST(refused->ec == make_http_error(401));
    BOOST_TEST(refused->reply.response.error.message == "No such key");
    auto const wrong = start_asking<day>(c, with_reasks(-1));
    run_until([&] { return wrong->done; });
    BOOST_TEST(wrong->ec == errc::invalid_request);
    BOOST_TEST(wrong->reply.attempts == 0);
}

BOOST_FIXTURE_TEST_CASE(what_the_description_throws_is_kept_and_thrown, calling_fixture) {
    auto const asked = start_asking<unwilling::note>(c);
    run_until([&] { return asked->done; });
    BOOST_TEST(asked->ec == boost::system::errc::state_not_recoverable);
    BOOST_REQUIRE(asked->reply.exception);
    BOOST_CHECK_THROW(std::rethrow_exception(asked->reply.exception), std::runtime_error);
    std::optional<std::string> thrown;
    run(ask_for_note(c, thrown));
    BOOST_TEST(thrown.value() == "no notes today");
    BOOST_TEST(server->request_count() == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_call_ends_promptly, calling_fixture) {
    for (auto const type : {asio::cancellation_type::terminal, asio::cancellation_type::partial}) {
        server->enqueue(held_reply());
        auto const before = server->request_count();
        auto const asked = start_asking<day>(c, with_reasks(3));
        run_until([&] { return server->request_count() == before + 1; });
        asked->cancel.emit(type);
        run_until([&] { return asked->done; });
        BOOST_TEST(asked->ec == asio::error::operation_aborted);
        BOOST_TEST(asked->reply.attempts == 1);
    }
    BOOST_TEST(c.stats().calls_in_flight == 0u);
    auto const asked = start_asking<day>(c);
    asked->cancel.emit(asio::cancellation_type::total);
    run_until([&] { return asked->done; });
    BOOST_TEST(asked->ec == asio::error::operation_aborted);
}

// A request that was sent may have had its effect, but another one has not.
BOOST_FIXTURE_TEST_CASE(total_cancellation_lets_the_request_go_on_and_no_other_follow, calling_fixture) {
    auto late = scripted_reply::completion(monday);
    late.latency = std::chrono::milliseconds(50);
    server->enqueue(late);
    auto const asked = start_asking<day>(c, with_reasks(3));
    run_until([&] { return server->request_count() == 1; });
    asked->cancel.emit(asio::cancellation_type::total);
    run_until([&] { return asked->done; });
    BOOST_TEST(!asked->ec);
    BOOST_TEST(asked->reply.value.name == "Mon");
    late = scripted_reply::completion("no JSON");
    late.latency = std::chrono::milliseconds(50);
    server->enqueue(late);
    auto const again = start_asking<day>(c, with_reasks(3));
    run_until([&] { return server->request_count() == 2; });
    again->cancel.emit(asio::cancellation_type::total);
    run_until([&] { return again->done; });
    BOOST_TEST(again->ec == asio::error::operation_aborted);
    BOOST_TEST(again->reply.response.text() == "no JSON");
    BOOST_TEST(server->request_count() == 2u);
}

// The value is made anew before the model is asked again.
BOOST_FIXTURE_TEST_CASE(the_run_lives_where_its_handler_does, calling_fixture) {
    auto const replies = [&] {
        server->enqueue(scripted_reply::completion("no JSON"));
        server->enqueue(scripted_reply::completion(R"({"text":"x"})"));
    };
    auto const loop = std::this_thread::get_id();
    replies();
    auto future = c.async_complete_as<unwilling::place>(hello(), with_reasks(1), asio::use_future);
    run_until([&] { return is_ready(future); });
    BOOST_TEST((future.get().value.thread == loop));
    replies();
    asio::thread_pool threads(1);
    std::promise<std::thread::id> told;
    auto elsewhere = told.get_future();
    auto handler = [&](error_code ec, structured_reply<unwilling::place> const& reply) {
        BOOST_TEST(!ec);
        BOOST_TEST((reply.value.thread == std::this_thread::get_id()));
        told.set_value(std::this_thread::get_id());
    };
    auto bound = asio::bind_executor(threads.get_executor(), handler);
    c.async_complete_as<unwilling::place>(hello(), with_reasks(1), std::move(bound));
    run_until([&] { return is_ready(elsewhere); });
    BOOST_TEST((elsewhere.get() != loop));
    threads.join();
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_client_ends_it, calling_fixture) {
    server->enqueue(held_reply());
    auto const asked = start_asking<day>(c, with_reasks(3));
    run_until([&] { return server->request_count() == 1; });
    c.cancel();
    run_until([&] { return asked->done; });
    BOOST_TEST(asked->ec == errc::client_closed);
}

// What is freed then, the address sanitizer finds out.
BOOST_AUTO_TEST_CASE(the_loop_may_be_destroyed_meanwhile) {
    auto w = std::make_unique<calling_fixture>();
    w->server->enqueue(held_reply());
    auto const asked = start_asking<day>(w->c, with_reasks(3));
    w->run_until([&] { return w->server->request_count() == 1; });
    std::weak_ptr<asking<day>> const watch = asked;
    w.reset();
    BOOST_TEST(!asked->done);
    BOOST_TEST(asked.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
