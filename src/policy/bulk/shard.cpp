// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/bulk/shard.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

namespace async_llm::policy {
namespace {

std::optional<std::uint32_t> read_number(std::string_view text) noexcept {
    std::uint32_t value = 0;
    auto const* const begin = text.data();
    auto const* const end = begin + text.size();
    auto const [stop, ec] = std::from_chars(begin, end, value);
    if (text.empty() || ec != std::errc() || stop != end) return std::nullopt;
    return value;
}

std::string set_shard(std::uint32_t index, std::uint32_t count, bulk_shard& out) {
    if (count == 0) return "shard: there are none";
    if (index >= count)
        return "shard: " + std::to_string(index) + " is not below " + std::to_string(count) +
            ", they begin with 0";
    out = bulk_shard(index, count);
    return std::string();
}

/// Variables of a task of a Slurm array.
struct slurm_task {
    explicit slurm_task(codec::environment const& lookup)
        : id(read_number(codec::variable(lookup, "SLURM_ARRAY_TASK_ID"))),
          min(read_number(codec::variable(lookup, "SLURM_ARRAY_TASK_MIN"))),
          step(read_number(codec::variable(lookup, "SLURM_ARRAY_TASK_STEP"))),
          count(read_number(codec::variable(lookup, "SLURM_ARRAY_TASK_COUNT"))) {}

    /// Position of the task among all; unset: they are not numbered in equal steps.
    std::optional<std::uint32_t> position() const noexcept {
        auto const width = step.value_or(1);
        if (!min || *id < *min || width == 0 || (*id - *min) % width != 0) return std::nullopt;
        auto const place = (*id - *min) / width;
        if (place >= *count) return std::nullopt;
        return place;
    }

    std::optional<std::uint32_t> id;
    std::optional<std::uint32_t> min;
    std::optional<std::uint32_t> step;
    std::optional<std::uint32_t> count;
};

std::string choose_slurm(slurm_task const& task, std::optional<std::uint32_t> count, bulk_shard& out) {
    // Some tasks of an array, submitted again, keep their numbers.
    if (count && task.count != count) return set_shard(*task.id, *count, out);
    if (!task.count) return "shard: SLURM_ARRAY_TASK_COUNT is not set; say how many there are, as auto/16";
    auto const position = task.position();
    if (!position) return "shard: the tasks of the array are not numbered in equal steps; say i/n";
    return set_shard(*position, *task.count, out);
}

std::string
choose_automatically(std::optional<std::uint32_t> count, codec::environment const& lookup, bulk_shard& out) {
    slurm_task const task(lookup);
    if (task.id) return choose_slurm(task, count, out);
    auto const index = read_number(codec::variable(lookup, "JOB_COMPLETION_INDEX"));
    if (!index) return "shard: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set";
    if (!count) return "shard: JOB_COMPLETION_INDEX does not tell how many there are; say so, as auto/16";
    return set_shard(*index, *count, out);
}

} // namespace

std::string choose_shard(std::string_view text, codec::environment const& lookup, bulk_shard& out) {
    auto const slash = text.find('/');
    auto const first = text.substr(0, slash);
    std::optional<std::uint32_t> count;
    if (slash != std::string_view::npos) {
        count = read_number(text.substr(slash + 1));
        if (!count) return "shard: what follows the slash is no number";
    }
    if (first == "auto") return choose_automatically(count, lookup, out);
    auto const index = read_number(first);
    if (!index || !count) return "shard: is neither i/n nor auto nor auto/n";
    return set_shard(*index, *count, out);
}

} // namespace async_llm::policy
