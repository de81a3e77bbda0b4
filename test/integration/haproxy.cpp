// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/haproxy.hpp"

#include "support/streams/marked_completions.hpp"
#include "support/streams/streams.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <optional>
#include <ostream>
#include <random>

// A real haproxy between the client and two providers, of which it drops one in the middle of many calls.
// Nothing is lost but what cannot be done again: streams of which something has been delivered.

namespace async_llm::test {

std::ostream& operator<<(std::ostream& out, haproxy_mode mode) {
    return out << (mode == haproxy_mode::http ? "http" : "tcp");
}

} // namespace async_llm::test

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::received_request;
using testing::scripted_reply;
namespace data = boost::unit_test::data;

constexpr std::size_t in_flight = 64;
constexpr std::array modes{haproxy_mode::http, haproxy_mode::tcp};

testing::mock_options
backend_options(haproxy_mode mode, testing::certificate_authority const& authority, loopback_port const& at) {
    testing::mock_options options(testing::provider_dialect::aimlapi);
    if (mode == haproxy_mode::tcp) options.identity = authority.issue();
    options.port = at.number();
    options.recorded_requests = 0;
    return options;
}

/// The fixture with a haproxy in the mock provider's place, and two mock providers behind it.
struct behind_haproxy : client_fixture {
    behind_haproxy(haproxy_mode m, std::size_t calls)
        : mode(m),
          served(calls),
          first(io.get_executor(), backend_options(m, authority, first_port)),
          second(io.get_executor(), backend_options(m, authority, second_port)),
          proxy(m, authority.issue(), {first_port.number(), second_port.number()}) {
        server->stop();
        endpoint.base_url = proxy.url("/v1");
        config.retry = persistent();
    }

    /// Both answer in this way, and note whom.
    void respond_with(testing::mock_provider::responder answer) {
        auto const noting = [this, answer](received_request const& request) {
            served.add(request.last_user_text());
            return answer(request);
        };
        first.respond_with(noting);
        second.respond_with(noting);
    }

    /// The first of them dies, and all that it had begun.
    void kill_first() {
        first.stop_listening();
        first.reset_connections();
    }

    void print(std::string const& line) const {
        auto const count = [this](char const* name) {
            return std::to_string(proxy.counter(0, name)) + " and " + std::to_string(proxy.counter(1, name));
        };
        std::cout << "haproxy, " << mode << ": " << line << "; haproxy: " << count("stot") << " sessions, "
                  << count("wredis") << " redispatched, " << count("econ") << " and " << count("eresp")
                  << " errors; " << served.repeated() << " calls served more than once" << std::endl;
    }

    haproxy_mode mode;
    served_marks served;
    // Held, so that no other process gets the port of a backend that is dead.
    loopback_port first_port;
    loopback_port second_port;
    testing::mock_provider first;
    testing::mock_provider second;
    haproxy_server proxy;
};

/// After a while of up to 20 ms, so that some are always under way.
testing::mock_provider::responder echoing(std::mt19937& random) {
    return [&random](received_request const&) {
        auto reply = scripted_reply::echo();
        reply.latency = std::chrono::microseconds(random() % 20'000);
        return reply;
    };
}

// --------------------------------------------------------------------------------------------------- streams

constexpr std::size_t words = 8;

std::string word_of(std::size_t stream, std::size_t number) {
    return mark_of(stream) + ":" + std::to_string(number) + " ";
}

std::string text_of(std::size_t stream) {
    std::string result;
    for (std::size_t i = 0; i < words; ++i) result += word_of(stream, i);
    return result;
}

/// As many words, with a while before the head, and between the words.
testing::mock_provider::responder streaming(std::mt19937& random) {
    return [&random](received_request const& request) {
        auto const mark = request.last_user_text();
        std::vector<std::string> events{": being thought about\n\n"};
        for (std::size_t i = 0; i < words; ++i) events.push_back(says(mark + ":" + std::to_string(i) + " "));
        events.push_back(finishes());
        events.push_back(done());
        auto reply = scripted_reply::events(std::move(events));
        reply.latency = std::chrono::microseconds(random() % 20'000);
        reply.event_interval = std::chrono::microseconds(1'000 + random() % 3'000);
        return reply;
    };
}

/// Streams, so many of them at a time, each with a mark in every word.
class marked_streams {
public:
    marked_streams(client_fixture& w, client const& from, std::size_t total)
        : fixture_(w), client_(from), streams_(total) {
        for (std::size_t i = 0; i < in_flight; ++i)
            asio::co_spawn(w.io, work(), [this](std::exception_ptr e) { note(e); });
    }
    marked_streams(marked_streams const&) = delete;
    marked_streams& operator=(marked_streams const&) = delete;

    void run_until_ended(std::size_t count) {
        fixture_.run_until([this, count] { return ended_ >= count; });
    }

    /// Waits for the coroutines themselves.
    void finish() {
        fixture_.run_until([this] { return workers_ended_ == in_flight; });
    }

    void check(served_marks const& served) const {
        for (std::size_t i = 0; i < streams_.size(); ++i) check(streams_[i], i, served[i]);
        auto const stats = client_.stats();
        BOOST_TEST(stats.calls_in_flight == 0u);
        BOOST_TEST(stats.calls_completed == streams_.size() - broken());
        BOOST_TEST(stats.calls_failed == broken());
    }

    /// Number of calls that had delivered something, and ended with an error.
    std::size_t broken() const {
        return count([](one_stream const& s) { return s.ec.failed(); });
    }

    /// Number of calls that were begun anew, and ended well.
    std::size_t begun_anew() const {
        return count([](one_stream const& s) { return !s.ec && s.info.attempts > 1; });
    }

    std::string figures() const {
        return std::to_string(streams_.size()) + " streams, " + std::to_string(broken()) +
            " broken off behind content, " + std::to_string(begun_anew()) + " begun anew before it, " +
            connection_figures(client_.stats());
    }

private:
    struct one_stream {
        one_stream() = default;

        std::string text;
        error_code ec;
        response_info info;
    };

    template <class Predicate>
    std::size_t count(Predicate is_so) const {
        return static_cast<std::size_t>(std::count_if(streams_.begin(), streams_.end(), is_so));
    }

    void note(std::exception_ptr e) {
        BOOST_TEST(!e);
        ++workers_ended_;
    }

    asio::awaitable<void> work() {
        while (begun_ < streams_.size()) {
            auto const number = begun_++;
            co_await read(number, streams_[number]);
            ++ended_;
        }
    }

    asio::awaitable<void> read(std::size_t number, one_stream& result) {
        auto operation = client_.async_stream(saying(mark_of(number)), asio::as_tuple(asio::deferred));
        auto opened = co_await std::move(operation);
        auto& [failure, stream] = opened;
        result.ec = failure;
        while (!result.ec) {
            auto const next = co_await stream.async_next(asio::as_tuple(asio::deferred));
            auto const& [ec, chunk] = next;
            result.ec = ec;
            if (!ec && !chunk) break;
            if (!ec) result.text += chunk->text();
        }
        result.info = stream.info();
    }

    // Lost is what failed with nothing delivered; answered twice is what has a word twice.
    static void check(one_stream const& s, std::size_t number, std::size_t served) {
        auto const whole = text_of(number);
        auto const times = static_cast<std::size_t>(s.info.attempts) * (s.info.replayed ? 2 : 1);
        auto const story =
            mark_of(number) + " ended with " + s.ec.message() + " after " + s.text + ": " + s.info.detail;
        BOOST_CHECK_MESSAGE(served >= 1 && served <= times, story);
        if (!s.ec) {
            BOOST_CHECK_MESSAGE(s.text == whole, story);
            return;
        }
        BOOST_CHECK_MESSAGE(!s.text.empty() && whole.starts_with(s.text), story);
        BOOST_CHECK_MESSAGE(s.ec == condition::connection, story);
        BOOST_CHECK_MESSAGE(s.info.retry_stop == retry_stop::content_delivered, story);
    }

    client_fixture& fixture_;
    client const& client_;
    std::vector<one_stream> streams_;
    std::size_t begun_ = 0;
    std::size_t ended_ = 0;
    std::size_t workers_ended_ = 0;
};

// ----------------------------------------------------------------------------------------------------- tests

/// Completions through that haproxy.
struct completions_behind_haproxy {
    completions_behind_haproxy(haproxy_mode mode, std::size_t total)
        : random(20260405), w(mode, total), c(w.make_client()), count(total) {
        w.respond_with(echoing(random));
        calls.emplace(c, total, in_flight);
    }

    void run_until_ended(std::size_t number) { calls->run_until_ended(w, number); }

    void finish(std::string const& what) {
        run_until_ended(count);
        calls->check();
        calls->check_served(w.served);
        w.print(what + ": " + calls->figures());
    }

    std::mt19937 random;
    behind_haproxy w;
    client const c;
    std::size_t const count;
    std::optional<marked_completions> calls;
};

void completions_and_a_death(haproxy_mode mode) {
    completions_behind_haproxy run(mode, 3'000);
    run.run_until_ended(run.count / 3);
    run.w.kill_first();
    run.w.run_until([&] { return run.w.proxy.status(0) == "DOWN"; });
    run.run_until_ended(2 * run.count / 3);
    run.w.first.resume_listening();
    run.finish("a backend dies, and comes back");
    // Some were under way there.
    BOOST_TEST(run.c.stats().retries + run.c.stats().replays > 0u);
}

void completions_and_maintenance(haproxy_mode mode) {
    completions_behind_haproxy run(mode, 3'000);
    constexpr std::size_t parts = 5;
    for (std::size_t i = 1; i < parts; ++i) {
        run.run_until_ended(i * run.count / parts);
        run.w.proxy.set_ready((i + 1) % 2);
        run.w.proxy.set_maintenance(i % 2);
    }
    run.finish("backends in maintenance by turns");
    BOOST_TEST(run.c.stats().retries + run.c.stats().replays > 0u);
}

void completions_and_draining(haproxy_mode mode) {
    completions_behind_haproxy run(mode, 1'500);
    run.run_until_ended(run.count / 3);
    run.w.proxy.drain(0);
    run.run_until_ended(2 * run.count / 3);
    run.w.proxy.set_ready(0);
    run.finish("a backend drained, and back in service");
    BOOST_TEST(run.c.stats().retries == 0u);
    BOOST_TEST(run.w.served.repeated() == 0u);
}

/// Gives the streams that were begun anew, which depends on how many wait for their first content in that
/// moment.
std::size_t streams_and_a_death_once(haproxy_mode mode, unsigned seed) {
    constexpr std::size_t total = 1'000;
    std::mt19937 random(seed);
    behind_haproxy w(mode, total);
    w.respond_with(streaming(random));
    client const c = w.make_client();
    marked_streams streams(w, c, total);
    streams.run_until_ended(total / 2);
    w.kill_first();
    streams.run_until_ended(total);
    streams.finish();

    streams.check(w.served);
    BOOST_TEST(streams.broken() > 0u);
    BOOST_TEST(streams.broken() <= in_flight);
    w.print("a backend dies: " + streams.figures());
    return streams.begun_anew();
}

void streams_and_a_death(haproxy_mode mode) {
    constexpr unsigned most_tries = 5;
    std::size_t begun_anew = 0;
    for (unsigned i = 0; i < most_tries && begun_anew == 0; ++i)
        begun_anew = streams_and_a_death_once(mode, 20260405 + i);
    BOOST_TEST(begun_anew > 0u);
}

} // namespace

BOOST_AUTO_TEST_SUITE(haproxy)

BOOST_DATA_TEST_CASE(a_backend_that_dies_in_the_middle_of_completions_loses_none, data::make(modes), mode) {
    completions_and_a_death(mode);
}

BOOST_DATA_TEST_CASE(
    sessions_that_haproxy_ends_in_the_middle_of_completions_lose_none,
    data::make(modes),
    mode
) {
    completions_and_maintenance(mode);
}

BOOST_DATA_TEST_CASE(a_backend_that_is_drained_is_not_noticed, data::make(modes), mode) {
    completions_and_draining(mode);
}

BOOST_DATA_TEST_CASE(streams_are_begun_anew_unless_they_have_delivered_something, data::make(modes), mode) {
    streams_and_a_death(mode);
}

BOOST_AUTO_TEST_SUITE_END()
