// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_BULK_LINE_FAILURE_HPP
#define ASYNC_LLM_POLICY_BULK_LINE_FAILURE_HPP

#include <async_llm/detail/config.hpp>

namespace async_llm::policy {

/// Consequence of a failed call for a run over a file.
enum class line_failure {
    /// The next run asks again.
    transient,
    /// The request itself is refused: asked again only if the user wants that.
    for_good,
    /// No call can succeed: the run ends, and the line stays open.
    ends_run,
};

/// Returns the consequence of an error of \ref client::async_post.
line_failure classify_line_failure(error_code const& ec) noexcept;

/// Returns whether a status in an errors file of another program says that it is of no use to ask again.
bool fails_for_good(int status) noexcept;

} // namespace async_llm::policy

#endif
