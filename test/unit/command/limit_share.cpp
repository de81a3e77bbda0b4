// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "limit_share.hpp"

#include "support/files/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>

// The limits of a job are those of all its shards together.

using namespace async_llm;
using namespace async_llm::command;
using namespace async_llm::test;

namespace {

job_limits all_limits(std::int64_t number) {
    job_limits limits;
    limits.requests_per_minute = number;
    limits.tokens_per_minute = 10 * number;
    limits.max_total_tokens = 100 * number;
    limits.max_calls = number;
    limits.max_cost = static_cast<double>(number) / 8;
    return limits;
}

} // namespace

BOOST_AUTO_TEST_SUITE(limit_share)

BOOST_AUTO_TEST_CASE(the_parts_are_the_whole) {
    for (std::int64_t const number : {16, 17, 31, 1000, 1001}) {
        for (std::uint32_t const count : {1u, 2u, 3u, 7u, 16u}) {
            auto const whole = all_limits(number);
            job_limits sum = all_limits(0);
            for (std::uint32_t i = 0; i < count; ++i) {
                job_limits part;
                BOOST_TEST(share_limits(whole, bulk_shard(i, count), part).empty());
                *sum.requests_per_minute += part.requests_per_minute.value();
                *sum.tokens_per_minute += part.tokens_per_minute.value();
                *sum.max_total_tokens += part.max_total_tokens.value();
                *sum.max_calls += part.max_calls.value();
                *sum.max_cost += part.max_cost.value();
                BOOST_TEST(std::abs(*part.max_calls - number / count) <= 1);
            }
            BOOST_TEST(*sum.requests_per_minute == *whole.requests_per_minute);
            BOOST_TEST(*sum.tokens_per_minute == *whole.tokens_per_minute);
            BOOST_TEST(*sum.max_total_tokens == *whole.max_total_tokens);
            BOOST_TEST(*sum.max_calls == *whole.max_calls);
            BOOST_TEST(std::abs(*sum.max_cost - *whole.max_cost) < 1e-9);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_limited_stays_so) {
    job_limits part;
    BOOST_TEST(share_limits(job_limits(), bulk_shard(1, 4), part).empty());
    BOOST_TEST(!part.has_caps());
    BOOST_TEST(!part.requests_per_minute.has_value());
    BOOST_TEST(!part.tokens_per_minute.has_value());
}

BOOST_AUTO_TEST_CASE(prices_are_not_divided) {
    job_limits whole;
    whole.price.emplace(0.5, 2);
    job_limits part;
    BOOST_TEST(share_limits(whole, bulk_shard(1, 4), part).empty());
    BOOST_TEST(part.price.value().second == 2);
}

// A shard with a part of none would wait for ever, and the job with it.
BOOST_AUTO_TEST_CASE(a_rate_below_the_number_of_shards_is_refused) {
    job_limits whole;
    whole.requests_per_minute = 3;
    job_limits part;
    BOOST_TEST(share_limits(whole, bulk_shard(2, 3), part).empty());
    BOOST_TEST(share_limits(whole, bulk_shard(3, 4), part).starts_with("--rpm"));
    BOOST_TEST(share_limits(whole, bulk_shard(0, 4), part).starts_with("--rpm"));
    whole.requests_per_minute.reset();
    whole.tokens_per_minute = 3;
    BOOST_TEST(share_limits(whole, bulk_shard(3, 4), part).starts_with("--tpm"));
}

BOOST_AUTO_TEST_CASE(rates_that_are_shared_by_a_file_are_not_divided) {
    auto whole = all_limits(3);
    whole.limits_file = "limits";
    job_limits part;
    BOOST_TEST(share_limits(whole, bulk_shard(3, 4), part).empty());
    BOOST_TEST((part.requests_per_minute == whole.requests_per_minute));
    BOOST_TEST((part.tokens_per_minute == whole.tokens_per_minute));
    BOOST_TEST((part.max_calls != whole.max_calls));
}

// A shard with a cap of none makes no call, which is what the job asked for.
BOOST_AUTO_TEST_CASE(a_cap_below_the_number_of_shards_is_none_for_some) {
    job_limits whole;
    whole.max_calls = 1;
    job_limits part;
    BOOST_TEST(share_limits(whole, bulk_shard(0, 2), part).empty());
    BOOST_TEST(part.max_calls.value() == 1);
    BOOST_TEST(share_limits(whole, bulk_shard(1, 2), part).empty());
    BOOST_TEST(part.max_calls.value() == 0);
}

BOOST_AUTO_TEST_CASE(caps_have_prices_and_what_is_spent) {
    job_limits limits;
    limits.max_cost = 5;
    limits.price.emplace(0.5, 2);
    auto const caps = make_caps(limits, spending(1.5, 100, 7));
    BOOST_TEST(caps.max_cost.value() == 5);
    BOOST_TEST(!caps.max_calls.has_value());
    BOOST_TEST(!caps.max_total_tokens.has_value());
    BOOST_TEST(caps.input_price.value() == 0.5);
    BOOST_TEST(caps.output_price.value() == 2);
    BOOST_TEST(caps.already_spent.cost == 1.5);
    BOOST_TEST(caps.already_spent.total_tokens == 100);
    BOOST_TEST(caps.already_spent.calls == 7);
    BOOST_TEST(!make_caps(job_limits(), spending()));
}

// A run that is started again must not spend the cap again.
BOOST_AUTO_TEST_CASE(answers_of_an_output_were_paid_for) {
    temporary_folder folder;
    BOOST_TEST(spent_before(folder.file("missing"), job_limits()).calls == 0);
    auto const answer = [](std::string const& id, std::string const& usage) {
        return R"({"id":"a","custom_id":")" + id +
            R"(","response":{"status_code":200,"request_id":"r","body":{"usage":)" + usage +
            R"(}},"error":null,"async_llm":{"attempts":1,"latency_ms":1,"provider":"p","key":")" +
            std::string(32, id.back()) + "\",\"line\":1}}\n";
    };
    auto const usage = R"({"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500)";
    write_file(
        folder.file("plain"),
        answer("a", usage + std::string("}")) + answer("b", usage + std::string("}"))
    );
    job_limits limits;
    auto spent = spent_before(folder.file("plain"), limits);
    BOOST_TEST(spent.calls == 2);
    BOOST_TEST(spent.total_tokens == 3000);
    BOOST_TEST(spent.cost == 0);
    limits.price.emplace(1, 10);
    spent = spent_before(folder.file("plain"), limits);
    BOOST_TEST(std::abs(spent.cost - 0.012) < 1e-12);
    write_file(folder.file("costs"), answer("a", usage + std::string(",\"cost\":0.25}")));
    BOOST_TEST(spent_before(folder.file("costs"), limits).cost == 0.25);
}

BOOST_AUTO_TEST_SUITE_END()
