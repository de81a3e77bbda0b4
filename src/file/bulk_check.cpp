// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/batch_request.hpp"
#include "file/answer_scan.hpp"
#include "file/bulk_paths.hpp"
#include "file/file_handle.hpp"
#include "file/line_hasher.hpp"
#include "file/line_input.hpp"
#include "policy/bulk/line_table.hpp"
#include <async_llm/bulk_merge.hpp>

#include <utility>

namespace async_llm {
namespace file {
namespace {

/// Comparison of an input with what was written for it.
class checker {
public:
    checker(std::string const& model, std::size_t max_open_lines)
        : model_(model), max_open_lines_(max_open_lines), scan_(table_, counts_) {}

    void read_output(std::string const& path, bool are_answers) {
        if (!exists(path)) return;
        auto const file = file_handle::open_input(path);
        for_each_line(file, [&](codec::text_line const& line) {
            if (scan_.take(line) && are_answers && scan_.last().is_answer) count_answer();
        });
    }

    void read_input(bulk_input input) {
        line_input lines(std::move(input), max_answer_size);
        lines.open();
        while (!lines.at_end()) {
            if (auto const line = lines.next()) check(*line);
        }
    }

    bulk_check_report report() {
        report_.unreadable = counts_.unreadable;
        table_.for_each([this](policy::line_entry const& entry) {
            if (entry.state() == policy::line_state::answered && !entry.is_seen()) ++report_.unknown;
        });
        return std::move(report_);
    }

private:
    void count_answer() {
        using effect = policy::line_table::effect;
        if (scan_.last_effect() == effect::duplicate) ++report_.duplicated;
        if (scan_.last_effect() == effect::superseded) ++report_.superseded;
        auto const& answer = scan_.last();
        if (answer.is_copy) return;
        auto const usage = codec::read_body_usage(answer.body);
        auto cost = answer.cost;
        if (usage) {
            report_.input_tokens += usage->prompt_tokens;
            report_.output_tokens += usage->completion_tokens;
            if (!cost) cost = usage->cost;
        }
        if (cost) report_.cost = report_.cost.value_or(0) + *cost;
    }

    void check(codec::text_line const& line) {
        codec::batch_request request;
        std::string reason = "is longer than " + std::to_string(max_answer_size) + " bytes";
        if (!line.is_too_long) reason = codec::read_batch_request(line.text, line.number, request);
        if (!reason.empty()) return refuse(line, request.custom_id, std::move(reason));
        auto const content = hasher_.hash_content(request.path, model_, request.body);
        auto const key = hasher_.make_key(request.custom_id, content);
        auto& entry = table_.entry_of(key);
        if (entry.is_seen()) return refuse(line, request.custom_id, "custom_id: an earlier line has it");
        entry.mark_seen();
        ++report_.requests;
        if (auto const* const open = classify(entry, key)) note(line, request.custom_id, open);
    }

    /// Counts a request. Returns why it is open; null: it is not.
    char const* classify(policy::line_entry const& entry, codec::line_key const& key) {
        using policy::line_state;
        auto const state = entry.state();
        bool const is_same = entry.is_about(key);
        if (state == line_state::answered && is_same) {
            ++report_.answered;
            return nullptr;
        }
        if (state == line_state::answered) {
            ++report_.edited;
            return "was edited since it was answered";
        }
        if (state == line_state::none || !is_same) {
            ++report_.missing;
            return "has not been asked, or has no answer yet";
        }
        ++report_.failed;
        if (state != line_state::failed_for_good) return "failed";
        ++report_.failed_for_good;
        return "failed for good";
    }

    void refuse(codec::text_line const& line, std::string const& custom_id, std::string reason) {
        ++report_.refused;
        note(line, custom_id, std::move(reason));
    }

    void note(codec::text_line const& line, std::string const& custom_id, std::string reason) {
        if (report_.open_lines.size() >= max_open_lines_) return;
        bulk_refused_line open;
        open.line = line.number;
        open.offset = line.offset;
        open.custom_id = custom_id.empty() ? "line-" + std::to_string(line.number) : custom_id;
        open.reason = std::move(reason);
        report_.open_lines.push_back(std::move(open));
    }

    std::string const& model_;
    std::size_t max_open_lines_;
    policy::line_table table_;
    file_counts counts_;
    answer_scan scan_;
    line_hasher hasher_;
    bulk_check_report report_;
};

} // namespace
} // namespace file

bulk_check_report check_bulk_files(
    bulk_input input,
    std::vector<std::string> const& outputs,
    std::string const& model,
    std::size_t max_open_lines
) {
    file::checker checker(model, max_open_lines);
    for (auto const& path : outputs) checker.read_output(path, true);
    for (auto const& path : outputs) checker.read_output(file::errors_path_of(path), false);
    checker.read_input(std::move(input));
    return checker.report();
}

} // namespace async_llm
