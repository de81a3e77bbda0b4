// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/fixtures/compressing.hpp"
#include "support/fixtures/endpoint_calls.hpp"
#include "support/fixtures/retries.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>

#include <string>
#include <string_view>
#include <utility>

// Replies of endpoints, which are given as they come.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::reply_fault;
using testing::reply_framing;
using testing::scripted_reply;

scripted_reply in_pieces(std::string body) {
    scripted_reply result(200, std::move(body));
    result.framing = reply_framing::chunked;
    return result;
}

std::string long_list(std::string_view before, std::size_t numbers) {
    std::string text(before);
    text += "\"data\":[0";
    for (std::size_t i = 0; i < numbers; ++i) text += ",0.0123456789";
    return text + "]}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(endpoint_replies)

BOOST_AUTO_TEST_CASE(text_comes_back_as_it_is) {
    endpoint_fixture w;
    auto const client = w.make_client();
    std::string const bodies[] = {
        "{ \"a\" : 1 ,\r\n\t\"a\":2, \"n\":123456789012345678901234567890 }\n\n",
        "",
        " \n",
        "plain words",
        "<html><body>Hello</body></html>",
        "[{\"error\":{\"message\":\"of one of many\"}}]",
        std::string("\0\xff\xfe binary \r\n\r\n", 14),
    };
    for (auto const& body : bodies) {
        for (bool const chunked : {false, true}) {
            w.server->enqueue(
                chunked ? in_pieces(body) : scripted_reply(200, body, "application/octet-stream")
            );
            auto const c = get(w, client, "files/f-1/content");
            require_success(*c);
            BOOST_TEST((c->response.text() == body));
            BOOST_TEST(c->info().body.empty());
        }
    }
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(no_json_is_an_error_only_when_asked) {
    endpoint_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, "plain words", "text/plain"));
    auto const c = get(w, client, "files/f-1/content");
    require_success(*c);
    error_code ec;
    BOOST_TEST(c->response.json(ec).is_null());
    BOOST_TEST((ec == errc::invalid_json));
    w.finish();
}

BOOST_AUTO_TEST_CASE(every_status_of_success_is_one) {
    endpoint_fixture w;
    auto const client = w.make_client();
    for (int const status : {200, 201, 202, 203}) {
        w.server->enqueue(scripted_reply(status, "done"));
        auto const c = post(w, client, "batches");
        require_success(*c);
        BOOST_TEST(c->response.status() == status);
        BOOST_TEST(c->response.text() == "done");
    }
    w.server->enqueue(scripted_reply(204, ""));
    auto const c = post(w, client, "batches");
    require_success(*c);
    BOOST_TEST(c->response.status() == 204);
    BOOST_TEST(c->response.text().empty());
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_comes_whole_as_text) {
    endpoint_fixture w;
    auto const client = w.make_client();
    auto const body = R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true})";
    auto const c = post(w, client, "chat/completions", body);
    require_success(*c);
    BOOST_TEST(c->response.text().starts_with("data: {"), c->response.text());
    BOOST_TEST(c->response.text().find("data: [DONE]\n\n") != std::string::npos);
    BOOST_TEST(w.server->last_request().body == body);
    w.finish();
}

BOOST_AUTO_TEST_CASE(it_is_decompressed) {
    endpoint_fixture w;
    auto const client = w.make_client();
    auto const body = long_list("{", 100'000);
    for (auto const around : {wrapper::gzip, wrapper::zlib}) {
        auto const label = around == wrapper::gzip ? "gzip" : "deflate";
        w.server->enqueue(with_field(scripted_reply(200, compress(body, around)), "Content-Encoding", label));
        auto const c = get(w, client, "files/f-1/content");
        require_success(*c);
        BOOST_TEST((c->response.text() == body));
    }
    w.finish();
}

BOOST_AUTO_TEST_CASE(an_archive_stays_one) {
    endpoint_fixture w;
    auto const client = w.make_client();
    auto const archive = compress("[1]");
    w.server->enqueue(
        {scripted_reply(200, archive, "application/gzip"), in_pieces("\x28\xb5\x2f\xfd zstd \xff")}
    );
    w.server->enqueue(with_field(scripted_reply(200, archive), "Content-Encoding", "identity"));
    auto const c = get(w, client, "files/f-1/content");
    require_success(*c);
    BOOST_TEST((c->response.text() == archive));
    require_success(*get(w, client, "files/f-1/content"));
    auto const named = get(w, client, "files/f-1/content");
    require_success(*named);
    BOOST_TEST((named->response.text() == archive));
    // The words of a refusal are decoded in any case.
    w.server->enqueue(scripted_reply(500, compress(R"({"error":{"message":"packed"}})")));
    BOOST_TEST(get(w, client, "models")->response.error.message == "packed");
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_coding_that_is_not_known_is_no_answer) {
    endpoint_fixture w;
    auto const client = w.make_client();
    for (std::size_t const size : {100U, 300'000U}) {
        auto const garbage = "\xff\xfe" + std::string(size, '\x01');
        w.server->enqueue(with_field(scripted_reply(200, garbage), "Content-Encoding", "br"));
        auto const c = get(w, client, "models");
        check_failure(*c, errc::unsupported_content_encoding, phase::finished);
        BOOST_TEST(c->info().detail.find("coding br") != std::string::npos, c->info().detail);
    }
    // Labels lie.
    w.server->enqueue(with_field(scripted_reply(200, "[1]"), "Content-Encoding", "br"));
    require_success(*get(w, client, "models"));
    w.server->enqueue(with_field(scripted_reply(200, "\xff\xfe"), "Content-Encoding", "identity"));
    require_success(*get(w, client, "models"));
    w.finish();
}

BOOST_AUTO_TEST_CASE(its_size_is_bounded) {
    endpoint_fixture w;
    w.config.max_response_size = 100'000;
    auto const client = w.make_client();
    std::string const fits(100'000, 'x');
    w.server->enqueue({in_pieces(fits), in_pieces(fits + "x"), scripted_reply(200, fits + "x")});
    require_success(*get(w, client, "models"));
    check_failure(*get(w, client, "models"), errc::response_too_large, phase::reading);
    check_failure(*get(w, client, "models"), errc::response_too_large, phase::reading);
    w.server->enqueue(with_field(scripted_reply(200, gzip_bomb(1'000'000)), "Content-Encoding", "gzip"));
    check_failure(*get(w, client, "models"), errc::response_too_large, phase::reading);
    request_options options;
    options.max_response_size = 0;
    w.server->enqueue(in_pieces(fits + "x"));
    require_success(*finish(w, start_get(client, "models", options)));
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_long_reply_is_looked_through) {
    endpoint_fixture w;
    auto const client = w.make_client();
    auto const body = long_list(R"({"usage":{"total_tokens":7},)", 300'000);
    w.server->enqueue(in_pieces(body));
    auto const c = post(w, client, "embeddings");
    require_success(*c);
    BOOST_TEST((c->response.text() == body));
    BOOST_TEST_REQUIRE(c->response.usage.has_value());
    BOOST_TEST(c->response.usage->total_tokens == 7);
    auto const error = R"({"error":{"message":"too long"},"detail":")" + std::string(300'000, 'x') + "\"}";
    w.server->enqueue(in_pieces(error));
    auto const failed = post(w, client, "embeddings");
    check_failure(*failed, errc::error_in_response, phase::finished);
    BOOST_TEST(failed->response.error.message == "too long");
    BOOST_TEST((failed->response.text() == error));
    w.finish();
}

BOOST_AUTO_TEST_CASE(one_that_is_cut_off_is_no_success) {
    endpoint_fixture w;
    auto const client = w.make_client();
    auto cut = scripted_reply(200, std::string(10'000, 'x'));
    cut.fault = reply_fault::close;
    cut.fault_after = 5'000;
    w.server->enqueue(cut);
    auto const c = get(w, client, "files/f-1/content");
    BOOST_TEST((c->ec == condition::retryable));
    BOOST_TEST(to_string(c->info().phase) == "reading");
    // As far as it came.
    BOOST_TEST(!c->response.text().empty());
    BOOST_TEST(c->response.text().size() < 10'000U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(cancellation_while_it_comes) {
    endpoint_fixture w;
    auto const client = w.make_client();
    auto stalled = scripted_reply(200, std::string(10'000, 'x'));
    stalled.fault = reply_fault::stall;
    stalled.fault_after = 5'000;
    w.server->enqueue(stalled);
    auto const c = start_get(client, "files/f-1/content");
    w.run_until([&] { return w.server->request_count() == 1; });
    let_pass(w, 20ms);
    BOOST_TEST(!c->done);
    c->cancel.emit(asio::cancellation_type::terminal);
    finish(w, c);
    check_failure(*c, asio::error::operation_aborted, phase::reading);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
