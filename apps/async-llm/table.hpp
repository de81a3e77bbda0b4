// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_TABLE_HPP
#define ASYNC_LLM_COMMAND_TABLE_HPP

#include <string>
#include <utility>
#include <vector>

namespace async_llm::command {

/// Row of a \ref table: a name, its value, and a remark.
struct table_row {
    table_row(std::string row_name, std::string row_value, std::string row_note)
        : name(std::move(row_name)), value(std::move(row_value)), note(std::move(row_note)) {}

    std::string name;
    std::string value;
    std::string note;
};

/// Table of figures, for the end of a run and for its page.
class table {
public:
    void add(std::string name, std::string value, std::string note = std::string()) {
        rows_.emplace_back(std::move(name), std::move(value), std::move(note));
    }

    std::vector<table_row> const& rows() const noexcept { return rows_; }

    /// Lines of text, names to the left and values to the right.
    std::string to_text() const;

private:
    std::vector<table_row> rows_;
};

} // namespace async_llm::command

#endif
