// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/faults/dense_json.hpp"
#include "support/streams/streams.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using testing::scripted_reply;

constexpr std::size_t mebibyte = 1024u * 1024;

std::string repeated(std::string const& unit, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i != count; ++i) {
        if (i != 0) text += ',';
        text += unit;
    }
    return text;
}

/// A completion of about so many bytes, nearly all of them tokens.
std::string with_tokens(std::size_t size) {
    std::string const token =
        R"({"token":" hello","logprob":-0.0012345,"bytes":[32,104,101,108,108,111],"top_logprobs":[]})";
    return R"({"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop",)"
           R"("logprobs":{"content":[)" +
        repeated(token, size / token.size()) + "]}}]}";
}

std::string with_text(std::size_t size) {
    return R"({"choices":[{"message":{"role":"assistant","content":")" + std::string(size, 'x') +
        R"("},"finish_reason":"stop"}]})";
}

/// An event of about so many bytes without content.
std::string silent_event(std::size_t size) {
    return event(
        R"({"choices":[{"index":0,"delta":{"role":"assistant"}}],"padding":")" + std::string(size, 'p') +
        "\"}"
    );
}

/// Decoding has begun when the memory for it has been taken.
bool is_decoding(client const& c, std::size_t body) { return c.stats().reply_memory > 4 * body; }

} // namespace

BOOST_AUTO_TEST_SUITE(large_replies)

BOOST_AUTO_TEST_CASE(a_reply_that_would_need_too_much_memory_is_refused) {
    for (auto const& shape : dense_shapes()) {
        BOOST_TEST_CONTEXT(shape.name) {
            client_fixture w(scheme::http);
            auto const client = w.make_client();
            w.server->enqueue(scripted_reply(200, shape.body(mebibyte)));
            auto const c = ask(w, client);
            // Some shapes are errors, or no completion, or bearable; none is accepted that was cut.
            if (!c->ec) BOOST_TEST(c->response.completion.choices.size() == 1U);
            if (c->ec == errc::json_too_complex) {
                check_failure(*c, errc::json_too_complex, phase::finished);
                check_detail(*c, "(max_json_");
                BOOST_TEST(c->response.completion.choices.empty());
            }
            // The connection has nothing to do with it.
            ask_well(w, client);
            BOOST_TEST(client.stats().connections_opened == 1U);
            w.finish();
        }
    }
}

BOOST_AUTO_TEST_CASE(limits_are_options) {
    auto const body =
        R"({"choices":[{"message":{"content":"Hi"},"x":{"a":1,"b":2,"c":[1,2,3]}}]})" + std::string(100, ' ');
    auto const wide = R"({"choices":[{"message":{"content":"Hi"},"x":{)" +
        [] {
            std::string members;
            for (int i = 0; i != 40; ++i) members += (i ? ",\"m" : "\"m") + std::to_string(i) + "\":1";
            return members;
        }() +
        "}}]}";
    auto const long_list =
        R"({"choices":[{"message":{"content":"Hi"},"x":[)" + repeated("1000000", 2000) + "]}]}";
    auto const dense = R"({"choices":[{"message":{"content":"Hi"},"x":[)" + repeated("0", 50'000) + "]}]}";
    auto const answer = [](std::string const& text, auto change) {
        client_fixture w(scheme::http);
        change(w.config);
        auto const client = w.make_client();
        w.server->enqueue(scripted_reply(200, text));
        auto const c = ask(w, client);
        w.server->enqueue(scripted_reply::events({event(text), done()}));
        auto stream = open_well(w, client);
        auto const read = read_all(w, stream);
        BOOST_TEST(read.ec == c->ec);
        return c->ec;
    };
    BOOST_TEST(!answer(body, [](client_config&) {}));
    BOOST_TEST(!answer(wide, [](client_config&) {}));
    BOOST_TEST(answer(wide, [](client_config& c) { c.max_json_members = 32; }) == errc::json_too_complex);
    BOOST_TEST(!answer(long_list, [](client_config&) {}));
    BOOST_TEST(answer(long_list, [](client_config& c) {
                   c.max_json_values = 1024;
               }) == errc::json_too_complex);
    BOOST_TEST(answer(dense, [](client_config&) {}) == errc::json_too_complex);
    BOOST_TEST(!answer(dense, [](client_config& c) { c.max_json_expansion = 40; }));
    BOOST_TEST(!answer(dense, [](client_config& c) { c.max_json_expansion = 0; }));
}

BOOST_AUTO_TEST_CASE(limits_out_of_bounds_are_refused) {
    auto const refused = [](auto change) {
        client_fixture w(scheme::http);
        change(w.config);
        try {
            w.make_client();
        } catch (boost::system::system_error const& e) {
            return std::string(e.what());
        }
        return std::string();
    };
    BOOST_TEST(refused([](client_config& c) {
                   c.max_json_members = 31;
               }).find("max_json_members") != std::string::npos);
    BOOST_TEST(refused([](client_config& c) {
                   c.max_json_values = 1023;
               }).find("max_json_values") != std::string::npos);
    BOOST_TEST(refused([](client_config& c) {
                   c.max_json_expansion = 3;
               }).find("max_json_expansion") != std::string::npos);
    BOOST_TEST(refused([](client_config& c) {
                   c.max_json_members = c.max_json_values = c.max_json_expansion = 0;
               }).empty());
}

// ----------------------------------------------------------------------------------------------------- steps

BOOST_AUTO_TEST_CASE(others_have_their_turn_while_a_large_reply_is_decoded) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto const body = with_tokens(4 * mebibyte);
    w.server->enqueue(scripted_reply(200, body));
    auto const c = start(client);
    w.run_until([&] { return is_decoding(client, body.size()); });
    BOOST_TEST(!c->done);
    // A call begins and ends meanwhile.
    ask_well(w, client);
    BOOST_TEST(!c->done);
    w.run_until([&] { return c->done; });
    require_success(*c);
    BOOST_TEST(c->response.completion.choices[0].logprobs.size() > 40'000U);
    BOOST_TEST(client.stats().reply_memory == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_call_ends_while_its_reply_is_decoded) {
    for (bool const streamed : {false, true}) {
        client_fixture w(scheme::http);
        auto const client = w.make_client();
        // A failure's reply is read as a whole, for a stream as well.
        auto const body = streamed ? R"({"error":{"message":"no","x":)" + with_tokens(4 * mebibyte) + "}}"
                                   : with_tokens(4 * mebibyte);
        w.server->enqueue(scripted_reply(streamed ? 500 : 200, body));
        auto const c = streamed ? nullptr : start(client);
        auto const opening = streamed ? start_stream(client) : nullptr;
        w.run_until([&] { return is_decoding(client, body.size()); });
        if (c)
            c->cancel.emit(asio::cancellation_type::terminal);
        else
            opening->cancel.emit(asio::cancellation_type::terminal);
        w.run_until([&] { return c ? c->done : opening->done; });
        BOOST_TEST((c ? c->ec : opening->ec) == asio::error::operation_aborted);
        if (c) BOOST_TEST(c->response.completion.choices.empty());
        BOOST_TEST(client.stats().reply_memory == 0U);
        w.finish();
    }
}

BOOST_AUTO_TEST_CASE(a_large_event_is_decoded_in_steps) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    std::string const text(2 * mebibyte, 'x');
    w.server->enqueue(scripted_reply::events({says("a"), says(text), says("b"), finishes(), done()}));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(!all.ec);
    BOOST_TEST((all.text == "a" + text + "b"));
    w.finish();
}

BOOST_AUTO_TEST_CASE(try_next_does_not_wait_for_a_large_event) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    std::string const text(2 * mebibyte, 'x');
    w.server->enqueue(scripted_reply::events({says("a"), says(text), finishes(), done()}));
    auto stream = open_well(w, client);
    BOOST_REQUIRE(next(w, stream)->chunk);
    auto const second = next(w, stream);
    BOOST_REQUIRE(second->chunk);
    BOOST_TEST((second->chunk->text() == text));
    BOOST_TEST(!read_all(w, stream).ec);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_large_document_in_place_of_a_stream) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, with_text(2 * mebibyte)));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.text.size() == 2 * mebibyte);
    w.finish();
}

// ---------------------------------------------------------------------------------------------------- memory

BOOST_AUTO_TEST_CASE(replies_under_way_hold_so_much_memory_at_most) {
    constexpr std::size_t limit = 2 * mebibyte;
    constexpr std::size_t size = mebibyte;
    client_fixture w(scheme::http);
    w.config.max_reply_memory = limit;
    auto const client = w.make_client();
    for (int i = 0; i != 12; ++i) w.server->enqueue(scripted_reply(200, with_text(size)));
    auto const calls = start_many(client, 12);
    std::size_t most = 0;
    std::size_t waiting = 0;
    w.run_until([&] {
        auto const stats = client.stats();
        most = std::max(most, stats.reply_memory);
        waiting = std::max(waiting, stats.waiting_for_memory);
        return std::all_of(calls.begin(), calls.end(), [](auto const& each) { return each->done; });
    });
    for (auto const& each : calls) require_success(*each);
    // One at a time may go beyond it, by what it takes to decode it.
    BOOST_TEST(most <= limit + 8 * (size + 1024) + mebibyte);
    BOOST_TEST(waiting > 0U);
    BOOST_TEST(client.stats().reply_memory == 0U);
    BOOST_TEST(client.stats().waiting_for_memory == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_for_memory_can_be_cancelled) {
    client_fixture w(scheme::http);
    w.config.max_reply_memory = mebibyte;
    auto const client = w.make_client();
    // The first two hold what there is, and more, and never end.
    auto stalled = scripted_reply(200, with_text(2 * mebibyte));
    stalled.fault = testing::reply_fault::stall;
    stalled.fault_after = mebibyte + mebibyte / 2;
    w.server->enqueue(stalled);
    auto const first = start(client);
    w.run_until([&] { return client.stats().reply_memory > mebibyte; });
    w.server->enqueue(scripted_reply(200, with_text(mebibyte)));
    auto const second = start(client);
    w.run_until([&] { return client.stats().waiting_for_memory == 1U; });
    second->cancel.emit(asio::cancellation_type::terminal);
    w.run_until([&] { return second->done; });
    BOOST_TEST(second->ec == asio::error::operation_aborted);
    BOOST_TEST(client.stats().waiting_for_memory == 0U);
    // Small replies need none of it.
    ask_well(w, client);
    first->cancel.emit(asio::cancellation_type::terminal);
    w.run_until([&] { return first->done; });
    BOOST_TEST(client.stats().reply_memory == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_counts_what_it_gathers, *http1_only()) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    std::string const text(100 * 1024, 'x');
    w.server->enqueue(scripted_reply::events({says(text), says(text), says(text), finishes(), done()}));
    auto stream = open_well(w, client);
    std::size_t most = 0;
    for (;;) {
        auto const one = next(w, stream);
        most = std::max(most, client.stats().reply_memory);
        if (!one->chunk) break;
    }
    BOOST_TEST(most >= 3 * text.size());
    BOOST_TEST(client.stats().reply_memory == 0U);
    w.finish();
}

// ----------------------------------------------------------------------------------------- what is held back

BOOST_AUTO_TEST_CASE(large_chunks_are_not_held_back) {
    client_fixture w(scheme::http);
    w.config.retry.max_attempts = 2;
    auto const client = w.make_client();
    // They say nothing, so they could be held back until one does. That takes memory.
    auto reply = scripted_reply::events({silent_event(150 * 1024), silent_event(150 * 1024), says("late")});
    reply.fault = testing::reply_fault::stall;
    reply.fault_after_parts = 2;
    w.server->enqueue(reply);
    auto stream = open_well(w, client);
    BOOST_REQUIRE(next(w, stream)->chunk);
    BOOST_REQUIRE(next(w, stream)->chunk);
    stream.cancel();
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
