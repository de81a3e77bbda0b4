// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Many paced streams at the same time on one thread, from a mock provider over TLS on a second one:
//     stream_spread [streams [events [milliseconds between events]]]          default: 1000 20 50
// The first round opens the connections, the second one finds them open. Fails if a stream fails, or if one
// of its events is missing, out of order or another stream's.
#include "support/faults/open_files.hpp"
#include <async_llm/async_llm.hpp>
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <pthread.h>
#include <thread>

namespace {

namespace asio = boost::asio;
namespace llm = async_llm;
using steady = std::chrono::steady_clock;

struct setting {
    setting() = default;

    std::size_t streams = 1'000;
    std::size_t events = 20;
    std::chrono::milliseconds interval{50};
};

struct round {
    explicit round(setting const& s) : wanted(s) {}

    setting const wanted;
    std::size_t ended = 0;
    std::size_t failed = 0;
    std::size_t wrong = 0;
    std::size_t events = 0;
    std::vector<double> first_event; // milliseconds from the call to the first event
    std::vector<double> lateness;    // milliseconds by which an event missed its time after the one before
};

double milliseconds(steady::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

// What the event with this number is to say in the stream with that number.
std::string expected_text(std::string const& stream, std::size_t event) {
    return stream + ":" + std::to_string(event) + " ";
}

std::string chunk_event(std::string const& text, bool last) {
    boost::json::object choice;
    choice["index"] = 0;
    choice["delta"] = boost::json::object({{"content", text}});
    if (last) choice["finish_reason"] = "stop";
    boost::json::object chunk;
    chunk["id"] = "chatcmpl-bench";
    chunk["object"] = "chat.completion.chunk";
    chunk["created"] = 1744209255;
    chunk["model"] = "bench";
    chunk["choices"] = boost::json::array(1, choice);
    return "data: " + boost::json::serialize(chunk) + "\n\n";
}

llm::testing::scripted_reply paced_reply(setting const& s, llm::testing::received_request const& request) {
    auto const stream = request.last_user_text();
    std::vector<std::string> events;
    for (std::size_t i = 0; i < s.events; ++i)
        events.push_back(chunk_event(expected_text(stream, i), i + 1 == s.events));
    auto result = llm::testing::scripted_reply::events(std::move(events));
    result.event_interval = s.interval;
    result.parts.back().bytes += "data: [DONE]\n\n";
    return result;
}

asio::awaitable<llm::error_code> read(llm::client& client, std::string number, round& r) {
    auto const start = steady::now();
    auto request = llm::chat_request("bench");
    request.user(number);
    auto opened = co_await client.async_stream(std::move(request), asio::as_tuple(asio::deferred));
    auto& [failure, stream] = opened;
    if (failure) co_return failure;
    std::size_t seen = 0;
    bool good = true;
    for (auto last = start;;) {
        auto const next = co_await stream.async_next(asio::as_tuple(asio::deferred));
        auto const& [ec, chunk] = next;
        if (ec) co_return ec;
        if (!chunk) break;
        auto const now = steady::now();
        good = good && chunk->text() == expected_text(number, seen);
        auto const late = milliseconds(now - last - r.wanted.interval);
        if (seen++ == 0)
            r.first_event.push_back(milliseconds(now - start));
        else
            r.lateness.push_back(std::max(late, 0.0));
        last = now;
    }
    r.events += seen;
    if (!good || seen != r.wanted.events) ++r.wrong;
    co_return llm::error_code();
}

void begin_all(asio::io_context& io, llm::client& client, round& r) {
    for (std::size_t i = 0; i < r.wanted.streams; ++i) {
        asio::co_spawn(
            io,
            read(client, std::to_string(i), r),
            [&r](std::exception_ptr thrown, llm::error_code ec) {
                ++r.ended;
                if (!thrown && !ec) return;
                if (r.failed++ == 0) std::cerr << "a stream failed: " << ec.message() << '\n';
            }
        );
    }
}

double cpu_seconds(std::thread& thread) {
    clockid_t clock{};
    timespec time{};
    pthread_getcpuclockid(thread.native_handle(), &clock);
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void print_spread(char const* title, std::vector<double>& values) {
    if (values.empty()) return;
    std::sort(values.begin(), values.end());
    auto const at = [&values](double p) {
        return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))];
    };
    std::cout << "  " << std::left << std::setw(24) << title << std::right << " min " << std::setw(8) << at(0)
              << "  p50 " << std::setw(8) << at(0.5) << "  p99 " << std::setw(8) << at(0.99) << "  max "
              << std::setw(8) << at(1) << "  spread " << std::setw(8) << at(1) - at(0) << '\n';
}

// One round; whether all went well.
bool run(
    asio::io_context& io,
    llm::client& client,
    setting const& s,
    std::thread& server,
    char const* title
) {
    round r(s);
    auto const begin = steady::now();
    auto const client_cpu = cpu_seconds();
    auto const server_cpu = cpu_seconds(server);
    begin_all(io, client, r);
    io.restart();
    while (r.ended < s.streams && io.run_one() != 0) continue;
    auto const client_used = cpu_seconds() - client_cpu;
    auto const server_used = cpu_seconds(server) - server_cpu;
    auto const per_event = 1e6 / static_cast<double>(std::max<std::size_t>(r.events, 1));
    std::cout << title << ": " << s.streams << " streams, " << r.events << " events in "
              << milliseconds(steady::now() - begin) << " ms, " << r.failed << " failed, " << r.wrong
              << " not as sent\n";
    print_spread("first event, ms", r.first_event);
    print_spread("lateness of events, ms", r.lateness);
    std::cout << "  CPU of the client       " << client_used << " s, " << client_used * per_event
              << " us per event; of the server " << server_used << " s, " << server_used * per_event
              << " us per event\n";
    return r.failed == 0 && r.wrong == 0 && r.events == s.streams * s.events;
}

setting read_setting(int argc, char** argv) {
    setting result;
    if (argc > 1) result.streams = std::stoul(argv[1]);
    if (argc > 2) result.events = std::max(std::stoul(argv[2]), 1ul);
    if (argc > 3) result.interval = std::chrono::milliseconds(std::stoul(argv[3]));
    return result;
}

} // namespace

int main(int argc, char** argv) try {
    auto const s = read_setting(argc, argv);
    if (!llm::test::allow_open_files(2 * s.streams + 200))
        throw std::runtime_error("the hard limit of open files is too low for so many streams");
    llm::testing::certificate_authority const authority;
    asio::io_context server_io(1);
    llm::testing::mock_provider server(
        server_io.get_executor(),
        llm::testing::mock_options(llm::testing::provider_dialect::openai, authority.issue())
    );
    server.respond_with([&s](llm::testing::received_request const& request) {
        return paced_reply(s, request);
    });
    std::thread server_thread([&server_io] { server_io.run(); });

    asio::io_context io(1);
    llm::client_config config;
    config.tls.ca_pem = authority.root_certificate();
    config.proxy = "";
    config.pool.max_connections = s.streams;
    config.pool.idle_timeout = std::chrono::milliseconds(0);
    bool good = false;
    {
        llm::client client(
            io.get_executor(),
            llm::provider::openai_compatible(server.base_url(), "key"),
            config
        );
        std::cout << std::fixed << std::setprecision(2);
        good = run(io, client, s, server_thread, "with handshakes");
        good = run(io, client, s, server_thread, "on open connections") && good;
    }
    server.stop();
    server_thread.join();
    return good ? 0 : 1;
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 2;
}
