// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/command/command_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/stat.h>

// Exit statuses and signals: what a scheduler sees of a run.

using namespace async_llm::test;
using namespace async_llm::testing;

namespace {

constexpr auto never = std::chrono::hours(1);

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// So many answers come immediately, and the others never.
void answer_only(command_fixture& f, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) f.provider.server.enqueue(scripted_reply::echo());
    f.provider.server.respond_with([](received_request const&) {
        auto reply = scripted_reply::echo();
        reply.latency = never;
        return reply;
    });
}

void check_end(command_run& run, int status, std::string_view part_of_message) {
    auto const ended_with = run.wait();
    BOOST_TEST_CONTEXT(run.errors()) {
        BOOST_TEST(ended_with == status);
        BOOST_TEST(contains(run.errors(), part_of_message));
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_ends)

BOOST_AUTO_TEST_CASE(misuse_is_42) {
    command_fixture f;
    f.write_input(1);
    check_end(*f.start_bulk({"--no-such"}), 42, "--no-such");
    check_end(*f.start_bulk({"--shard", "5/2"}), 42, "--shard");
    check_end(*f.start_bulk({"--shard", "auto"}), 42, "--shard");
    check_end(*f.start_bulk({"--shard", "0/100", "--rpm", "50"}), 42, "--rpm");
    check_end(*f.start({}), 42, "--help");
    check_end(*f.start_bulk({"--base-url", "ftp://localhost"}), 42, "async-llm: ");
    check_end(*f.start_bulk({"--provider", "aimlapi"}), 42, "AIMLAPI_API_KEY is not set");
    BOOST_TEST(f.provider.server.request_count() == 0u);
    BOOST_TEST(!std::filesystem::exists(f.file("out.jsonl")));
    BOOST_TEST(f.start({"--help"})->wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_wrong_key_is_42) {
    mock_options options(provider_dialect::openai);
    options.accepted_keys = {"sk-another-key"};
    command_fixture f(options);
    f.write_input(100);
    auto const run = f.start_bulk({"--max-in-flight", "2"});
    check_end(*run, 42, "401");
    BOOST_TEST(!contains(run->errors(), "sk-test-key-1"));
    // It did not try the key with each line.
    BOOST_TEST(f.provider.server.request_count() < 50u);
    // The same without a summary.
    check_end(*f.start_bulk({"--quiet"}), 42, "401");
}

BOOST_AUTO_TEST_CASE(an_input_that_is_not_there_is_66) {
    command_fixture f;
    check_end(*f.start_bulk(), 66, "in.jsonl");
    check_end(*f.start({"check", "in.jsonl", "out.jsonl"}), 66, "in.jsonl");
    check_end(*f.start({"merge", "out.jsonl", "-o", "all.jsonl"}), 66, "out.jsonl");
}

BOOST_AUTO_TEST_CASE(a_damaged_input_is_65) {
    command_fixture f;
    write_file(f.file("in.jsonl"), "\x1f\x8b\x08 and then nothing of the kind");
    check_end(*f.start_bulk(), 65, "in.jsonl");
    check_end(*f.start({"check", "in.jsonl", "out.jsonl"}), 65, "in.jsonl");
}

BOOST_AUTO_TEST_CASE(an_output_that_cannot_be_made_is_73) {
    command_fixture f;
    f.write_input(1);
    check_end(*f.start({"bulk", "in.jsonl", "-o", "missing/out.jsonl"}), 73, "missing/out.jsonl");
    check_end(*f.start_bulk({"--progress", "json:missing/beats"}), 73, "missing/beats");
    check_end(*f.start_bulk({"--report", "missing/page.html"}), 73, "missing/page.html");
}

// EFBIG stands for ENOSPC: the size of files is limited.
BOOST_AUTO_TEST_CASE(a_full_disk_is_74_and_the_next_run_goes_on) {
    command_fixture f;
    f.write_input(200);
    auto options = f.settings();
    options.preparation = "trap '' XFSZ && ulimit -f 32 &&";
    check_end(*f.start({"bulk", "in.jsonl", "-o", "out.jsonl"}, options), 74, "out.jsonl");
    auto const first = f.sorted_ids().size();
    BOOST_TEST(first > 0u);
    BOOST_TEST(first < 200u);
    BOOST_TEST(f.bulk() == 0);
    BOOST_TEST(f.sorted_ids() == command_fixture::ids(200), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_second_writer_is_75) {
    command_fixture f;
    f.write_input(4);
    answer_only(f, 0);
    auto const first = f.start_bulk();
    BOOST_TEST(f.provider.wait_for(mock_event::requests, 1));
    check_end(*f.start_bulk(), 75, "out.jsonl");
    first->send(SIGTERM);
    first->send(SIGTERM);
}

// Across runs: what is started again must not spend the cap again.
BOOST_AUTO_TEST_CASE(a_cap_is_4_and_counts_what_earlier_runs_have_spent) {
    command_fixture f;
    f.write_input(50);
    check_end(*f.start_bulk({"--max-calls", "20"}), 4, "a cap was reached");
    BOOST_TEST(f.provider.server.request_count() == 20u);
    BOOST_TEST(f.sorted_ids().size() == 20u);
    check_end(*f.start_bulk({"--max-calls", "20"}), 4, "a cap was reached");
    BOOST_TEST(f.provider.server.request_count() == 20u);
    check_end(*f.start_bulk({"--max-calls", "30"}), 4, "a cap was reached");
    BOOST_TEST(f.provider.server.request_count() == 30u);
    BOOST_TEST(f.bulk({"--max-calls", "50"}) == 0);
    BOOST_TEST(f.sorted_ids() == command_fixture::ids(50), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_cap_of_cost_takes_prices) {
    command_fixture f;
    f.write_input(100);
    // A dollar a token: the cap is met after a few calls.
    check_end(*f.start_bulk({"--max-cost", "200", "--price", "1000000,1000000"}), 4, "a cap was reached");
    BOOST_TEST(f.sorted_ids().size() > 0u);
    BOOST_TEST(f.sorted_ids().size() < 100u);
}

BOOST_AUTO_TEST_CASE(a_signal_drains) {
    for (int const signal : {SIGTERM, SIGINT}) {
        command_fixture f;
        f.write_input(100);
        f.provider.server.respond_with([](received_request const&) {
            auto reply = scripted_reply::echo();
            reply.latency = std::chrono::milliseconds(500);
            return reply;
        });
        auto const run = f.start_bulk({"--max-in-flight", "8"});
        BOOST_TEST(f.provider.wait_for(mock_event::requests, 8));
        run->send(signal);
        check_end(*run, 143, "interrupted");
        // What was in flight was paid for, and is there.
        auto const asked = f.provider.server.request_count();
        BOOST_TEST(asked < 100u);
        BOOST_TEST(f.sorted_ids().size() == asked);
        f.provider.server.respond_with({});
        BOOST_TEST(f.bulk() == 0);
        BOOST_TEST(f.sorted_ids() == command_fixture::ids(100), boost::test_tools::per_element());
        BOOST_TEST(f.provider.server.request_count() == 100u);
    }
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_it_with_whole_files) {
    command_fixture f;
    f.write_input(100);
    answer_only(f, 10);
    auto const run = f.start_bulk({"--max-in-flight", "8", "--grace", "3000"});
    BOOST_TEST(f.provider.wait_for(mock_event::requests, 18));
    run->send(SIGTERM);
    BOOST_TEST(run->waits_for_output("another signal"));
    run->send(SIGTERM);
    check_end(*run, 143, "interrupted");
    BOOST_TEST(f.sorted_ids().size() == 10u);
    f.provider.server.respond_with({});
    BOOST_TEST(f.bulk() == 0);
    BOOST_TEST(f.sorted_ids() == command_fixture::ids(100), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_time_of_grace_ends_it_as_well) {
    command_fixture f;
    f.write_input(100);
    answer_only(f, 5);
    auto const run = f.start_bulk({"--max-in-flight", "8", "--grace", "0.1"});
    BOOST_TEST(f.provider.wait_for(mock_event::requests, 13));
    run->send(SIGTERM);
    check_end(*run, 143, "interrupted");
    BOOST_TEST(f.sorted_ids().size() == 5u);
}

// A pipe whose writer falls silent must not hold the end up, nor be taken for a short input.
BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_for_a_pipe) {
    command_fixture f;
    f.write_input(1);
    BOOST_REQUIRE(mkfifo(f.file("pipe").c_str(), 0600) == 0);
    auto options = f.settings();
    options.preparation = "exec 3<>pipe &&";
    command_run writer("/bin/sh", {"-c", "cat in.jsonl >&3; exec sleep 600"}, options);
    auto const run = f.start({"bulk", "pipe", "-o", "out.jsonl"});
    // The line is asked though there may come more.
    BOOST_TEST(f.provider.wait_for(mock_event::replies_sent, 1));
    run->send(SIGTERM);
    check_end(*run, 143, "interrupted");
    BOOST_TEST(f.sorted_ids().size() == 1u);
    writer.send(SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_for_a_compressed_pipe) {
    command_fixture f;
    f.write_input(100);
    BOOST_REQUIRE(mkfifo(f.file("pipe").c_str(), 0600) == 0);
    auto options = f.settings();
    options.preparation = "exec 3<>pipe &&";
    // Cut off within the compressed data.
    command_run writer("/bin/sh", {"-c", "gzip -c in.jsonl | head -c 60 >&3; exec sleep 600"}, options);
    auto const run = f.start({"bulk", "pipe", "-o", "out.jsonl", "--progress", "json"});
    BOOST_TEST(run->waits_for_output("\"stage\":\"running\""));
    run->send(SIGTERM);
    check_end(*run, 143, "interrupted");
    writer.send(SIGKILL);
}

BOOST_AUTO_TEST_SUITE_END()
