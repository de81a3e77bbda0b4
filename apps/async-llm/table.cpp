// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "table.hpp"

#include <algorithm>
#include <cstddef>

namespace async_llm::command {

std::string table::to_text() const {
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (auto const& row : rows_) {
        name_width = std::max(name_width, row.name.size());
        value_width = std::max(value_width, row.value.size());
    }
    std::string result;
    for (auto const& row : rows_) {
        result += "  " + row.name + std::string(name_width - row.name.size() + 2, ' ');
        result += std::string(value_width - row.value.size(), ' ') + row.value;
        if (!row.note.empty()) result += "   " + row.note;
        result += '\n';
    }
    return result;
}

} // namespace async_llm::command
