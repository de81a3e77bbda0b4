// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/echoing_proxy.hpp"
#include "support/streams/streams.hpp"
#include <async_llm/debug_log.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/error.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::mock_options;
using testing::scripted_reply;

using lines = std::vector<std::string>;

struct logged_fixture : client_fixture {
    explicit logged_fixture(
        debug_log_options what = debug_log_options(),
        scheme s = scheme::https,
        mock_options options = mock_options()
    )
        : client_fixture(s, std::move(options)) {
        auto const keep = [to = log](std::string_view line) { to->emplace_back(line); };
        config.observer = std::make_shared<async_llm::debug_log>(keep, std::move(what));
    }

    // All lines, each with its end.
    std::string text() const {
        std::string result;
        for (auto const& each : *log) result += each + '\n';
        return result;
    }

    // The n-th line about this event.
    std::string line(std::string const& event, std::size_t n = 0) const {
        for (auto const& each : *log) {
            if (each.find(": " + event) != std::string::npos && n-- == 0) return each;
        }
        return {};
    }

    std::string address() const { return "127.0.0.1:" + std::to_string(server->port()); }

    std::shared_ptr<lines> log = std::make_shared<lines>();
};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

debug_log_options with_content() {
    debug_log_options result;
    result.content = true;
    return result;
}

/// A fixture in which every place that may hold a secret holds one, and the reply's cookies too.
struct fixture_of_secrets : logged_fixture {
    explicit fixture_of_secrets(debug_log_options what) : logged_fixture(std::move(what)) {
        endpoint.key = "hidden-key-1";
        endpoint.more_keys = {"hidden-key-2", "hidden-key-3"};
        endpoint.add_header("X-Api-Key", "hidden-field-1").add_header("Cookie", "session=hidden-cookie-1");
        options.headers.emplace_back("X-Of-My-Own", "hidden-field-2");
        options.headers.emplace_back("api-key", "hidden-field-3");
        server->respond_with([](testing::received_request const&) { return answer(); });
    }

    // The user and the password, and what becomes of them on the wire.
    static std::string proxy_secret() { return "hidden-user:hidden-password"; }

    static scripted_reply answer() { return with_cookies(scripted_reply::echo()); }

    static scripted_reply with_cookies(scripted_reply reply) {
        reply.headers.emplace_back("Set-Cookie", "session=hidden-cookie-2");
        reply.headers.emplace_back("Authentication-Info", "hidden-field-4");
        return reply;
    }

    call_ptr ask_once() {
        auto const client = make_client();
        auto result = ask(*this, client, hello(), options);
        check();
        return result;
    }

    void check() const {
        auto const all = text();
        BOOST_TEST(contains(all, ": call_finished "));
        // base 64 of "hidden-user:hidden-password", in part.
        for (auto const* const secret : {"hidden", "aGlkZGVuL", "Bearer"})
            BOOST_TEST(!boost::algorithm::icontains(all, secret), all);
    }

    request_options options;
};

// Without content, and with content and the secrets named.
std::vector<debug_log_options> all_kinds_of_options() {
    auto named = with_content();
    named.secrets = {"hidden-key-1", "hidden-key-2", "hidden-key-3"};
    named.reply_headers = {"*"};
    auto fields = debug_log_options();
    fields.reply_headers = {"Set-Cookie", "authentication-info", "*request-id"};
    return {debug_log_options(), fields, named};
}

} // namespace

BOOST_AUTO_TEST_SUITE(debug_log)

BOOST_AUTO_TEST_CASE(a_call_is_a_line_for_each_of_its_events) {
    logged_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(with_field(scripted_reply::echo(), "x-request-id", "req-7"));
    ask_well(w, client);
    BOOST_TEST_REQUIRE(w.log->size() == 7U);
    auto const model = hello().model;
    auto const who = " provider=aimlapi model=" + model + " server=" + w.address();
    BOOST_TEST(w.line("call_started") == "call 1: call_started" + who + " messages=1");
    auto const attempt = w.line("attempt_started");
    BOOST_TEST(attempt.starts_with("call 1: attempt_started attempt=1" + who + " host=" + w.address()));
    BOOST_TEST(contains(attempt, " content-type=application/json"));
    auto const connection = w.line("connection_obtained");
    BOOST_TEST(connection.starts_with("call 1: connection_obtained origin=fresh waited="));
    BOOST_TEST(connection.ends_with("ms peer=" + w.address() + " tls=TLSv1.3"));
    BOOST_TEST(w.line("request_sent").starts_with("call 1: request_sent bytes="));
    auto const first = w.line("first_byte");
    BOOST_TEST(first.starts_with("call 1: first_byte status=200 after="));
    BOOST_TEST(contains(first, " content-type=application/json"));
    BOOST_TEST(contains(first, " x-request-id=req-7"));
    BOOST_TEST(w.line("attempt_finished") == "call 1: attempt_finished attempt=1 status=200");
    auto const finished = w.line("call_finished");
    BOOST_TEST(finished.starts_with("call 1: call_finished total="));
    BOOST_TEST(contains(finished, "ms attempts=1 status=200 id="));
    BOOST_TEST(contains(finished, " model=" + model + " finish_reason=stop input_tokens="));
    BOOST_TEST(!contains(w.text(), "Hello"));
}

BOOST_AUTO_TEST_CASE(a_stream_says_when_its_content_begins) {
    logged_fixture w;
    auto const client = w.make_client();
    auto stream = open_well(w, client);
    read_all(w, stream);
    BOOST_TEST(w.log->size() == 8U);
    BOOST_TEST(contains(w.line("call_started"), " stream=true"));
    BOOST_TEST(w.line("first_content").starts_with("call 1: first_content after="));
    BOOST_TEST(contains(w.line("call_finished"), " finish_reason=stop"));
    BOOST_TEST(!contains(w.text(), "Hello"));
}

BOOST_AUTO_TEST_CASE(a_failure_says_what_and_whether_it_is_retried) {
    logged_fixture w;
    w.config.retry = retry_policy();
    w.config.retry.max_attempts = 2;
    w.config.retry.initial_backoff = 3ms;
    w.config.retry.jitter = 0;
    auto const client = w.make_client();
    w.server->enqueue({scripted_reply::error(503, "Busy"), scripted_reply::error(500, "Broken")});
    ask(w, client);
    BOOST_TEST(
        w.line("attempt_finished") ==
        "call 1: attempt_finished attempt=1 status=503 error=503 message=\"Service Unavailable\" "
        "retried_after=3.0ms"
    );
    BOOST_TEST(
        w.line("attempt_finished", 1) ==
        "call 1: attempt_finished attempt=2 status=500 error=500 message=\"Internal Server Error\""
    );
    auto const finished = w.line("call_finished");
    BOOST_TEST(contains(
        finished,
        " attempts=2 status=500 error=500 message=\"Internal Server Error\" phase=finished "
        "retry_stop=attempts_exhausted"
    ));
    BOOST_TEST(!contains(w.text(), "Broken"));
}

BOOST_AUTO_TEST_CASE(a_connection_that_fails_says_why) {
    logged_fixture w;
    w.server->stop_listening();
    auto const client = w.make_client();
    auto const result = ask(w, client);
    auto const finished = w.line("call_finished");
    BOOST_TEST(contains(finished, " error=connect_failed "));
    BOOST_TEST(contains(finished, " phase=connecting "));
    BOOST_TEST(contains(finished, " cause=\"Connection refused\""));
    BOOST_TEST(contains(finished, " detail=\"" + result->info().detail + '"'));
}

BOOST_AUTO_TEST_CASE(content_is_written_if_asked_for) {
    logged_fixture w(with_content());
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(contains(w.line("attempt_started"), R"(\"content\":\"Hello\")"));
    BOOST_TEST(w.line("call_finished").ends_with(" text=Hello"));
    w.server->enqueue(scripted_reply::error(400, "Your words are wrong"));
    ask(w, client);
    BOOST_TEST(w.line("call_finished", 1).ends_with(" said=\"Your words are wrong\""));
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_not_understood_is_content) {
    for (bool const asked_for : {false, true}) {
        logged_fixture w(asked_for ? with_content() : debug_log_options());
        auto const client = w.make_client();
        w.server->enqueue(scripted_reply(200, "Dear Alice", "text/plain"));
        BOOST_TEST((ask(w, client)->ec == errc::unexpected_content_type));
        BOOST_TEST(contains(w.line("call_finished"), "Dear Alice") == asked_for, w.text());
    }
}

BOOST_AUTO_TEST_CASE(texts_that_are_named_as_secrets_are_replaced) {
    auto options = with_content();
    options.secrets = {"Alice", ""};
    logged_fixture w(options);
    auto const client = w.make_client();
    ask(w, client, saying("Dear Alice, and Alice"));
    BOOST_TEST(w.line("call_finished").ends_with(" text=\"Dear ***, and ***\""), w.text());
    BOOST_TEST(!contains(w.text(), "Alice"));
}

BOOST_AUTO_TEST_CASE(content_is_cut) {
    auto options = with_content();
    options.max_content = 10;
    logged_fixture w(options);
    auto const client = w.make_client();
    ask(w, client, saying(std::string(1'000'000, 'a') + " end"));
    BOOST_TEST(w.line("call_finished").ends_with(" text=aaaaaaaaaa..."));
    for (auto const& line : *w.log) BOOST_TEST(line.size() < 1'000U);
}

BOOST_AUTO_TEST_CASE(what_looks_like_a_key_is_not_written_even_as_content) {
    logged_fixture w(with_content());
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::error(401, "Incorrect API key provided: sk-proj-0123456789abcdef."));
    ask(w, client);
    BOOST_TEST(w.line("call_finished").ends_with(" said=\"Incorrect API key provided: ***.\""));
}

BOOST_AUTO_TEST_CASE(nobody_outside_can_make_a_line_of_his_own) {
    logged_fixture w(with_content());
    auto const client = w.make_client();
    auto reply = scripted_reply::completion("one\ncall 2: call_finished\x1b[31m\r\x7f");
    reply.headers.emplace_back("x-request-id", "a\"b\\c d\te");
    w.server->enqueue(reply);
    ask_well(w, client);
    BOOST_TEST(w.log->size() == 7U);
    for (char const c : w.text()) BOOST_TEST((c == '\n' || (c >= ' ' && c != '\x7f')));
    BOOST_TEST(contains(w.line("first_byte"), R"( x-request-id="a\"b\\c d e")"));
    BOOST_TEST(contains(w.line("call_finished"), R"( text="one call 2: call_finished?[31m ?")"));
}

BOOST_AUTO_TEST_CASE(fields_of_replies_are_those_on_the_list) {
    debug_log_options options;
    options.reply_headers = {"X-Mine", "x-some-*"};
    logged_fixture w(options);
    auto const client = w.make_client();
    auto reply = with_field(scripted_reply::echo(), "x-mine", "1");
    for (auto const* const name : {"x-mine-too", "x-some-", "x-some-2", "x-som", "x-request-id"})
        reply.headers.emplace_back(name, "v");
    w.server->enqueue(reply);
    ask_well(w, client);
    BOOST_TEST(w.line("first_byte").ends_with("ms x-mine=1 x-some-=v x-some-2=v"));
}

BOOST_AUTO_TEST_CASE(fields_with_credentials_are_not_written_whatever_the_list_says) {
    debug_log_options options;
    options.reply_headers = {"*", "Cookie", "x-api-key"};
    logged_fixture w(options);
    auto const client = w.make_client();
    auto reply = with_field(scripted_reply::echo(), "x-fine", "seen");
    for (auto const* const name :
         {"Authorization",
          "Proxy-Authorization",
          "Authentication-Info",
          "Proxy-Authentication-Info",
          "Cookie",
          "Set-Cookie",
          "Set-Cookie2",
          "X-Api-Key",
          "Api-Key"})
        reply.headers.emplace_back(name, std::string("hidden-") + name);
    w.server->enqueue(reply);
    ask_well(w, client);
    BOOST_TEST(contains(w.line("first_byte"), " x-fine=seen"));
    BOOST_TEST(!contains(w.text(), "hidden-"), w.text());
}

BOOST_AUTO_TEST_CASE(the_default_list_has_what_helps_and_no_more) {
    logged_fixture w;
    auto const client = w.make_client();
    auto reply = with_field(scripted_reply::echo(), "x-ratelimit-remaining-tokens", "12");
    reply.headers.emplace_back("Retry-After", "2");
    reply.headers.emplace_back("Server-Timing", "db;dur=53");
    reply.headers.emplace_back("X-Unknown", "unknown");
    reply.headers.emplace_back("Set-Cookie", "unknown");
    reply.headers.emplace_back("openai-organization", "unknown");
    w.server->enqueue(reply);
    ask_well(w, client);
    auto const first = w.line("first_byte");
    BOOST_TEST(contains(first, " x-ratelimit-remaining-tokens=12"));
    BOOST_TEST(contains(first, " retry-after=2"));
    BOOST_TEST(contains(first, " server-timing=\"db;dur=53\""));
    BOOST_TEST(!contains(w.text(), "unknown"));
}

BOOST_AUTO_TEST_CASE(no_secret_after_a_success) {
    for (auto const& options : all_kinds_of_options()) {
        fixture_of_secrets w(options);
        require_success(*w.ask_once());
        BOOST_TEST(w.server->last_request().header("X-Api-Key") == "hidden-field-1");
    }
}

BOOST_AUTO_TEST_CASE(no_secret_after_a_stream) {
    for (auto const& options : all_kinds_of_options()) {
        fixture_of_secrets w(options);
        auto const client = w.make_client();
        auto stream = open_well(w, client, hello(), w.options);
        read_all(w, stream);
        w.check();
    }
}

BOOST_AUTO_TEST_CASE(no_secret_after_an_error_that_repeats_the_key) {
    for (auto const& options : all_kinds_of_options()) {
        fixture_of_secrets w(options);
        w.server->respond_with([](testing::received_request const& request) {
            auto const sent = std::string(request.header("Authorization").substr(7));
            auto reply = scripted_reply::error(401, "Incorrect API key provided: " + sent);
            return fixture_of_secrets::with_cookies(std::move(reply));
        });
        BOOST_TEST((w.ask_once()->ec == make_http_error(401)));
        BOOST_TEST(w.server->request_count() == 3U);
    }
}

BOOST_AUTO_TEST_CASE(no_secret_after_an_error_that_repeats_the_key_and_nothing_else) {
    for (auto const& options : all_kinds_of_options()) {
        fixture_of_secrets w(options);
        w.server->respond_with([](testing::received_request const& request) {
            return scripted_reply(200, std::string(request.header("Authorization").substr(7)), "text/plain");
        });
        BOOST_TEST((w.ask_once()->ec == errc::unexpected_content_type));
    }
}

BOOST_AUTO_TEST_CASE(no_secret_after_a_tls_failure) {
    for (auto const& options : all_kinds_of_options()) {
        fixture_of_secrets w(options);
        w.config.tls.ca_pem = testing::certificate_authority("another root").root_certificate();
        BOOST_TEST((w.ask_once()->ec == errc::certificate_rejected));
    }
}

BOOST_AUTO_TEST_CASE(no_secret_after_a_proxy_failure) {
    for (auto const& options : all_kinds_of_options()) {
        fixture_of_secrets w(options);
        echoing_proxy const proxy(w.io);
        w.config.proxy = proxy.url(fixture_of_secrets::proxy_secret());
        auto const result = w.ask_once();
        BOOST_TEST((result->ec == errc::proxy_failed));
        BOOST_TEST(result->info().detail.ends_with(": it answered 407 Basic ***"));
        BOOST_TEST(contains(w.line("call_finished"), ": it answered 407\""));
        BOOST_TEST(w.server->request_count() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(no_secret_after_a_cancellation) {
    for (auto const& options : all_kinds_of_options()) {
        fixture_of_secrets w(options);
        w.server->respond_with([](testing::received_request const&) {
            auto reply = fixture_of_secrets::answer();
            reply.latency = patience;
            return reply;
        });
        auto const client = w.make_client();
        auto const call = start(client, hello(), w.options);
        w.run_until([&w] { return w.server->request_count() == 1; });
        call->cancel.emit(asio::cancellation_type::terminal);
        finish(w, {call});
        w.check();
        BOOST_TEST(contains(w.line("call_finished"), " error=cancelled "));
    }
}

BOOST_AUTO_TEST_CASE(a_hedge_is_told_apart) {
    logged_fixture w;
    w.config.hedging.delay = 10ms;
    auto const client = w.make_client();
    auto late = scripted_reply::echo();
    late.latency = patience;
    w.server->enqueue(late);
    ask_well(w, client);
    BOOST_TEST(w.line("call_started").starts_with("call 1: "));
    BOOST_TEST(contains(w.text(), "call 1 (hedge): attempt_started attempt=1 "));
    BOOST_TEST(contains(w.text(), "call 1 (hedge): call_finished "));
}

BOOST_AUTO_TEST_CASE(a_sink_that_throws_loses_its_line_and_no_call) {
    client_fixture w;
    std::size_t count = 0;
    w.config.observer = std::make_shared<async_llm::debug_log>([&count](std::string_view) {
        ++count;
        throw std::runtime_error("the disk is full");
    });
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(count == 7U);
}

BOOST_AUTO_TEST_SUITE_END()
