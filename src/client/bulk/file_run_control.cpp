// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/bulk/file_run_control.hpp"

#include <utility>

namespace async_llm {
namespace detail {

void file_run_control::drain() {
    std::unique_lock lock(mutex_);
    drains_ = true;
    auto const run = run_.lock();
    lock.unlock();
    if (run) run->request_drain();
}

void file_run_control::stop() {
    std::unique_lock lock(mutex_);
    stops_ = true;
    auto const run = run_.lock();
    lock.unlock();
    if (run) run->request_stop();
}

void file_run_control::attach(std::weak_ptr<controlled_run> run) {
    std::unique_lock lock(mutex_);
    run_ = std::move(run);
    auto const attached = run_.lock();
    bool const drains = drains_;
    bool const stops = stops_;
    lock.unlock();
    if (attached && drains) attached->request_drain();
    if (attached && stops) attached->request_stop();
}

void file_run_control::publish(bulk_file_progress const& figures) {
    std::lock_guard const lock(mutex_);
    figures_ = figures;
}

void file_run_control::begin() {
    std::lock_guard const lock(mutex_);
    begun_ = steady::now();
}

void file_run_control::begin_asking() {
    std::lock_guard const lock(mutex_);
    if (!asking_) asking_ = steady::now();
}

void file_run_control::end() {
    std::lock_guard const lock(mutex_);
    ended_ = steady::now();
}

bulk_file_progress file_run_control::progress() const {
    std::lock_guard const lock(mutex_);
    auto result = figures_;
    auto const now = ended_.value_or(steady::now());
    if (begun_) result.elapsed = now - *begun_;
    if (!asking_) return result;
    result.asking = now - *asking_;
    auto const seconds = std::chrono::duration<double>(result.asking).count();
    if (seconds <= 0) return result;
    result.per_second = static_cast<double>(result.answered + result.failed) / seconds;
    result.tokens_per_second = static_cast<double>(result.input_tokens + result.output_tokens) / seconds;
    return result;
}

} // namespace detail

bulk_file_options::bulk_file_options(asio::any_io_executor files) : file_executor(std::move(files)) {}

bulk_file_control::bulk_file_control() : impl_(std::make_shared<detail::file_run_control>()) {}

void bulk_file_control::drain() const { impl_->drain(); }

void bulk_file_control::stop() const { impl_->stop(); }

bulk_file_progress bulk_file_control::progress() const { return impl_->progress(); }

} // namespace async_llm
