// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_BULK_FILES_HPP
#define ASYNC_LLM_FILE_BULK_FILES_HPP

#include "codec/batch/answer_line.hpp"
#include "codec/batch/batch_request.hpp"
#include "file/append_file.hpp"
#include "file/equal_bodies.hpp"
#include "file/flight_journal.hpp"
#include "file/line_hasher.hpp"
#include "file/line_input.hpp"
#include "file/line_result.hpp"
#include "file/ordered_lines.hpp"
#include "policy/bulk/line_table.hpp"
#include <async_llm/bulk_file_options.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::file {

/// Files of one run: decides which lines are to be asked, and writes what became of them.
/**
 * Throws \ref file_error. After an exception, only \ref close makes sense, and \ref counts.
 *
 * Thread safety: one call at a time.
 */
class bulk_files {
public:
    /// Opens nothing yet.
    bulk_files(bulk_input input, std::string output, bulk_file_options const& options);

    /// Opens and locks the files, and reads what earlier runs have written.
    void open();

    /// Reads on, until so many lines are to be asked, or the job has taken long enough.
    std::vector<line_task> read(std::size_t most);

    /// Returns whether the input has been read to its end.
    bool at_end() const noexcept { return counts_.input_ended; }

    /// Returns whether answers have to be written before \ref read gives more lines.
    bool is_blocked() const noexcept;

    /// Writes what became of lines.
    void write(std::vector<line_result> const& results);

    /// Syncs the files if it is time to.
    void sync_if_due(std::chrono::steady_clock::time_point now);

    /// Writes what is held back, syncs, and notes which lines were asked and have no answer.
    void close(std::set<codec::line_key> const& in_flight);

    /// Closes the outputs, which gives their lock back.
    void release() noexcept;

    file_counts const& counts() const noexcept { return counts_; }
    std::vector<bulk_refused_line> const& refused_lines() const noexcept { return refused_lines_; }

private:
    void check_paths() const;
    void open_outputs();
    void scan(append_file& file);
    void scan_to_look(std::string const& path);
    void take(codec::text_line const& line, std::vector<line_task>& tasks);
    bool is_done(policy::line_entry& entry, codec::line_key const& key);
    bool is_answered_by_another(line_task& task);
    void refuse(codec::text_line const& line, std::string const& custom_id, std::string reason);
    void hand_out(std::vector<line_task> const& tasks);

    void write_answer(line_result const& result);
    void write_failure(line_result const& result);
    void copy_answer(line_identity const& line, std::string_view written);
    void place_line(std::uint64_t sequence, std::string text, content_hash const* content);
    void append_to_output(std::string_view text, content_hash const* content);
    void take_ordered(bool all);
    void flush();
    void write_answers();

    bulk_file_options options_;
    std::string output_path_;
    line_input input_;
    append_file output_;
    append_file errors_;
    flight_journal journal_;
    bool has_journal_ = false;
    bool is_open_ = false;

    line_hasher hasher_;
    policy::line_table table_;
    file_counts counts_;
    std::vector<bulk_refused_line> refused_lines_;

    ordered_lines ordered_;
    std::map<std::uint64_t, content_hash> held_; // with both `ordered` and `dedup`
    equal_bodies bodies_;
    std::map<codec::line_key, std::uint64_t> earlier_answers_; // with `dedup`

    // Lines that are not written yet.
    std::string output_text_;
    std::string errors_text_;
    std::uint64_t answers_in_text_ = 0;
    std::uint64_t failures_in_text_ = 0;
    std::chrono::steady_clock::time_point synced_;
};

} // namespace async_llm::file

#endif
