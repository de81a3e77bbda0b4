// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// What it costs to turn requests into bytes and bytes into replies, beside Boost.JSON's own parse of the same
// bytes and beside memchr, which looks at each byte once. Names end in the size of the text that the message
// carries.

#include "codec/chat/encode_request.hpp"
#include "codec/http/sse_parser.hpp"
#include "codec/reply/chunk_reader.hpp"
#include "codec/reply/decode_reply.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <benchmark/benchmark.h>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

namespace json = boost::json;
namespace llm = async_llm;
namespace codec = async_llm::codec;

// Words, quotes and line ends as people write them, so that some of it needs escapes.
std::string prose(std::size_t size) {
    constexpr std::string_view sentence =
        "The quick brown fox said \"hello\" to the lazy dog; it did not answer, as dogs don't.\n";
    std::string text;
    while (text.size() < size) text += sentence;
    text.resize(size);
    return text;
}

std::string completion(std::size_t size) {
    json::object const message{{"role", "assistant"}, {"content", prose(size)}, {"refusal", nullptr}};
    json::object const
        choice{{"index", 0}, {"message", message}, {"logprobs", nullptr}, {"finish_reason", "stop"}};
    json::object const details{{"cached_tokens", 0}, {"audio_tokens", 0}};
    json::object const usage{
        {"prompt_tokens", 19},
        {"completion_tokens", 10},
        {"total_tokens", 29},
        {"prompt_tokens_details", details}
    };
    json::object const body{
        {"id", "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT"},
        {"object", "chat.completion"},
        {"created", 1741569952},
        {"model", "gpt-4.1-2025-04-14"},
        {"choices", json::array{choice}},
        {"usage", usage},
        {"service_tier", "default"},
        {"system_fingerprint", "fp_44709d6fcb"}
    };
    return json::serialize(body);
}

std::string chunk_event(std::string_view text) {
    json::object const delta{{"content", text}};
    json::object const
        choice{{"index", 0}, {"delta", delta}, {"logprobs", nullptr}, {"finish_reason", nullptr}};
    json::object const body{
        {"id", "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT"},
        {"object", "chat.completion.chunk"},
        {"created", 1741569952},
        {"model", "gpt-4.1-2025-04-14"},
        {"service_tier", "default"},
        {"system_fingerprint", "fp_44709d6fcb"},
        {"choices", json::array{choice}}
    };
    return "data: " + json::serialize(body) + "\n\n";
}

constexpr std::size_t events_in_stream = 512;

// Each of its events has about 300 bytes.
std::string const& stream_of_events() {
    static std::string const result = [] {
        std::string text;
        for (std::size_t i = 0; i != events_in_stream; ++i) text += chunk_event(" word");
        return text;
    }();
    return result;
}

void count_bytes(benchmark::State& state, std::size_t bytes) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void count_events(benchmark::State& state) {
    count_bytes(state, stream_of_events().size());
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events_in_stream));
}

std::size_t size_of(benchmark::State const& state) { return static_cast<std::size_t>(state.range(0)); }

void encode(benchmark::State& state) {
    auto const request =
        llm::chat_request("gpt-4.1").system("You are a helpful assistant.").user(prose(size_of(state)));
    llm::dialect const dialect;
    std::string out;
    std::string detail;
    for (auto _ : state) {
        out.clear();
        if (codec::encode_request(request, dialect, out, detail)) throw std::logic_error(detail);
        benchmark::DoNotOptimize(out.data());
    }
    count_bytes(state, out.size());
}

void decode(benchmark::State& state) {
    auto const body = completion(size_of(state));
    codec::reply_view const reply(200, "application/json", body);
    codec::decode_limits const limits;
    for (auto _ : state) {
        llm::chat_completion result;
        llm::api_error error;
        std::string detail;
        if (codec::decode_reply(reply, limits, result, error, detail)) throw std::logic_error(detail);
        benchmark::DoNotOptimize(result.choices.data());
    }
    count_bytes(state, body.size());
}

void json_parse(benchmark::State& state) {
    auto const body = completion(size_of(state));
    for (auto _ : state) {
        auto const result = json::parse(body);
        benchmark::DoNotOptimize(&result);
    }
    count_bytes(state, body.size());
}

void memchr_of_reply(benchmark::State& state) {
    auto const body = completion(size_of(state));
    for (auto _ : state) {
        auto const* found = std::memchr(body.data(), '\0', body.size());
        benchmark::DoNotOptimize(found);
    }
    count_bytes(state, body.size());
}

void decode_chunks(benchmark::State& state) {
    auto const& body = stream_of_events();
    for (auto _ : state) {
        codec::chunk_reader reader(200, "text/event-stream", codec::chunk_limits());
        reader.put(body);
        for (std::size_t i = 0; i != events_in_stream; ++i) {
            llm::chat_chunk chunk;
            if (reader.next(chunk) != codec::chunk_reader::outcome::chunk)
                throw std::logic_error(reader.detail());
            benchmark::DoNotOptimize(chunk.choices.data());
        }
    }
    count_events(state);
}

void json_parse_chunks(benchmark::State& state) {
    auto const event = chunk_event(" word");
    auto const data = std::string_view(event).substr(std::strlen("data: "));
    for (auto _ : state) {
        for (std::size_t i = 0; i != events_in_stream; ++i) {
            auto const result = json::parse(data);
            benchmark::DoNotOptimize(&result);
        }
    }
    count_events(state);
}

void parse_events(benchmark::State& state) {
    auto const& body = stream_of_events();
    for (auto _ : state) {
        codec::sse_parser parser(0);
        parser.put(body);
        codec::sse_event event;
        while (parser.next(event)) benchmark::DoNotOptimize(event.data.data());
    }
    count_events(state);
}

void memchr_of_lines(benchmark::State& state) {
    auto const& body = stream_of_events();
    for (auto _ : state) {
        std::string_view rest = body;
        while (auto const* const end = static_cast<char const*>(std::memchr(rest.data(), '\n', rest.size())))
            rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
        benchmark::DoNotOptimize(rest.data());
    }
    count_events(state);
}

constexpr std::int64_t small = 100;
constexpr std::int64_t medium = 32 * 1024;
constexpr std::int64_t large = 1024 * 1024;

BENCHMARK(encode)->Arg(small)->Arg(medium)->Arg(large);
BENCHMARK(decode)->Arg(small)->Arg(medium)->Arg(large);
BENCHMARK(json_parse)->Arg(small)->Arg(medium)->Arg(large);
BENCHMARK(memchr_of_reply)->Arg(small)->Arg(medium)->Arg(large);
BENCHMARK(decode_chunks);
BENCHMARK(json_parse_chunks);
BENCHMARK(parse_events);
BENCHMARK(memchr_of_lines);

} // namespace

BENCHMARK_MAIN();
