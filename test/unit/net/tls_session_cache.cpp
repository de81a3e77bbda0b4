// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls/tls_session_cache.hpp"

#include "support/servers/tls_pair.hpp"

#include <boost/test/unit_test.hpp>

#include <ctime>
#include <string>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::certificate_authority;
using testing::identity_options;

int renew(SSL*, SSL_SESSION*, unsigned char const*, std::size_t, SSL_TICKET_STATUS status, void*) {
    return status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW
        ? SSL_TICKET_RETURN_USE_RENEW
        : SSL_TICKET_RETURN_IGNORE_RENEW;
}

int generate(SSL*, void*) { return 1; }

// A server and the client's context, whose clock is the system's and so many seconds.
struct fixture {
    explicit fixture(
        int version,
        std::chrono::seconds max_age = 24h,
        identity_options const& options = identity_options()
    )
        : server(make_server_side(authority.issue(options))) {
        SSL_CTX_set_min_proto_version(server.get(), version);
        SSL_CTX_set_max_proto_version(server.get(), version);
        // TLS 1.2 too gives a ticket with each resumption then.
        SSL_CTX_set_session_ticket_cb(server.get(), &generate, &renew, nullptr);
        config.use_system_store = false;
        config.ca_pem = authority.root_certificate();
        config.max_session_age = max_age;
        context = std::make_unique<net::tls_context>(config, "localhost", false, 8, [this] {
            return std::time(nullptr) + offset;
        });
    }

    /// Connects at this time; was a session resumed?
    bool resumes_at(std::time_t seconds) {
        offset = seconds;
        tls_pair pair(*context, server.get());
        bool const resumed = pair.connect();
        BOOST_TEST(SSL_is_init_finished(pair.client()));
        return resumed;
    }

    certificate_authority authority;
    server_context_ptr server;
    tls_config config;
    std::unique_ptr<net::tls_context> context;
    std::time_t offset = 0;
};

// A connection whose session has an id and no ticket, for a cache of the test's own.
struct kept_session : fixture {
    kept_session() : fixture(TLS1_2_VERSION) {
        SSL_CTX_set_session_cache_mode(server.get(), SSL_SESS_CACHE_SERVER);
        SSL_CTX_set_options(server.get(), SSL_OP_NO_TICKET);
        pair = std::make_unique<tls_pair>(*context, server.get());
        BOOST_REQUIRE(pair->handshake());
    }

    SSL* ssl() const { return pair->client(); }
    SSL_SESSION* session() const { return SSL_get0_session(pair->client()); }

    std::unique_ptr<tls_pair> pair;
};

constexpr auto versions = {TLS1_2_VERSION, TLS1_3_VERSION};

} // namespace

BOOST_AUTO_TEST_SUITE(tls_session_cache)

BOOST_AUTO_TEST_CASE(a_session_is_resumed_within_the_age_of_its_full_handshake) {
    for (auto const version : versions) {
        fixture f(version, 100s);
        BOOST_TEST(!f.resumes_at(0));
        BOOST_TEST(f.resumes_at(60));
        // Those that came with the resumed one are younger, and descend from the same handshake.
        BOOST_TEST(f.resumes_at(80));
        BOOST_TEST(!f.resumes_at(115));
        BOOST_TEST(f.resumes_at(175));
        BOOST_TEST(!f.resumes_at(230));
    }
}

BOOST_AUTO_TEST_CASE(the_age_is_counted_from_the_handshake_and_not_from_the_ticket) {
    fixture f(TLS1_3_VERSION, 100s);
    tls_pair pair(*f.context, f.server.get());
    BOOST_REQUIRE(pair.handshake());
    f.offset = 60;
    pair.read_messages();
    BOOST_TEST(!f.resumes_at(115));
}

BOOST_AUTO_TEST_CASE(an_age_of_zero_resumes_nothing) {
    for (auto const version : versions) {
        fixture f(version, 0s);
        BOOST_TEST(!f.resumes_at(0));
        BOOST_TEST(!f.resumes_at(0));
    }
}

BOOST_AUTO_TEST_CASE(a_session_ends_with_the_certificate) {
    for (auto const version : versions) {
        identity_options options;
        options.valid_until = 100s;
        fixture f(version, 24h, options);
        BOOST_TEST(!f.resumes_at(0));
        BOOST_TEST(f.resumes_at(60));
        BOOST_TEST(!f.resumes_at(110));
    }
}

BOOST_AUTO_TEST_CASE(a_session_ends_with_its_own_time) {
    for (auto const version : versions) {
        fixture f(version);
        SSL_CTX_set_timeout(SSL_get_SSL_CTX(f.context->make_ssl().get()), 100);
        BOOST_TEST(!f.resumes_at(0));
        BOOST_TEST(f.resumes_at(60));
        BOOST_TEST(!f.resumes_at(300));
    }
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_resumes_nothing) {
    for (auto const version : versions) {
        fixture f(version);
        BOOST_TEST(!f.resumes_at(0));
        BOOST_TEST(!f.resumes_at(-100));
    }
}

BOOST_AUTO_TEST_CASE(a_session_from_the_future_is_not_given_out) {
    kept_session k;
    // Its handshake began in the past, and it was given later than now.
    std::time_t now = std::time(nullptr) - 50;
    net::tls_session_cache cache(4, 24h, [&now] { return now; });
    cache.note_start(k.ssl());
    cache.put(k.ssl(), k.session());
    now += 10;
    BOOST_TEST(!cache.take());
}

BOOST_AUTO_TEST_CASE(the_last_second) {
    kept_session k;
    std::time_t const begin = std::time(nullptr) + 10;
    std::time_t now = begin;
    net::tls_session_cache cache(4, 100s, [&now] { return now; });
    cache.note_start(k.ssl());
    cache.put(k.ssl(), k.session());
    now = begin + 99;
    BOOST_TEST(bool(cache.take()));
    now = begin + 100;
    BOOST_TEST(!cache.take());
    BOOST_TEST(cache.size() == 0U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_resumed_is_not_given_out) {
    kept_session k;
    net::tls_session_cache cache(4, 24h, [] { return std::time(nullptr) + 1; });
    cache.note_start(k.ssl());
    cache.put(k.ssl(), k.session());
    BOOST_TEST(bool(cache.take()));
    net::session_ptr const nameless(SSL_SESSION_dup(k.session()));
    unsigned char const none = 0;
    SSL_SESSION_set1_id(nameless.get(), &none, 0);
    cache.put(k.ssl(), nameless.get());
    // It is the newest, so it would be the first.
    auto const taken = cache.take();
    BOOST_REQUIRE(taken);
    BOOST_TEST(SSL_SESSION_is_resumable(taken.get()) == 1);
    BOOST_TEST(cache.size() == 1U);
}

BOOST_AUTO_TEST_CASE(no_more_than_the_capacity) {
    kept_session k;
    for (std::size_t const capacity : {0U, 1U, 3U}) {
        net::tls_session_cache cache(capacity, 24h, [] { return std::time(nullptr) + 1; });
        cache.note_start(k.ssl());
        for (int i = 0; i < 5; ++i) cache.put(k.ssl(), k.session());
        BOOST_TEST(cache.size() == capacity);
        BOOST_TEST(bool(cache.take()) == (capacity > 0));
    }
}

BOOST_AUTO_TEST_CASE(a_ticket_of_tls_1_3_is_for_one_use) {
    fixture f(TLS1_3_VERSION);
    SSL_CTX_set_num_tickets(f.server.get(), 1);
    BOOST_TEST(!f.resumes_at(0));
    tls_pair first(*f.context, f.server.get());
    tls_pair second(*f.context, f.server.get());
    BOOST_TEST(first.connect());
    BOOST_TEST(!second.connect());

    fixture old(TLS1_2_VERSION);
    BOOST_TEST(!old.resumes_at(0));
    tls_pair third(*old.context, old.server.get());
    tls_pair fourth(*old.context, old.server.get());
    BOOST_TEST(third.connect());
    BOOST_TEST(fourth.connect());
}

BOOST_AUTO_TEST_SUITE_END()
