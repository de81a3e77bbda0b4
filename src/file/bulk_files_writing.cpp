// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/bulk_files.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>

namespace async_llm::file {
namespace {

/// Text in memory from which it is written.
constexpr std::size_t max_text = std::size_t(1) << 20;

codec::new_answer_line line_of(line_result const& result, line_identity const& line) {
    codec::new_answer_line written;
    written.custom_id = line.custom_id;
    written.key = line.key;
    written.line = line.line;
    written.status = result.status;
    written.request_id = result.request_id;
    written.body = result.body;
    written.error_code = result.error_code;
    written.error_message = result.error_message;
    written.is_final = result.is_final;
    written.attempts = result.attempts;
    written.latency_ms = result.latency_ms;
    written.provider = result.provider;
    written.cost = result.cost;
    return written;
}

void make_copy(codec::new_answer_line& written, std::string_view of) {
    written.attempts = 0;
    written.latency_ms = 0;
    written.cost.reset();
    written.copy_of = of;
}

std::string text_of(codec::new_answer_line const& line) {
    std::string text;
    codec::append_answer_line(line, text);
    return text;
}

} // namespace

void bulk_files::write(std::vector<line_result> const& results) {
    for (auto const& result : results) {
        if (result.is_cancelled) {
            counts_.cancelled += 1 + bodies_.take_waiting(result.content).size();
        } else if (result.error_code.empty()) {
            write_answer(result);
        } else {
            write_failure(result);
        }
        if (output_text_.size() + errors_text_.size() > max_text) flush();
    }
    if (options_.ordered) take_ordered(false);
    flush();
    // Not before it is written.
    for (auto const& result : results) {
        if (!result.is_cancelled) journal_.remove(result.line.key);
    }
}

void bulk_files::write_answer(line_result const& result) {
    bool const is_shared = result.content != content_hash();
    place_line(
        result.line.sequence,
        text_of(line_of(result, result.line)),
        is_shared ? &result.content : nullptr
    );
    if (!is_shared) return;
    for (auto const& line : bodies_.take_waiting(result.content)) {
        auto written = line_of(result, line);
        make_copy(written, result.line.custom_id);
        ++counts_.deduplicated;
        place_line(line.sequence, text_of(written), nullptr);
    }
}

void bulk_files::write_failure(line_result const& result) {
    auto const write = [&](line_identity const& line) {
        ++failures_in_text_;
        codec::append_answer_line(line_of(result, line), errors_text_);
        if (options_.ordered) ordered_.fill(line.sequence, std::string());
    };
    write(result.line);
    if (result.content == content_hash()) return;
    for (auto const& line : bodies_.take_waiting(result.content)) write(line);
    bodies_.forget(result.content);
}

/// Writes the answer to another line, as it stands in the output, for this one.
void bulk_files::copy_answer(line_identity const& line, std::string_view written) {
    codec::answer_line answer;
    if (!codec::read_answer_line(written, answer))
        throw file_error(
            boost::system::errc::make_error_code(boost::system::errc::illegal_byte_sequence),
            output_path_ + ": was changed meanwhile"
        );
    codec::new_answer_line copy;
    copy.custom_id = line.custom_id;
    copy.key = line.key;
    copy.line = line.line;
    copy.status = answer.status == 0 ? 200 : answer.status;
    copy.body = answer.body;
    make_copy(copy, answer.custom_id);
    ++counts_.deduplicated;
    place_line(line.sequence, text_of(copy), nullptr);
}

/// Puts an answer into the output, or where it waits for those in front of it.
void bulk_files::place_line(std::uint64_t sequence, std::string text, content_hash const* content) {
    if (!options_.ordered) return append_to_output(text, content);
    if (content) {
        bodies_.set_place(*content, equal_bodies::place::kind::held, sequence);
        held_.emplace(sequence, *content);
    }
    ordered_.fill(sequence, std::move(text));
}

void bulk_files::append_to_output(std::string_view text, content_hash const* content) {
    auto const offset = output_.size() + output_text_.size();
    if (content) bodies_.set_place(*content, equal_bodies::place::kind::written, offset);
    output_text_.append(text);
    ++answers_in_text_;
}

void bulk_files::take_ordered(bool all) {
    ordered_.take(all, [this](std::uint64_t sequence, std::string const& text) {
        auto const held = held_.find(sequence);
        append_to_output(text, held == held_.end() ? nullptr : &held->second);
        if (held != held_.end()) held_.erase(held);
    });
}

void bulk_files::flush() {
    if (!output_text_.empty()) write_answers();
    if (errors_text_.empty()) return;
    if (!errors_.is_open()) errors_.open(options_.errors_path);
    auto const text = std::exchange(errors_text_, std::string());
    auto const count = std::exchange(failures_in_text_, 0);
    errors_.write(text);
    counts_.failed += count;
}

/// Writes the answers that have gathered, and counts those that are in the output then.
void bulk_files::write_answers() {
    // A part that was written must not be written again.
    auto const text = std::exchange(output_text_, std::string());
    auto const count = std::exchange(answers_in_text_, 0);
    auto const before = output_.size();
    try {
        output_.write(text);
    } catch (...) {
        auto const end = text.begin() + static_cast<std::ptrdiff_t>(output_.size() - before);
        counts_.answered += static_cast<std::uint64_t>(std::count(text.begin(), end, '\n'));
        throw;
    }
    counts_.answered += count;
}

void bulk_files::sync_if_due(std::chrono::steady_clock::time_point now) {
    if (now - synced_ < options_.sync_interval) return;
    if (output_.is_open()) output_.sync();
    if (errors_.is_open()) errors_.sync();
    synced_ = now;
}

void bulk_files::close(std::set<codec::line_key> const& in_flight) {
    if (!is_open_ || options_.dry_run) return;
    std::exception_ptr first;
    auto const attempt = [&first](auto work) {
        try {
            work();
        } catch (...) {
            if (!first) first = std::current_exception();
        }
    };
    // A failed write is no reason to lose the rest.
    attempt([&] {
        take_ordered(true);
        flush();
    });
    attempt([&] { output_.sync(); });
    attempt([&] {
        if (errors_.is_open()) errors_.sync();
    });
    // Of a line that was not read again, an earlier run may have asked.
    attempt([&] { journal_.finish(in_flight, !counts_.input_ended); });
    if (first) std::rethrow_exception(first);
}

void bulk_files::release() noexcept {
    is_open_ = false;
    output_ = append_file();
    errors_ = append_file();
}

} // namespace async_llm::file
