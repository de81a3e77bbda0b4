// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/servers/behind_nginx.hpp"

#include <string>

// A real nginx on a Unix domain socket, in HTTP/1.1 and in HTTP/2 with prior knowledge.

namespace {

using namespace async_llm;
using namespace async_llm::test;

nginx_options on_socket() {
    nginx_options options;
    options.reply = testing::recorded_reply("meta-llama/Llama-3.3-70B-Instruct-Turbo");
    options.local_version = over_http2() ? 2 : 1;
    return options;
}

struct behind_socket : behind_nginx {
    explicit behind_socket(nginx_options const& options = on_socket()) : behind_nginx(options) {
        endpoint.base_url = nginx.local_url("/v1");
        endpoint.http2_prior_knowledge = over_http2();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(nginx_unix_socket)

BOOST_AUTO_TEST_CASE(completions_share_connections) {
    behind_socket w;
    client const c = w.make_client();
    constexpr std::size_t rounds = 20;
    constexpr std::size_t at_a_time = 8;
    for (std::size_t round = 0; round < rounds; ++round) {
        auto const calls = start_many(c, at_a_time);
        finish(w, calls);
        for (auto const& each : calls) require_success(*each);
    }
    auto const log = w.nginx.finish();
    BOOST_TEST(log.size() == rounds * at_a_time);
    for (auto const& each : log) {
        BOOST_TEST(each.version == (over_http2() ? "HTTP/2.0" : "HTTP/1.1"));
        BOOST_TEST(each.status == 200);
        BOOST_TEST(each.protocol == "-");
    }
    BOOST_TEST(c.stats().connections_opened <= at_a_time + 2);
}

BOOST_AUTO_TEST_CASE(connections_that_it_closes_are_replaced) {
    auto options = on_socket();
    options.keepalive_requests = 3;
    behind_socket w(options);
    client const c = w.make_client();
    for (int i = 0; i < 20; ++i) ask_well(w, c);
    BOOST_TEST(c.stats().connections_opened >= 6u);
}

BOOST_AUTO_TEST_CASE(the_base_path_chooses_what_it_answers) {
    behind_socket w;
    w.endpoint.base_url = w.nginx.local_url("/elsewhere/v1");
    client const c = w.make_client();
    auto const failed = ask(w, c);
    BOOST_TEST(failed->info().status == 404);
    check_detail(*failed, w.nginx.local_url("/elsewhere/v1/chat/completions"));
}

BOOST_AUTO_TEST_CASE(a_server_that_has_ended_is_named) {
    behind_socket w;
    client const c = w.make_client();
    ask_well(w, c);
    w.nginx.finish();
    auto const failed = ask(w, c);
    check_failure(*failed, errc::connect_failed, phase::connecting);
    check_detail(*failed, "unix:");
}

BOOST_AUTO_TEST_SUITE_END()
