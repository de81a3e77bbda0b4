// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "summary.hpp"

#include "format.hpp"
#include "terminal_text.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace async_llm::command {
namespace {

constexpr std::size_t most_characters = 300;

std::string bracketed(std::string const& text) { return '(' + text + ')'; }

// Rows of what is not there would only be in the way.
void add_if_any(table& rows, char const* name, std::uint64_t count, std::string note = std::string()) {
    if (count > 0) rows.add(name, grouped(count), std::move(note));
}

void add_usage(table& rows, std::int64_t input, std::int64_t output, std::optional<double> cost) {
    auto const not_negative = [](std::int64_t number) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
    };
    if (input > 0 || output > 0) {
        rows.add("tokens in", grouped(not_negative(input)));
        rows.add("tokens out", grouped(not_negative(output)));
    }
    if (cost) rows.add("cost", money(*cost));
}

void add_latency(table& rows, latency_histogram const& latency) {
    if (latency.count() == 0) return;
    rows.add("latency", latency_text(latency.quantile(0.5)), "median");
    rows.add("", latency_text(latency.quantile(0.9)), "90 %");
    rows.add("", latency_text(latency.quantile(0.99)), "99 %");
    rows.add("", latency_text(latency.longest()), "longest");
}

void add_dry_run(table& rows, bulk_file_report const& report) {
    auto const& progress = report.progress;
    rows.add("lines", grouped(progress.lines));
    rows.add("to ask", grouped(report.to_ask));
    add_if_any(rows, "answered", progress.answered_before, "by earlier runs");
    add_if_any(rows, "failed for good", progress.failed_before, "not asked again without --retry-failed");
    add_if_any(rows, "refused", progress.refused);
    add_if_any(rows, "edited", report.edited, "of those to ask: answered before, as they were then");
    rows.add("tokens to send", '~' + grouped(report.estimated_tokens), "a quarter of the bytes");
}

std::string list_lines(std::vector<bulk_refused_line> const& lines, std::uint64_t all) {
    std::string result;
    for (auto const& each : lines) {
        auto const text =
            "line " + std::to_string(each.line) + ' ' + bracketed(each.custom_id) + ": " + each.reason;
        result += "  " + terminal_line(text, most_characters) + '\n';
    }
    if (all > lines.size()) result += "  and " + grouped(all - lines.size()) + " more\n";
    return result;
}

std::string with_detail(std::string sentence, std::string const& detail) {
    return detail.empty() ? sentence : sentence + ": " + detail;
}

} // namespace

std::string describe_end(run_result const& result) {
    auto const& report = result.report;
    if (result.ec && !(result.was_interrupted && result.ec == boost::asio::error::operation_aborted))
        return with_detail(result.ec.message(), report.detail);
    if (result.ec || report.end == bulk_file_end::drained) return "interrupted; run it again to go on";
    if (report.end == bulk_file_end::spending_limit)
        return with_detail("a cap was reached; run it again with a larger one to go on", report.detail);
    if (report.end == bulk_file_end::error) return with_detail("ended early", report.detail);
    return result.was_dry ? "checked, nothing was sent" : "complete";
}

table tabulate(run_result const& result) {
    auto const& report = result.report;
    auto const& progress = report.progress;
    table rows;
    if (result.was_dry) {
        add_dry_run(rows, report);
        return rows;
    }
    rows.add("answered", grouped(progress.answered));
    add_if_any(rows, "", progress.answered_before, "by earlier runs");
    add_if_any(rows, "", report.deduplicated, "of them with the answer to an equal body");
    add_if_any(rows, "failed", progress.failed);
    add_if_any(
        rows,
        "failed for good",
        progress.failed_before,
        "in earlier runs; --retry-failed asks them again"
    );
    add_if_any(rows, "refused", progress.refused, "lines that are no requests");
    add_if_any(rows, "not asked", progress.cancelled, "the next run asks them");
    add_if_any(
        rows,
        "asked twice",
        report.maybe_asked_twice,
        "at most: in flight when an earlier run was killed"
    );
    add_if_any(rows, "edited", report.edited, "answered anew");
    add_if_any(rows, "superseded", report.superseded, "older answers, which merge leaves out");
    add_if_any(rows, "unreadable", report.unreadable, "lines of the output that are none");
    add_usage(rows, progress.input_tokens, progress.output_tokens, progress.cost);
    add_if_any(rows, "429s", progress.rate_limited);
    add_if_any(rows, "retries", progress.retries);
    rows.add("time", duration_text(result.elapsed));
    if (result.elapsed > 0 && progress.answered + progress.failed > 0) {
        rows.add(
            "rate",
            compact(static_cast<double>(progress.answered + progress.failed) / result.elapsed) + "/s"
        );
        auto const tokens = static_cast<double>(progress.input_tokens + progress.output_tokens);
        if (tokens > 0) rows.add("", compact(tokens / result.elapsed), "tokens/s");
    }
    if (result.history) add_latency(rows, result.history->latency());
    return rows;
}

std::string summarize(run_result const& result) {
    auto const& report = result.report;
    auto const subject = result.was_dry ? result.input : result.output;
    auto text = terminal_line(subject + ": " + describe_end(result), 2 * most_characters) + '\n';
    text += tabulate(result).to_text();
    if (!result.was_dry && report.progress.failed > 0)
        text += "  failures are in " + terminal_line(bulk_errors_path(result.output), most_characters) + '\n';
    return text + list_lines(report.refused_lines, report.progress.refused);
}

std::string summarize(bulk_check_report const& report, std::string const& input) {
    table rows;
    rows.add("requests", grouped(report.requests));
    rows.add("answered", grouped(report.answered), percent(report.answered, report.requests));
    auto const for_good =
        report.failed_for_good > 0 ? grouped(report.failed_for_good) + " for good" : std::string();
    add_if_any(rows, "failed", report.failed, for_good);
    add_if_any(rows, "missing", report.missing);
    add_if_any(rows, "edited", report.edited, "since they were answered");
    add_if_any(rows, "refused", report.refused, "lines that are no requests");
    add_if_any(rows, "duplicated", report.duplicated, "answers beyond the first to the same request");
    add_if_any(rows, "superseded", report.superseded, "answers to an older text of a request");
    add_if_any(rows, "unknown", report.unknown, "answers to what the input does not have");
    add_if_any(rows, "unreadable", report.unreadable, "lines of the outputs that are none");
    add_usage(rows, report.input_tokens, report.output_tokens, report.cost);
    auto const open = report.failed + report.missing + report.edited + report.refused;
    auto const verdict = report.complete() ? "complete" : "not complete";
    return terminal_line(input + ": " + verdict, most_characters) + '\n' + rows.to_text() +
        list_lines(report.open_lines, open);
}

std::string summarize(bulk_merge_report const& report, std::string const& merged) {
    table rows;
    rows.add("answers", grouped(report.answers));
    add_if_any(rows, "failures", report.failures);
    add_if_any(rows, "superseded", report.superseded, "older answers, left out");
    add_if_any(rows, "unreadable", report.unreadable, "lines, left out");
    return terminal_line(merged + ": merged", most_characters) + '\n' + rows.to_text();
}

} // namespace async_llm::command
