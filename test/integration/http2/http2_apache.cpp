// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/servers/apache.hpp"
#include "support/streams/marked_completions.hpp"
#include "support/streams/streams.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <array>
#include <string>
#include <utility>

// A real Apache with mod_http2 in front of the mock provider, by ALPN and by prior knowledge.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using testing::scripted_reply;
namespace data = boost::unit_test::data;

constexpr std::array schemes{scheme::https, scheme::http};

apache_options speaking_http2(scheme s, testing::certificate_authority const& authority) {
    apache_options options;
    options.http2 = true;
    if (s == scheme::https) options.identity = authority.issue();
    return options;
}

struct behind_apache : client_fixture {
    explicit behind_apache(scheme s)
        : client_fixture(scheme::http), apache(server->port(), speaking_http2(s, authority)) {
        use("/plain/v1");
        endpoint.http2_prior_knowledge = s == scheme::http;
        config.pool.http2 = http2_mode::prefer;
    }

    void use(std::string const& path) { endpoint.base_url = apache.url(path); }

    apache_server apache;
};

void check_http2(call const& c) {
    require_success(c);
    BOOST_TEST(c.info().http_version == "HTTP/2");
    BOOST_TEST(c.info().attempts == 1);
}

} // namespace

namespace async_llm::test {

std::ostream& operator<<(std::ostream& out, scheme s) {
    return out << (s == scheme::https ? "https" : "http");
}

} // namespace async_llm::test

BOOST_AUTO_TEST_SUITE(http2_apache)

BOOST_DATA_TEST_CASE(a_graceful_restart_in_the_middle_of_completions_loses_none, data::make(schemes), s) {
    constexpr std::size_t total = 1'500;
    behind_apache w(s);
    // Apache ends a connection with answers that it has got from its backend, and has not given.
    w.config.retry = persistent();
    served_marks served(total);
    w.server->respond_with([&served](testing::received_request const& request) {
        served.add(request.last_user_text());
        return scripted_reply::echo();
    });
    client const c = w.make_client();
    marked_completions const calls(c, total, 16);
    calls.run_until_ended(w, total / 3);
    w.apache.reload();
    calls.run_until_ended(w, total);
    calls.check();
    calls.check_served(served);
    // Far fewer than all: those that were under way.
    BOOST_TEST(served.repeated() <= 2u * 16u);
    BOOST_TEST(c.stats().connections_http2 == c.stats().connections_opened);
    BOOST_TEST(c.stats().connections_opened >= 2u);
}

BOOST_DATA_TEST_CASE(compressed_replies_and_streams_are_decoded, data::make(schemes), s) {
    behind_apache w(s);
    w.use("/v1");
    client const c = w.make_client();
    auto const answered = ask_well(w, c);
    check_http2(*answered);
    BOOST_TEST(answered->response.text() == "Hello");
    BOOST_TEST(answered->info().field("content-encoding") == "gzip");
    w.server->enqueue(scripted_reply::events(counted_events(100)));
    auto stream = open_well(w, c);
    auto const whole = read_all(w, stream);
    BOOST_TEST(!whole.ec);
    BOOST_TEST(whole.text == counted_text(100));
    BOOST_TEST(stream.info().field("content-encoding") == "gzip");
    BOOST_TEST(stream.info().http_version == "HTTP/2");
    BOOST_TEST(c.stats().connections_opened == 1u);
}

BOOST_DATA_TEST_CASE(a_chunk_arrives_while_the_next_one_is_not_there, data::make(schemes), s) {
    behind_apache w(s);
    auto reply = scripted_reply::events({says("one"), says(" two"), finishes(), done()});
    reply.parts[1].delay = patience;
    w.server->enqueue(reply);
    client const c = w.make_client();
    auto stream = open_well(w, c);
    auto const first = next(w, stream);
    BOOST_REQUIRE(first->chunk);
    BOOST_TEST(first->chunk->text() == "one");
    // The connection serves others meanwhile.
    check_http2(*ask_well(w, c));
    BOOST_TEST(c.stats().connections_opened == 1u);
    // Otherwise Apache would wait for it when it is to end.
    w.server->stop();
    await_no_connections(w);
}

BOOST_DATA_TEST_CASE(large_prompts_and_large_replies_pass, data::make(schemes), s) {
    behind_apache w(s);
    w.server->respond_with([](auto const&) { return scripted_reply::echo(); });
    client const c = w.make_client();
    std::string const text(2'000'000, 'x');
    auto const large = start(c, saying(text));
    auto const small = start(c, saying("small"));
    finish(w, {large, small});
    check_http2(*large);
    check_http2(*small);
    BOOST_TEST((large->response.text() == text));
    BOOST_TEST(small->response.text() == "small");
}

BOOST_AUTO_TEST_SUITE_END()
