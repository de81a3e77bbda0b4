// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/bulk_file.hpp>

#include <utility>

namespace async_llm {
namespace {

std::string story(error_code ec, bulk_file_report const& report) {
    auto line = ec.message();
    if (!report.detail.empty()) line += ": " + report.detail;
    auto const& p = report.progress;
    line += " (" + std::to_string(p.answered) + " answered, " + std::to_string(p.failed) + " failed";
    if (p.answered_before) line += ", " + std::to_string(p.answered_before) + " answered before";
    if (p.refused) line += ", " + std::to_string(p.refused) + " refused";
    if (p.cancelled) line += ", " + std::to_string(p.cancelled) + " cancelled";
    return line + ", of " + std::to_string(p.lines) + " lines read)";
}

} // namespace

std::string_view to_string(bulk_file_stage value) noexcept {
    switch (value) {
    case bulk_file_stage::waiting: return "waiting";
    case bulk_file_stage::resuming: return "resuming";
    case bulk_file_stage::running: return "running";
    case bulk_file_stage::draining: return "draining";
    case bulk_file_stage::ended: break;
    }
    return "ended";
}

std::string_view to_string(bulk_file_end value) noexcept {
    switch (value) {
    case bulk_file_end::complete: return "complete";
    case bulk_file_end::drained: return "drained";
    case bulk_file_end::spending_limit: return "spending_limit";
    case bulk_file_end::error: break;
    }
    return "error";
}

bulk_input::bulk_input(std::string file) : name(std::move(file)) {}
bulk_input::bulk_input(char const* file) : name(file) {}
bulk_input::bulk_input(std::string title, std::function<std::size_t(char*, std::size_t)> function)
    : name(std::move(title)), read(std::move(function)) {}

bulk_file_options::bulk_file_options(bulk_file_options const&) = default;
bulk_file_options::bulk_file_options(bulk_file_options&&) noexcept = default;
bulk_file_options& bulk_file_options::operator=(bulk_file_options const&) = default;
bulk_file_options& bulk_file_options::operator=(bulk_file_options&&) noexcept = default;
bulk_file_options::~bulk_file_options() = default;

bulk_file_report::bulk_file_report() = default;
bulk_file_report::bulk_file_report(bulk_file_report const&) = default;
bulk_file_report::bulk_file_report(bulk_file_report&&) noexcept = default;
bulk_file_report& bulk_file_report::operator=(bulk_file_report const&) = default;
bulk_file_report& bulk_file_report::operator=(bulk_file_report&&) noexcept = default;
bulk_file_report::~bulk_file_report() = default;

bulk_file_error::bulk_file_error(error_code ec, bulk_file_report report)
    : boost::system::system_error(ec),
      what_(std::make_shared<std::string const>(story(ec, report))),
      report_(std::make_shared<bulk_file_report const>(std::move(report))) {}

bulk_file_error::~bulk_file_error() = default;

char const* bulk_file_error::what() const noexcept { return what_->c_str(); }

std::exception_ptr to_exception(error_code ec, bulk_file_report&& report) noexcept {
    if (report.exception) return report.exception;
    try {
        return std::make_exception_ptr(bulk_file_error(ec, std::move(report)));
    } catch (...) {
        return std::current_exception();
    }
}

} // namespace async_llm
