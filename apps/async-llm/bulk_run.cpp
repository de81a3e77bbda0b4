// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "bulk_run.hpp"

#include "endpoint.hpp"
#include "limit_share.hpp"
#include "terminal_text.hpp"
#include <async_llm/shared_limits.hpp>

#include <unistd.h>
#include <utility>

namespace async_llm::command {
namespace {

/// The sentence of an exception; empty for one that has none.
std::string sentence_of(std::exception_ptr const& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (std::exception const& thrown) {
        return thrown.what();
    } catch (...) {
        return std::string();
    }
}

} // namespace

run_input::run_input(std::string const& path)
    : interruption_(std::make_shared<interruption>()),
      source_(std::make_shared<file_source>(path, interruption_)),
      decoded_(std::make_shared<std::atomic<std::uint64_t>>(0)) {
    // The library reads a pipe line by line as they come, which a function that decompresses can't.
    auto const first = source_->peek();
    if (first && *first != first_byte_of_gzip) plain_path_ = path == "-" ? "/dev/stdin" : path;
}

bulk_input run_input::take() {
    if (!plain_path_.empty()) return bulk_input(plain_path_);
    auto read_file = [source = source_](char* into, std::size_t size) { return source->read(into, size); };
    auto const decoder = std::make_shared<input_decoder>(std::move(read_file), source_->name());
    auto read = [decoder, decoded = decoded_](char* into, std::size_t size) {
        auto const count = decoder->read(into, size);
        *decoded += count;
        return count;
    };
    return bulk_input(source_->name(), std::move(read));
}

void run_input::complete(bulk_file_progress& progress) const {
    if (!plain_path_.empty()) return;
    progress.input_size = source_->size();
    progress.input_bytes = position_in_file(progress.input_bytes, *decoded_, source_->position());
}

bulk_run::bulk_run(
    bulk_arguments const& arguments,
    provider const& server,
    job_limits const& limits,
    bulk_shard shard,
    std::string output
)
    : arguments_(arguments),
      limits_(limits),
      shard_(shard),
      display_(arguments, shard),
      meter_(begin_),
      recorder_(arguments.report.empty() ? nullptr : std::make_shared<run_recorder>(begin_)),
      input_(arguments.input),
      io_(1),
      files_(1),
      client_(make_client(server)),
      grace_(io_),
      signals_(io_, [this](int count) { on_signal(count); }) {
    result_.input = arguments.input == "-" ? "standard input" : arguments.input;
    result_.output = std::move(output);
    result_.was_dry = arguments.dry_run;
}

client bulk_run::make_client(provider const& server) {
    auto config = configure_client(arguments_);
    set_limits(config, limits_, arguments_.max_in_flight);
    if (!limits_.limits_file.empty()) config.shared_limits = make_shared_limits();
    config.observer = recorder_;
    return client(io_.get_executor(), server, std::move(config));
}

std::shared_ptr<shared_limits> bulk_run::make_shared_limits() {
    file_rate_limits_options options(limits_.limits_file, limits_thread_.emplace(1).get_executor());
    options.requests_per_minute = limits_.requests_per_minute;
    options.tokens_per_minute = limits_.tokens_per_minute;
    options.burst = limits_burst;
    return std::make_shared<file_rate_limits>(std::move(options));
}

bulk_file_options bulk_run::make_options() {
    bulk_file_options options(files_.get_executor());
    options.max_in_flight = arguments_.max_in_flight;
    options.model = arguments_.model;
    options.shard = shard_;
    options.retry_failed = arguments_.retry_failed;
    options.dedup = arguments_.dedup;
    options.ordered = arguments_.ordered;
    options.dry_run = arguments_.dry_run;
    if (limits_.has_caps() && !arguments_.dry_run)
        options.spending = make_caps(limits_, spent_before(result_.output, limits_));
    options.control = control_;
    if (display_.is_on()) {
        options.on_progress = [this](bulk_file_progress const& progress) { on_progress(progress); };
        options.progress_interval = display_.interval();
    }
    return options;
}

run_result bulk_run::run() {
    async_bulk_file(
        client_,
        input_.take(),
        result_.output,
        make_options(),
        [this](error_code ec, bulk_file_report report) { on_end(ec, std::move(report)); }
    );
    io_.run();
    display_.clear();
    return std::move(result_);
}

void bulk_run::on_signal(int count) {
    result_.was_interrupted = true;
    if (count > 1) {
        say("ending now");
        return control_.stop();
    }
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(arguments_.grace).count();
    say("finishing the calls in flight, for up to " + std::to_string(seconds) + " s; another signal ends them"
    );
    control_.drain();
    input_.interrupt();
    grace_.expires_after(arguments_.grace);
    grace_.async_wait([this](error_code ec) {
        if (!ec) control_.stop();
    });
}

void bulk_run::on_progress(bulk_file_progress progress) {
    input_.complete(progress);
    display_.show(meter_.take(progress, clock::now()));
}

void bulk_run::on_end(error_code ec, bulk_file_report report) {
    signals_.stop();
    grace_.cancel();
    result_.ec = ec;
    result_.report = std::move(report);
    result_.elapsed = std::chrono::duration<double>(clock::now() - begin_).count();
    if (input_.was_cut_off()) forget_cut_input();
    if (result_.report.exception) result_.report.detail = sentence_of(result_.report.exception);
    if (recorder_) result_.history = std::shared_ptr<run_history const>(recorder_, &recorder_->history());
}

/// Takes the end of an input that a signal has cut off for what it is: neither its end nor damage.
void bulk_run::forget_cut_input() {
    auto& report = result_.report;
    bool const seems_complete = !result_.ec && report.end == bulk_file_end::complete;
    if (!seems_complete && !report.exception) return;
    result_.ec = error_code();
    report.exception = nullptr;
    report.detail.clear();
    report.end = bulk_file_end::drained;
}

void bulk_run::say(std::string const& sentence) {
    if (arguments_.quiet) return;
    display_.clear();
    write_all(STDERR_FILENO, "async-llm: " + sentence + '\n');
}

} // namespace async_llm::command
