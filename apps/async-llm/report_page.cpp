// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "report_page.hpp"

#include "format.hpp"
#include "html.hpp"
#include "svg_chart.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace async_llm::command {
namespace {

constexpr std::string_view page_head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
)";

constexpr std::string_view style = R"(<style>
:root { --back: #fbfbfa; --card: #ffffff; --text: #1d2326; --soft: #5d686d; --edge: #e1e5e4;
  --a: #0f6f75; --b: #b4451f; --c: #7a5ab8; }
@media (prefers-color-scheme: dark) {
  :root { --back: #15191b; --card: #1d2326; --text: #e6eaea; --soft: #9aa6aa; --edge: #323b3f;
    --a: #4fc1c4; --b: #f08a5d; --c: #b79cf0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1rem 3rem; max-width: 60rem; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
.end { margin: .25rem 0 0; overflow-wrap: anywhere; }
.when { margin: 0 0 1.5rem; color: var(--soft); font-size: .875rem; }
section { background: var(--card); border: 1px solid var(--edge); border-radius: .5rem; padding: 1rem;
  margin: 0 0 1rem; overflow-x: auto; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: 1rem; }
.figures div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.figures dt { color: var(--soft); font-size: .875rem; }
.figures dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
dl { margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-top: 1px solid var(--edge);
  vertical-align: top; font-weight: normal; }
tr:first-child > * { border-top: 0; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.note { color: var(--soft); width: 60%; }
td.line { overflow-wrap: anywhere; }
svg { display: block; width: 100%; min-width: 30rem; height: auto; }
svg text { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--edge); fill: none; }
svg .mark { stroke: var(--soft); stroke-dasharray: 3 3; fill: none; }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .area { fill-opacity: .18; stroke: none; }
svg .line.a { stroke: var(--a); } svg .area.a { fill: var(--a); }
svg .line.b { stroke: var(--b); } svg .area.b { fill: var(--b); }
svg .line.c { stroke: var(--c); } svg .area.c { fill: var(--c); }
svg .area.bars { fill: var(--a); fill-opacity: .75; }
.legend { margin: .5rem 0 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem;
  color: var(--soft); font-size: .875rem; }
.legend span { display: inline-block; width: .875rem; height: .25rem; border-radius: .125rem;
  margin-right: .375rem; vertical-align: middle; }
.legend .a { background: var(--a); } .legend .b { background: var(--b); } .legend .c { background: var(--c); }
</style>
)";

std::string utc(std::time_t time) {
    std::tm parts{};
    std::array<char, 32> text{};
    if (!gmtime_r(&time, &parts)) return std::string();
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
    return text.data();
}

std::string section(std::string_view title, std::string const& content) {
    return "<section>\n<h2>" + html_text(title) + "</h2>\n" + content + "</section>\n";
}

std::string figure(std::string_view name, std::string const& value) {
    return "<div><dt>" + html_text(name) + "</dt><dd>" + html_text(value) + "</dd></div>\n";
}

std::string head_figures(run_result const& result) {
    auto const& progress = result.report.progress;
    auto const answered = progress.answered + progress.answered_before;
    std::string text = "<section><dl class=\"figures\">\n";
    text += figure("answered", grouped(answered));
    text += figure("failed or refused", grouped(progress.failed + progress.failed_before + progress.refused));
    text += figure("time", duration_text(result.elapsed));
    if (progress.cost) text += figure("cost", money(*progress.cost));
    if (result.history && result.history->latency().count() > 0) {
        text += figure("median latency", latency_text(result.history->latency().quantile(0.5)));
        text += figure("99 % within", latency_text(result.history->latency().quantile(0.99)));
    }
    return text + "</dl></section>\n";
}

std::string figures_table(run_result const& result) {
    std::string text = "<table>\n";
    auto const rows = tabulate(result);
    for (auto const& row : rows.rows()) {
        text += "<tr><th scope=\"row\">" + html_text(row.name) + "</th><td class=\"n\">" +
            html_text(row.value) + "</td><td class=\"note\">" + html_text(row.note) + "</td></tr>\n";
    }
    return text + "</table>\n";
}

std::string with_legend(line_chart const& chart) {
    auto text = draw_chart(chart) + "\n<ul class=\"legend\">";
    for (auto const& series : chart.series)
        text += "<li><span class=\"" + series.style + "\"></span>" + html_text(series.name) + "</li>";
    return text + "</ul>\n";
}

std::function<std::string(double)> time_label(run_history const& history) {
    return [length = history.interval_seconds()](double place) { return duration_text(place * length); };
}

std::string rate_chart(run_history const& history) {
    line_chart chart;
    chart.title = "Calls per second over the time of the run";
    chart_series answered("answered", "a");
    chart_series failed("failed", "b");
    chart_series limited("429s", "c");
    answered.is_filled = true;
    for (auto const& each : history.intervals()) {
        answered.values.push_back(static_cast<double>(each.answered) / history.interval_seconds());
        failed.values.push_back(static_cast<double>(each.failed) / history.interval_seconds());
        limited.values.push_back(static_cast<double>(each.rate_limited) / history.interval_seconds());
    }
    auto const has_any = [](chart_series const& series) {
        return std::any_of(series.values.begin(), series.values.end(), [](double value) {
            return value > 0;
        });
    };
    chart.series.push_back(std::move(answered));
    if (has_any(failed)) chart.series.push_back(std::move(failed));
    if (has_any(limited)) chart.series.push_back(std::move(limited));
    chart.label_x = time_label(history);
    chart.label_y = [](double value) { return compact(value); };
    return with_legend(chart);
}

std::string latency_chart(run_history const& history) {
    line_chart chart;
    chart.title = "Latency over the time of the run";
    constexpr std::array<std::pair<double, char const*>, 3> shares{{{0.5, "a"}, {0.9, "c"}, {0.99, "b"}}};
    constexpr std::array<char const*, 3> names{"median", "90 %", "99 %"};
    for (std::size_t i = 0; i < shares.size(); ++i) {
        auto& series = chart.series.emplace_back(names[i], shares[i].second);
        for (auto const& each : history.intervals())
            series.values.push_back(each.latency.count() > 0 ? each.latency.quantile(shares[i].first) : -1.0);
    }
    chart.label_x = time_label(history);
    chart.label_y = latency_text;
    return with_legend(chart);
}

/// Draws the bins that have calls, with one more at each side.
std::string distribution_chart(latency_histogram const& latency) {
    std::size_t first = latency_histogram::bins;
    std::size_t last = 0;
    for (std::size_t i = 0; i < latency_histogram::bins; ++i) {
        if (latency.count_of(i) == 0) continue;
        first = std::min(first, i);
        last = i;
    }
    first -= first > 0 ? 1 : 0;
    last = std::min(last + 1, latency_histogram::bins - 1);
    line_chart chart;
    chart.title = "Number of calls by their latency, on a logarithmic axis";
    chart.has_bars = true;
    auto& series = chart.series.emplace_back("calls", "bars");
    for (auto i = first; i <= last; ++i) series.values.push_back(static_cast<double>(latency.count_of(i)));
    chart.label_x = [first](double place) {
        return latency_text(latency_histogram::lower_bound(first + static_cast<std::size_t>(place)));
    };
    chart.label_y = compact;
    auto const median = latency.quantile(0.5);
    auto const place = static_cast<double>(latency_histogram::bin_of(median) - first) + 0.5;
    chart.marks.emplace_back(place, "median " + latency_text(median));
    return draw_chart(chart) + '\n';
}

std::string refused_lines(bulk_file_report const& report) {
    std::string text = "<table>\n";
    for (auto const& each : report.refused_lines) {
        text += "<tr><td class=\"n\">" + std::to_string(each.line) + "</td><td class=\"line\">" +
            html_text(each.custom_id) + "</td><td class=\"line\">" + html_text(each.reason) + "</td></tr>\n";
    }
    return text + "</table>\n";
}

} // namespace

std::string report_page(run_result const& result, std::time_t now) {
    std::string page(page_head);
    page += "<title>" + html_text(result.output) + "</title>\n";
    page += style;
    page += "</head>\n<body>\n<h1>" + html_text(result.output) + "</h1>\n";
    page += "<p class=\"end\">" + html_text(describe_end(result)) + "</p>\n";
    page += "<p class=\"when\">async-llm bulk " + html_text(result.input) + ", " + utc(now) + "</p>\n";
    page += head_figures(result);
    if (result.history && !result.history->intervals().empty()) {
        auto const& history = *result.history;
        page += section("Calls per second", rate_chart(history));
        if (history.latency().count() > 0) {
            page += section("Latency over time", latency_chart(history));
            page += section("Distribution of latency", distribution_chart(history.latency()));
        }
    }
    page += section("Figures", figures_table(result));
    if (!result.report.refused_lines.empty()) page += section("Refused lines", refused_lines(result.report));
    return page + "</body>\n</html>\n";
}

} // namespace async_llm::command
