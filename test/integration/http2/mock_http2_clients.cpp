// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/child_process.hpp"
#include "support/servers/raw_client.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

// Clients of others against the mock provider: curl, and h2load where it is installed.

namespace {

using namespace async_llm::testing;
using namespace std::chrono_literals;
using async_llm::test::chat_body;
using async_llm::test::child_process;
using async_llm::test::running_provider;
using async_llm::test::temp_dir;

mock_options http2_options(bool tls) {
    mock_options options;
    options.http2 = true;
    if (tls) options.identity = certificate_authority().issue();
    return options;
}

// All that a program prints.
std::string output_of(std::string const& program, std::vector<std::string> const& arguments) {
    temp_dir const files;
    child_process process(program, arguments, files.path("output"));
    BOOST_TEST(process.wait_for_end(60s));
    process.end();
    return files.read("output");
}

struct provider_with_files {
    explicit provider_with_files(bool tls) : provider(http2_options(tls)) {}

    std::string curl(std::string const& version, std::string const& text) const {
        return output_of(
            "/usr/bin/curl",
            {"-sk",
             version,
             "-H",
             "Authorization: Bearer sk-test",
             "-H",
             "Content-Type: application/json",
             "-d",
             chat_body(text),
             "-w",
             "\n%{http_version} %{http_code}",
             provider.server.base_url() + "/chat/completions"}
        );
    }

    running_provider provider;
};

} // namespace

BOOST_AUTO_TEST_SUITE(mock_http2_clients)

BOOST_AUTO_TEST_CASE(curl_agrees_on_http2_over_tls) {
    provider_with_files const test(true);
    auto const modern = test.curl("--http2", "in two");
    BOOST_TEST(modern.find("in two") != std::string::npos);
    BOOST_TEST(modern.ends_with("\n2 200"), modern);
    auto const old = test.curl("--http1.1", "in one");
    BOOST_TEST(old.find("in one") != std::string::npos);
    BOOST_TEST(old.ends_with("\n1.1 200"), old);
}

BOOST_AUTO_TEST_CASE(curl_knows_that_the_server_speaks_http2) {
    provider_with_files const test(false);
    BOOST_TEST(test.curl("--http2-prior-knowledge", "x").ends_with("\n2 200"));
    BOOST_TEST(test.curl("--http1.1", "x").ends_with("\n1.1 200"));
    // Asks for an upgrade, which is no part of HTTP/2 any more.
    BOOST_TEST(test.curl("--http2", "x").ends_with("\n1.1 200"));
    BOOST_TEST(test.curl("--http2-prior-knowledge", std::string(100'000, 'x')).ends_with("\n2 200"));
}

BOOST_AUTO_TEST_CASE(curl_is_told_to_go_away) {
    provider_with_files test(false);
    auto reply = scripted_reply::completion("last");
    http2_event script(http2_frames::goaway);
    script.code = 0;
    reply.http2.push_back(script);
    test.provider.server.enqueue(reply);
    BOOST_TEST(test.curl("--http2-prior-knowledge", "x").ends_with("\n2 200"));
    BOOST_TEST(test.provider.server.stats().goaways_sent == 1U);
}

BOOST_AUTO_TEST_CASE(h2load_is_served_by_the_thousand) {
    if (!std::filesystem::exists("/usr/bin/h2load")) {
        BOOST_TEST_MESSAGE("h2load is not installed");
        return;
    }
    for (bool const tls : {true, false}) {
        provider_with_files test(tls);
        temp_dir const files;
        auto const body = files.write("body", chat_body("x"));
        auto const output = output_of(
            "/usr/bin/h2load",
            {"-n5000",
             "-c3",
             "-m128",
             "-d",
             body,
             "-H",
             "Authorization: Bearer sk-test",
             "-H",
             "Content-Type: application/json",
             test.provider.server.base_url() + "/chat/completions"}
        );
        BOOST_TEST(output.find("5000 succeeded, 0 failed, 0 errored") != std::string::npos, output);
        BOOST_TEST(output.find("status codes: 5000 2xx") != std::string::npos, output);
        auto const stats = test.provider.server.stats();
        BOOST_TEST(stats.connections_http2 == 3U);
        BOOST_TEST(stats.requests == 5000U);
        BOOST_TEST(stats.max_streams_open > 1U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
