// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// A load driver over the public API, to be aimed at any server: load --help. Ends with 1 if a completion
// failed.

#include "load_run.hpp"
#include "options.hpp"
#include "support/faults/open_files.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <exception>
#include <iomanip>
#include <iostream>
#include <stdexcept>

namespace {

namespace json = boost::json;

double per(double sum, std::uint64_t count) { return count ? sum / static_cast<double>(count) : 0; }

json::object percentiles(load::histogram const& of) {
    json::object result;
    result["p50"] = of.milliseconds_at(0.5);
    result["p90"] = of.milliseconds_at(0.9);
    result["p99"] = of.milliseconds_at(0.99);
    result["p99.9"] = of.milliseconds_at(0.999);
    return result;
}

json::object report(load::options const& o, load::tally const& t, async_llm::client_stats const& stats) {
    json::object result;
    auto const cpu = t.used.user_seconds + t.used.system_seconds;
    result["completed"] = t.completed.load();
    result["failed"] = t.failed.load();
    result["seconds"] = t.used.seconds;
    result["completions_per_second"] =
        t.used.seconds > 0 ? static_cast<double>(t.completed) / t.used.seconds : 0.0;
    result["latency_ms"] = percentiles(t.latency);
    result["cpu_us_per_completion"] = 1e6 * per(cpu, t.completed);
    result["user_us_per_completion"] = 1e6 * per(t.used.user_seconds, t.completed);
    result["system_us_per_completion"] = 1e6 * per(t.used.system_seconds, t.completed);
    result["text_bytes"] = t.text_bytes.load();
    if (o.stream) {
        result["chunks"] = t.chunks.load();
        result["cpu_us_per_chunk"] = 1e6 * per(cpu, t.chunks);
        result["first_content_ms"] = percentiles(t.first_content);
    }
    auto const peak = load::peak_resident_bytes();
    result["peak_rss_bytes"] = peak;
    result["peak_rss_kib_per_call"] = per(static_cast<double>(peak) / 1024, o.concurrency);
    result["connections"] = stats.connections_opened;
    result["full_handshakes"] = stats.tls_full_handshakes;
    result["resumed_handshakes"] = stats.tls_resumed_handshakes;
    return result;
}

void print(json::object const& results) {
    std::cout << std::fixed << std::setprecision(2);
    for (auto const& [name, value] : results) {
        std::cout << std::left << std::setw(26) << std::string(name) << std::right;
        if (auto const* const spread = value.if_object()) {
            for (auto const& [share, at] : *spread)
                std::cout << std::string(share) << ' ' << at.as_double() << "  ";
        } else if (value.is_double()) {
            std::cout << value.as_double();
        } else {
            std::cout << value;
        }
        std::cout << '\n';
    }
}

int run(load::options const& o) {
    if (!async_llm::test::allow_open_files(o.concurrency + 50))
        throw std::runtime_error("the hard limit of open files is too low for so many connections");
    load::load_run r(o);
    load::tally warming;
    if (o.warmup != 0) r.make(o.warmup, warming);
    load::tally counted;
    r.make(o.requests, counted);
    auto const results = report(o, counted, r.stats());
    if (o.json)
        std::cout << json::serialize(results) << '\n';
    else
        print(results);
    if (!r.first_failure().empty()) std::cerr << "the first failure: " << r.first_failure() << '\n';
    return warming.failed + counted.failed == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) try {
    int status = 0;
    auto const o = load::read_options(argc, argv, status);
    return o ? run(*o) : status;
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 2;
}
