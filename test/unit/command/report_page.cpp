// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "report_page.hpp"

#include "svg_chart.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

// The page stands alone, is well formed, and takes foreign text for text.

using namespace async_llm;
using namespace async_llm::command;
using namespace std::chrono_literals;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

run_result some_result() {
    run_result result;
    result.input = "in.jsonl";
    result.output = "out.jsonl";
    result.elapsed = 200;
    result.report.progress.answered = 2000;
    result.report.progress.cost = 1.25;
    auto const history = std::make_shared<run_history>();
    for (int i = 0; i < 2000; ++i) history->add_answer(i * 100ms, 100ms + (i * 37 % 900) * 1ms, 100);
    history->add_failure(50s);
    history->add_rate_limited(60s);
    result.history = history;
    return result;
}

// Every tag that is opened is closed, in order; void ones of HTML, and those that close themselves, aside.
void check_well_formed(std::string const& page) {
    static std::regex const tag("<(/?)([a-z0-9]+)((?:[^\">]|\"[^\"]*\")*)>");
    std::vector<std::string> open;
    for (std::sregex_iterator at(page.begin(), page.end(), tag), end; at != end; ++at) {
        auto const& found = *at;
        auto const name = found[2].str();
        if (name == "meta" || found[3].str().ends_with('/')) continue;
        if (found[1].length() == 0) {
            open.push_back(name);
            continue;
        }
        BOOST_REQUIRE(!open.empty());
        BOOST_REQUIRE(open.back() == name);
        open.pop_back();
    }
    BOOST_TEST(open.empty());
}

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
}

line_chart chart_of(std::vector<double> values) {
    line_chart chart;
    chart.title = "t";
    chart.series.emplace_back("s", "a").values = std::move(values);
    chart.label_x = [](double place) { return std::to_string(static_cast<int>(place)); };
    chart.label_y = chart.label_x;
    return chart;
}

} // namespace

BOOST_AUTO_TEST_SUITE(report_page)

BOOST_AUTO_TEST_CASE(it_stands_alone) {
    auto const page = command::report_page(some_result(), 1'800'000'000);
    check_well_formed(page);
    BOOST_TEST(contains(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "));
    for (auto const* const other :
         {"<script", "<img", "<link", "<iframe", "src=\"", "href=", "url(", "@import", "http:"})
        BOOST_TEST_CONTEXT(other) { BOOST_TEST(!contains(page, other)); }
    BOOST_TEST(count_of(page, "http") == 1u); // http-equiv
}

BOOST_AUTO_TEST_CASE(it_has_the_figures_and_three_charts) {
    auto const page = command::report_page(some_result(), 1'800'000'000);
    BOOST_TEST(count_of(page, "<svg") == 3u);
    BOOST_TEST(contains(page, "<title>out.jsonl</title>"));
    BOOST_TEST(contains(page, "2027-01-15 08:00:00 UTC"));
    BOOST_TEST(contains(page, "<dt>answered</dt><dd>2,000</dd>"));
    BOOST_TEST(contains(page, "<dt>cost</dt><dd>$1.25</dd>"));
    BOOST_TEST(contains(page, "429s</li>"));
    BOOST_TEST(contains(page, "prefers-color-scheme: dark"));
    BOOST_TEST(contains(page, "name=\"viewport\""));
    BOOST_TEST(!contains(page, "nan"));
    BOOST_TEST(!contains(page, "inf"));
}

BOOST_AUTO_TEST_CASE(a_run_without_calls_has_a_page) {
    auto result = some_result();
    result.history = std::make_shared<run_history>();
    auto page = command::report_page(result, 0);
    check_well_formed(page);
    BOOST_TEST(!contains(page, "<svg"));
    auto const failures = std::make_shared<run_history>();
    failures->add_failure(1s);
    result.history = failures;
    page = command::report_page(result, 0);
    check_well_formed(page);
    BOOST_TEST(count_of(page, "<svg") == 1u);
}

BOOST_AUTO_TEST_CASE(foreign_text_is_text) {
    auto result = some_result();
    result.input = "<i>in</i>";
    result.output = "</title><script>out</script>";
    result.ec = make_http_error(500);
    result.report.detail = "<script>alert(1)</script>";
    result.report.refused_lines.emplace_back();
    result.report.refused_lines[0].custom_id = "\"><img src=x>";
    result.report.refused_lines[0].reason = "<b>&";
    auto const page = command::report_page(result, 0);
    check_well_formed(page);
    BOOST_TEST(!contains(page, "<script"));
    BOOST_TEST(!contains(page, "<img"));
    BOOST_TEST(!contains(page, "<i>"));
    BOOST_TEST(!contains(page, "<b>"));
    BOOST_TEST(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
}

BOOST_AUTO_TEST_CASE(bounds_of_axes_are_round) {
    BOOST_TEST(round_up(0) == 1);
    BOOST_TEST(round_up(std::nan("")) == 1);
    BOOST_TEST(std::abs(round_up(0.013) - 0.02) < 1e-12);
    BOOST_TEST(round_up(1) == 1);
    BOOST_TEST(round_up(3.2) == 4);
    BOOST_TEST(round_up(7) == 8);
    BOOST_TEST(round_up(2000) == 2000);
    BOOST_TEST(round_up(2001) == 4000);
}

// The highest value is within the picture, and the lowest at its bottom.
BOOST_AUTO_TEST_CASE(lines_stay_within_the_picture) {
    auto const svg = draw_chart(chart_of({0, 10, 5, 7.5}));
    check_well_formed(svg);
    static std::regex const line("class=\"line a\" d=\"([^\"]*)\"");
    std::smatch found;
    BOOST_REQUIRE(std::regex_search(svg, found, line));
    auto const path = found[1].str();
    // Four steps between 56 and 708; a value of 10 is at the top, of 0 at the bottom.
    BOOST_TEST(path == "M56.0 214.0L137.5 214.0L300.5 22.0L463.5 118.0L626.5 70.0L708.0 70.0");
}

BOOST_AUTO_TEST_CASE(gaps_interrupt_a_line) {
    auto const svg = draw_chart(chart_of({1, -1, -1, 1, 1}));
    static std::regex const line("class=\"line a\" d=\"([^\"]*)\"");
    std::smatch found;
    BOOST_REQUIRE(std::regex_search(svg, found, line));
    auto const path = found[1].str();
    BOOST_TEST(std::count(path.begin(), path.end(), 'M') == 2);
    auto const nothing = draw_chart(chart_of({-1, -1}));
    BOOST_TEST(contains(nothing, "class=\"line a\" d=\"\""));
}

BOOST_AUTO_TEST_SUITE_END()
