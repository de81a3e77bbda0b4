// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BULK_SHARD_HPP
#define ASYNC_LLM_BULK_SHARD_HPP

#include <async_llm/detail/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace async_llm {

/// Part of the lines of a file that one process of a job works on: those whose number modulo `count` is
/// `index`.
/** Lines are numbered from 1; line 1 belongs to shard 0. */
struct bulk_shard {
    bulk_shard() = default;
    bulk_shard(std::uint32_t own, std::uint32_t of_all) : index(own), count(of_all) {}

    /// From 0; below `count`. Default 0.
    std::uint32_t index = 0;
    /// Number of shards, at least 1. Default 1: all lines.
    std::uint32_t count = 1;

    /// Returns whether the line with this number, from 1, belongs to it.
    bool has_line(std::uint64_t number) const noexcept { return (number - 1) % count == index; }

    friend bool operator==(bulk_shard const&, bulk_shard const&) = default;
};

/// Reads `i/n`, `auto` or `auto/n`.
/**
 * `auto`: from the variables of a Slurm array (`SLURM_ARRAY_TASK_ID`, `_MIN`, `_STEP`, `_COUNT`), whose tasks
 * may be numbered as they like in equal steps. `auto/n`: of an array with other than `n` tasks (one that
 * repeats some of them) the task's own number, or that of a Kubernetes indexed job (`JOB_COMPLETION_INDEX`),
 * which does not tell how many there are.
 *
 * Throws `boost::system::system_error` with `errc::invalid_request` and a sentence that says why, for text
 * that is none of these, an index that is not below `n`, and for `auto` without such a job around it.
 */
ASYNC_LLM_DECL bulk_shard parse_bulk_shard(std::string_view text);

/// Returns the name of a shard's own file: `out.jsonl` becomes `out.3-of-16.jsonl`. One shard of one: as it
/// is.
ASYNC_LLM_DECL std::string shard_path(std::string_view path, bulk_shard shard);

} // namespace async_llm

#endif
