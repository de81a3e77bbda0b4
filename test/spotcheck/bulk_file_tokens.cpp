// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The expressions that users write with runs over files, by every completion token, and in the shapes in
// which g++ 12 destroys temporaries twice.

#include "support/fixtures/all_tokens.hpp"
// Behind it.
#include "support/files/bulk_file_fixture.hpp"

namespace {

using namespace async_llm;
using namespace async_llm::test;

struct fixture : bulk_file_fixture {
    fixture() { write_input(3); }

    /// Options with a text longer than any small-string buffer.
    bulk_file_options long_options() {
        auto result = new_options();
        result.errors_path = errors + long_text();
        return result;
    }

    client c = make_client();
};

asio::awaitable<void> await_all(fixture& w) {
    auto implied = co_await async_bulk_file(w.c, w.input, w.output, w.long_options());
    BOOST_TEST(implied.progress.answered == 3u);
    auto named = co_await async_llm::bulk_file(w.c, bulk_input(w.input), w.output, w.long_options());
    BOOST_TEST(named.progress.answered_before == 3u);
    auto awaitable = co_await async_bulk_file(w.c, w.input, w.output, w.long_options(), asio::use_awaitable);
    BOOST_TEST(awaitable.progress.answered_before == 3u);
    auto [ec, report] =
        co_await async_bulk_file(w.c, w.input, w.output, w.long_options(), asio::as_tuple(asio::deferred));
    BOOST_TEST(!ec);
    BOOST_TEST(report.progress.answered_before == 3u);
    error_code redirected;
    auto last = co_await async_bulk_file(
        w.c,
        w.input,
        w.output,
        w.long_options(),
        asio::redirect_error(asio::use_awaitable, redirected)
    );
    BOOST_TEST(!redirected);
    BOOST_TEST(last.progress.answered_before == 3u);
}

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_file_tokens)

BOOST_FIXTURE_TEST_CASE(in_a_coroutine, fixture) {
    run(await_all(*this));
    check_output(3);
}

BOOST_FIXTURE_TEST_CASE(as_a_future, fixture) {
    auto future = async_bulk_file(c, input, output, long_options(), asio::use_future);
    run_until([&] { return is_ready(future); });
    BOOST_TEST(future.get().progress.answered == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
