// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FILES_TEMPORARY_FOLDER_HPP
#define ASYNC_LLM_TEST_SUPPORT_FILES_TEMPORARY_FOLDER_HPP

#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test {

/// Folder of a test, removed with all that is in it.
class temporary_folder {
public:
    temporary_folder();
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;
    ~temporary_folder();

    std::string const& path() const noexcept { return path_; }

    /// Path of a file in it.
    std::string file(std::string_view name) const { return path_ + '/' + std::string(name); }

private:
    std::string path_;
};

/// Makes a file with this text.
void write_file(std::string const& path, std::string_view text);

/// The text of a file; empty if there is none.
std::string read_file(std::string const& path);

/// The lines of a file, without their line feeds. A last line without one is among them.
std::vector<std::string> lines_of(std::string const& path);

/// The ids of the lines of an output, in their order.
std::vector<std::string> ids_of(std::string const& path);

} // namespace async_llm::test

#endif
