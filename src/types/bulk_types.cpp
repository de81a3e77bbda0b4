// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/bulk.hpp>

#include <utility>

namespace async_llm {
namespace detail {
namespace {

/// Requests that are the run's own: each is moved out.
class vector_feed final : public request_feed {
public:
    explicit vector_feed(std::vector<chat_request> requests) : requests_(std::move(requests)) {}

    std::optional<chat_request> pull() override {
        if (place_ == requests_.size()) return std::nullopt;
        return std::optional<chat_request>(std::move(requests_[place_++]));
    }

    std::optional<std::size_t> size() override { return requests_.size(); }

private:
    std::vector<chat_request> requests_;
    std::size_t place_ = 0;
};

std::string story(error_code ec, bulk_report const& report) {
    auto line = ec.message();
    if (!report.detail.empty()) line += ": " + report.detail;
    auto const& p = report.progress;
    line += " (" + std::to_string(p.completed) + " completed, " + std::to_string(p.failed) + " failed, ";
    line += std::to_string(p.cancelled) + " cancelled";
    if (p.total) line += ", of " + std::to_string(*p.total);
    return line + ")";
}

} // namespace

request_feed::~request_feed() = default;
async_request_feed::~async_request_feed() = default;

} // namespace detail

bulk_options::bulk_options() = default;
bulk_options::bulk_options(bulk_options const&) = default;
bulk_options::bulk_options(bulk_options&&) noexcept = default;
bulk_options& bulk_options::operator=(bulk_options const&) = default;
bulk_options& bulk_options::operator=(bulk_options&&) noexcept = default;
bulk_options::~bulk_options() = default;

bulk_source::bulk_source(std::vector<chat_request> requests)
    : feed_(std::make_unique<detail::vector_feed>(std::move(requests))) {}
bulk_source::bulk_source(bulk_source&&) noexcept = default;
bulk_source& bulk_source::operator=(bulk_source&&) noexcept = default;
bulk_source::~bulk_source() = default;

bulk_result::bulk_result() = default;
bulk_result::bulk_result(std::size_t number, error_code code, chat_response reply)
    : index(number), ec(code), response(std::move(reply)) {}
bulk_result::bulk_result(bulk_result const&) = default;
bulk_result::bulk_result(bulk_result&&) noexcept = default;
bulk_result& bulk_result::operator=(bulk_result const&) = default;
bulk_result& bulk_result::operator=(bulk_result&&) noexcept = default;
bulk_result::~bulk_result() = default;

bulk_report::bulk_report() = default;
bulk_report::bulk_report(bulk_report const&) = default;
bulk_report::bulk_report(bulk_report&&) noexcept = default;
bulk_report& bulk_report::operator=(bulk_report const&) = default;
bulk_report& bulk_report::operator=(bulk_report&&) noexcept = default;
bulk_report::~bulk_report() = default;

bulk_error::bulk_error(error_code ec, bulk_report report)
    : boost::system::system_error(ec),
      what_(std::make_shared<std::string const>(detail::story(ec, report))),
      report_(std::make_shared<bulk_report const>(std::move(report))) {}

bulk_error::~bulk_error() = default;

char const* bulk_error::what() const noexcept { return what_->c_str(); }

std::exception_ptr to_exception(error_code ec, bulk_report&& report) noexcept {
    if (report.exception) return report.exception;
    try {
        return std::make_exception_ptr(bulk_error(ec, std::move(report)));
    } catch (...) {
        return std::current_exception();
    }
}

} // namespace async_llm
