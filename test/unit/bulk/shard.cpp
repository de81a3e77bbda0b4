// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/bulk/shard.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <string_view>

namespace {

using async_llm::bulk_shard;
using variables = std::map<std::string, std::string>;

std::string choose(std::string_view text, variables const& set, bulk_shard& out) {
    auto const lookup = [&set](char const* name) -> char const* {
        auto const found = set.find(name);
        return found == set.end() ? nullptr : found->second.c_str();
    };
    return async_llm::policy::choose_shard(text, lookup, out);
}

void check(std::string_view text, variables const& set, bulk_shard expected) {
    bulk_shard shard(99, 99);
    BOOST_TEST(choose(text, set, shard) == "", text);
    BOOST_TEST((shard == expected), text);
}

void check_refused(std::string_view text, variables const& set, std::string_view why = "shard: ") {
    bulk_shard shard;
    auto const reason = choose(text, set, shard);
    BOOST_TEST(reason.find(why) != std::string::npos, reason);
    BOOST_TEST(!reason.empty());
    BOOST_TEST((shard == bulk_shard()));
}

variables slurm(std::string id, std::string min, std::string step, std::string count) {
    return {
        {"SLURM_ARRAY_TASK_ID", id},
        {"SLURM_ARRAY_TASK_MIN", min},
        {"SLURM_ARRAY_TASK_STEP", step},
        {"SLURM_ARRAY_TASK_COUNT", count}
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(shard)

BOOST_AUTO_TEST_CASE(as_it_is_written) {
    check("0/1", {}, bulk_shard(0, 1));
    check("3/16", {}, bulk_shard(3, 16));
    for (std::string_view const text :
         {"", "/", "1", "16/16", "1/0", "-1/4", "1/4/", "1/4 ", "a/4", "1/b", "0x1/4", "4294967296/4294967297"
         })
        check_refused(text, {});
}

BOOST_AUTO_TEST_CASE(from_a_slurm_array) {
    check("auto", slurm("0", "0", "1", "4"), bulk_shard(0, 4));
    check("auto", slurm("4", "1", "1", "4"), bulk_shard(3, 4));
    check("auto", slurm("20", "10", "5", "4"), bulk_shard(2, 4));
    check("auto/4", slurm("4", "1", "1", "4"), bulk_shard(3, 4));
    // Tasks of an array that are submitted again.
    check("auto/16", slurm("7", "7", "1", "1"), bulk_shard(7, 16));
    check_refused("auto/16", slurm("16", "16", "1", "1"));
    // A list of tasks says nothing of its positions.
    check_refused("auto", slurm("9", "1", "1", "4"), "equal steps");
    check_refused("auto", slurm("11", "10", "5", "4"));
    check_refused("auto", {{"SLURM_ARRAY_TASK_ID", "3"}}, "SLURM_ARRAY_TASK_COUNT");
    check("auto/8", {{"SLURM_ARRAY_TASK_ID", "3"}}, bulk_shard(3, 8));
}

BOOST_AUTO_TEST_CASE(from_a_kubernetes_job) {
    check("auto/64", {{"JOB_COMPLETION_INDEX", "63"}}, bulk_shard(63, 64));
    check_refused("auto/64", {{"JOB_COMPLETION_INDEX", "64"}});
    check_refused("auto", {{"JOB_COMPLETION_INDEX", "1"}}, "auto/16");
    check_refused("auto", {}, "JOB_COMPLETION_INDEX");
    check_refused("auto/", {{"JOB_COMPLETION_INDEX", "1"}});
}

BOOST_AUTO_TEST_CASE(each_line_belongs_to_one_shard) {
    BOOST_TEST(bulk_shard().has_line(1));
    for (std::uint64_t line = 1; line <= 12; ++line) {
        int owners = 0;
        for (std::uint32_t i = 0; i < 5; ++i) owners += bulk_shard(i, 5).has_line(line) ? 1 : 0;
        BOOST_TEST(owners == 1);
    }
    BOOST_TEST(bulk_shard(0, 5).has_line(1));
    BOOST_TEST(bulk_shard(4, 5).has_line(5));
}

BOOST_AUTO_TEST_SUITE_END()
