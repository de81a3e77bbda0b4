// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// What ends calls, and what does not, while large replies are decoded or wait for memory.

#include "support/streams/streams.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <thread>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;
using steady = std::chrono::steady_clock;

constexpr std::size_t mebibyte = 1024u * 1024;

/// A list of about so many bytes, nearly all of them small values.
std::string dense_list(std::size_t size) {
    std::string list = "[";
    while (list.size() < size) list += "[1,\"a\",{\"b\":null}],";
    list.back() = ']';
    return list;
}

std::string dense_completion(std::size_t size) {
    return R"({"choices":[{"message":{"content":"Hi","x":)" + dense_list(size) + "}}]}";
}

std::string with_text(std::size_t size) {
    return R"({"choices":[{"message":{"role":"assistant","content":")" + std::string(size, 'x') +
        R"("},"finish_reason":"stop"}]})";
}

/// A reply that holds memory and never ends.
scripted_reply stalled_reply() {
    auto reply = scripted_reply(200, with_text(2 * mebibyte));
    reply.fault = testing::reply_fault::stall;
    reply.fault_after = mebibyte + mebibyte / 2;
    return reply;
}

/// Time that this thread has been running: others may use the machine as well.
std::chrono::nanoseconds running_time() {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
}

/// Runs the loop handler by handler, and knows how many there were and how long the longest took.
struct handler_meter {
    explicit handler_meter(client_fixture& w) : fixture_(w) {}

    template <class Condition>
    void run_until(Condition holds) {
        handlers = 0;
        auto const began = running_time();
        auto const end = steady::now() + patience;
        while (!holds() && steady::now() < end) {
            auto const before = running_time();
            fixture_.io.restart();
            handlers += fixture_.io.run_one_for(10ms);
            longest = std::max(longest, running_time() - before);
        }
        all = running_time() - began;
        BOOST_REQUIRE(holds());
    }

    std::size_t handlers = 0;
    std::chrono::nanoseconds longest{0};
    std::chrono::nanoseconds all{0};

private:
    client_fixture& fixture_;
};

/// Lets the deadline pass while decoding has begun, and expects the call to end soon after that.
/** Decoding goes on for some hundred handlers if nothing ends it. */
template <class IsDone>
void expect_end_at_deadline(
    client_fixture& w,
    client const& c,
    std::size_t body,
    steady::time_point deadline,
    IsDone done
) {
    handler_meter meter(w);
    meter.run_until([&] { return c.stats().reply_memory > 4 * body; });
    meter.run_until([&] { return meter.handlers > 2; });
    BOOST_TEST_REQUIRE(!done());
    BOOST_TEST_REQUIRE((steady::now() < deadline));
    std::this_thread::sleep_until(deadline);
    meter.run_until(done);
    BOOST_TEST(meter.handlers < 12U);
    // Without optimisation, and with sanitizers, a step takes longer.
    BOOST_TEST((meter.all < std::max<std::chrono::nanoseconds>(50ms, 4 * meter.longest)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(large_reply_waits)

// ------------------------------------------------------------------------------------------------- deadlines

BOOST_AUTO_TEST_CASE(a_call_ends_at_its_deadline_while_its_reply_is_decoded) {
    constexpr std::size_t size = 6 * mebibyte;
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, dense_completion(size)));
    request_options options;
    options.total_timeout = 4s;
    auto const deadline = steady::now() + 4s;
    auto const c = start(client, hello(), options);
    expect_end_at_deadline(w, client, size, deadline, [&] { return c->done; });
    BOOST_TEST(c->ec == errc::deadline_exceeded);
    BOOST_TEST(c->response.completion.choices.empty());
    BOOST_TEST(client.stats().reply_memory == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_ends_at_its_deadline_while_an_event_is_decoded) {
    constexpr std::size_t size = 6 * mebibyte;
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events(
        {says("a"), event(R"({"choices":[{"delta":{"content":"b","x":)" + dense_list(size) + "}}]}"), done()}
    ));
    request_options options;
    options.total_timeout = 4s;
    auto const deadline = steady::now() + 4s;
    auto stream = open_well(w, client, hello(), options);
    BOOST_REQUIRE(next(w, stream)->chunk);
    auto const second = start_next(stream);
    expect_end_at_deadline(w, client, size, deadline, [&] { return second->done; });
    BOOST_TEST(second->ec == errc::deadline_exceeded);
    BOOST_TEST(client.stats().reply_memory == 0U);
    w.finish();
}

// ------------------------------------------------------------------------------------------ waits for memory

BOOST_AUTO_TEST_CASE(waiting_for_memory_is_no_silence_of_the_provider) {
    // A refusal, a document in place of a stream, and a stream of an event that is large.
    auto const refusal =
        scripted_reply(500, R"({"error":{"message":")" + std::string(mebibyte, 'x') + "\"}}");
    auto const document = scripted_reply(200, with_text(mebibyte));
    for (auto const& reply : {refusal, document}) {
        client_fixture w(scheme::http);
        w.config.max_reply_memory = mebibyte;
        w.config.timeouts.first_content = 300ms;
        auto const client = w.make_client();
        w.server->enqueue(stalled_reply());
        auto const first = start(client);
        w.run_until([&] { return client.stats().reply_memory > mebibyte; });
        w.server->enqueue(reply);
        auto const opening = start_stream(client);
        w.run_until([&] { return client.stats().waiting_for_memory == 1U; });
        bool passed = false;
        asio::steady_timer timer(w.io, 600ms);
        timer.async_wait([&passed](error_code) { passed = true; });
        w.run_until([&] { return passed; });
        BOOST_TEST(!opening->done);
        first->cancel.emit(asio::cancellation_type::terminal);
        w.run_until([&] { return first->done && opening->done; });
        if (opening->ec) BOOST_TEST(opening->ec == make_http_error(500));
        opening->stream.cancel();
        w.finish();
    }
}

BOOST_AUTO_TEST_CASE(a_stream_that_waits_for_memory_ends_at_its_deadline) {
    client_fixture w(scheme::http);
    w.config.max_reply_memory = mebibyte;
    auto const client = w.make_client();
    w.server->enqueue(stalled_reply());
    auto const first = start(client);
    w.run_until([&] { return client.stats().reply_memory > mebibyte; });
    w.server->enqueue(scripted_reply(200, with_text(mebibyte)));
    request_options options;
    options.total_timeout = 1s;
    auto const opening = start_stream(client, hello(), options);
    w.run_until([&] { return opening->done; });
    BOOST_TEST(opening->ec == errc::deadline_exceeded);
    BOOST_TEST(client.stats().waiting_for_memory == 0U);
    first->cancel.emit(asio::cancellation_type::terminal);
    w.run_until([&] { return first->done; });
    w.finish();
}

// --------------------------------------------------------------------------------------- memory for decoding

BOOST_AUTO_TEST_CASE(a_stream_takes_memory_for_what_it_decodes) {
    constexpr std::size_t size = 700 * 1024;
    client_fixture w(scheme::http);
    w.config.max_reply_memory = 4 * mebibyte;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events({says(std::string(size, 'x')), finishes(), done()}));
    auto stream = open_well(w, client);
    auto const taking = start_next(stream);
    w.run_until([&] { return client.stats().reply_memory > 7 * size || taking->done; });
    BOOST_TEST(!taking->done);
    w.run_until([&] { return taking->done; });
    BOOST_TEST(taking->chunk.has_value());
    // What was decoded is the caller's.
    BOOST_TEST(client.stats().reply_memory < 4 * size);
    BOOST_TEST(!read_all(w, stream).ec);
    BOOST_TEST(client.stats().reply_memory == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_that_nobody_reads_keeps_no_memory_for_decoding) {
    constexpr std::size_t size = 700 * 1024;
    client_fixture w(scheme::http);
    w.config.max_reply_memory = 4 * mebibyte;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events({says(std::string(size, 'x')), finishes(), done()}));
    auto stream = open_well(w, client);
    BOOST_REQUIRE(next(w, stream)->chunk);
    // It had more than there is, and so had one that comes now to wait for its end.
    w.server->enqueue(scripted_reply(200, with_text(size)));
    require_success(*ask(w, client));
    BOOST_TEST(!read_all(w, stream).ec);
    w.finish();
}

BOOST_AUTO_TEST_CASE(an_expansion_without_bounds_takes_bounded_memory) {
    constexpr std::size_t size = mebibyte;
    client_fixture w(scheme::http);
    w.config.max_json_expansion = static_cast<std::size_t>(-1);
    w.config.max_reply_memory = 0;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, with_text(size)));
    auto const c = start(client);
    std::size_t most = 0;
    w.run_until([&] {
        most = std::max(most, client.stats().reply_memory);
        return c->done;
    });
    require_success(*c);
    BOOST_TEST(most > 8 * size);
    BOOST_TEST(most < 100 * size);
    w.server->enqueue(scripted_reply::events({says(std::string(size, 'x')), finishes(), done()}));
    auto stream = open_well(w, client);
    auto const taking = start_next(stream);
    most = 0;
    w.run_until([&] {
        most = std::max(most, client.stats().reply_memory);
        return taking->done;
    });
    BOOST_TEST(taking->chunk.has_value());
    BOOST_TEST(most > 8 * size);
    BOOST_TEST(most < 100 * size);
    BOOST_TEST(!read_all(w, stream).ec);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
