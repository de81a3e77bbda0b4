// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/streams.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <array>
#include <functional>
#include <optional>
#include <random>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using asio::cancellation_type;
using testing::scripted_reply;
namespace data = boost::unit_test::data;

/// State of a stream.
enum class state {
    opening,    // the request is sent, the head has not come
    unread,     // opened, no operation yet
    waiting,    // an operation waits for the first chunk
    taken,      // some chunks were taken, others are here unparsed, no operation is pending
    mid_stream, // some chunks were taken, an operation waits for the next
    collecting, // an operation waits for all of it
};

constexpr std::array all_states{
    state::opening,
    state::unread,
    state::waiting,
    state::taken,
    state::mid_stream,
    state::collecting
};

std::ostream& operator<<(std::ostream& out, state s) {
    constexpr std::array names{"opening", "unread", "waiting", "taken", "mid_stream", "collecting"};
    return out << names[static_cast<std::size_t>(s)];
}

/// A stream that has come to one of the states, and stays there.
struct held_stream {
    explicit held_stream(state s, request_options options = request_options()) : at(s) {
        std::vector<std::string> events{says("1"), says("2"), says("3"), says("never")};
        auto reply = scripted_reply::events(events);
        // One write, so that the third is here when the first is taken.
        reply.parts.clear();
        if (s != state::waiting && s != state::unread)
            reply.parts.emplace_back(0ms, events[0] + events[1] + events[2]);
        reply.parts.emplace_back(patience, events[3]);
        if (s == state::unread || s == state::waiting) reply.body = ": hello\n\n";
        if (s == state::opening) reply.latency = patience;
        w.server->enqueue(reply);
        client.emplace(w.make_client());
        opened = start_stream(*client, hello(), std::move(options));
        if (s == state::opening) {
            w.run_until([this] { return w.server->request_count() == 1; });
            return;
        }
        w.run_until([this] { return opened->done; });
        BOOST_REQUIRE(!opened->ec);
        if (s == state::taken || s == state::mid_stream) BOOST_REQUIRE(next(w, stream())->chunk);
        if (s == state::mid_stream) {
            BOOST_REQUIRE(stream().try_next());
            BOOST_REQUIRE(stream().try_next());
        }
        if (s == state::waiting || s == state::mid_stream) pending = start_next(stream());
        if (s == state::collecting) {
            stream().async_collect(asio::bind_cancellation_slot(
                collect_signal.slot(),
                [this](error_code ec, chat_response r) {
                    collected = ec;
                    response = std::move(r);
                }
            ));
            w.run_until([this] { return stream_bytes_are_here(); });
        }
        for (int i = 0; i < 5; ++i) w.io.run_one_for(1ms);
    }

    chat_stream& stream() { return opened->stream; }

    bool stream_bytes_are_here() { return ++rounds > 5; }

    bool is_pending() const { return at != state::unread && at != state::taken; }

    /// The signal of the operation that is pending.
    asio::cancellation_signal& signal() {
        if (at == state::opening) return opened->cancel;
        return at == state::collecting ? collect_signal : pending->cancel;
    }

    /// Runs until the pending operation is over, and gives its error; asks if there is none.
    error_code outcome() {
        if (at == state::opening) {
            w.run_until([this] { return opened->done; });
            return opened->ec;
        }
        if (at == state::collecting) {
            w.run_until([this] { return collected.has_value(); });
            return *collected;
        }
        if (!pending) {
            // What is parsed already may still be given out.
            auto const all = read_all(w, stream());
            return all.ec;
        }
        w.run_until([this] { return pending->done; });
        return pending->ec;
    }

    /// The server sees that the connection is closed, and nothing is left.
    void finish() {
        await_no_connections(w);
        BOOST_TEST(w.server->stats().requests_aborted == 1u);
        if (client) {
            BOOST_TEST(client->stats().calls_in_flight == 0u);
            BOOST_TEST(client->stats().connections_in_use == 0u);
        }
        w.finish();
    }

    state at;
    client_fixture w;
    std::optional<async_llm::client> client;
    opening_ptr opened;
    taking_ptr pending;
    asio::cancellation_signal collect_signal;
    std::optional<error_code> collected;
    chat_response response;
    int rounds = 0;
};

/// Owns its stream, as most users' coroutines do.
asio::awaitable<void> read_for_ever(client const& from, bool collecting, int& taken) {
    auto stream = co_await from.stream(hello());
    if (collecting) co_await stream.collect();
    while (auto chunk = co_await stream.next()) ++taken;
}

asio::awaitable<void>
read_holding(client const& from, bool collecting, int& taken, [[maybe_unused]] std::shared_ptr<int> held) {
    co_await read_for_ever(from, collecting, taken);
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_cancellation)

BOOST_DATA_TEST_CASE(destroying_a_stream_closes_its_connection, data::make(all_states), at) {
    held_stream held(at);
    if (at == state::opening) {
        held.opened->cancel.emit(cancellation_type::terminal);
        held.outcome();
    }
    held.stream() = chat_stream();
    if (held.is_pending()) BOOST_TEST(held.outcome() == asio::error::operation_aborted);
    held.finish();
}

BOOST_DATA_TEST_CASE(cancelling_a_stream_closes_its_connection, data::make(all_states), at) {
    if (at == state::opening) return;
    held_stream held(at);
    held.stream().cancel();
    BOOST_TEST(held.outcome() == asio::error::operation_aborted);
    BOOST_TEST(!held.stream().try_next().has_value());
    BOOST_TEST(next(held.w, held.stream())->ec == asio::error::operation_aborted);
    held.finish();
}

BOOST_DATA_TEST_CASE(a_signal_of_any_type_ends_the_stream, data::make(all_states), at) {
    if (at == state::unread || at == state::taken) return;
    for (auto const type :
         {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
        // A request that is on its way can't be undone, which is what "total" asks for.
        if (at == state::opening && type == cancellation_type::total) continue;
        held_stream held(at);
        held.signal().emit(type);
        BOOST_TEST(held.outcome() == asio::error::operation_aborted);
        BOOST_TEST(next(held.w, held.stream())->ec == asio::error::operation_aborted);
        held.finish();
    }
}

BOOST_DATA_TEST_CASE(cancelling_the_client_ends_the_stream, data::make(all_states), at) {
    held_stream held(at);
    held.client->cancel();
    BOOST_TEST(held.outcome() == errc::client_closed);
    held.finish();
}

BOOST_DATA_TEST_CASE(destroying_the_client_ends_the_stream, data::make(all_states), at) {
    held_stream held(at);
    held.client.reset();
    BOOST_TEST(held.outcome() == errc::client_closed);
    held.finish();
}

BOOST_DATA_TEST_CASE(the_deadline_ends_the_stream, data::make(all_states), at) {
    request_options options;
    options.total_timeout = 300ms;
    held_stream held(at, options);
    BOOST_TEST(held.outcome() == errc::deadline_exceeded);
    held.finish();
}

BOOST_DATA_TEST_CASE(the_loop_may_be_destroyed_with_a_stream_in_any_state, data::make(all_states), at) {
    held_stream held(at);
    // The stream has to go before the loop; what is suspended in the loop goes with it.
    held.opened.reset();
    held.pending.reset();
    held.client.reset();
    BOOST_TEST(!held.collected.has_value());
}

BOOST_AUTO_TEST_CASE(the_loop_may_be_destroyed_with_coroutines_that_own_their_streams) {
    for (bool const collecting : {false, true}) {
        client_fixture w;
        auto reply = scripted_reply::events({says("1"), says("2")});
        reply.parts.emplace_back(patience, says("never"));
        w.server->respond_with([reply](testing::received_request const&) { return reply; });
        auto const client = w.make_client();
        int taken = 0;
        for (int i = 0; i < 3; ++i)
            asio::co_spawn(w.io, read_for_ever(client, collecting, taken), asio::detached);
        if (collecting)
            w.run_until([&] { return w.server->request_count() == 3; });
        else
            w.run_until([&] { return taken == 6; });
        for (int i = 0; i < 20; ++i) w.io.run_one_for(1ms);
        // LeakSanitizer reports whether they have gone with it.
        BOOST_TEST(client.stats().calls_in_flight == 3u);
    }
}

BOOST_AUTO_TEST_CASE(the_loop_may_be_destroyed_while_an_exception_unwinds) {
    for (bool const collecting : {false, true}) {
        auto held = std::make_shared<int>(0);
        std::weak_ptr<int> const alive = held;
        try {
            client_fixture w;
            auto reply = scripted_reply::events({says("1"), says("2")});
            reply.parts.emplace_back(patience, says("never"));
            w.server->respond_with([reply](testing::received_request const&) { return reply; });
            auto const client = w.make_client();
            int taken = 0;
            asio::co_spawn(w.io, read_holding(client, collecting, taken, std::move(held)), asio::detached);
            w.run_until([&] { return collecting ? w.server->request_count() == 1 : taken == 2; });
            for (int i = 0; i < 20; ++i) w.io.run_one_for(1ms);
            throw 7;
        } catch (int) {
            BOOST_TEST(alive.expired());
        }
    }
}

BOOST_AUTO_TEST_CASE(what_was_received_before_a_cancellation_is_kept) {
    held_stream held(state::collecting);
    held.signal().emit(cancellation_type::terminal);
    BOOST_TEST(held.outcome() == asio::error::operation_aborted);
    BOOST_TEST(held.response.text() == "123");
}

BOOST_AUTO_TEST_CASE(an_ended_stream_can_be_cancelled_and_destroyed_without_effect) {
    client_fixture w;
    auto const client = w.make_client();
    {
        auto stream = open_well(w, client);
        BOOST_TEST(!read_all(w, stream).ec);
        stream.cancel();
        BOOST_TEST(stream.info().status == 200);
    }
    ask_well(w, client);
    BOOST_TEST(client.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(streams_dropped_at_random_moments_leave_nothing_behind) {
    client_fixture w;
    auto client = std::optional(w.make_client());
    w.server->respond_with([](testing::received_request const&) {
        auto reply = scripted_reply::events(counted_events(20));
        reply.event_interval = 1ms;
        return reply;
    });
    std::mt19937 random(20240522);
    std::size_t ended = 0;
    std::size_t dropped = 0;
    struct reader {
        chat_stream stream;
        std::size_t left = 0;
    };
    std::function<void(std::shared_ptr<reader>)> read = [&](std::shared_ptr<reader> r) {
        if (r->left-- == 0) {
            r->stream = chat_stream();
            ++dropped;
            return;
        }
        r->stream.async_next([&, r](error_code ec, std::optional<chat_chunk> chunk) {
            BOOST_TEST(!ec);
            if (chunk)
                read(r);
            else
                ++ended;
        });
    };
    constexpr std::size_t count = 300;
    for (std::size_t i = 0; i < count; ++i) {
        client->async_stream(hello(), [&](error_code ec, chat_stream stream) {
            BOOST_TEST(!ec);
            auto r = std::make_shared<reader>();
            r->stream = std::move(stream);
            r->left = random() % 40;
            read(r);
        });
    }
    w.run_until([&] { return ended + dropped == count; });
    BOOST_TEST(ended > 50u);
    BOOST_TEST(dropped > 50u);
    w.run_until([&] { return client->stats().calls_in_flight == 0; });
    BOOST_TEST(client->stats().connections_in_use == 0u);
    client.reset();
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
