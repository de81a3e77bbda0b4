// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "progress_line.hpp"

#include "format.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace async_llm::command {
namespace {

/// Piece of the line; those of a high rank are left out first.
struct field {
    field(int with_rank, std::string with_text) : rank(with_rank), text(std::move(with_text)) {}

    int rank;
    std::string text;
};

constexpr std::string_view separator = " | ";

std::string counts(run_figures const& figures) {
    auto result = grouped(figures.done);
    if (!figures.total) return result + " lines";
    result += figures.total_is_estimated ? "/~" : "/";
    return result + grouped(*figures.total) + ' ' + percent(figures.done, *figures.total);
}

std::vector<field> fields_of(run_figures const& figures) {
    auto const& progress = figures.progress;
    std::vector<field> result;
    result.emplace_back(0, counts(figures));
    bool const is_draining = progress.stage == bulk_file_stage::draining;
    if (is_draining) result.emplace_back(1, "finishing " + grouped(progress.in_flight) + " in flight");
    result.emplace_back(2, compact(figures.per_second) + "/s");
    if (figures.tokens_per_second > 0)
        result.emplace_back(6, compact(figures.tokens_per_second) + " tokens/s");
    if (progress.cost) result.emplace_back(4, money(*progress.cost));
    if (progress.failed > 0) result.emplace_back(3, grouped(progress.failed) + " failed");
    if (progress.rate_limited > 0) result.emplace_back(5, grouped(progress.rate_limited) + " 429s");
    if (!is_draining) result.emplace_back(7, grouped(progress.in_flight) + " in flight");
    if (figures.seconds_left) result.emplace_back(1, "ETA " + duration_text(*figures.seconds_left));
    return result;
}

std::string join(std::vector<field> const& fields) {
    std::string result;
    for (auto const& each : fields) {
        if (!result.empty()) result += separator;
        result += each.text;
    }
    return result;
}

} // namespace

std::string progress_line(run_figures const& figures, std::size_t columns) {
    auto const stage = figures.progress.stage;
    bool const has_not_begun = stage == bulk_file_stage::waiting || stage == bulk_file_stage::resuming;
    if (has_not_begun) return std::string("reading what earlier runs have written").substr(0, columns);
    auto fields = fields_of(figures);
    auto result = join(fields);
    while (result.size() > columns && fields.size() > 1) {
        auto const by_rank = [](field const& a, field const& b) { return a.rank < b.rank; };
        fields.erase(std::max_element(fields.begin(), fields.end(), by_rank));
        result = join(fields);
    }
    return result.substr(0, columns);
}

} // namespace async_llm::command
