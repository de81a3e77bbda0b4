// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "commands.hpp"
#include "file_source.hpp"
#include "gzip_reader.hpp"
#include "progress_display.hpp"
#include "replaced_file.hpp"
#include "summary.hpp"
#include <async_llm/bulk_merge.hpp>

#include <boost/system/system_error.hpp>

#include <filesystem>
#include <memory>
#include <set>
#include <unistd.h>
#include <utility>

namespace async_llm::command {
namespace {

/// File that goes away at the end of its life.
class passing_file {
public:
    explicit passing_file(std::string path) : path_(std::move(path)) {}
    passing_file(passing_file const&) = delete;
    passing_file& operator=(passing_file const&) = delete;
    ~passing_file() { unlink(path_.c_str()); }

    std::string const& path() const noexcept { return path_; }

private:
    std::string path_;
};

bulk_input open_input(std::string const& path) {
    auto const source = std::make_shared<file_source>(path, nullptr);
    auto read_file = [source](char* into, std::size_t size) { return source->read(into, size); };
    auto const decoder = std::make_shared<input_decoder>(std::move(read_file), source->name());
    return bulk_input(source->name(), [decoder](char* into, std::size_t size) {
        return decoder->read(into, size);
    });
}

/// Merges into files beside the merged ones, and compresses these: none of them is ever half of one.
bulk_merge_report merge_compressed(
    std::vector<std::string> const& outputs,
    std::string const& merged,
    std::string const& input
) {
    constexpr std::string_view ending = ".gz";
    auto const plain_name = merged.substr(0, merged.size() - ending.size());
    passing_file const plain(plain_name + ".merging.jsonl");
    passing_file const plain_errors(bulk_errors_path(plain.path()));
    auto const report = merge_bulk_files(outputs, plain.path(), input);
    compress_file(plain.path(), merged);
    if (std::filesystem::exists(plain_errors.path()))
        compress_file(plain_errors.path(), bulk_errors_path(plain_name) + std::string(ending));
    return report;
}

} // namespace

std::vector<std::string> without_errors_files(std::vector<std::string> outputs) {
    std::set<std::string> errors;
    for (auto const& each : outputs) errors.insert(bulk_errors_path(each));
    std::erase_if(outputs, [&errors](std::string const& each) { return errors.contains(each); });
    return outputs;
}

void require_input(std::string const& path) {
    try {
        file_source(path, nullptr);
    } catch (boost::system::system_error const& error) {
        throw command_failure(exit_status::no_input, error.what());
    }
}

exit_status run_merge(merge_arguments const& arguments) {
    auto const outputs = without_errors_files(arguments.outputs);
    for (auto const& each : outputs) require_input(each);
    std::unique_ptr<passing_file> plain_input;
    auto input = arguments.input;
    if (!input.empty()) require_input(input);
    // The library reads an input that is ordered by twice, and so needs it as a file.
    if (is_gzip_name(input)) {
        plain_input = std::make_unique<passing_file>(arguments.merged + ".order.tmp");
        decompress_file(input, plain_input->path());
        input = plain_input->path();
    }
    auto const report = is_gzip_name(arguments.merged) ? merge_compressed(outputs, arguments.merged, input)
                                                       : merge_bulk_files(outputs, arguments.merged, input);
    if (!arguments.quiet) write_all(STDERR_FILENO, summarize(report, arguments.merged));
    return exit_status::success;
}

exit_status run_check(check_arguments const& arguments) {
    require_input(arguments.input);
    auto const report = check_bulk_files(
        open_input(arguments.input),
        arguments.outputs,
        arguments.model,
        arguments.max_open_lines
    );
    write_all(STDOUT_FILENO, summarize(report, arguments.input));
    return report.complete() && report.refused == 0 ? exit_status::success : exit_status::incomplete;
}

} // namespace async_llm::command
