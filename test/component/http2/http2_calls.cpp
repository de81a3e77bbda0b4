// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Calls over HTTP/2: which protocol is spoken, and what calls share.

#include "support/fixtures/http2_fixture.hpp"
#include <async_llm/observer.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::mock_options;
using testing::scripted_reply;

struct noting_observer final : observer {
    void first_byte(first_byte_event const& event) noexcept override {
        versions.push_back(event.info.http_version);
        streams.push_back(event.info.stream_id);
    }
    void request_sent(request_sent_event const& event) noexcept override { sent.push_back(event.bytes); }

    std::vector<std::string> versions;
    std::vector<std::int32_t> streams;
    std::vector<std::size_t> sent;
};

void finish_well(client_fixture& w, std::vector<call_ptr> const& calls) {
    finish(w, calls);
    for (auto const& each : calls) require_success(*each);
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_calls)

// ----------------------------------------------------------------------------------- which protocol

BOOST_AUTO_TEST_CASE(a_server_that_offers_it_is_spoken_to_in_http2) {
    http2_fixture w;
    auto const client = w.make_client();
    auto const result = ask_well(w, client);
    BOOST_TEST(result->info().http_version == "HTTP/2");
    BOOST_TEST(result->info().stream_id == 1);
    BOOST_TEST(!result->info().connection_reused);
    BOOST_TEST(w.server->stats().connections_http2 == 1u);
    BOOST_TEST(client.stats().connections_http2 == 1u);
    auto const second = ask_well(w, client);
    BOOST_TEST(second->info().stream_id == 3);
    BOOST_TEST(second->info().connection_reused);
    w.finish();
}

BOOST_AUTO_TEST_CASE(it_is_off_by_default) {
    http2_fixture w;
    w.config.pool = pool_config();
    auto const client = w.make_client();
    auto const result = ask_well(w, client);
    BOOST_TEST(result->info().http_version == "HTTP/1.1");
    BOOST_TEST(result->info().stream_id == 0);
    BOOST_TEST(client.stats().connections_http2 == 0u);
}

BOOST_AUTO_TEST_CASE(a_server_without_it_is_spoken_to_in_http1) {
    client_fixture w;
    w.config.pool.http2 = http2_mode::prefer;
    w.server->respond_with([](auto const&) { return late(200ms); });
    auto const client = w.make_client();
    auto const calls = start_many(client, 20);
    finish_well(w, calls);
    for (auto const& each : calls) BOOST_TEST(each->info().http_version == "HTTP/1.1");
    BOOST_TEST(w.server->stats().max_connections_open == 20u);
    w.finish();
}

BOOST_AUTO_TEST_CASE(prior_knowledge_is_said_of_a_provider) {
    http2_fixture w(mock_options(), scheme::http);
    BOOST_TEST(w.endpoint.http2_prior_knowledge);
    w.config.pool.http2 = http2_mode::off;
    auto const client = w.make_client();
    finish_well(w, start_many(client, 250));
    BOOST_TEST(w.server->stats().connections_http2 == 3u);
    w.finish();
}

BOOST_AUTO_TEST_CASE(without_tls_there_is_no_http2_unless_it_is_known) {
    http2_fixture w(mock_options(), scheme::http);
    w.endpoint.http2_prior_knowledge = false;
    auto const client = w.make_client();
    BOOST_TEST(ask_well(w, client)->info().http_version == "HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(prior_knowledge_is_refused_with_tls) {
    http2_fixture w;
    w.endpoint.http2_prior_knowledge = true;
    BOOST_CHECK_EXCEPTION(w.make_client(), boost::system::system_error, [](auto const& e) {
        return e.code() == errc::invalid_request &&
            std::string(e.what()).find("http2_prior_knowledge") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_requires_http1_gets_it) {
    http2_fixture w;
    testing::http2_event wants_http1(testing::http2_frames::rst_stream);
    wants_http1.code = h2_code::http_1_1_required;
    w.server->enqueue(w.reply_with(wants_http1));
    auto const client = w.make_client();
    auto const result = ask_well(w, client);
    // The connection that it refused may still be there.
    BOOST_TEST(result->info().attempts == 1);
    BOOST_TEST(result->info().replayed);
    BOOST_TEST(result->info().http_version == "HTTP/1.1");
    BOOST_TEST(ask_well(w, client)->info().http_version == "HTTP/1.1");
    w.finish();
}

// ------------------------------------------------------------------------------ what calls share

BOOST_AUTO_TEST_CASE(a_burst_needs_a_connection_for_each_hundred_calls) {
    http2_fixture w;
    w.server->respond_with([](auto const&) { return late(300ms); });
    auto const client = w.make_client();
    auto const calls = start_many(client, 250);
    w.run_until([&] { return client.stats().streams == 250u; });
    BOOST_TEST(client.stats().connections_in_use == 3u);
    finish_well(w, calls);
    BOOST_TEST(client.stats().streams == 0u);
    BOOST_TEST(w.server->stats().connections_accepted == 3u);
    BOOST_TEST(w.server->stats().max_streams_open == 100u);
    std::set<std::int32_t> ids;
    for (auto const& each : calls) ids.insert(each->info().stream_id);
    BOOST_TEST(*ids.rbegin() <= 2 * 100 - 1);
    w.finish();
}

BOOST_AUTO_TEST_CASE(nothing_fans_out_before_the_protocol_is_known) {
    mock_options options;
    options.settings_delay = 100ms;
    http2_fixture w(options);
    auto const client = w.make_client();
    auto const calls = start_many(client, 100);
    finish_well(w, calls);
    BOOST_TEST(w.server->stats().connections_accepted == 1u);
}

BOOST_AUTO_TEST_CASE(a_first_connection_that_stalls_gets_another_beside_it_which_serves_all) {
    http2_fixture w;
    w.server->set_accept_fault(testing::accept_fault::stall, 1);
    auto const client = w.make_client();
    auto const calls = start_many(client, 50);
    finish_well(w, calls);
    for (auto const& each : calls) BOOST_TEST(each->info().attempts == 1);
    BOOST_TEST(w.server->stats().connections_accepted == 2u);
    // The one that stalled is not waited for.
    w.run_until([&] { return client.stats().connections_connecting == 0u; });
    BOOST_TEST(client.stats().connections_failed == 0u);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_first_connection_that_stalls_holds_up_no_call_in_http1) {
    client_fixture w;
    w.config.pool.http2 = http2_mode::prefer;
    w.server->set_accept_fault(testing::accept_fault::stall, 1);
    w.server->respond_with([](auto const&) { return late(200ms); });
    auto const client = w.make_client();
    finish_well(w, start_many(client, 10));
    BOOST_TEST(w.server->stats().connections_accepted == 11u);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_server_without_a_limit_gets_a_hundred_streams_at_a_time) {
    mock_options options;
    options.max_concurrent_streams = 0;
    http2_fixture w(options);
    auto const client = w.make_client();
    finish_well(w, start_many(client, 300));
    BOOST_TEST(w.server->stats().max_streams_open <= 100u);
}

BOOST_AUTO_TEST_CASE(a_servers_limit_is_obeyed_from_the_first_settings_on) {
    mock_options options;
    options.max_concurrent_streams = 7;
    http2_fixture w(options);
    auto const client = w.make_client();
    auto const calls = start_many(client, 70);
    finish_well(w, calls);
    BOOST_TEST(w.server->stats().max_streams_open <= 7u);
    for (auto const& each : calls) BOOST_TEST(each->info().attempts == 1);
}

BOOST_AUTO_TEST_CASE(calls_are_spread_over_the_connections_that_they_need) {
    http2_fixture w;
    w.server->respond_with([](auto const&) { return late(200ms); });
    auto const client = w.make_client();
    // Once both connections are there, calls come one after the other.
    finish_well(w, start_many(client, 150));
    auto const before = w.requests_by_connection();
    finish_well(w, start_many(client, 150));
    auto const after = w.requests_by_connection();
    BOOST_TEST_REQUIRE(after.size() == 2u);
    for (auto const& [connection, requests] : after) {
        auto const more = requests - (before.contains(connection) ? before.at(connection) : 0);
        BOOST_TEST(more >= 50u);
        BOOST_TEST(more <= 100u);
    }
}

BOOST_AUTO_TEST_CASE(the_surplus_of_a_burst_ages_out) {
    http2_fixture w;
    w.config.pool.idle_timeout = 150ms;
    w.config.pool.close_idle_by_timer = true;
    auto const client = w.make_client();
    w.server->respond_with([](auto const&) { return late(50ms); });
    finish_well(w, start_many(client, 400));
    BOOST_TEST(w.server->stats().connections_accepted == 4u);
    auto const end = std::chrono::steady_clock::now() + 2s;
    while (w.server->stats().connections_open > 1 && std::chrono::steady_clock::now() < end)
        finish_well(w, start_many(client, 5));
    BOOST_TEST(w.server->stats().connections_open == 1u);
}

BOOST_AUTO_TEST_CASE(a_loop_ends_while_a_connection_is_kept) {
    http2_fixture w;
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(client.stats().connections_idle == 1u);
    w.finish();
}

BOOST_AUTO_TEST_CASE(connections_are_made_ahead_for_the_calls_that_they_take) {
    http2_fixture w;
    auto const client = w.make_client();
    bool done = false;
    client.async_warm_up(150, [&](error_code ec) {
        BOOST_TEST(!ec);
        done = true;
    });
    w.run_until([&] { return done; });
    BOOST_TEST(client.stats().connections_idle == 2u);
    finish_well(w, start_many(client, 150));
    BOOST_TEST(w.server->stats().connections_accepted == 2u);
}

BOOST_AUTO_TEST_CASE(observers_learn_version_and_stream) {
    http2_fixture w;
    auto const noted = std::make_shared<noting_observer>();
    w.config.observer = noted;
    auto const client = w.make_client();
    ask_well(w, client);
    ask_well(w, client);
    BOOST_TEST(
        noted->versions == std::vector<std::string>({"HTTP/2", "HTTP/2"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(noted->streams == std::vector<std::int32_t>({1, 3}), boost::test_tools::per_element());
    BOOST_TEST_REQUIRE(noted->sent.size() == 2u);
    BOOST_TEST(noted->sent.front() > 0u);
}

BOOST_AUTO_TEST_CASE(large_prompts_and_small_ones_share_a_connection) {
    http2_fixture w;
    auto const client = w.make_client();
    std::vector<call_ptr> calls;
    for (int i = 0; i < 4; ++i) calls.push_back(start(client, saying(std::string(2'000'000, 'x'))));
    for (int i = 0; i < 20; ++i) calls.push_back(start(client, saying("hi")));
    finish_well(w, calls);
    // The loop may stand still for so long that another connect is begun.
    BOOST_TEST(w.requests_by_connection().size() == 1u);
    // Those that came last had not to wait for those that came first.
    auto const requests = w.server->requests();
    BOOST_TEST(requests.front().last_user_text() == "hi");
}

BOOST_AUTO_TEST_CASE(a_client_closes_its_connections_in_good_order) {
    http2_fixture w;
    {
        auto const client = w.make_client();
        ask_well(w, client);
    }
    await_no_connections(w);
    BOOST_TEST(w.server->stats().requests_aborted == 0u);
}

BOOST_AUTO_TEST_CASE(a_context_is_destroyed_with_calls_in_it) {
    auto w = std::make_unique<http2_fixture>();
    w->server->respond_with([](auto const&) { return never(); });
    auto client = std::make_unique<async_llm::client>(w->make_client());
    auto const calls = start_many(*client, 30);
    w->await_requests(30);
    client.reset();
    w.reset();
    for (auto const& each : calls) BOOST_TEST(!each->done);
}

BOOST_AUTO_TEST_CASE(a_context_that_several_threads_run_is_destroyed_with_calls_in_it) {
    http2_fixture w;
    int asked = 0;
    w.server->respond_with([&asked](auto const&) {
        return ++asked % 3 == 0 ? never() : late(1ms * (asked % 5));
    });
    for (std::size_t const requests : {0u, 1u, 20u, 80u, 150u}) {
        auto const before = w.server->stats().requests;
        auto io = std::make_unique<asio::io_context>(3);
        auto client = std::make_shared<async_llm::client>(io->get_executor(), w.endpoint, w.config);
        auto const held = std::make_shared<int>();
        for (int i = 0; i < 250; ++i) {
            // The client goes with the last of its handlers, or before them.
            auto const owner = requests % 20 == 0 ? client : nullptr;
            client->async_complete(hello(), [owner, held](error_code, chat_response const&) {});
        }
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i) threads.emplace_back([&io] { io->run(); });
        w.await_requests(before + requests);
        io->stop();
        for (auto& each : threads) each.join();
        client.reset();
        io.reset();
        BOOST_TEST(held.use_count() == 1);
    }
    await_no_connections(w);
}

BOOST_AUTO_TEST_SUITE_END()
