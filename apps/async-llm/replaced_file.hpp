// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_REPLACED_FILE_HPP
#define ASYNC_LLM_COMMAND_REPLACED_FILE_HPP

#include "file_source.hpp"

#include <string>
#include <string_view>

namespace async_llm::command {

/// File that is written beside itself and takes its place when it is whole.
/** Every function throws `boost::system::system_error` with the path. */
class replaced_file {
public:
    explicit replaced_file(std::string path);
    replaced_file(replaced_file const&) = delete;
    replaced_file& operator=(replaced_file const&) = delete;
    /// Removes it, if it has not been committed.
    ~replaced_file();

    void write(std::string_view bytes);

    /// Syncs it and gives it its name.
    void commit();

private:
    std::string path_;
    std::string beside_;
    descriptor file_;
    bool is_committed_ = false;
};

/// Writes a compressed copy of a file, which takes the place of `to` when it is whole.
void compress_file(std::string const& from, std::string const& to);

/// Writes a copy of a file, decompressed if it is compressed, likewise.
void decompress_file(std::string const& from, std::string const& to);

} // namespace async_llm::command

#endif
