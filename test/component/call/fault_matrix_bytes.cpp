// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The part of the fault matrix that goes through a reply byte by byte.

#include "support/faults/faulty_fixture.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

namespace async_llm::test {

static std::ostream& operator<<(std::ostream& out, framing value) {
    return out << (value == framing::length ? "Content-Length" : "chunked");
}

} // namespace async_llm::test

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace data = boost::unit_test::data;
using testing::reply_fault;

constexpr call_mode modes[] = {call_mode::complete, call_mode::stream};
constexpr framing all_framings[] = {framing::length, framing::chunked};

/// Expected result of a call whose first attempt is cut after so many bytes.
struct forecast {
    forecast(short_reply const& reply, std::size_t after, retrying how) {
        if (after >= reply.finish) {
            text = "lost";
            return;
        }
        failure = after == 0 ? errc::connection_lost : errc::truncated_response;
        where = after == 0 ? phase::waiting : phase::reading;
        // Of a completion, nothing is delivered before it has ended.
        if (after >= reply.content) {
            text = "lost";
            stop = retry_stop::content_delivered;
        } else if (how == retrying::off) {
            stop = retry_stop::attempts_exhausted;
        } else if (how == retrying::unsent_only) {
            stop = retry_stop::maybe_processed;
        } else {
            text = "Hello";
            again = true;
        }
    }

    std::optional<errc> failure;
    phase where = phase::finished;
    std::string text;
    retry_stop stop = retry_stop::none;
    bool again = false;
};

void check(forecast const& expected, call_end const& call) {
    bool const fails = expected.failure && !expected.again;
    if (fails)
        BOOST_TEST((call.ec == make_error_code(*expected.failure)), call.ec.message());
    else
        BOOST_TEST(!call.ec, call.ec.message() << ": " << call.info.detail);
    BOOST_TEST(to_string(call.info.phase) == to_string(fails ? expected.where : phase::finished));
    BOOST_TEST(call.text == expected.text);
    BOOST_TEST(to_string(call.info.retry_stop) == to_string(expected.stop));
    BOOST_TEST(call.info.attempts == (expected.again ? 2 : 1));
    BOOST_TEST(!call.info.replayed);
    auto const& past = call.info.failed_attempts;
    BOOST_TEST(past.size() == (expected.again ? 1U : 0U));
    if (expected.again && !past.empty())
        BOOST_TEST((past[0].ec == make_error_code(*expected.failure)), past[0].ec.message());
}

void check_every_byte(reply_fault fault, call_mode mode, framing f, retrying how) {
    faulty_fixture w(scheme::http, mode, how);
    // Each call begins with a connection that is new, so that there is no replay.
    w.server->respond_with([](testing::received_request const&) {
        auto reply = testing::scripted_reply::completion("Hello");
        reply.then = testing::after_reply::announce_close;
        return reply;
    });
    auto const reply = make_short_reply(mode, f);
    {
        auto const from = w.make_client();
        for (std::size_t after = 0; after <= reply.bytes.size(); ++after) {
            BOOST_TEST_CONTEXT("after " << after << " bytes of " << reply.bytes.size()) {
                forecast const expected(reply, after, how);
                w.server->enqueue(cut(reply.bytes, after, fault));
                auto const before = w.server->request_count();
                check(expected, w.make_call(from));
                BOOST_TEST(w.server->request_count() - before == (expected.again ? 2U : 1U));
                auto const stats = from.stats();
                BOOST_TEST(stats.connections_in_use + stats.calls_in_flight == 0U);
            }
        }
        BOOST_TEST(from.stats().replays == 0U);
    }
    w.settle_all();
}

auto const every_call = data::make(modes) * data::make(all_framings) * data::make(all_retrying);

} // namespace

BOOST_AUTO_TEST_SUITE(fault_matrix_bytes)

BOOST_DATA_TEST_CASE(a_reply_that_ends_anywhere, every_call, mode, f, how) {
    check_every_byte(reply_fault::close, mode, f, how);
}

BOOST_DATA_TEST_CASE(a_reply_that_is_reset_anywhere, every_call, mode, f, how) {
    check_every_byte(reply_fault::reset, mode, f, how);
}

BOOST_AUTO_TEST_SUITE_END()
