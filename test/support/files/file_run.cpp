// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/files/file_run.hpp"

#include <algorithm>
#include <stdexcept>

namespace async_llm::test {

bulk_file_options file_options() {
    bulk_file_options options{asio::any_io_executor()};
    options.max_in_flight = 4;
    return options;
}

std::string request_text(std::string const& custom_id, std::string const& body) {
    return R"({"custom_id":")" + custom_id + R"(","method":"POST","url":"/v1/chat/completions","body":)" +
        body + "}\n";
}

file_run::file_run(std::string const& input, std::string const& output, bulk_file_options const& options)
    : files_(input, output, options) {}

void file_run::run(responder const& respond, std::size_t at_a_time, bool backwards) {
    files_.open();
    while (!files_.at_end()) {
        auto tasks = files_.read(at_a_time);
        if (tasks.empty() && !files_.at_end() && files_.is_blocked()) throw std::logic_error("nothing moves");
        if (backwards) std::reverse(tasks.begin(), tasks.end());
        std::vector<file::line_result> results;
        for (auto const& task : tasks) {
            asked_.push_back(task.custom_id);
            results.push_back(respond(task));
        }
        files_.write(results);
    }
    files_.close(std::set<codec::line_key>());
}

file::line_result echo_of(file::line_task const& task) {
    file::line_result result;
    result.line = task;
    result.content = task.content;
    result.status = 200;
    result.body = R"({"echo":)" + task.body + "}";
    result.attempts = 1;
    return result;
}

file::line_result failure_of(file::line_task const& task, int status, bool is_final) {
    auto result = echo_of(task);
    result.status = status;
    result.body = "no";
    result.error_code = "http_" + std::to_string(status);
    result.error_message = "no";
    result.is_final = is_final;
    return result;
}

} // namespace async_llm::test
