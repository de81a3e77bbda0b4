// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/answer_line.hpp"
#include "codec/batch/batch_request.hpp"
#include "file/append_file.hpp"
#include "file/bulk_paths.hpp"
#include "file/file_handle.hpp"
#include "file/line_hasher.hpp"
#include "file/line_input.hpp"
#include <async_llm/bulk_merge.hpp>
#include <async_llm/error.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>

namespace async_llm {
namespace file {
namespace {

using id_hash = std::array<unsigned char, codec::id_key_size>;

constexpr auto no_line = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t write_size = 256u * 1024;

/// Place of a line of an output: 32 bytes, since there is one for each.
struct found_line {
    found_line(codec::line_key const& key, std::uint16_t number_of_file, std::uint64_t position)
        : file(number_of_file), offset(position) {
        std::copy_n(key.begin(), id.size(), id.begin());
    }

    id_hash id{};
    std::uint16_t file;
    std::uint64_t offset;
    /// In the input, by which they are sorted.
    std::uint64_t line = no_line;
};

/// Line of the input.
struct input_line {
    id_hash id{};
    std::uint64_t line = 0;
};

bool by_id(found_line const& a, found_line const& b) noexcept { return a.id < b.id; }

// Not std::stable_sort: its buffer is deprecated in C++20.
bool by_id_and_place(found_line const& a, found_line const& b) noexcept {
    return std::tie(a.id, a.file, a.offset) < std::tie(b.id, b.file, b.offset);
}

bool by_line(found_line const& a, found_line const& b) noexcept {
    return std::tie(a.line, a.file, a.offset) < std::tie(b.line, b.file, b.offset);
}

/// Merging of some files into one.
class merger {
public:
    merger(std::vector<std::string> const& outputs, std::string const& input) {
        if (!input.empty()) read_input(input);
        for (auto const& path : outputs) read_file(path, false);
        for (auto const& path : outputs) {
            auto const errors = errors_path_of(path);
            if (exists(errors)) read_file(errors, true);
        }
        report_.superseded = keep_last(answers_);
        keep_last(failures_);
        std::erase_if(failures_, [this](found_line const& line) {
            return std::binary_search(answers_.begin(), answers_.end(), line, by_id);
        });
        report_.answers = answers_.size();
        report_.failures = failures_.size();
    }

    /// Writes both files.
    bulk_merge_report write(std::string const& merged) {
        write_file(answers_, merged);
        auto const errors = errors_path_of(merged);
        if (failures_.empty())
            remove_file(errors);
        else
            write_file(failures_, errors);
        return report_;
    }

private:
    void read_input(std::string const& path) {
        has_input_ = true;
        line_input input(path, max_answer_size);
        input.open();
        while (!input.at_end()) {
            auto const line = input.next();
            codec::batch_request request;
            if (!line || !codec::read_batch_request(line->text, line->number, request).empty()) continue;
            input_line entry;
            auto const key = hasher_.make_key(request.custom_id, content_hash());
            std::copy_n(key.begin(), entry.id.size(), entry.id.begin());
            entry.line = line->number;
            input_.push_back(entry);
        }
        // Of several lines with the same id, the first was asked.
        std::sort(input_.begin(), input_.end(), [](auto const& a, auto const& b) {
            return std::tie(a.id, a.line) < std::tie(b.id, b.line);
        });
    }

    void read_file(std::string const& path, bool are_failures) {
        auto const number = static_cast<std::uint16_t>(files_.size());
        files_.push_back(file_handle::open_input(path));
        for_each_line(files_.back(), [&](codec::text_line const& line) {
            codec::answer_line answer;
            if (line.is_too_long || !codec::read_answer_line(line.text, answer)) {
                ++report_.unreadable;
                return;
            }
            auto const key = answer.key ? *answer.key : hasher_.make_key(answer.custom_id, content_hash());
            found_line found(key, number, line.offset);
            found.line = place_of(found, answer);
            auto& list = answer.is_answer && !are_failures ? answers_ : failures_;
            list.push_back(found);
        });
    }

    /// Returns the number of the line in the input, or that in the output.
    std::uint64_t place_of(found_line const& found, codec::answer_line const& answer) const {
        auto const told = answer.line == 0 ? no_line : answer.line;
        if (!has_input_ || answer.is_refused) return told;
        auto const at = std::lower_bound(
            input_.begin(),
            input_.end(),
            found.id,
            [](input_line const& line, id_hash const& id) { return line.id < id; }
        );
        return at == input_.end() || at->id != found.id ? no_line : at->line;
    }

    /// Leaves the last line of each id. Returns how many are gone.
    static std::uint64_t keep_last(std::vector<found_line>& lines) {
        // Those of one id stay in the order in which they were read.
        std::sort(lines.begin(), lines.end(), by_id_and_place);
        auto const before = lines.size();
        std::size_t kept = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (i + 1 < lines.size() && lines[i + 1].id == lines[i].id) continue;
            lines[kept++] = lines[i];
        }
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(kept), lines.end());
        return before - kept;
    }

    void write_file(std::vector<found_line>& lines, std::string const& path) {
        std::sort(lines.begin(), lines.end(), by_line);
        auto const temporary = path + ".tmp";
        append_file out;
        out.open(temporary);
        out.lock();
        out.truncate(0);
        std::string text;
        for (auto const& line : lines) {
            text += read_line_at(files_[line.file], line.offset);
            text += '\n';
            if (text.size() < write_size) continue;
            out.write(text);
            text.clear();
        }
        out.write(text);
        out.sync();
        rename_file(temporary, path);
    }

    std::vector<file_handle> files_;
    line_hasher hasher_;
    bool has_input_ = false;
    std::vector<input_line> input_;
    std::vector<found_line> answers_;
    std::vector<found_line> failures_;
    bulk_merge_report report_;
};

[[noreturn]] void refuse(std::string const& sentence) {
    throw file_error(make_error_code(errc::invalid_request), sentence);
}

} // namespace
} // namespace file

bulk_merge_report merge_bulk_files(
    std::vector<std::string> const& outputs,
    std::string const& merged,
    std::string const& input
) {
    if (outputs.empty()) file::refuse("outputs: there are none");
    // Each has an errors file.
    if (outputs.size() > std::numeric_limits<std::uint16_t>::max() / 2)
        file::refuse("outputs: there are too many");
    for (auto const& path : outputs) {
        if (file::is_same_file(path, merged)) file::refuse(merged + ": is one of those to be merged");
    }
    if (!input.empty() && file::is_same_file(input, merged)) file::refuse(merged + ": is the input");
    return file::merger(outputs, input).write(merged);
}

std::string bulk_errors_path(std::string const& output) { return file::errors_path_of(output); }

} // namespace async_llm
