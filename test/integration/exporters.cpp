// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/child_process.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// The examples prometheus_exporter and json_log as programs of their own: what they print is what others can
// read.

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

std::vector<std::string> lines_of(std::string const& program) {
    async_llm::test::temp_dir const files;
    async_llm::test::child_process running(program, {}, files.path("output"));
    BOOST_TEST_REQUIRE(running.wait_for_end(60s));
    auto const output = files.read("output");
    BOOST_TEST(output.ends_with('\n'));
    std::istringstream in(output);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

// A sample of Prometheus' text format.
struct sample {
    std::string name;
    std::map<std::string, std::string> labels;
    double value = 0;
};

// After https://prometheus.io/docs/instrumenting/exposition_formats, without timestamps.
sample parse_sample(std::string const& line) {
    static std::regex const whole(R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} ([0-9.e+-]+))re");
    static std::regex const label(R"re(([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$))re");
    std::smatch parts;
    BOOST_TEST_REQUIRE(std::regex_match(line, parts, whole), line);
    sample result;
    result.name = parts[1];
    result.value = std::stod(parts[3]);
    std::string labels = parts[2];
    std::smatch one;
    while (std::regex_search(labels, one, label, std::regex_constants::match_continuous)) {
        BOOST_TEST(result.labels.emplace(one[1], one[2]).second, line);
        labels = one.suffix();
    }
    BOOST_TEST(labels == "", line);
    return result;
}

double bound_of(std::string const& le) {
    return le == "+Inf" ? std::numeric_limits<double>::infinity() : std::stod(le);
}

// The buckets of one series of a histogram, and what follows them.
struct series {
    std::vector<std::pair<double, double>> buckets;
    double sum = -1;
    double count = -1;
};

void check_series(series const& s) {
    BOOST_TEST_REQUIRE(!s.buckets.empty());
    for (std::size_t i = 1; i < s.buckets.size(); ++i) {
        BOOST_TEST(s.buckets[i - 1].first < s.buckets[i].first);
        BOOST_TEST(s.buckets[i - 1].second <= s.buckets[i].second);
    }
    BOOST_TEST(s.buckets.back().first == std::numeric_limits<double>::infinity());
    BOOST_TEST(s.buckets.back().second == s.count);
    BOOST_TEST(s.count > 0);
    BOOST_TEST(s.sum >= 0);
}

// Everything that a scraper would learn.
class scrape {
public:
    explicit scrape(std::vector<std::string> const& lines) {
        for (auto const& line : lines) take(line);
    }

    // By the name and the labels but `le`.
    std::map<std::string, std::map<std::map<std::string, std::string>, series>> histograms;
    std::map<std::map<std::string, std::string>, double> counters;

private:
    void take(std::string const& line) {
        static std::regex const type(R"re(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|histogram))re");
        std::smatch parts;
        if (line.starts_with('#')) {
            BOOST_TEST_REQUIRE(std::regex_match(line, parts, type), line);
            family_ = parts[1];
            is_histogram_ = parts[2] == "histogram";
            // A family is one group of lines.
            BOOST_TEST(families_.insert(family_).second, line);
            return;
        }
        auto found = parse_sample(line);
        BOOST_TEST_REQUIRE(found.name.starts_with(family_), line);
        if (is_histogram_)
            take_histogram(std::move(found), line);
        else
            BOOST_TEST(counters.emplace(found.labels, found.value).second, line);
    }

    void take_histogram(sample found, std::string const& line) {
        auto const kind = found.name.substr(family_.size());
        double bound = 0;
        if (kind == "_bucket") {
            bound = bound_of(found.labels.at("le"));
            found.labels.erase("le");
        }
        auto& s = histograms[family_][found.labels];
        if (kind == "_bucket")
            s.buckets.emplace_back(bound, found.value);
        else if (kind == "_sum")
            s.sum = found.value;
        else if (kind == "_count")
            s.count = found.value;
        else
            BOOST_ERROR("what is this? " + line);
    }

    std::string family_;
    bool is_histogram_ = false;
    std::set<std::string> families_;
};

double total_count(std::map<std::map<std::string, std::string>, series> const& all) {
    double result = 0;
    for (auto const& [labels, s] : all) result += s.count;
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(exporters)

BOOST_AUTO_TEST_CASE(prometheus_can_read_the_metrics) {
    scrape const read(lines_of(ASYNC_LLM_PROMETHEUS_EXPORTER));
    for (auto const& [name, all] : read.histograms) {
        BOOST_TEST_CONTEXT(name) {
            for (auto const& [labels, s] : all) {
                check_series(s);
                BOOST_TEST(labels.at("gen_ai_operation_name") == "chat");
                BOOST_TEST(labels.at("gen_ai_provider_name") == "openai_compatible");
                BOOST_TEST(labels.at("server_address") == "127.0.0.1");
            }
        }
    }
    BOOST_TEST_REQUIRE(read.histograms.size() == 3U);
    // Forty calls, of which one is refused.
    auto const& durations = read.histograms.at("gen_ai_client_operation_duration_seconds");
    BOOST_TEST(total_count(durations) == 40);
    double failed = 0;
    for (auto const& [labels, s] : durations) {
        if (labels.count("error_type") != 0) failed += s.count;
    }
    BOOST_TEST(failed == 1);
    BOOST_TEST(read.histograms.count("gen_ai_client_operation_time_to_first_chunk_seconds") == 1U);
    for (auto const& [labels, s] : read.histograms.at("gen_ai_client_token_usage"))
        BOOST_TEST((labels.at("gen_ai_token_type") == "input" || labels.at("gen_ai_token_type") == "output"));
    // One is repeated.
    BOOST_TEST(read.counters.size() == 3U);
    double attempts = 0;
    for (auto const& [labels, n] : read.counters) attempts += n;
    BOOST_TEST(attempts == 41);
}

BOOST_AUTO_TEST_CASE(every_line_of_the_log_is_an_object) {
    std::map<std::string, std::size_t> events;
    std::vector<json::object> all;
    for (auto const& line : lines_of(ASYNC_LLM_JSON_LOG)) {
        all.push_back(json::parse(line).as_object());
        ++events[std::string(all.back().at("event").as_string())];
        BOOST_TEST(all.back().at("timestamp").as_double() > 1e9);
        BOOST_TEST(line.find("Hello") == std::string::npos);
        BOOST_TEST(line.find("Bearer") == std::string::npos);
    }
    BOOST_TEST(events["call_started"] == 3U);
    BOOST_TEST(events["attempt_failed"] == 1U);
    BOOST_TEST(events["call_finished"] == 3U);
    BOOST_TEST_REQUIRE(all.size() == 7U);
    BOOST_TEST(all[0].at("gen_ai.operation.name").as_string() == "chat");
    BOOST_TEST(all[0].at("gen_ai.request.temperature").as_double() == 0.2);
    BOOST_TEST(all[0].at("gen_ai.request.stop_sequences").as_array().size() == 1U);
    BOOST_TEST(all[1].at("error.type").as_string() == "503");
    BOOST_TEST(all[1].at("retried").as_bool());
    BOOST_TEST(all[2].at("call").as_int64() == 1);
    BOOST_TEST(all[2].at("gen_ai.response.finish_reasons").as_array().at(0).as_string() == "stop");
    BOOST_TEST(all[2].at("gen_ai.usage.input_tokens").as_int64() > 0);
    BOOST_TEST(all[2].at("http.request.resend_count").as_int64() == 1);
    BOOST_TEST(all[2].at("gen_ai.client.operation.duration").as_double() > 0);
    BOOST_TEST(all[3].at("gen_ai.request.stream").as_bool());
    BOOST_TEST(all[6].at("error.type").as_string() == "invalid_request");
}

BOOST_AUTO_TEST_SUITE_END()
