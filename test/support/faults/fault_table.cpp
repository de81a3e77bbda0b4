// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/faults/fault_table.hpp"

#include "support/fixtures/calls.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace async_llm::test {
namespace {

using namespace std::chrono_literals;

/// Expected result of one call.
struct forecast {
    forecast() = default;

    bool ends_well = false;
    int attempts = 1;
    /// Of them.
    int failed = 0;
    retry_stop stop = retry_stop::none;
};

/// Returns the reason against a second attempt; `none`: there is one, if any are left.
retry_stop objection(fault_end const& end, retrying how) {
    if (end.stop == retry_stop::none && end.maybe_processed && how == retrying::unsent_only)
        return retry_stop::maybe_processed;
    if (end.announced_before && how == retrying::off) return retry_stop::content_delivered;
    // A client that sends nothing twice does not look at how long it would have to wait.
    bool const about_the_wait =
        end.stop == retry_stop::deadline || end.stop == retry_stop::retry_after_too_long;
    if (about_the_wait && how == retrying::off) return retry_stop::none;
    return end.stop;
}

forecast forecast_of(fault_row const& row, fault_end const& end, retrying how) {
    forecast result;
    result.ends_well = !end.ec;
    if (result.ends_well) return result;
    result.failed = 1;
    result.stop = objection(end, how);
    if (result.stop != retry_stop::none) return result;
    int const most = policy_of(how).max_attempts;
    int const failures = static_cast<int>(row.failures);
    result.failed = std::min(failures, most);
    result.ends_well = failures < most;
    result.attempts = result.ends_well ? failures + 1 : most;
    if (!result.ends_well) result.stop = retry_stop::attempts_exhausted;
    return result;
}

std::string describe_failure(call_end const& call) { return call.ec.message() + ": " + call.info.detail; }

void check_failed_attempts(fault_end const& end, std::vector<failed_attempt> const& failed) {
    auto usual = 1ms;
    for (auto const& each : failed) {
        BOOST_CHECK_MESSAGE(each.ec == end.ec, each.ec.message() + " instead of " + end.ec.message());
        BOOST_TEST(each.detail != "");
        BOOST_TEST((each.wait == end.wait.value_or(usual)));
        usual *= 2;
    }
}

/// Expected result with a client that sends nothing again that may have been seen.
fault_end without_replay(fault_end const& end) {
    return fault_end::lost(errc::connection_lost, phase::waiting).seen(end.requests - 1);
}

void check_result(fault_end const& end, forecast const& expected, call_end const& call) {
    auto const& info = call.info;
    if (expected.ends_well) {
        BOOST_CHECK_MESSAGE(!call.ec, describe_failure(call));
        BOOST_TEST(to_string(info.phase) == "finished");
        BOOST_TEST(info.detail == "");
        BOOST_TEST(!info.cause);
        BOOST_TEST(info.status == 200);
        BOOST_TEST(call.text == "Hello");
    } else {
        BOOST_CHECK_MESSAGE(call.ec == end.ec, describe_failure(call) + " instead of " + end.ec.message());
        if (end.where) BOOST_TEST(to_string(info.phase) == to_string(*end.where));
        BOOST_TEST(info.detail != "");
        BOOST_TEST(call.text == end.delivered);
    }
    BOOST_TEST(info.attempts == expected.attempts);
    BOOST_TEST(to_string(info.retry_stop) == to_string(expected.stop));
    BOOST_TEST(info.replayed == end.replayed);
    BOOST_TEST(info.failed_attempts.size() == static_cast<std::size_t>(expected.attempts - 1));
    check_failed_attempts(end, info.failed_attempts);
}

void check_stats(client const& from, fault_end const& end, forecast const& expected) {
    auto const stats = from.stats();
    BOOST_TEST(stats.calls_in_flight == 0U);
    BOOST_TEST(stats.waiting + stats.limited == 0U);
    BOOST_TEST(stats.connections_in_use == 0U);
    BOOST_TEST(stats.retries == static_cast<std::uint64_t>(expected.attempts - 1));
    BOOST_TEST(stats.fallbacks + stats.hedges + stats.retries_refused == 0U);
    BOOST_TEST(stats.replays == (end.replayed ? 1U : 0U));
}

} // namespace

fault_end fault_end::unnoticed() { return fault_end(); }

fault_end fault_end::unsent(errc code, phase where) {
    fault_end result;
    result.ec = code;
    result.where = where;
    result.requests = 0;
    return result;
}

fault_end fault_end::lost(errc code, phase where) {
    auto result = unsent(code, where);
    result.maybe_processed = true;
    result.requests = 1;
    return result;
}

fault_end fault_end::refused(error_code code) { return last(code, phase::finished, retry_stop::none); }

fault_end fault_end::last(error_code code, phase where, retry_stop reason) {
    fault_end result;
    result.ec = code;
    result.where = where;
    result.stop = reason;
    return result;
}

fault_end&& fault_end::seen(std::size_t requests_seen) && {
    requests = requests_seen;
    return std::move(*this);
}

fault_end&& fault_end::after(std::string text) && {
    delivered = std::move(text);
    stop = retry_stop::content_delivered;
    return std::move(*this);
}

fault_end&& fault_end::announced() && {
    announced_before = true;
    return std::move(*this);
}

fault_end&& fault_end::with_replay() && {
    replayed = true;
    return std::move(*this);
}

fault_end&& fault_end::waiting(std::chrono::milliseconds time) && {
    wait = time;
    return std::move(*this);
}

fault_end&& fault_end::anywhere() && {
    where.reset();
    return std::move(*this);
}

fault_row&& fault_row::times(std::size_t count) && {
    failures = count;
    return std::move(*this);
}

std::ostream& operator<<(std::ostream& out, fault_row const& row) { return out << row.name; }

void check_fault(fault_row const& row, call_mode mode, retrying how) {
    auto end = mode == call_mode::stream ? row.of_stream : row.of_complete;
    if (end.replayed && how == retrying::unsent_only) {
        // Without the replay, a second fault would meet the next call.
        if (end.ec) return;
        end = without_replay(end);
    }
    faulty_fixture w(row.over, mode, how);
    row.cause(w);
    auto const expected = forecast_of(row, end, how);
    {
        auto const from = w.make_client();
        if (w.warm) ask_well(w, from);
        if (w.after_warming) w.after_warming();
        if (mode == call_mode::bulk && row.failures == 1) w.followers = 2;
        auto const before = w.server->request_count();
        auto const call = w.make_call(from);
        check_result(end, expected, call);
        check_stats(from, end, expected);
        // Nothing was sent that should not have been.
        auto const good = expected.ends_well && end.ec ? 1U : 0U;
        auto const seen = end.ec ? end.requests * static_cast<std::size_t>(expected.failed) : end.requests;
        BOOST_TEST(w.server->request_count() - before == seen + good + w.followers);
        // Whatever happened, the client is as good as before.
        if (row.failures == 1) BOOST_TEST(ask_well(w, from)->response.text() == "Hello");
    }
    w.settle_all();
}

} // namespace async_llm::test
