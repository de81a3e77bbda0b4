// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "bulk_run.hpp"
#include "commands.hpp"
#include "endpoint.hpp"
#include "limit_share.hpp"
#include "replaced_file.hpp"
#include "report_page.hpp"
#include "terminal_text.hpp"
#include <async_llm/bulk_merge.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <sys/resource.h>
#include <unistd.h>

namespace async_llm::command {
namespace {

bulk_shard choose_shard(std::string const& text) {
    if (text.empty()) return bulk_shard();
    try {
        return parse_bulk_shard(text);
    } catch (boost::system::system_error const& error) {
        throw command_failure(exit_status::misuse, std::string("--shard: ") + error.what());
    }
}

provider choose_server(bulk_arguments const& arguments, environment const& lookup) {
    std::string problem;
    if (auto const chosen = choose_provider(arguments, lookup, problem)) return *chosen;
    // A dry run needs a client, but asks nothing.
    if (arguments.dry_run) return provider::openai_compatible("http://localhost");
    throw command_failure(exit_status::misuse, problem);
}

/// A connection needs a descriptor, and many systems allow 1024 unless more are asked for.
void allow_descriptors(std::size_t calls) {
    constexpr rlim_t others = 128;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    auto const wanted = std::min<rlim_t>(static_cast<rlim_t>(calls) + others, limit.rlim_max);
    if (wanted <= limit.rlim_cur) return;
    limit.rlim_cur = wanted;
    // Without them, connects fail and say so.
    setrlimit(RLIMIT_NOFILE, &limit);
}

exit_status status_of_result(run_result const& result) {
    if (result.report.exception) {
        try {
            std::rethrow_exception(result.report.exception);
        } catch (bad_input const&) {
            return exit_status::bad_data;
        } catch (...) {
        }
    }
    return status_of(result.ec, result.report);
}

void write_page(std::string const& path, run_result const& result) {
    replaced_file page(path);
    page.write(report_page(result, std::time(nullptr)));
    page.commit();
}

} // namespace

exit_status run_bulk(bulk_arguments const& arguments, environment const& lookup) {
    auto const shard = choose_shard(arguments.shard);
    job_limits limits;
    if (auto const problem = share_limits(arguments.limits, shard, limits); !problem.empty())
        throw command_failure(exit_status::misuse, problem);
    auto const server = choose_server(arguments, lookup);
    require_input(arguments.input);
    allow_descriptors(arguments.max_in_flight);
    // A display that is not read any more must not end the run.
    std::signal(SIGPIPE, SIG_IGN);

    bulk_run run(arguments, server, limits, shard, shard_path(arguments.output, shard));
    auto const result = run.run();
    auto const status = status_of_result(result);
    bool const is_wrong = status != exit_status::success && status != exit_status::incomplete;
    if (!arguments.quiet)
        write_all(STDERR_FILENO, summarize(result));
    else if (is_wrong)
        write_all(STDERR_FILENO, "async-llm: " + terminal_line(describe_end(result), 1000) + '\n');
    if (!arguments.report.empty()) write_page(arguments.report, result);
    return status;
}

} // namespace async_llm::command
