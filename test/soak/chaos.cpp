// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "soak/chaos.hpp"

#include <chrono>
#include <memory>
#include <random>

namespace async_llm::soak {
namespace {

using namespace std::chrono_literals;
using testing::reply_fault;
using testing::scripted_reply;

scripted_reply limited() {
    auto reply = scripted_reply::error(429, "Slow down");
    reply.headers.emplace_back("retry-after-ms", "20");
    reply.headers.emplace_back("x-ratelimit-limit-requests", "100000");
    reply.headers.emplace_back("x-ratelimit-remaining-requests", "0");
    reply.headers.emplace_back("x-ratelimit-reset-requests", "20ms");
    return reply;
}

/// Breaks off somewhere in the head or in the body.
scripted_reply broken(reply_fault fault, std::uint_fast32_t after) {
    auto reply = scripted_reply::echo();
    reply.fault = fault;
    reply.fault_after = after % 700;
    return reply;
}

/// Falls silent where the client has a limit for it: before the first byte, or among the events of a stream.
scripted_reply stalling(bool streaming, std::uint_fast32_t after) {
    auto reply = scripted_reply::echo();
    reply.fault = reply_fault::stall;
    if (streaming) reply.fault_after_parts = after % 4;
    return reply;
}

scripted_reply ending(testing::after_reply then) {
    auto reply = scripted_reply::echo();
    reply.then = then;
    return reply;
}

scripted_reply trickling() {
    auto reply = scripted_reply::echo();
    reply.trickle_bytes = 100;
    reply.trickle_interval = 1ms;
    reply.trickle_head = true;
    return reply;
}

scripted_reply good(std::mt19937& random) {
    auto reply = scripted_reply::echo();
    // Long enough, now and then, for a second call to be faster.
    reply.latency = random() % 8 == 0 ? 80ms : std::chrono::milliseconds(random() % 10);
    reply.event_interval = std::chrono::milliseconds(random() % 3);
    return reply;
}

scripted_reply some_reply(std::mt19937& random, bool streaming) {
    switch (random() % 48) {
    case 0: return limited();
    case 1: return scripted_reply::error(503, "Overloaded");
    case 2: return scripted_reply::error(500, "Sorry");
    case 3: return broken(reply_fault::reset, random());
    case 4: return broken(reply_fault::close, random());
    case 5: return stalling(streaming, random());
    case 6: return scripted_reply::raw("This is not HTTP.\r\n\r\n");
    case 7: return scripted_reply(200, "{\"id\":");
    case 8: return ending(testing::after_reply::close);
    case 9: return ending(testing::after_reply::reset);
    case 10: return ending(testing::after_reply::announce_close);
    case 11: return trickling();
    default: return good(random);
    }
}

} // namespace

testing::mock_provider::responder chaos(std::uint_fast32_t seed) {
    // The function is copied; what it remembers must not be.
    auto const random = std::make_shared<std::mt19937>(seed);
    return [random](testing::received_request const& request) {
        if (request.last_user_text().starts_with(refused_prefix)) return scripted_reply::error(400, "No");
        return some_reply(*random, request.streaming());
    };
}

testing::accept_fault some_accept_fault(std::uint_fast32_t number) {
    switch (number % 5) {
    case 0: return testing::accept_fault::stall;
    case 1: return testing::accept_fault::reset;
    case 2: return testing::accept_fault::close;
    case 3: return testing::accept_fault::plain_text;
    default: return testing::accept_fault::garbage;
    }
}

} // namespace async_llm::soak
