// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/command/command_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <string_view>

// Shards, and what puts their outputs together and looks them over.

using namespace async_llm::test;
using namespace async_llm::testing;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

std::vector<std::string> ids_in_order(int count) {
    std::vector<std::string> result;
    for (int i = 1; i <= count; ++i) result.push_back("id-" + std::to_string(i));
    return result;
}

command_fixture::words const shards{"out.0-of-3.jsonl", "out.1-of-3.jsonl", "out.2-of-3.jsonl"};

command_fixture::words with_shards(command_fixture::words first, command_fixture::words last = {}) {
    first.insert(first.end(), shards.begin(), shards.end());
    first.insert(first.end(), last.begin(), last.end());
    return first;
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_files)

BOOST_AUTO_TEST_CASE(shards_are_checked_and_merged_in_order) {
    command_fixture f;
    f.write_input(31);
    auto settings = f.settings();
    BOOST_TEST(f.bulk({"--shard", "0/3"}) == 0);
    // As a task of a Slurm array, and of a Kubernetes job.
    auto slurm = settings;
    for (auto const* const each :
         {"SLURM_ARRAY_TASK_ID=2",
          "SLURM_ARRAY_TASK_MIN=1",
          "SLURM_ARRAY_TASK_MAX=3",
          "SLURM_ARRAY_TASK_STEP=1",
          "SLURM_ARRAY_TASK_COUNT=3"})
        slurm.variables.emplace_back(each);
    BOOST_TEST(f.start({"bulk", "in.jsonl", "-o", "out.jsonl", "--shard", "auto"}, slurm)->wait() == 0);

    auto const early = f.start(with_shards({"check", "in.jsonl"}));
    BOOST_TEST(early->wait() == 3);
    BOOST_TEST(contains(early->output(), "in.jsonl: not complete"));
    BOOST_TEST(contains(early->output(), "line 3 (id-3)"));

    auto kubernetes = settings;
    kubernetes.variables.emplace_back("JOB_COMPLETION_INDEX=2");
    BOOST_TEST(
        f.start({"bulk", "in.jsonl", "-o", "out.jsonl", "--shard", "auto/3"}, kubernetes)->wait() == 0
    );
    auto const late = f.start(with_shards({"check", "in.jsonl"}));
    BOOST_TEST(late->wait() == 0);
    BOOST_TEST(contains(late->output(), "in.jsonl: complete"));
    BOOST_TEST(f.provider.server.request_count() == 31u);

    auto const merge = f.start(with_shards({"merge"}, {"-o", "all.jsonl"}));
    BOOST_TEST(merge->wait() == 0);
    BOOST_TEST(contains(merge->errors(), "31"));
    BOOST_TEST(ids_of(f.file("all.jsonl")) == ids_in_order(31), boost::test_tools::per_element());

    // An input in another order, compressed.
    std::string reversed;
    for (int i = 31; i >= 1; --i) reversed += command_fixture::request_line(i);
    write_file(f.file("reversed.jsonl"), reversed);
    auto const ordered =
        f.start(with_shards({"merge"}, {"-o", "all.jsonl", "--order-by", "reversed.jsonl", "-q"}));
    BOOST_TEST(ordered->wait() == 0);
    BOOST_TEST(ordered->errors().empty());
    BOOST_TEST(ids_of(f.file("all.jsonl")).front() == "id-31");
}

BOOST_AUTO_TEST_CASE(a_merge_is_compressed_by_its_name) {
    command_fixture f;
    f.write_input(10);
    f.provider.server.enqueue(scripted_reply::error(400, "no"));
    BOOST_TEST(f.bulk() == 3);
    BOOST_TEST(f.start({"merge", "out.jsonl", "out.errors.jsonl", "-o", "all.jsonl.gz"})->wait() == 0);
    BOOST_TEST(read_file(f.file("all.jsonl.gz")).starts_with("\x1f\x8b"));
    // By another program.
    auto const unpack = std::make_unique<command_run>(
        "/bin/gzip",
        command_run::words{"-d", "all.jsonl.gz", "all.errors.jsonl.gz"},
        f.settings()
    );
    BOOST_TEST(unpack->wait() == 0);
    BOOST_TEST(ids_of(f.file("all.jsonl")).size() == 9u);
    BOOST_TEST(ids_of(f.file("all.errors.jsonl")).size() == 1u);
    // Nothing is left of what it needed on the way.
    std::size_t files = 0;
    for (auto const& each : std::filesystem::directory_iterator(f.folder.path())) {
        BOOST_TEST_MESSAGE(each.path());
        ++files;
    }
    BOOST_TEST(files <= 6u); // the input, the output with its errors and journal, and both merged ones
}

BOOST_AUTO_TEST_CASE(an_input_that_is_ordered_by_may_be_compressed) {
    command_fixture f;
    f.write_input(5);
    BOOST_TEST(f.bulk() == 0);
    auto const pack =
        std::make_unique<command_run>("/bin/gzip", command_run::words{"-k", "in.jsonl"}, f.settings());
    BOOST_TEST(pack->wait() == 0);
    BOOST_TEST(f.start({"merge", "out.jsonl", "-o", "all.jsonl", "--order-by", "in.jsonl.gz"})->wait() == 0);
    BOOST_TEST(ids_of(f.file("all.jsonl")) == ids_in_order(5), boost::test_tools::per_element());
    BOOST_TEST(f.start({"check", "in.jsonl.gz", "out.jsonl"})->wait() == 0);
}

BOOST_AUTO_TEST_CASE(misuse_of_merge_is_42) {
    command_fixture f;
    f.write_input(1);
    BOOST_TEST(f.bulk() == 0);
    BOOST_TEST(f.start({"merge", "out.jsonl", "-o", "out.jsonl"})->wait() == 42);
}

BOOST_AUTO_TEST_SUITE_END()
