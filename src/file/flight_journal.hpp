// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_FLIGHT_JOURNAL_HPP
#define ASYNC_LLM_FILE_FLIGHT_JOURNAL_HPP

#include "codec/batch/line_key.hpp"
#include "file/append_file.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace async_llm::file {

/// Journal of the lines that are handed out to be asked, so that a later run can tell which may have been.
/** Nothing else hangs on it: it is not synced, and may be lost. */
class flight_journal {
public:
    flight_journal() = default;

    /// Opens the file, or makes it, and reads what an earlier run has left.
    void open(std::string const& path);

    /// Lines that an earlier run had handed out when it ended.
    std::set<codec::line_key> const& earlier() const noexcept { return earlier_; }

    /// Notes lines that are about to be handed out.
    void add(std::vector<codec::line_key> const& keys);

    /// Notes that a line has its answer in the output.
    void remove(codec::line_key const& key) {
        open_.erase(key);
        earlier_.erase(key);
    }

    /// Writes it anew with these lines, and those of earlier runs that are not removed, if they are to be
    /// kept. Without any, there is no file.
    void finish(std::set<codec::line_key> const& in_flight, bool keeps_earlier);

private:
    void rewrite();

    append_file file_;
    std::set<codec::line_key> earlier_;
    std::set<codec::line_key> open_;
};

} // namespace async_llm::file

#endif
