// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/bulk_files.hpp"

#include "file/answer_scan.hpp"
#include "file/bulk_paths.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace async_llm::file {
namespace {

/// Lines that one job reads at most: answers are to be written, and progress is to be seen, meanwhile.
constexpr std::size_t max_lines_of_job = 10'000;
constexpr std::size_t max_bytes_of_job = std::size_t(4) << 20;
/// Lines that wait for the answers to others.
constexpr std::size_t max_waiting_lines = 65'536;

} // namespace

bulk_files::bulk_files(bulk_input input, std::string output, bulk_file_options const& options)
    : options_(options),
      output_path_(std::move(output)),
      input_(std::move(input), std::clamp<std::size_t>(options.max_line_size, 1, std::size_t(1) << 30)) {
    options_.ordered_window = std::max(options_.ordered_window, options_.max_in_flight);
    if (options_.errors_path.empty()) options_.errors_path = errors_path_of(output_path_);
    if (options_.journal_path.empty()) options_.journal_path = journal_path_of(output_path_);
}

// ------------------------------------------------------------------------------------ what earlier runs
// wrote

void bulk_files::open() {
    check_paths();
    input_.open();
    counts_.input_size = input_.size();
    if (options_.dry_run) {
        scan_to_look(output_path_);
        scan_to_look(options_.errors_path);
    } else {
        open_outputs();
    }
    synced_ = std::chrono::steady_clock::now();
    is_open_ = true;
}

/// Throws if one file would have two parts: a run that reads what it writes does not end.
void bulk_files::check_paths() const {
    auto const refuse_same = [](std::string const& a, std::string const& b, char const* role) {
        if (a != b && !is_same_file(a, b)) return;
        throw file_error(make_error_code(errc::invalid_request), a + ": is " + role + " as well");
    };
    if (!input_.path().empty()) {
        refuse_same(output_path_, input_.path(), "the input");
        refuse_same(options_.errors_path, input_.path(), "the input");
        refuse_same(options_.journal_path, input_.path(), "the input");
    }
    refuse_same(options_.errors_path, output_path_, "the output");
    refuse_same(options_.journal_path, output_path_, "the output");
    refuse_same(options_.journal_path, options_.errors_path, "the errors file");
}

void bulk_files::open_outputs() {
    output_.open(output_path_);
    output_.lock();
    scan(output_);
    if (exists(options_.errors_path)) {
        errors_.open(options_.errors_path);
        scan(errors_);
    }
    journal_.open(options_.journal_path);
    has_journal_ = true;
}

/// Reads a file of earlier runs, and mends its last line.
void bulk_files::scan(append_file& file) {
    answer_scan scan(table_, counts_);
    bool const is_indexed = options_.dedup != bulk_dedup::none && &file == &output_;
    bool lacks_line_feed = false;
    auto const behind_last = for_each_line(file.handle(), [&](codec::text_line const& line) {
        bool const is_read = scan.take(line);
        if (!line.is_whole && !is_read) --counts_.unreadable;
        lacks_line_feed = !line.is_whole && is_read;
        if (is_indexed && is_read && scan.last().is_answer)
            earlier_answers_.insert_or_assign(scan.last_key(), line.offset);
    });
    if (behind_last == file.size()) return;
    if (lacks_line_feed) return file.write("\n");
    counts_.torn_bytes += file.size() - behind_last;
    file.truncate(behind_last);
}

void bulk_files::scan_to_look(std::string const& path) {
    if (!exists(path)) return;
    answer_scan scan(table_, counts_);
    auto const file = file_handle::open_input(path);
    for_each_line(file, [&](codec::text_line const& line) { scan.take(line); });
}

// --------------------------------------------------------------------------------------------------- reading

bool bulk_files::is_blocked() const noexcept {
    return ordered_.size() >= options_.ordered_window || bodies_.waiting_count() >= max_waiting_lines;
}

std::vector<line_task> bulk_files::read(std::size_t most) {
    std::vector<line_task> tasks;
    auto const begin = input_.position();
    for (std::size_t lines = 0; lines < max_lines_of_job && tasks.size() < most; ++lines) {
        if (is_blocked() || input_.position() - begin > max_bytes_of_job) break;
        auto const line = input_.next();
        if (!line) break;
        take(*line, tasks);
    }
    counts_.input_bytes = input_.position();
    counts_.input_ended = input_.at_end();
    hand_out(tasks);
    flush();
    return tasks;
}

void bulk_files::take(codec::text_line const& line, std::vector<line_task>& tasks) {
    if (!options_.shard.has_line(line.number)) return;
    ++counts_.lines;
    codec::batch_request request;
    std::string reason;
    if (line.is_too_long)
        reason = "is longer than " + std::to_string(options_.max_line_size) + " bytes";
    else
        reason = codec::read_batch_request(line.text, line.number, request);
    if (!reason.empty()) return refuse(line, request.custom_id, std::move(reason));
    line_task task;
    task.content = hasher_.hash_content(request.path, options_.model, request.body);
    task.key = hasher_.make_key(request.custom_id, task.content);
    auto& entry = table_.entry_of(task.key);
    if (entry.is_seen()) return refuse(line, request.custom_id, "custom_id: an earlier line has it");
    entry.mark_seen();
    if (is_done(entry, task.key)) {
        auto const answer = earlier_answers_.find(task.key);
        if (answer != earlier_answers_.end())
            bodies_.set_place(task.content, equal_bodies::place::kind::written, answer->second);
        return;
    }
    task.line = line.number;
    task.custom_id = std::move(request.custom_id);
    bool const is_shared = options_.dedup == bulk_dedup::all ||
        (options_.dedup == bulk_dedup::deterministic && request.is_deterministic);
    if (is_shared && is_answered_by_another(task)) return;
    if (options_.dry_run) {
        ++counts_.to_ask;
        counts_.estimated_tokens += request.body.size() / 4;
        return;
    }
    if (!is_shared) task.content = content_hash();
    if (options_.ordered) task.sequence = ordered_.add();
    task.path = std::move(request.path);
    task.body = codec::make_body(request, options_.model);
    if (journal_.earlier().contains(task.key)) ++counts_.maybe_asked_twice;
    tasks.push_back(std::move(task));
}

/// Returns whether a line is not to be asked because of an earlier run.
bool bulk_files::is_done(policy::line_entry& entry, codec::line_key const& key) {
    using policy::line_state;
    if (!entry.is_about(key)) {
        if (entry.state() == line_state::answered) ++counts_.edited;
        return false;
    }
    if (entry.state() == line_state::answered) {
        ++counts_.answered_before;
        return true;
    }
    if (entry.state() != line_state::failed_for_good || options_.retry_failed) return false;
    ++counts_.failed_before;
    return true;
}

/// Returns whether a line gets the answer to another line, now or once that is there.
bool bulk_files::is_answered_by_another(line_task& task) {
    auto const* const place = bodies_.find_or_ask(task.content);
    if (!place) return false;
    if (options_.dry_run) {
        ++counts_.deduplicated;
        return true;
    }
    if (options_.ordered) task.sequence = ordered_.add();
    switch (place->where) {
    case equal_bodies::place::kind::asked: {
        auto const content = task.content;
        bodies_.wait(content, std::move(task));
        break;
    }
    case equal_bodies::place::kind::held:
        copy_answer(task, std::string(ordered_.text_at(place->value)));
        break;
    case equal_bodies::place::kind::written:
        copy_answer(task, read_line_at(output_.handle(), place->value));
        break;
    }
    return true;
}

void bulk_files::refuse(codec::text_line const& line, std::string const& custom_id, std::string reason) {
    ++counts_.refused;
    bulk_refused_line refused;
    refused.line = line.number;
    refused.offset = line.offset;
    refused.custom_id = custom_id.empty() ? "line-" + std::to_string(line.number) : custom_id;
    refused.reason = std::move(reason);
    if (!options_.dry_run) {
        auto const key = hasher_.make_refused_key(line.number, line.text, line.size);
        auto const& entry = table_.entry_of(key);
        bool const is_known = entry.is_about(key) && entry.state() == policy::line_state::failed_for_good;
        codec::new_answer_line written;
        written.custom_id = refused.custom_id;
        written.key = key;
        written.line = line.number;
        written.error_code = "refused";
        written.error_message = refused.reason;
        written.is_final = true;
        written.is_refused = true;
        if (!is_known) codec::append_answer_line(written, errors_text_);
    }
    if (refused_lines_.size() < options_.max_reported_lines) refused_lines_.push_back(std::move(refused));
}

void bulk_files::hand_out(std::vector<line_task> const& tasks) {
    if (tasks.empty() || !has_journal_) return;
    std::vector<codec::line_key> keys;
    keys.reserve(tasks.size());
    for (auto const& task : tasks) keys.push_back(task.key);
    journal_.add(keys);
}

} // namespace async_llm::file
