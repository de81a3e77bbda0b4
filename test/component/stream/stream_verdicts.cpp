// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/streams.hpp"
#include "support/streams/verdict_rows.hpp"

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using testing::scripted_reply;

struct verdict {
    verdict() = default;

    error_code ec;
    std::string text;
    std::string words;
};

scripted_reply answer_with(verdict_row const& row) {
    return scripted_reply(200, row.body, "text/event-stream");
}

chat_request asking_for(std::int64_t n) {
    auto request = hello();
    request.n = n;
    return request;
}

std::string words_of(api_error const& error, response_info const& info) {
    return error.message + "\n" + info.detail;
}

verdict
by_next(client_fixture& w, client const& from, verdict_row const& row, chat_request request = hello()) {
    w.server->enqueue(answer_with(row));
    auto opened = open_stream(w, from, std::move(request));
    verdict result;
    result.ec = opened->ec;
    if (!opened->ec) {
        auto const all = read_all(w, opened->stream);
        result.ec = all.ec;
        result.text = all.text;
    }
    result.words = words_of(opened->stream.error(), opened->stream.info());
    return result;
}

verdict by_collecting(client_fixture& w, client const& from, verdict_row const& row) {
    w.server->enqueue(answer_with(row));
    auto opened = open_stream(w, from);
    verdict result;
    result.ec = opened->ec;
    result.words = words_of(opened->stream.error(), opened->stream.info());
    if (opened->ec) return result;
    bool done = false;
    opened->stream.async_collect([&](error_code ec, chat_response response) {
        done = true;
        result.ec = ec;
        result.text = response.text();
        result.words = words_of(response.error, response.info);
    });
    w.run_until([&] { return done; });
    return result;
}

verdict by_completing(client_fixture& w, client const& from, verdict_row const& row) {
    w.server->enqueue(answer_with(row));
    auto const c = ask(w, from);
    verdict result;
    result.ec = c->ec;
    result.text = c->response.text();
    result.words = words_of(c->response.error, c->response.info);
    return result;
}

void check(verdict const& found, verdict_row const& row, char const* way) {
    BOOST_TEST(found.ec == row.ec, way << ": " << found.ec.message() << ": " << found.words);
    if (!row.ec) BOOST_TEST(found.text == row.text, way);
    BOOST_TEST(found.words.find(row.words) != std::string::npos, way << ": " << found.words);
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_verdicts)

BOOST_AUTO_TEST_CASE(one_verdict_however_a_stream_is_read) {
    client_fixture w;
    auto const client = w.make_client();
    for (auto const& row : verdict_rows()) {
        BOOST_TEST_CONTEXT(row.name) {
            check(by_next(w, client, row), row, "next");
            check(by_collecting(w, client, row), row, "collect");
            check(by_completing(w, client, row), row, "complete");
        }
    }
}

BOOST_AUTO_TEST_CASE(numbers_of_choices_stay_if_several_were_asked_for) {
    std::string body;
    for (int i = 0; i < 3; ++i)
        body += R"(data: {"choices":[{"index":)" + std::to_string(i) +
            R"(,"delta":{"content":"a"},"finish_reason":"stop"}]})" + "\n\n";
    verdict_row const row("several choices", body, error_code(), "a");
    client_fixture w;
    auto const client = w.make_client();
    auto in_extra = hello();
    in_extra.extra["n"] = 3;
    for (auto const& request : {asking_for(3), in_extra})
        check(by_next(w, client, row, request), row, "next");
    verdict_row const folded("one choice", body, error_code(), "aaa");
    auto one_in_extra = asking_for(3);
    one_in_extra.extra["n"] = 1;
    for (auto const& request : {hello(), asking_for(1), one_in_extra})
        check(by_next(w, client, folded, request), folded, "next");
}

BOOST_AUTO_TEST_SUITE_END()
