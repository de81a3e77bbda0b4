// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "heartbeat.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cmath>

namespace async_llm::command {
namespace {

std::string utc(std::time_t time) {
    std::tm parts{};
    std::array<char, 32> text{};
    if (!gmtime_r(&time, &parts)) return std::string();
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

// JSON knows neither infinity nor more digits than these figures have.
double rounded(double number, double parts = 1000) {
    return std::isfinite(number) ? std::round(number * parts) / parts : 0.0;
}

template <class T>
boost::json::value or_null(std::optional<T> const& number) {
    return number ? boost::json::value(*number) : boost::json::value();
}

} // namespace

std::string heartbeat(run_figures const& figures, bulk_shard shard, std::time_t now) {
    auto const& progress = figures.progress;
    boost::json::object result;
    result["time"] = utc(now);
    result["stage"] = boost::json::string_view(to_string(progress.stage));
    result["shard"] = std::to_string(shard.index) + '/' + std::to_string(shard.count);
    result["done"] = figures.done;
    result["total"] = or_null(figures.total);
    result["total_is_estimated"] = figures.total_is_estimated;
    result["answered"] = progress.answered;
    result["answered_before"] = progress.answered_before;
    result["failed"] = progress.failed;
    result["failed_before"] = progress.failed_before;
    result["refused"] = progress.refused;
    result["cancelled"] = progress.cancelled;
    result["in_flight"] = progress.in_flight;
    result["waiting"] = progress.waiting;
    result["input_tokens"] = progress.input_tokens;
    result["output_tokens"] = progress.output_tokens;
    result["cost"] = progress.cost ? boost::json::value(rounded(*progress.cost, 1e9)) : boost::json::value();
    result["rate_limited"] = progress.rate_limited;
    result["retries"] = progress.retries;
    result["per_second"] = rounded(figures.per_second);
    result["tokens_per_second"] = rounded(figures.tokens_per_second);
    result["elapsed_s"] = rounded(figures.elapsed);
    result["eta_s"] =
        figures.seconds_left ? boost::json::value(rounded(*figures.seconds_left)) : boost::json::value();
    return boost::json::serialize(result);
}

} // namespace async_llm::command
