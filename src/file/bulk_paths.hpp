// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_BULK_PATHS_HPP
#define ASYNC_LLM_FILE_BULK_PATHS_HPP

#include <string>
#include <string_view>

namespace async_llm::file {

/// Returns a path with a word in front of its extension: `out.jsonl` and `errors` make `out.errors.jsonl`.
inline std::string with_word(std::string_view path, std::string_view word) {
    auto const name = path.rfind('/') + 1;
    auto const dot = path.rfind('.');
    // A name that begins with a dot has no extension there.
    bool const has_extension = dot != std::string_view::npos && dot > name;
    auto const stem = has_extension ? path.substr(0, dot) : path;
    std::string result(stem);
    result += '.';
    result += word;
    if (has_extension) result += path.substr(dot);
    return result;
}

inline std::string errors_path_of(std::string_view output) { return with_word(output, "errors"); }

inline std::string journal_path_of(std::string_view output) { return std::string(output) + ".journal"; }

} // namespace async_llm::file

#endif
