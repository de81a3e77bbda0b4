// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "arguments.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <variant>
#include <vector>

// The command line becomes values, and every misuse ends with status 42 and a sentence.

using namespace async_llm;
using namespace async_llm::command;

namespace {

using words = std::vector<std::string>;

bulk_arguments bulk_of(words rest) {
    words all{"bulk", "in.jsonl", "-o", "out.jsonl"};
    all.insert(all.end(), rest.begin(), rest.end());
    auto const parsed = parse_arguments(all);
    if (auto const* const end = std::get_if<early_end>(&parsed)) BOOST_TEST_MESSAGE(end->errors);
    BOOST_REQUIRE(std::holds_alternative<bulk_arguments>(parsed));
    return std::get<bulk_arguments>(parsed);
}

early_end end_of(words all) {
    auto const parsed = parse_arguments(std::move(all));
    BOOST_REQUIRE(std::holds_alternative<early_end>(parsed));
    return std::get<early_end>(parsed);
}

void check_misuse(words all, std::string const& part_of_sentence) {
    auto const end = end_of(std::move(all));
    BOOST_TEST_CONTEXT(end.errors) {
        BOOST_TEST(end.status == 42);
        BOOST_TEST(end.output.empty());
        BOOST_TEST(end.errors.find(part_of_sentence) != std::string::npos);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(arguments)

BOOST_AUTO_TEST_CASE(a_run_has_defaults) {
    auto const run = bulk_of({});
    BOOST_TEST(run.input == "in.jsonl");
    BOOST_TEST(run.output == "out.jsonl");
    BOOST_TEST(run.provider.empty());
    BOOST_TEST(run.base_url.empty());
    BOOST_TEST(run.model.empty());
    BOOST_TEST(run.max_in_flight == 64u);
    BOOST_TEST(!run.limits.has_caps());
    BOOST_TEST(!run.limits.requests_per_minute.has_value());
    BOOST_TEST(run.shard.empty());
    BOOST_TEST((run.dedup == bulk_dedup::none));
    BOOST_TEST(!run.retry_failed);
    BOOST_TEST(!run.ordered);
    BOOST_TEST(!run.dry_run);
    BOOST_TEST(!run.http2);
    BOOST_TEST(!run.quiet);
    BOOST_TEST((run.progress == progress_kind::automatic));
    BOOST_TEST(run.grace.count() == 60'000);
}

BOOST_AUTO_TEST_CASE(each_flag_of_a_run_is_read) {
    auto const run = bulk_of(
        {"--provider",
         "aimlapi",
         "--model",
         "m",
         "--max-in-flight",
         "512",
         "--rpm",
         "600",
         "--tpm",
         "90000",
         "--limits-file",
         "shared",
         "--max-cost",
         "1.5",
         "--max-calls",
         "7",
         "--shard",
         "3/16",
         "--dedup",
         "--ordered",
         "--retry-failed",
         "--dry-run",
         "--progress",
         "json:beat",
         "--report",
         "r.html",
         "--grace",
         "0.5",
         "--http2",
         "--ca",
         "ca.pem",
         "-q",
         "--max-total-tokens",
         "1000",
         "--price",
         "0.15,0.6"}
    );
    BOOST_TEST(run.provider == "aimlapi");
    BOOST_TEST(run.model == "m");
    BOOST_TEST(run.max_in_flight == 512u);
    BOOST_TEST(run.limits.requests_per_minute.value() == 600);
    BOOST_TEST(run.limits.tokens_per_minute.value() == 90000);
    BOOST_TEST(run.limits.limits_file == "shared");
    BOOST_TEST(run.limits.max_cost.value() == 1.5);
    BOOST_TEST(run.limits.max_calls.value() == 7);
    BOOST_TEST(run.limits.max_total_tokens.value() == 1000);
    BOOST_TEST(run.limits.price.value().first == 0.15);
    BOOST_TEST(run.limits.price.value().second == 0.6);
    BOOST_TEST(run.shard == "3/16");
    BOOST_TEST((run.dedup == bulk_dedup::deterministic));
    BOOST_TEST(run.ordered);
    BOOST_TEST(run.retry_failed);
    BOOST_TEST(run.dry_run);
    BOOST_TEST((run.progress == progress_kind::json));
    BOOST_TEST(run.progress_file == "beat");
    BOOST_TEST(run.report == "r.html");
    BOOST_TEST(run.grace.count() == 500);
    BOOST_TEST(run.http2);
    BOOST_TEST(run.ca_file == "ca.pem");
    BOOST_TEST(run.quiet);
}

// A flag with an optional value must not take the word behind it.
BOOST_AUTO_TEST_CASE(dedup_does_not_take_the_next_word) {
    auto const parsed = parse_arguments({"bulk", "--dedup", "in.jsonl", "-o", "out.jsonl"});
    BOOST_REQUIRE(std::holds_alternative<bulk_arguments>(parsed));
    BOOST_TEST(std::get<bulk_arguments>(parsed).input == "in.jsonl");
    BOOST_TEST((bulk_of({"--dedup=all"}).dedup == bulk_dedup::all));
    BOOST_TEST((bulk_of({"--dedup=deterministic"}).dedup == bulk_dedup::deterministic));
}

BOOST_AUTO_TEST_CASE(a_cap_of_zero_is_a_cap) {
    BOOST_TEST(bulk_of({"--max-calls", "0"}).limits.max_calls.value() == 0);
    BOOST_TEST(bulk_of({"--max-cost", "0"}).limits.has_caps());
}

BOOST_AUTO_TEST_CASE(standard_input_is_a_dash) {
    auto const parsed = parse_arguments({"bulk", "-", "-o", "out.jsonl"});
    BOOST_REQUIRE(std::holds_alternative<bulk_arguments>(parsed));
    BOOST_TEST(std::get<bulk_arguments>(parsed).input == "-");
}

BOOST_AUTO_TEST_CASE(misuse_ends_with_42) {
    words const run{"bulk", "in.jsonl", "-o", "out.jsonl"};
    auto const with = [&run](words rest) {
        auto all = run;
        all.insert(all.end(), rest.begin(), rest.end());
        return all;
    };
    check_misuse({}, "ubcommand");
    check_misuse({"bulk", "in", "-o", "out", "--limits-file", "f"}, "--rpm or --tpm");
    check_misuse({"no-such"}, "no-such");
    check_misuse({"bulk"}, "IN");
    check_misuse({"bulk", "in.jsonl"}, "--output");
    check_misuse({"bulk", "-o", "out.jsonl"}, "IN");
    check_misuse(with({"--no-such"}), "--no-such");
    check_misuse(with({"--rpm", "0"}), "--rpm");
    check_misuse(with({"--rpm", "-5"}), "--rpm");
    check_misuse(with({"--rpm", "many"}), "--rpm");
    check_misuse(with({"--max-in-flight", "0"}), "--max-in-flight");
    check_misuse(with({"--max-cost", "-1"}), "--max-cost");
    check_misuse(with({"--max-cost", "nan"}), "--max-cost");
    check_misuse(with({"--max-cost", "inf"}), "--max-cost");
    check_misuse(with({"--max-calls", "-1"}), "--max-calls");
    check_misuse(with({"--grace", "-1"}), "--grace");
    check_misuse(with({"--dedup=some"}), "--dedup");
    check_misuse(with({"--progress", "loud"}), "--progress");
    check_misuse(with({"--progress", "json:"}), "--progress");
    check_misuse(with({"--price", "1"}), "--price");
    check_misuse(with({"--price", "1,-2"}), "--price");
    check_misuse(with({"--provider", "no-such"}), "--provider");
    check_misuse(with({"--provider", "openai", "--base-url", "http://localhost"}), "--base-url");
    check_misuse(with({"third"}), "third");
    check_misuse({"merge", "-o", "all.jsonl"}, "OUT");
    check_misuse({"merge", "a.jsonl"}, "--output");
    check_misuse({"check", "in.jsonl"}, "OUT");
}

// A run appends and resumes, which needs a file that is not compressed.
BOOST_AUTO_TEST_CASE(a_compressed_output_of_a_run_is_refused) {
    check_misuse({"bulk", "in.jsonl.gz", "-o", "out.jsonl.gz"}, "merge -o ALL.jsonl.gz");
}

BOOST_AUTO_TEST_CASE(misuse_names_the_help_that_helps) {
    check_misuse({"bulk", "--no-such"}, "async-llm bulk --help");
    check_misuse({}, "async-llm --help");
}

BOOST_AUTO_TEST_CASE(other_subcommands_are_read) {
    auto const merge = parse_arguments({"merge", "a", "b", "-o", "all.gz", "--order-by", "in", "-q"});
    BOOST_REQUIRE(std::holds_alternative<merge_arguments>(merge));
    BOOST_TEST((std::get<merge_arguments>(merge).outputs == words{"a", "b"}));
    BOOST_TEST(std::get<merge_arguments>(merge).merged == "all.gz");
    BOOST_TEST(std::get<merge_arguments>(merge).input == "in");
    BOOST_TEST(std::get<merge_arguments>(merge).quiet);

    auto const check = parse_arguments({"check", "in", "a", "b", "--model", "m", "--list", "0"});
    BOOST_REQUIRE(std::holds_alternative<check_arguments>(check));
    BOOST_TEST(std::get<check_arguments>(check).input == "in");
    BOOST_TEST((std::get<check_arguments>(check).outputs == words{"a", "b"}));
    BOOST_TEST(std::get<check_arguments>(check).model == "m");
    BOOST_TEST(std::get<check_arguments>(check).max_open_lines == 0u);

    auto const ask = parse_arguments({"ask", "--system", "Be brief.", "--model", "m", "Why", "is", "it?"});
    BOOST_REQUIRE(std::holds_alternative<ask_arguments>(ask));
    BOOST_TEST(std::get<ask_arguments>(ask).prompt == "Why is it?");
    BOOST_TEST(std::get<ask_arguments>(ask).system == "Be brief.");
    BOOST_TEST(std::get<ask_arguments>(ask).model == "m");
}

BOOST_AUTO_TEST_CASE(a_question_of_a_dash_or_nothing_is_read_from_standard_input) {
    for (auto const& all : {words{"ask"}, words{"ask", "-"}}) {
        auto const ask = parse_arguments(all);
        BOOST_REQUIRE(std::holds_alternative<ask_arguments>(ask));
        BOOST_TEST(std::get<ask_arguments>(ask).prompt.empty());
    }
}

BOOST_AUTO_TEST_CASE(help_and_version_are_no_misuse) {
    for (auto const& all :
         {words{"--help"}, words{"bulk", "--help"}, words{"ask", "-h"}, words{"--version"}}) {
        auto const end = end_of(all);
        BOOST_TEST(end.status == 0);
        BOOST_TEST(!end.output.empty());
        BOOST_TEST(end.errors.empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
