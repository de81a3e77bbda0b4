// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_ANSWER_SCAN_HPP
#define ASYNC_LLM_FILE_ANSWER_SCAN_HPP

#include "codec/batch/answer_line.hpp"
#include "codec/batch/line_splitter.hpp"
#include "file/line_hasher.hpp"
#include "file/line_result.hpp"
#include "policy/bulk/line_table.hpp"

#include <string_view>

namespace async_llm::file {

/// Reader of what earlier runs have written, line by line, into a table.
class answer_scan {
public:
    answer_scan(policy::line_table& table, file_counts& counts) : table_(table), counts_(counts) {}

    /// Takes a line of an output or an errors file. False: it is none.
    bool take(codec::text_line const& line);

    /// The last line that was one, and its key.
    codec::answer_line const& last() const noexcept { return last_; }
    codec::line_key const& last_key() const noexcept { return last_key_; }
    /// Consequence of the last line.
    policy::line_table::effect last_effect() const noexcept { return last_effect_; }

private:
    policy::line_table& table_;
    file_counts& counts_;
    line_hasher hasher_;
    codec::answer_line last_;
    codec::line_key last_key_{};
    policy::line_table::effect last_effect_ = policy::line_table::effect::added;
};

} // namespace async_llm::file

#endif
