// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// What a peer can make decoding cost: for each shape of a body, and of an event, the memory it takes at most,
// how long the longest step holds the thread, and all steps together. Prints a table in Markdown.

#include "codec/reply/chunk_reader.hpp"
#include "codec/reply/decode_reply.hpp"
#include "support/faults/dense_json.hpp"
#include "support/fixtures/heap_meter.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <time.h>

namespace {

using namespace async_llm;
/// Time that this thread has been running, since others may use the cores as well.
struct thread_clock {
    using duration = std::chrono::nanoseconds;

    static duration now() {
        timespec at{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
        return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
    }
};

constexpr double mebibyte = 1024.0 * 1024.0;

double milliseconds(thread_clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

struct cost {
    cost() = default;

    template <class Step>
    void measure(Step step) {
        test::heap_meter const meter;
        for (bool done = false; !done;) {
            auto const began = thread_clock::now();
            done = step();
            auto const took = thread_clock::now() - began;
            longest = std::max(longest, took);
            total += took;
            ++steps;
        }
        peak = meter.peak();
    }

    template <class Destroy>
    void measure_destruction(Destroy destroy) {
        auto const began = thread_clock::now();
        destroy();
        destruction = std::max(destruction, thread_clock::now() - began);
    }

    error_code ec;
    std::size_t peak = 0;
    std::size_t steps = 0;
    thread_clock::duration longest{0};
    thread_clock::duration total{0};
    /// Of the decoder, or of what was decoded, whichever takes longer.
    thread_clock::duration destruction{0};
};

cost cost_of_body(std::string const& body, int status) {
    cost result;
    chat_completion completion;
    api_error error;
    std::string detail;
    codec::reply_view const reply(status, "application/json", body);
    std::optional<codec::reply_decoder> decoder;
    decoder.emplace(reply, codec::decode_limits(), completion, error, detail);
    result.measure([&] { return decoder->step(); });
    result.ec = decoder->result();
    result.measure_destruction([&] { decoder.reset(); });
    result.measure_destruction([&] {
        completion = chat_completion();
        error = api_error();
    });
    return result;
}

cost cost_of_event(std::string const& data) {
    cost result;
    auto const bytes = "data:" + data + "\n\n";
    std::optional<codec::chunk_reader> reader;
    reader.emplace(200, "text/event-stream", codec::chunk_limits());
    chat_chunk chunk;
    reader->put(bytes);
    result.measure([&] { return reader->next(chunk) != codec::chunk_reader::outcome::busy; });
    result.ec = reader->ec();
    result.measure_destruction([&] { reader.reset(); });
    result.measure_destruction([&] { chunk = chat_chunk(); });
    return result;
}

void print(std::string const& name, char const* what, std::size_t size, cost const& of) {
    auto const result = of.ec ? of.ec.message() : std::string("accepted");
    std::printf(
        "| %s | %s | %.2f | %.1f | %.2f | %zu | %.1f | %.1f | %.0f | %s |\n",
        name.c_str(),
        what,
        static_cast<double>(size) / mebibyte,
        static_cast<double>(of.peak) / mebibyte,
        static_cast<double>(of.peak + size) / static_cast<double>(size),
        of.steps,
        milliseconds(of.longest),
        milliseconds(of.destruction),
        milliseconds(of.total),
        result.c_str()
    );
    std::fflush(stdout);
}

void print_row(std::string const& name, std::string const& body, std::string const& event) {
    print(name, "body", body.size(), cost_of_body(body, 200));
    print(name, "error", body.size(), cost_of_body(body, 400));
    print(name, "event", event.size(), cost_of_event(event));
}

/// Objects as wide as they may be, whose names all fall into one bucket of a table at an address such as
/// `mmap` gives.
std::string colliding(std::size_t size) {
    constexpr std::size_t capacity = 512;
    std::string object = "{";
    for (auto const& name : test::colliding_names(capacity, capacity, 16)) object += '"' + name + "\":0,";
    object.back() = '}';
    return test::dense_shape("", R"({"choices":[{"message":{"content":"Hi"},"x":[)", object, "]}]}")
        .body(size);
}

} // namespace

int main(int argc, char const** argv) {
    auto const body = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 64u * 1024 * 1024;
    auto const event = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 8u * 1024 * 1024 - 16;
    std::puts("| what | as | MiB sent | MiB of memory | times | steps | longest step, ms | destruction, ms | "
              "all, ms | result |");
    std::puts("|---|---|---:|---:|---:|---:|---:|---:|---:|---|");
    for (auto const& shape : test::dense_shapes()) print_row(shape.name, shape.body(body), shape.body(event));
    print_row("objects of colliding names", colliding(body), colliding(event));
    auto const letters = test::dense_shape("", R"({"choices":[{"message":{"content":")", "line\\n", "\"}}]}");
    print_row("escaped text", letters.body(body), letters.body(event));
}
