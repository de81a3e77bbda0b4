// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_reader.hpp"
#include "codec/reply/decode_reply.hpp"
#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"
#include "support/fixtures/heap_meter.hpp"

#include <string>

// An input: "<status> <repetitions>", and the body, of which the part between the first two tildes is
// repeated.

namespace async_llm::fuzz {
namespace {

constexpr std::size_t max_size = 512u * 1024;

std::string repeat(std::string_view text, std::size_t times) {
    auto const first = text.find('~');
    auto const second = first == std::string_view::npos ? first : text.find('~', first + 1);
    if (second == std::string_view::npos) return std::string(text);
    auto const unit = text.substr(first + 1, second - first - 1);
    auto const after = text.substr(second + 1);
    std::string body(text.substr(0, first));
    for (std::size_t i = 0; i != times && body.size() + unit.size() + after.size() < max_size; ++i)
        body += unit;
    body += after;
    return body;
}

void require_bounded(test::heap_meter const& meter, std::size_t size) {
    require(
        meter.peak() + size <= test::memory_for_decoding(size),
        "memory is bounded by the size of the input"
    );
}

void decode(int status, std::string_view body) {
    chat_completion completion;
    api_error error;
    std::string detail;
    test::heap_meter const meter;
    codec::decode_reply(
        codec::reply_view(status, "application/json", body),
        codec::decode_limits(),
        completion,
        error,
        detail
    );
    require_bounded(meter, body.size());
}

void decode_event(std::string_view body) {
    auto const bytes = "data:" + std::string(body) + "\n\n";
    test::heap_meter const meter;
    codec::chunk_reader reader(200, "text/event-stream", codec::chunk_limits());
    chat_chunk chunk;
    reader.put(bytes);
    auto how = codec::chunk_reader::outcome::chunk;
    while (how == codec::chunk_reader::outcome::chunk || how == codec::chunk_reader::outcome::busy)
        how = reader.next(chunk);
    require_bounded(meter, bytes.size());
}

} // namespace

void fuzz_decode_memory(std::string_view input) {
    option_line options(input);
    auto const status = static_cast<int>(options.number(200, 599));
    auto const times = options.number(1, 200'000);
    auto const body = repeat(input, times);
    decode(status, body);
    decode_event(body);
}

} // namespace async_llm::fuzz
