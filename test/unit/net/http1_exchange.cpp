// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http1_exchange.hpp"

#include "support/printing.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace async_llm;
using namespace std::chrono_literals;
using net::readiness;
using goal = net::exchange::goal;

std::string const request = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";
std::string const reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
std::string const refusal = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";

// Connection whose peer does what the test says.
class fake_stream final : public net::byte_stream {
public:
    /// Bytes that the peer sends, read by read. An empty text: nothing is there now.
    std::deque<std::string> incoming;
    /// Error of a read when nothing is left; none: it would block.
    error_code read_error;
    /// Number of bytes each write takes; 0: it would block. When nothing is left, all.
    std::deque<std::size_t> takes;
    error_code write_error;
    bool pending = false;
    bool properly = true;
    std::string written;
    int reads = 0;
    int messages = 0;

    net::step try_read(void* data, std::size_t size) override {
        ++reads;
        if (incoming.empty()) return read_error ? net::step(read_error) : net::step(readiness::readable);
        auto const text = incoming.front();
        incoming.pop_front();
        if (text.empty()) return net::step(readiness::readable);
        BOOST_TEST_REQUIRE(text.size() <= size);
        std::memcpy(data, text.data(), text.size());
        net::step result(text.size());
        result.messages = messages;
        return result;
    }
    net::step try_write(void const* data, std::size_t size) override {
        if (takes.empty() && write_error) return net::step(write_error);
        if (!takes.empty()) {
            size = std::min(size, takes.front());
            takes.pop_front();
        }
        if (size == 0) return net::step(readiness::writable);
        written.append(static_cast<char const*>(data), size);
        return net::step(size);
    }
    bool has_pending() const noexcept override { return pending; }
    bool ended_properly() const noexcept override { return properly; }
};

// Notes which limits begin and end.
class fake_limits final : public net::phase_limits {
public:
    void begin_phase(errc if_expired, std::chrono::milliseconds limit) override {
        log.push_back(make_error_code(if_expired).message() + " " + std::to_string(limit.count()));
        now = if_expired;
    }
    void end_phase() override { log.push_back("leave"); }
    error_code const& stop_reason() const noexcept override { return reason; }

    std::vector<std::string> log;
    error_code now;
    error_code reason;
};

struct fixture {
    void begin(bool used = true, net::exchange_limits limits = {}, net::response_limits sizes = {}) {
        exchange.begin(stream, limits_log, request, limits, sizes, used);
    }
    /// Checks that the goal is reached, and did not fail.
    void reach(goal wanted) {
        BOOST_TEST(!exchange.advance(wanted).has_value());
        BOOST_TEST(!exchange.has_failed());
    }
    void wait_for(goal wanted, readiness need) {
        auto const found = exchange.advance(wanted);
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST((*found == need), static_cast<int>(*found));
    }
    net::failure fail(goal wanted) {
        BOOST_TEST(!exchange.advance(wanted).has_value());
        BOOST_TEST(exchange.has_failed());
        return exchange.take_failure();
    }

    fake_stream stream;
    fake_limits limits_log;
    net::http1_exchange exchange;
};

net::exchange_limits all_limits() {
    net::exchange_limits limits(10ms, 20ms);
    limits.head = 30ms;
    return limits;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http1_exchange, fixture)

BOOST_AUTO_TEST_CASE(a_request_and_its_response) {
    begin();
    reach(goal::sent);
    BOOST_TEST(stream.written == request);
    BOOST_TEST(exchange.is_sent());
    // A read would bring nothing yet.
    wait_for(goal::head, readiness::readable);
    BOOST_TEST(stream.reads == 0);
    stream.incoming = {reply};
    reach(goal::head);
    BOOST_TEST(exchange.status() == 200);
    reach(goal::end);
    BOOST_TEST(exchange.body() == "hi");
    BOOST_TEST((exchange.phase() == phase::finished));
    BOOST_TEST(exchange.is_reusable());
}

BOOST_AUTO_TEST_CASE(a_request_in_two_pieces) {
    auto const head = request.substr(0, request.size() - 5);
    // Whole, and in parts that end before, at and behind the end of the head.
    for (std::size_t const first : {request.size(), std::size_t(3), head.size()}) {
        stream.written.clear();
        stream.takes = {first, 0, 2, 0, 1000, 1, 0};
        exchange.begin(stream, limits_log, net::request_bytes(head, "hello"), {}, {});
        while (exchange.advance(goal::sent)) BOOST_TEST(!exchange.is_sent());
        BOOST_TEST(!exchange.has_failed());
        BOOST_TEST(exchange.is_sent());
        BOOST_TEST(stream.written == request);
        exchange.end();
    }
}

BOOST_AUTO_TEST_CASE(the_first_of_two_pieces_is_not_all) {
    auto const head = request.substr(0, request.size() - 5);
    stream.takes = {head.size()};
    stream.write_error = asio::error::broken_pipe;
    stream.read_error = asio::error::eof;
    exchange.begin(stream, limits_log, net::request_bytes(head, "hello"), {}, {});
    BOOST_TEST(!exchange.advance(goal::head).has_value());
    BOOST_TEST(exchange.has_failed());
    BOOST_TEST(!exchange.is_sent());
}

BOOST_AUTO_TEST_CASE(pending_bytes_are_read_without_a_wait) {
    stream.pending = true;
    stream.incoming = {reply};
    begin();
    reach(goal::end);
}

BOOST_AUTO_TEST_CASE(each_goal_reads_no_more_than_it_needs) {
    stream.pending = true;
    stream.incoming = {reply.substr(0, 10), reply.substr(10, 10), reply.substr(20, 19), reply.substr(39)};
    begin();
    reach(goal::more);
    BOOST_TEST(stream.reads == 1);
    BOOST_TEST((exchange.phase() == phase::reading));
    reach(goal::head);
    BOOST_TEST(stream.reads == 3);
    reach(goal::head);
    BOOST_TEST(stream.reads == 3);
    reach(goal::end);
    reach(goal::more);
    BOOST_TEST(stream.reads == 4);
}

BOOST_AUTO_TEST_CASE(a_request_that_is_taken_in_pieces) {
    stream.takes = {1, 2, 0, 3, 0, 0};
    begin(true, all_limits());
    wait_for(goal::sent, readiness::either);
    BOOST_TEST(stream.written == request.substr(0, 3));
    wait_for(goal::sent, readiness::either);
    wait_for(goal::sent, readiness::either);
    reach(goal::sent);
    BOOST_TEST(stream.written == request);
    std::vector<std::string> const expected{
        make_error_code(errc::write_timeout).message() + " 10",
        "leave",
        make_error_code(errc::first_byte_timeout).message() + " 20"
    };
    BOOST_TEST(limits_log.log == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(limits_of_a_response) {
    stream.pending = true;
    stream.incoming = {reply.substr(0, 1)};
    begin(true, all_limits());
    wait_for(goal::head, readiness::readable);
    BOOST_TEST(limits_log.log.size() == 3u);
    BOOST_TEST(limits_log.log[0] == make_error_code(errc::first_byte_timeout).message() + " 20");
    BOOST_TEST(limits_log.log[1] == "leave");
    BOOST_TEST((limits_log.now == errc::first_content_timeout));
}

BOOST_AUTO_TEST_CASE(a_limit_of_the_head_that_is_the_shorter_one_counts_from_the_beginning) {
    auto limits = all_limits();
    limits.head = 15ms;
    stream.pending = true;
    stream.incoming = {reply.substr(0, 1)};
    begin(true, limits);
    wait_for(goal::head, readiness::readable);
    BOOST_TEST(limits_log.log.size() == 1u);
    BOOST_TEST(limits_log.log[0] == make_error_code(errc::first_content_timeout).message() + " 15");
}

BOOST_AUTO_TEST_CASE(without_limits_none_begins) {
    stream.takes = {0};
    begin();
    wait_for(goal::end, readiness::either);
    wait_for(goal::end, readiness::readable);
    stream.incoming = {reply};
    reach(goal::end);
    BOOST_TEST(limits_log.log.empty());
}

// ------------------------------------------------------------------------ answers before the request is sent

BOOST_AUTO_TEST_CASE(a_refusal_counts_though_the_request_is_not_taken) {
    stream.takes = {4, 0};
    stream.incoming = {"", refusal};
    begin(true, all_limits());
    wait_for(goal::sent, readiness::either);
    stream.takes = {0};
    reach(goal::sent);
    BOOST_TEST(!exchange.is_sent());
    reach(goal::end);
    BOOST_TEST(exchange.status() == 413);
    BOOST_TEST(exchange.body() == "no");
    BOOST_TEST(!exchange.is_reusable());
    BOOST_TEST(stream.written.size() == 4u);
    BOOST_TEST(limits_log.log.back() == "leave");
}

BOOST_AUTO_TEST_CASE(the_head_of_a_refusal_ends_the_sending) {
    stream.takes = {4, 0};
    stream.incoming = {refusal.substr(0, refusal.size() - 1)};
    begin();
    reach(goal::sent);
    BOOST_TEST(!exchange.is_sent());
    reach(goal::head);
    wait_for(goal::end, readiness::readable);
    stream.incoming = {"o"};
    reach(goal::end);
}

BOOST_AUTO_TEST_CASE(a_response_that_is_no_refusal_does_not_end_the_sending) {
    stream.takes = {4, 0, 0};
    stream.incoming = {reply.substr(0, reply.size() - 1)};
    begin();
    wait_for(goal::sent, readiness::either);
    reach(goal::sent);
    BOOST_TEST(stream.written == request);
    wait_for(goal::end, readiness::readable);
    stream.incoming = {"i"};
    reach(goal::end);
    BOOST_TEST(exchange.is_reusable());
}

BOOST_AUTO_TEST_CASE(a_whole_response_ends_the_sending_whatever_its_status) {
    stream.takes = {4, 0};
    stream.incoming = {reply};
    begin();
    reach(goal::end);
    BOOST_TEST(exchange.body() == "hi");
    BOOST_TEST(!exchange.is_reusable());
}

BOOST_AUTO_TEST_CASE(an_interim_response_does_not_end_the_sending) {
    stream.takes = {4, 0, 0};
    stream.incoming = {"HTTP/1.1 100 Continue\r\n\r\n"};
    begin();
    wait_for(goal::sent, readiness::either);
    reach(goal::sent);
    wait_for(goal::end, readiness::readable);
    stream.incoming = {reply};
    reach(goal::end);
    BOOST_TEST(exchange.status() == 200);
}

BOOST_AUTO_TEST_CASE(a_peer_that_refuses_more_may_have_answered) {
    stream.takes = {4};
    stream.write_error = boost::asio::error::broken_pipe;
    stream.incoming = {refusal};
    begin();
    reach(goal::sent);
    BOOST_TEST(!exchange.is_sent());
    reach(goal::end);
    BOOST_TEST(exchange.status() == 413);
    BOOST_TEST(!exchange.is_reusable());
}

BOOST_AUTO_TEST_CASE(a_peer_that_refuses_more_and_has_not_answered) {
    stream.write_error = boost::asio::error::broken_pipe;
    begin();
    reach(goal::sent);
    auto const failed = fail(goal::head);
    BOOST_TEST(failed.ec() == errc::connection_lost);
    BOOST_TEST((failed->cause == boost::asio::error::broken_pipe));
}

BOOST_AUTO_TEST_CASE(a_peer_that_ends_the_connection_while_the_request_is_sent) {
    stream.takes = {4, 0};
    stream.read_error = boost::asio::error::eof;
    begin();
    BOOST_TEST(fail(goal::sent).ec() == errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(what_comes_before_the_request_is_no_response) {
    stream.incoming = {reply};
    begin(false);
    auto const failed = fail(goal::sent);
    BOOST_TEST(failed.ec() == errc::connection_lost);
    BOOST_TEST((failed->phase == phase::writing));
    BOOST_TEST(failed->detail.find("HTTP/1.1 200 OK") != std::string::npos);
    BOOST_TEST(stream.written == "");
}

BOOST_AUTO_TEST_CASE(a_new_connection_that_has_ended) {
    stream.read_error = boost::asio::error::eof;
    begin(false);
    BOOST_TEST(fail(goal::sent).ec() == errc::connection_lost);
    BOOST_TEST(stream.written == "");
}

BOOST_AUTO_TEST_CASE(a_new_connection_on_which_nothing_has_come) {
    begin(false);
    reach(goal::sent);
    BOOST_TEST(stream.written == request);
}

// -------------------------------------------------------------------------------------------------- failures

BOOST_AUTO_TEST_CASE(what_is_wrong_behind_the_head_does_not_concern_the_head) {
    stream.pending = true;
    stream.incoming = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nX\r\n"};
    begin();
    reach(goal::head);
    BOOST_TEST(exchange.body() == "hi");
    auto const failed = fail(goal::more);
    BOOST_TEST(failed.ec() == errc::invalid_http);
    BOOST_TEST(failed->detail.find("\"X\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_head_that_can_not_be_read) {
    stream.pending = true;
    stream.incoming = {"SSH-2.0-OpenSSH\r\n\r\n"};
    begin();
    BOOST_TEST(fail(goal::head).ec() == errc::invalid_http);
}

BOOST_AUTO_TEST_CASE(a_switch_of_protocols_is_no_response) {
    stream.pending = true;
    stream.incoming = {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\n\r\n"};
    begin();
    BOOST_TEST(fail(goal::head).ec() == errc::invalid_http);
}

BOOST_AUTO_TEST_CASE(an_end_within_the_response) {
    stream.pending = true;
    stream.read_error = boost::asio::error::eof;
    stream.incoming = {reply.substr(0, reply.size() - 1)};
    begin();
    reach(goal::head);
    auto const failed = fail(goal::end);
    BOOST_TEST(failed.ec() == errc::truncated_response);
    BOOST_TEST((failed->phase == phase::reading));
}

BOOST_AUTO_TEST_CASE(an_end_that_is_that_of_the_response) {
    for (bool const properly : {true, false}) {
        stream.pending = true;
        stream.properly = properly;
        stream.read_error = boost::asio::error::eof;
        stream.incoming = {"HTTP/1.1 200 OK\r\n\r\nhi"};
        begin();
        reach(goal::head);
        if (properly) {
            reach(goal::end);
            BOOST_TEST(exchange.body() == "hi");
        } else {
            BOOST_TEST(fail(goal::end).ec() == errc::truncated_response);
        }
        BOOST_TEST(!exchange.is_reusable());
    }
}

BOOST_AUTO_TEST_CASE(a_stopped_operation_ends_the_exchange_in_each_phase) {
    limits_log.reason = boost::asio::error::operation_aborted;
    begin();
    auto const unsent = fail(goal::sent);
    BOOST_TEST((unsent->phase == phase::writing));
    BOOST_TEST(stream.written == "");
    limits_log.reason = error_code();
    begin();
    wait_for(goal::head, readiness::readable);
    limits_log.reason = boost::asio::error::operation_aborted;
    BOOST_TEST((fail(goal::head)->phase == phase::waiting));
    limits_log.reason = error_code();
    stream.incoming = {reply.substr(0, 3)};
    begin();
    wait_for(goal::head, readiness::readable);
    wait_for(goal::head, readiness::readable);
    limits_log.reason = errc::first_byte_timeout;
    auto const failed = fail(goal::head);
    BOOST_TEST((failed->phase == phase::reading));
    BOOST_TEST(failed.ec() == errc::first_byte_timeout);
}

BOOST_AUTO_TEST_CASE(a_stopped_operation_is_seen_while_the_connection_takes_no_more) {
    stream.takes = {1, 0};
    begin();
    wait_for(goal::sent, readiness::either);
    limits_log.reason = errc::write_timeout;
    BOOST_TEST(fail(goal::sent).ec() == errc::write_timeout);
    // And stays so.
    BOOST_TEST(!exchange.is_sent());
}

// -------------------------------------------------------------------------------------------------- fairness

BOOST_AUTO_TEST_CASE(others_get_their_turn_after_many_reads) {
    stream.pending = true;
    for (std::size_t i = 0; i < reply.size(); ++i) stream.incoming.push_back(reply.substr(i, 1));
    begin();
    int turns = 0;
    for (auto need = exchange.advance(goal::end); need; need = exchange.advance(goal::end)) {
        BOOST_TEST((*need == readiness::turn));
        ++turns;
    }
    BOOST_TEST(turns == static_cast<int>((reply.size() - 1) / 16));
    BOOST_TEST(exchange.body() == "hi");
}

BOOST_AUTO_TEST_CASE(messages_without_data_count_as_reads) {
    stream.pending = true;
    stream.messages = 15;
    stream.incoming = {reply.substr(0, 1), reply.substr(1)};
    begin();
    wait_for(goal::end, readiness::turn);
    reach(goal::end);
}

BOOST_AUTO_TEST_CASE(a_wait_begins_a_new_row) {
    stream.pending = true;
    for (std::size_t i = 0; i < 10; ++i) stream.incoming.push_back(reply.substr(i, 1));
    begin();
    wait_for(goal::end, readiness::readable);
    for (std::size_t i = 10; i < 25; ++i) stream.incoming.push_back(reply.substr(i, 1));
    wait_for(goal::end, readiness::readable);
}

BOOST_AUTO_TEST_CASE(an_exchange_can_begin_again) {
    stream.pending = true;
    stream.incoming = {refusal, reply};
    begin();
    reach(goal::end);
    exchange.end();
    BOOST_TEST(!exchange.has_begun());
    begin();
    reach(goal::end);
    BOOST_TEST(exchange.status() == 200);
    BOOST_TEST(exchange.body() == "hi");
}

BOOST_AUTO_TEST_SUITE_END()
