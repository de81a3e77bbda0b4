// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/all_tokens.hpp"
#include "support/fixtures/bulk_runs.hpp"
#include "support/fixtures/tool_turns.hpp"
#include "support/streams/streams.hpp"
#include <async_llm/completion_error.hpp>
#include <async_llm/structured_output.hpp>
#include <async_llm/with_response.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/version.hpp>
#if BOOST_ASIO_VERSION >= 103100
#include <boost/asio/cancel_after.hpp>
#endif

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

// What is thrown by operations that are awaited with the default completion token, and what that token does
// for other ones.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;
namespace asio = boost::asio;
namespace json = boost::json;

/// Facts of an error that was thrown.
struct seen {
    seen() = default;

    std::optional<completion_error> failure;
    std::optional<bulk_error> bulk;
    std::optional<boost::system::system_error> plain;
    std::optional<std::string> other;
};

seen look_at(std::exception_ptr const& thrown) {
    seen result;
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (completion_error const& e) {
        result.failure = e;
    } catch (bulk_error const& e) {
        result.bulk = e;
    } catch (boost::system::system_error const& e) {
        result.plain = e;
    } catch (std::exception const& e) {
        result.other = e.what();
    }
    return result;
}

/// Runs a coroutine and returns what it threw.
seen thrown_by(client_fixture& w, asio::awaitable<void> coroutine) {
    std::exception_ptr thrown;
    try {
        w.run(std::move(coroutine));
    } catch (...) {
        thrown = std::current_exception();
    }
    return look_at(thrown);
}

/// Awaits an operation, and the value of this type that it yields.
template <class Value, class Operation>
asio::awaitable<void> await(Operation operation) {
    auto value = co_await std::move(operation);
    static_assert(std::is_same_v<decltype(value), Value>);
}

template <class Value, class Operation>
seen awaited(client_fixture& w, Operation operation) {
    return thrown_by(w, await<Value>(std::move(operation)));
}

scripted_reply refusal() {
    auto reply = scripted_reply::error(403, "Not for you");
    reply.headers.emplace_back("x-request-id", "req-7");
    return reply;
}

void check_refusal(seen const& what) {
    BOOST_REQUIRE(what.failure);
    BOOST_TEST(what.failure->code() == make_http_error(403));
    BOOST_TEST(what.failure->info().status == 403);
    BOOST_TEST(what.failure->error().message == "Not for you");
    BOOST_TEST(std::string(what.failure->what()).find("Not for you") != std::string::npos);
}

/// A stream that breaks off with an error after two pieces.
scripted_reply failing_stream() {
    auto const failure = event(R"({"error":{"code":502,"message":"upstream is gone"}})");
    return scripted_reply::events({says("0 "), says("1 "), failure});
}

void check_failed_stream(seen const& what) {
    BOOST_REQUIRE(what.failure);
    BOOST_TEST(what.failure->code() == make_http_error(502));
    BOOST_TEST(what.failure->error().message == "upstream is gone");
    BOOST_TEST(what.failure->response().completion.text() == "0 1 ");
}

asio::awaitable<void> read_all(chat_stream& stream) {
    bool more = true;
    while (more) {
        auto const chunk = co_await stream.async_next();
        more = chunk.has_value();
    }
}

asio::awaitable<void> fill_all(chat_stream& stream) {
    chat_chunk chunk;
    bool more = true;
    while (more) more = co_await stream.async_next(chunk);
}

asio::awaitable<void> take_all_results(bulk& from) {
    bool more = true;
    while (more) {
        auto const result = co_await from.async_next();
        more = result.has_value();
    }
}

std::optional<chat_request> broken_source() { throw std::runtime_error("no more paper"); }

toolbox throwing_tools() {
    toolbox tools;
    tools.add("t", "", json::object(), [](tool_invocation) -> asio::awaitable<std::string> {
        throw std::runtime_error("the tool broke");
        co_return std::string();
    });
    return tools;
}

run_tools_options ending_with_a_failure() {
    run_tools_options options;
    options.on_failure = tool_failure_policy::end_run;
    return options;
}

/// Completion token whose operation returns what its initiation says the executor for I/O is.
struct executor_of_initiation {};

asio::awaitable<void> a_group_of_both(client& c) {
    // Not of a range: the threads of such a group of Asio 1.26 are the system's, and outlive the test.
    auto group = asio::experimental::make_parallel_group(
        c.async_complete(saying("fine")),
        c.async_complete(chat_request("no messages"))
    );
    auto token = asio::as_tuple(asio::use_awaitable);
    auto ended = co_await group.async_wait(asio::experimental::wait_for_all(), std::move(token));
    BOOST_TEST(!std::get<1>(ended));
    BOOST_TEST(std::get<2>(ended).text() == "fine");
    auto const what = look_at(std::get<3>(ended));
    BOOST_REQUIRE(what.failure);
    BOOST_TEST(what.failure->code() == errc::invalid_request);
}

} // namespace

namespace boost::asio {

template <class Result, class... Args>
class async_result<executor_of_initiation, Result(Args...)> {
public:
    template <class Initiation, class Token, class... InitArgs>
    static any_io_executor initiate(Initiation&& initiation, Token&&, InitArgs&&...) {
        // Concepts try it with an initiation that has none.
        if constexpr (requires { initiation.get_executor(); })
            return initiation.get_executor();
        else
            return any_io_executor();
    }
};

} // namespace boost::asio

BOOST_AUTO_TEST_SUITE(with_response)

BOOST_AUTO_TEST_CASE(a_completion_that_fails_throws_its_response) {
    client_fixture w(scheme::http);
    auto const c = w.make_client();
    w.server->respond_with([](auto const&) { return refusal(); });
    check_refusal(awaited<chat_response>(w, c.async_complete(hello())));
    check_refusal(awaited<chat_response>(w, c.async_complete(hello(), limited_to(30s))));
    check_refusal(awaited<chat_response>(w, c.complete(hello())));
    check_refusal(awaited<chat_stream>(w, c.async_stream(hello())));
    check_refusal(awaited<chat_stream>(w, c.async_stream(hello(), limited_to(30s))));
    check_refusal(awaited<chat_stream>(w, c.stream(hello())));
}

BOOST_AUTO_TEST_CASE(a_success_yields_the_value) {
    client_fixture w(scheme::http);
    auto const c = w.make_client();
    auto const ask = [](client const& from) -> asio::awaitable<void> {
        auto const response = co_await from.async_complete(saying("fine"));
        BOOST_TEST(response.text() == "fine");
        auto stream = co_await from.async_stream(saying("fine"));
        auto const whole = co_await stream.async_collect();
        BOOST_TEST(whole.text() == "fine");
    };
    w.run(ask(c));
}

BOOST_AUTO_TEST_CASE(a_stream_that_fails_throws_what_it_knows) {
    client_fixture w(scheme::http);
    auto const c = w.make_client();
    for (auto const& read : std::vector<std::function<asio::awaitable<void>(chat_stream&)>>{
             [](chat_stream& s) { return read_all(s); },
             [](chat_stream& s) { return fill_all(s); },
             [](chat_stream& s) { return await<chat_response>(s.async_collect()); },
             [](chat_stream& s) { return await<chat_response>(s.collect()); }
         }) {
        w.server->enqueue(failing_stream());
        auto stream = open_well(w, c);
        check_failed_stream(thrown_by(w, read(stream)));
    }
}

BOOST_AUTO_TEST_CASE(an_operation_too_many_throws_without_the_stream_of_the_other) {
    client_fixture w(scheme::http);
    auto const c = w.make_client();
    auto late = scripted_reply::events({says("late")});
    late.body = ": wait\n\n";
    late.parts.front().delay = patience;
    w.server->enqueue(late);
    auto stream = open_well(w, c);
    bool ended = false;
    stream.async_next([&](error_code, std::optional<chat_chunk> const&) { ended = true; });
    auto const what = awaited<std::optional<chat_chunk>>(w, stream.async_next());
    BOOST_REQUIRE(what.failure);
    BOOST_TEST(what.failure->code() == errc::operation_in_progress);
    BOOST_TEST(what.failure->info().status == 0);
    stream.cancel();
    w.run_until([&] { return ended; });
}

BOOST_AUTO_TEST_CASE(a_bulk_run_throws_its_report_or_what_its_source_threw) {
    client_fixture w(scheme::http);
    auto const c = w.make_client();
    auto const all = awaited<bulk_report>(w, async_complete_all(c, counted_requests(2), in_flight(0)));
    BOOST_REQUIRE(all.bulk);
    BOOST_TEST(all.bulk->code() == errc::invalid_request);
    BOOST_TEST(all.bulk->report().detail == "max_in_flight: is below 1");
    bulk run(c, counted_requests(2), in_flight(0));
    auto const next = thrown_by(w, take_all_results(run));
    BOOST_REQUIRE(next.bulk);
    BOOST_TEST(next.bulk->report().detail == "max_in_flight: is below 1");
    BOOST_TEST(
        awaited<bulk_report>(w, async_complete_all(c, broken_source)).other.value() == "no more paper"
    );
    BOOST_TEST(awaited<bulk_report>(w, complete_all(c, broken_source)).other.value() == "no more paper");
    bulk broken(c, broken_source);
    BOOST_TEST(thrown_by(w, take_all_results(broken)).other.value() == "no more paper");
}

BOOST_AUTO_TEST_CASE(a_run_of_tools_throws_its_last_response_or_what_a_tool_threw) {
    client_fixture w(scheme::http);
    auto const c = w.make_client();
    w.server->enqueue(refusal());
    check_refusal(awaited<run_tools_result>(w, async_run_tools(c, hello(), toolbox(repeating_tools(1)))));
    w.server->enqueue(asking_for({tool_call("1", "t", "{}")}));
    auto const broken = async_run_tools(c, hello(), throwing_tools(), ending_with_a_failure());
    BOOST_TEST(awaited<run_tools_result>(w, broken).other.value() == "the tool broke");
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_type_throws_the_response) {
    client_fixture w(scheme::http);
    auto const c = w.make_client();
    w.server->enqueue(scripted_reply::completion("no number"));
    auto const what = awaited<structured_reply<int>>(w, c.async_complete_as<int>(hello()));
    BOOST_REQUIRE(what.failure);
    BOOST_TEST(what.failure->code() == errc::schema_mismatch);
    BOOST_TEST(what.failure->response().text() == "no number");
}

BOOST_AUTO_TEST_CASE(an_operation_without_a_response_throws_its_code) {
    client_fixture w(scheme::http);
    auto const c = w.make_client();
    auto late = scripted_reply::completion("late");
    late.latency = patience;
    w.server->enqueue(late);
    auto const held = start(c);
    w.run_until([&] { return w.server->request_count() == 1; });
    auto const shut_down = [](client const& from) -> asio::awaitable<void> {
        co_await from.async_shutdown(0ms);
    };
    auto const what = thrown_by(w, shut_down(c));
    BOOST_REQUIRE(what.plain);
    BOOST_TEST(what.plain->code() == errc::deadline_exceeded);
}

BOOST_FIXTURE_TEST_CASE(other_tokens_get_the_exception, calling_fixture) {
    std::exception_ptr told;
    std::string text;
    bool called = false;
    auto const note = [&](std::exception_ptr thrown, chat_response response) {
        told = thrown;
        text = response.text();
        called = true;
    };
    c.async_complete(saying("callback"), async_llm::with_response(note));
    BOOST_TEST(!called);
    run_until([&] { return called; });
    BOOST_TEST(!told);
    BOOST_TEST(text == "callback");
    called = false;
    c.async_complete(chat_request("no messages"), async_llm::with_response(note));
    run_until([&] { return called; });
    BOOST_REQUIRE(look_at(told).failure);
    BOOST_TEST(look_at(told).failure->code() == errc::invalid_request);
    // On the loop: a thread of the system's may be at work for it when the test has ended.
    auto const here = asio::bind_executor(io.get_executor(), asio::use_future);
    auto failing = c.async_complete(chat_request("a"), async_llm::with_response(here));
    auto fine = c.async_complete(saying("future"), async_llm::with_response(here));
    run_until([&] { return is_ready(failing) && is_ready(fine); });
    BOOST_CHECK_THROW(failing.get(), completion_error);
    BOOST_TEST(fine.get().text() == "future");
    auto awaitable = c.async_complete(chat_request("a"), async_llm::with_response(asio::use_awaitable));
    BOOST_TEST(awaited<chat_response>(*this, std::move(awaitable)).failure.has_value());
    run(a_group_of_both(c));
}

BOOST_FIXTURE_TEST_CASE(the_handlers_executor_and_slot_count, calling_fixture) {
    auto late = scripted_reply::completion("late");
    late.latency = patience;
    server->enqueue(late);
    auto const strand = asio::make_strand(io);
    asio::cancellation_signal signal;
    std::exception_ptr told;
    bool called = false;
    auto handler = [&](std::exception_ptr thrown, chat_response const&) {
        BOOST_TEST(strand.running_in_this_thread());
        told = thrown;
        called = true;
    };
    auto bound = asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(strand, handler));
    c.async_complete(hello(), async_llm::with_response(std::move(bound)));
    run_until([&] { return server->request_count() == 1; });
    asio::dispatch(strand, [&] { signal.emit(asio::cancellation_type::terminal); });
    run_until([&] { return called; });
    BOOST_REQUIRE(look_at(told).failure);
    BOOST_TEST(look_at(told).failure->code() == asio::error::operation_aborted);
    BOOST_TEST((look_at(told).failure->info().phase == phase::waiting));
}

BOOST_FIXTURE_TEST_CASE(cancelling_the_coroutine_cancels_the_operation, calling_fixture) {
    auto late = scripted_reply::completion("late");
    late.latency = patience;
    server->enqueue(late);
    asio::cancellation_signal signal;
    seen what;
    bool done = false;
    auto const on_end = [&](std::exception_ptr thrown) {
        what = look_at(thrown);
        done = true;
    };
    auto handler = asio::bind_cancellation_slot(signal.slot(), on_end);
    asio::co_spawn(io, await<chat_response>(c.async_complete(hello())), std::move(handler));
    run_until([&] { return server->request_count() == 1; });
    signal.emit(asio::cancellation_type::terminal);
    run_until([&] { return done; });
    BOOST_REQUIRE(what.failure);
    BOOST_TEST(what.failure->code() == asio::error::operation_aborted);
    BOOST_TEST(c.stats().calls_in_flight == 0u);
}

BOOST_FIXTURE_TEST_CASE(adapters_find_the_executor_for_io, calling_fixture) {
    auto const expected = asio::any_io_executor(c.get_executor());
    auto const token = async_llm::with_response(executor_of_initiation());
    BOOST_TEST((c.async_complete(hello(), token) == expected));
    BOOST_TEST((c.async_stream(hello(), token) == expected));
    BOOST_TEST((c.async_complete_as<int>(hello(), token) == expected));
    BOOST_TEST((async_run_tools(c, hello(), toolbox(), token) == expected));
    BOOST_TEST((async_complete_all(c, counted_requests(1), token) == expected));
    auto stream = open_well(*this, c);
    BOOST_TEST((stream.async_next(token) == expected));
    BOOST_TEST((stream.async_collect(token) == expected));
    bulk run(c, counted_requests(1));
    BOOST_TEST((run.async_next(token) == expected));
}

#if BOOST_ASIO_VERSION >= 103100
BOOST_FIXTURE_TEST_CASE(a_limit_of_asios_ends_the_operation, calling_fixture) {
    auto late = scripted_reply::completion("late");
    late.latency = patience;
    server->enqueue(late);
    auto token = async_llm::with_response(asio::cancel_after(20ms, asio::deferred));
    auto const what = awaited<chat_response>(*this, c.async_complete(hello(), std::move(token)));
    BOOST_REQUIRE(what.failure);
    BOOST_TEST(what.failure->code() == asio::error::operation_aborted);
}
#endif

BOOST_AUTO_TEST_SUITE_END()
