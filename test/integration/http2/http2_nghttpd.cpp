// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/nghttpd.hpp"
#include "support/servers/tinyproxy.hpp"
#include "support/streams/streams.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

// A real nghttpd, by ALPN and by prior knowledge.

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace data = boost::unit_test::data;
namespace json = boost::json;

constexpr std::array schemes{false, true};

nghttpd_options echoing(bool plain) {
    nghttpd_options options;
    options.plain = plain;
    options.echo = true;
    return options;
}

/// The fixture with an nghttpd in the mock provider's place.
struct behind_nghttpd : client_fixture {
    explicit behind_nghttpd(nghttpd_options const& options)
        : client_fixture(options.plain ? scheme::http : scheme::https), nghttpd(authority.issue(), options) {
        server->stop();
        endpoint.base_url = nghttpd.url("/v1");
        endpoint.http2_prior_knowledge = options.plain;
        config.pool.http2 = http2_mode::prefer;
    }

    nghttpd_server nghttpd;
};

/// A request that is a completion with this text as well, for a server that sends it back.
chat_request answering_itself(std::string const& text) {
    auto request = saying(text);
    json::object answer;
    answer["role"] = "assistant";
    answer["content"] = text;
    json::object choice;
    choice["index"] = 0;
    choice["message"] = std::move(answer);
    choice["finish_reason"] = "stop";
    request.extra["object"] = "chat.completion";
    request.extra["choices"] = json::array(1, std::move(choice));
    return request;
}

void check_answers(client_fixture& w, client const& c, std::vector<std::string> const& texts) {
    std::vector<call_ptr> calls;
    for (auto const& each : texts) calls.push_back(start(c, answering_itself(each)));
    finish(w, calls);
    for (std::size_t i = 0; i < calls.size(); ++i) {
        require_success(*calls[i]);
        BOOST_TEST((calls[i]->response.text() == texts[i]));
        BOOST_TEST(calls[i]->info().http_version == "HTTP/2");
        BOOST_TEST(calls[i]->info().attempts == 1);
    }
}

std::vector<std::string> numbers(std::size_t count) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < count; ++i) result.push_back("number " + std::to_string(i));
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_nghttpd)

BOOST_DATA_TEST_CASE(each_call_gets_its_own_answer, data::make(schemes), plain) {
    behind_nghttpd w(echoing(plain));
    client const c = w.make_client();
    for (int round = 0; round < 5; ++round) check_answers(w, c, numbers(300));
    auto const stats = c.stats();
    BOOST_TEST(stats.connections_opened == 3u);
    BOOST_TEST(stats.connections_http2 == 3u);
    BOOST_TEST(stats.replays == 0u);
}

BOOST_DATA_TEST_CASE(large_prompts_and_large_replies_share_a_connection, data::make(schemes), plain) {
    behind_nghttpd w(echoing(plain));
    client const c = w.make_client();
    auto texts = numbers(20);
    for (auto const i : {0u, 7u, 13u}) texts[i] += std::string(3'000'000, 'x');
    check_answers(w, c, texts);
    BOOST_TEST(c.stats().connections_opened == 1u);
}

BOOST_DATA_TEST_CASE(its_limit_of_streams_is_obeyed, data::make(schemes), plain) {
    auto options = echoing(plain);
    options.max_concurrent_streams = 7;
    behind_nghttpd w(options);
    client const c = w.make_client();
    check_answers(w, c, numbers(100));
    check_answers(w, c, numbers(100));
    BOOST_TEST(c.stats().streams == 0u);
}

BOOST_AUTO_TEST_CASE(more_cancels_than_its_limit_of_resets_cost_no_connection) {
    // Larger than the window of a stream, so that each is under way until it is given up.
    std::string stream;
    while (stream.size() < 300'000) stream += says(std::string(1'000, 'x'));
    nghttpd_options options;
    options.plain = true;
    options.reply = stream + finishes() + done();
    behind_nghttpd w(options);
    w.config.pool.max_connections = 1;
    client const c = w.make_client();
    // Keeps the connection in use, so that streams beyond the library's own limit run out.
    auto kept = open_well(w, c);
    // libnghttp2 ends a connection after a thousand.
    constexpr std::size_t rounds = 28;
    for (std::size_t round = 0; round < rounds; ++round) {
        std::vector<opening_ptr> opened;
        for (int i = 0; i < 50; ++i) opened.push_back(start_stream(c));
        w.run_until([&] {
            return std::all_of(opened.begin(), opened.end(), [](auto const& each) { return each->done; });
        });
        for (auto const& each : opened) BOOST_REQUIRE(!each->ec);
    }
    auto const read = read_all(w, kept);
    BOOST_TEST(!read.ec);
    BOOST_TEST(read.text.size() >= 250'000u);
    BOOST_TEST(c.stats().connections_opened == 1u);
    BOOST_TEST(c.stats().replays == 0u);
}

BOOST_DATA_TEST_CASE(calls_share_a_tunnel, data::make(schemes), plain) {
    behind_nghttpd w(echoing(plain));
    tinyproxy_server const proxy(w.nghttpd.port());
    w.config.proxy = proxy.url();
    client const c = w.make_client();
    check_answers(w, c, numbers(90));
    BOOST_TEST(proxy.requests() == 1u);
    BOOST_TEST(c.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
