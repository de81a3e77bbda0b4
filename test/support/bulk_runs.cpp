// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/bulk_runs.hpp"

#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <set>
#include <utility>

namespace async_llm::test {

result_taking_ptr start_next(bulk& from) {
    auto result = std::make_shared<result_taking>();
    from.async_next(asio::bind_cancellation_slot(
        result->cancel.slot(),
        [result](error_code ec, std::optional<bulk_result> taken) {
            BOOST_TEST(!result->done);
            result->ec = ec;
            result->result = std::move(taken);
            result->done = true;
        }
    ));
    return result;
}

result_taking_ptr next(world& w, bulk& from) {
    auto result = start_next(from);
    BOOST_TEST(!result->done); // never from within
    w.run_until([&result] { return result->done; });
    return result;
}

whole_run take_all(world& w, bulk& from) {
    whole_run result;
    for (;;) {
        auto const taken = next(w, from);
        result.ec = taken->ec;
        if (!taken->result) return result;
        BOOST_TEST(!taken->ec);
        result.results.push_back(std::move(*taken->result));
    }
}

gathering_ptr start_all(client const& from, bulk_source requests, bulk_options options) {
    auto result = std::make_shared<gathering>();
    async_complete_all(
        from,
        std::move(requests),
        std::move(options),
        asio::bind_cancellation_slot(
            result->cancel.slot(),
            [result](error_code ec, bulk_report report) {
                BOOST_TEST(!result->done);
                result->ec = ec;
                result->report = std::move(report);
                result->done = true;
            }
        )
    );
    return result;
}

gathering_ptr gather(world& w, client const& from, bulk_source requests, bulk_options options) {
    auto result = start_all(from, std::move(requests), std::move(options));
    BOOST_TEST(!result->done); // never from within
    w.run_until([&result] { return result->done; });
    return result;
}

std::vector<chat_request> counted_requests(std::size_t count) {
    std::vector<chat_request> result;
    result.reserve(count);
    for (std::size_t i = 0; i < count; ++i) result.push_back(saying(std::to_string(i)));
    return result;
}

void check_echoes(std::vector<bulk_result> const& results, std::size_t count) {
    std::set<std::size_t> seen;
    for (auto const& each : results) {
        BOOST_CHECK_MESSAGE(!each.ec, describe(each.ec, each.response));
        BOOST_TEST(each.text() == std::to_string(each.index));
        BOOST_TEST(each.index < count);
        seen.insert(each.index);
    }
    BOOST_TEST(results.size() == count);
    BOOST_TEST(seen.size() == count);
}

std::function<std::optional<chat_request>()> counting_source::function() {
    return [this]() -> std::optional<chat_request> {
        auto const number = asked++;
        if (number >= count) return std::nullopt;
        return saying(std::to_string(number));
    };
}

waiting_source::waiting_source(world& w, std::size_t how_many, std::size_t waits_at)
    : count(how_many), waits_before(waits_at), gate(w.io, patience) {}

std::function<asio::awaitable<std::optional<chat_request>>()> waiting_source::function() {
    return [this]() -> asio::awaitable<std::optional<chat_request>> {
        auto const number = asked++;
        if (number == waits_before) {
            waiting = true;
            auto waited = gate.async_wait(asio::as_tuple(asio::deferred));
            co_await std::move(waited);
            waiting = false;
            auto const state = co_await asio::this_coro::cancellation_state;
            cancelled = state.cancelled() != asio::cancellation_type::none;
            released = !cancelled;
            if (cancelled) throw boost::system::system_error(asio::error::operation_aborted);
        }
        if (number >= count) co_return std::nullopt;
        co_return saying(std::to_string(number));
    };
}

void hold(world& w, std::function<bool(std::string const&)> held) {
    w.server->respond_with([held = std::move(held)](testing::received_request const& request) {
        auto reply = testing::scripted_reply::echo();
        if (held(request.last_user_text())) reply.latency = patience;
        return reply;
    });
}

testing::stand_in_options forgetful() {
    testing::stand_in_options options;
    options.dialect = testing::provider_dialect::aimlapi;
    options.recorded_requests = 0;
    return options;
}

} // namespace async_llm::test
