// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/bulk/file_worker.hpp"

#include "async/try_post.hpp"

#include <chrono>

namespace async_llm::detail {

bool file_worker::start(
    std::shared_ptr<file_job> const& job,
    asio::any_io_executor const& done_on,
    std::function<void()> const& done
) {
    auto const work = [self = shared_from_this(), job, done_on, done] {
        self->work(*job);
        net::try_post(done_on, done);
    };
    return net::try_post(executor_, work);
}

void file_worker::work(file_job& job) noexcept {
    try {
        do_parts(job);
    } catch (...) {
        job.exception = std::current_exception();
    }
    // Before the end is reported, so that the next run finds no lock.
    if (job.closes || (job.opens && job.exception)) files_.release();
    job.counts = files_.counts();
    job.is_blocked = files_.is_blocked();
    try {
        if (job.closes || job.exception) job.refused_lines = files_.refused_lines();
    } catch (...) {
        // The errors file has them.
        job.refused_lines.clear();
    }
}

void file_worker::do_parts(file_job& job) {
    if (job.opens) files_.open();
    if (!job.results.empty()) files_.write(job.results);
    if (job.syncs) files_.sync_if_due(std::chrono::steady_clock::now());
    if (job.most_lines != 0) job.tasks = files_.read(job.most_lines);
    if (job.closes) files_.close(job.in_flight);
}

} // namespace async_llm::detail
