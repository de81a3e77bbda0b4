// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/compressing.hpp"
#include "support/fixtures/retries.hpp"
#include "support/streams/streams.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Replies that are compressed though the request asks them not to be.

namespace {

namespace data = boost::unit_test::data;
using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::body_part;
using testing::reply_fault;
using testing::reply_framing;
using testing::scripted_reply;

constexpr std::string_view answer =
    R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]})";

/// A coding, as a server names it.
struct coding {
    coding(std::string l, wrapper w) : label(std::move(l)), around(w) {}

    friend std::ostream& operator<<(std::ostream& out, coding const& value) {
        return out << '"' << value.label << "\" " << static_cast<int>(value.around);
    }

    std::string label;
    wrapper around;
};

std::vector<coding> const codings{
    {"gzip", wrapper::gzip},
    {"x-gzip", wrapper::gzip},
    {"deflate", wrapper::zlib},
    {"Deflate", wrapper::none},
    {"", wrapper::gzip},
    {"identity, gzip", wrapper::gzip},
};

scripted_reply labelled(scripted_reply reply, std::string const& label) {
    if (!label.empty()) reply.headers.emplace_back("Content-Encoding", label);
    return reply;
}

scripted_reply coded(std::string_view text, coding const& in, int status = 200) {
    return labelled(scripted_reply(status, compress(text, in.around)), in.label);
}

scripted_reply gzipped(std::string_view text, int status = 200) {
    return coded(text, {"gzip", wrapper::gzip}, status);
}

/// Pieces, each of which is sent after this wait.
scripted_reply
in_pieces(std::vector<std::string> const& pieces, std::string const& label, std::chrono::milliseconds wait) {
    scripted_reply reply(200, "", "text/event-stream");
    reply.framing = reply_framing::chunked;
    for (auto const& piece : pieces) reply.parts.emplace_back(wait, piece);
    return labelled(std::move(reply), label);
}

std::vector<std::string> cut(std::string const& text, std::size_t size) {
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < text.size(); i += size) pieces.push_back(text.substr(i, size));
    return pieces;
}

std::string joined(std::vector<std::string> const& texts) {
    std::string all;
    for (auto const& text : texts) all += text;
    return all;
}

std::string long_answer(std::size_t size) {
    auto text = std::string(answer);
    return text.replace(text.find("Hello"), 5, std::string(size, 'a'));
}

} // namespace

BOOST_AUTO_TEST_SUITE(content_codings)

BOOST_DATA_TEST_CASE(a_reply_is_decoded, data::make(codings), in) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    request_options options;
    options.keep_body = true;
    for (int i = 0; i < 2; ++i) {
        w.server->enqueue(coded(answer, in));
        auto const c = ask(w, client, hello(), options);
        require_success(*c);
        BOOST_TEST(c->response.text() == "Hello");
        BOOST_TEST(c->info().body == answer);
        BOOST_TEST(c->info().field("content-encoding") == in.label);
        // Its connection serves again.
        BOOST_TEST(c->info().connection_reused == (i == 1));
        BOOST_TEST(w.server->last_request().header("Accept-Encoding") == "identity");
    }
}

BOOST_DATA_TEST_CASE(a_reply_that_comes_byte_by_byte_is_decoded, data::make(codings), in) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    scripted_reply reply(200, "");
    reply.framing = reply_framing::chunked;
    // The first byte alone says nothing, and is waited for.
    auto const bytes = compress(answer, in.around);
    reply.parts.emplace_back(20ms, bytes.substr(0, 1));
    for (auto const& piece : cut(bytes.substr(1), 1)) reply.parts.emplace_back(1ms, piece);
    w.server->enqueue(labelled(std::move(reply), in.label));
    auto const c = ask_well(w, client);
    BOOST_TEST(c->response.text() == "Hello");
}

BOOST_AUTO_TEST_CASE(text_is_text_whatever_its_label) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    for (std::string const label : {"gzip", "deflate", "br"}) {
        for (std::string const front : {"", "\n", "   "}) {
            w.server->enqueue(labelled(scripted_reply(200, front + std::string(answer)), label));
            BOOST_TEST(ask_well(w, client)->response.text() == "Hello");
        }
        w.server->enqueue(in_pieces(cut(joined({says("Hi"), finishes(), done()}), 3), label, 1ms));
        auto stream = open_well(w, client);
        BOOST_TEST(read_all(w, stream).text == "Hi");
    }
}

BOOST_DATA_TEST_CASE(an_event_is_there_as_soon_as_its_bytes, data::make(codings), in) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    // Nothing follows, and the connection stays open.
    auto reply = in_pieces(
        compress_pieces({says("Hello "), says("you"), finishes(), done()}, in.around),
        in.label,
        std::chrono::milliseconds(1)
    );
    reply.fault = reply_fault::stall;
    reply.fault_after_parts = 2;
    w.server->enqueue(std::move(reply));
    auto stream = open_well(w, client);
    for (std::string const text : {"Hello ", "you"}) {
        auto const c = next(w, stream);
        BOOST_TEST_REQUIRE((!c->ec && c->chunk.has_value()), c->ec.message());
        BOOST_TEST(c->chunk->text() == text);
    }
}

BOOST_DATA_TEST_CASE(a_stream_is_decoded_in_any_pieces, data::make(codings), in) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto const bytes = compress(joined(counted_events(50)), in.around);
    for (std::size_t const size : {std::size_t(1), std::size_t(100), bytes.size()}) {
        w.server->enqueue(in_pieces(cut(bytes, size), in.label, 0ms));
        auto stream = open_well(w, client);
        auto const all = read_all(w, stream);
        BOOST_TEST(!all.ec, all.ec.message());
        BOOST_TEST(all.text == counted_text(50));
    }
    // Each of them leaves a connection that serves again.
    BOOST_TEST(ask_well(w, client)->info().connection_reused);
}

BOOST_AUTO_TEST_CASE(documents_and_streams_that_nobody_asked_for_are_decoded) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    w.server->enqueue(gzipped(answer));
    auto stream = open_well(w, client);
    BOOST_TEST(read_all(w, stream).text == "Hello");

    auto const pieces = compress_pieces({says("Hello "), says("you"), finishes(), done()}, wrapper::gzip);
    w.server->enqueue(in_pieces(pieces, "gzip", 1ms));
    BOOST_TEST(ask_well(w, client)->response.text() == "Hello you");
    // Its end mark ends it.
    auto unfinished = in_pieces({pieces[0], pieces[1], pieces[2], pieces[3], "never sent"}, "gzip", 1ms);
    unfinished.fault = reply_fault::stall;
    unfinished.fault_after_parts = 4;
    w.server->enqueue(std::move(unfinished));
    BOOST_TEST(ask_well(w, client)->response.text() == "Hello you");
    // What follows it is dropped, and is no part of the decoded body.
    w.server->enqueue(in_pieces({pieces[0], pieces[1], pieces[2], pieces[3], "dropped"}, "gzip", 20ms));
    request_options options;
    options.keep_body = true;
    auto const c = ask(w, client, hello(), options);
    require_success(*c);
    BOOST_TEST(c->info().body == joined({says("Hello "), says("you"), finishes(), done()}));
}

BOOST_AUTO_TEST_CASE(a_refusal_has_the_providers_words) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    std::string const words = R"({"error":{"message":"Slow down","type":"rate_limit_error"}})";
    w.server->enqueue(gzipped(words, 429));
    auto const c = ask(w, client);
    BOOST_TEST((c->ec == make_http_error(429)));
    BOOST_TEST(c->response.error.message == "Slow down");

    w.server->enqueue(gzipped(words, 429));
    auto const opened = open_stream(w, client);
    BOOST_TEST((opened->ec == make_http_error(429)));
    BOOST_TEST(opened->stream.error().message == "Slow down");
}

BOOST_AUTO_TEST_CASE(a_refusal_whose_body_is_damaged_keeps_its_status) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto damaged = compress(R"({"error":{"message":"Slow down"}})");
    damaged[damaged.size() - 6] ^= 1;
    for (auto const& bytes : {damaged, damaged.substr(0, 20)}) {
        auto const reply = labelled(scripted_reply(503, bytes), "gzip");
        w.server->enqueue(reply);
        auto const c = ask(w, client);
        BOOST_TEST((c->ec == make_http_error(503)), c->ec.message());
        check_detail(*c, "compressed data");
        BOOST_TEST(c->response.error.empty());

        w.server->enqueue(reply);
        auto const opened = open_stream(w, client);
        BOOST_TEST((opened->ec == make_http_error(503)), opened->ec.message());
        BOOST_TEST(opened->stream.info().detail.find("compressed data") != std::string::npos);
    }
    BOOST_TEST(ask_well(w, client)->info().connection_reused);
}

BOOST_AUTO_TEST_CASE(damaged_and_cut_replies_are_no_success) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto const whole = compress(answer);
    for (std::size_t const place : {whole.size() - 1, whole.size() - 5, std::size_t(12), std::size_t(3)}) {
        auto damaged = whole;
        damaged[place] ^= 0x55;
        w.server->enqueue(labelled(scripted_reply(200, damaged), "gzip"));
        auto const c = ask(w, client);
        check_failure(*c, errc::unsupported_content_encoding, phase::reading);
        check_detail(*c, "damaged");
    }
    for (std::size_t const size : {whole.size() - 1, whole.size() - 8, std::size_t(12), std::size_t(2)}) {
        w.server->enqueue(labelled(scripted_reply(200, whole.substr(0, size)), "gzip"));
        auto const c = ask(w, client);
        check_failure(*c, errc::truncated_response, phase::reading);
        check_detail(*c, "compressed");
    }
}

BOOST_AUTO_TEST_CASE(damaged_and_cut_streams_end_with_an_error) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto pieces = compress_pieces({says("Hello"), says(" you"), finishes(), done()}, wrapper::gzip);
    w.server->enqueue(in_pieces({pieces[0], pieces[1]}, "gzip", 1ms));
    auto stream = open_well(w, client);
    auto all = read_all(w, stream);
    BOOST_TEST(all.text == "Hello you");
    BOOST_TEST((all.ec == errc::truncated_response), all.ec.message());
    BOOST_TEST(stream.info().detail.find("compressed") != std::string::npos);

    w.server->enqueue(in_pieces({pieces[0], "\xff\xff\xff\xff", pieces[2], pieces[3]}, "gzip", 5ms));
    stream = open_well(w, client);
    all = read_all(w, stream);
    BOOST_TEST(all.text == "Hello");
    BOOST_TEST((all.ec == errc::unsupported_content_encoding), all.ec.message());
    BOOST_TEST(stream.info().detail.find("damaged") != std::string::npos);

    // An answer that is complete does not need its checksum.
    pieces[3].resize(pieces[3].size() - 5);
    w.server->enqueue(in_pieces(pieces, "gzip", 1ms));
    stream = open_well(w, client);
    all = read_all(w, stream);
    BOOST_TEST(!all.ec, all.ec.message());
}

BOOST_AUTO_TEST_CASE(other_codings_and_several_are_named) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto const twice = compress(compress(answer));
    for (std::string const label : {"gzip, gzip", "br", "gzip"}) {
        w.server->enqueue(labelled(scripted_reply(200, twice), label));
        auto const c = ask(w, client);
        check_failure(*c, errc::unsupported_content_encoding, phase::finished);
        check_detail(*c, label);
        w.server->enqueue(labelled(scripted_reply(200, twice, "text/event-stream"), label));
        auto stream = open_stream(w, client);
        auto const all = stream->ec ? whole_stream() : read_all(w, stream->stream);
        auto const ec = stream->ec ? stream->ec : all.ec;
        BOOST_TEST((ec == errc::unsupported_content_encoding), ec.message());
        BOOST_TEST(stream->stream.info().detail.find(label) != std::string::npos);
    }
    // Decoded, it is no text, and its coding is not to blame.
    w.server->enqueue(gzipped("\x01\x02\x03"));
    check_failure(*ask(w, client), errc::invalid_json, phase::finished);
    w.server->enqueue(in_pieces({compress("\x01\x02\x03")}, "gzip", 20ms));
    auto stream = open_stream(w, client);
    auto const ec = stream->ec ? stream->ec : read_all(w, stream->stream).ec;
    BOOST_TEST((ec == condition::invalid_reply && ec != errc::unsupported_content_encoding), ec.message());
}

BOOST_AUTO_TEST_CASE(each_attempt_has_a_coding_of_its_own) {
    retrying_fixture w(2);
    auto const client = w.make_client();
    auto const refusal = R"({"error":{"message":"Not now"}})";
    auto const plain = scripted_reply(200, std::string(answer));
    for (auto const& [first, second] : std::vector<std::pair<scripted_reply, scripted_reply>>{
             {gzipped(refusal, 503), plain},
             {gzipped(refusal, 503), gzipped(answer)},
             {scripted_reply(503, refusal), gzipped(answer)},
         }) {
        w.server->enqueue(first);
        w.server->enqueue(second);
        auto const c = ask(w, client);
        check_recovered(*c, 2, make_http_error(503));
        BOOST_TEST(c->response.text() == "Hello");

        w.server->enqueue(first);
        w.server->enqueue(second);
        auto stream = open_well(w, client);
        BOOST_TEST(read_all(w, stream).text == "Hello");
    }
}

BOOST_AUTO_TEST_CASE(the_decoded_size_is_limited) {
    client_fixture w(scheme::http);
    w.config.max_response_size = 100000;
    auto const client = w.make_client();
    w.server->enqueue(gzipped(long_answer(99000)));
    BOOST_TEST(ask_well(w, client)->response.text().size() == 99000U);
    auto const check_too_large = [&](scripted_reply const& reply) {
        w.server->enqueue(reply);
        auto const c = ask(w, client);
        check_failure(*c, errc::response_too_large, phase::reading);
        check_detail(*c, "100000 bytes");
        BOOST_TEST(c->info().body == "");
    };
    check_too_large(gzipped(long_answer(101000)));
    check_too_large(labelled(scripted_reply(200, gzip_bomb(8u << 20)), "gzip"));
    check_too_large(labelled(scripted_reply(500, gzip_bomb(8u << 20)), "gzip"));
    // Where a stream was asked for, too.
    for (auto const& reply :
         {gzipped(long_answer(101000)),
          labelled(scripted_reply(200, gzip_bomb(8u << 20)), "gzip"),
          labelled(scripted_reply(500, gzip_bomb(8u << 20)), "gzip")}) {
        w.server->enqueue(reply);
        auto opened = open_stream(w, client);
        auto const ec = opened->ec ? opened->ec : read_all(w, opened->stream).ec;
        BOOST_TEST((ec == errc::response_too_large), ec.message());
    }
}

BOOST_AUTO_TEST_CASE(a_bomb_in_a_stream_takes_no_memory_and_no_thread) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    std::string const comments = ':' + std::string(8u << 20, 'x') + '\n';
    w.server->enqueue(in_pieces(
        compress_pieces({says("Hello"), comments, finishes() + done()}, wrapper::gzip),
        "gzip",
        std::chrono::milliseconds(1)
    ));
    auto stream = open_well(w, client);
    auto const first = next(w, stream);
    BOOST_TEST_REQUIRE(first->chunk.has_value());
    auto const rest = start_next(stream);
    std::size_t turns = 0;
    std::size_t most = 0;
    w.run_until([&] {
        ++turns;
        most = std::max(most, client.stats().reply_memory);
        return rest->done;
    });
    BOOST_TEST(most <= 1u << 20);
    BOOST_TEST(turns > 50U);
    BOOST_TEST(!rest->ec, rest->ec.message());
}

BOOST_AUTO_TEST_CASE(a_large_reply_is_decoded_in_turns_and_counted) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto const bomb = gzip_bomb(20u << 20);
    // Cut, so that nothing else takes memory.
    w.server->enqueue(labelled(scripted_reply(200, bomb.substr(0, bomb.size() - 1)), "gzip"));
    auto const c = start(client);
    std::size_t most = 0;
    std::size_t turns = 0;
    w.run_until([&] {
        ++turns;
        most = std::max(most, client.stats().reply_memory);
        return c->done;
    });
    check_failure(*c, errc::truncated_response, phase::reading);
    BOOST_TEST(most >= 20u << 20);
    BOOST_TEST(most < 40u << 20);
    BOOST_TEST(turns > 100U);
    BOOST_TEST(client.stats().reply_memory == 0U);
}

BOOST_AUTO_TEST_CASE(a_call_ends_while_its_reply_is_decompressed) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    w.server->enqueue(labelled(scripted_reply(200, gzip_bomb(16u << 20)), "gzip"));
    auto const c = start(client);
    w.run_until([&] { return client.stats().reply_memory > 1u << 20; });
    c->cancel.emit(asio::cancellation_type::terminal);
    finish(w, {c});
    BOOST_TEST(c->ec == asio::error::operation_aborted);
    BOOST_TEST(client.stats().reply_memory == 0U);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
