// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// An observer that keeps OpenTelemetry's metrics and prints them as Prometheus scrapes them, of forty calls
// of a mock provider on a loopback port, streams and failures among them. A server would answer GET
// /metrics with this text.
#include <async_llm/async_llm.hpp>
#include <async_llm/telemetry.hpp>
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>
#include <mutex>

namespace asio = boost::asio;
namespace llm = async_llm;

std::string prometheus_name(std::string_view name, std::string_view unit = "") {
    std::string result(name);
    std::replace(result.begin(), result.end(), '.', '_');
    return unit == "s" ? result + "_seconds" : result;
}

std::string label(std::string_view name, std::string_view value) {
    auto result = prometheus_name(name) + "=\"";
    for (char const c : value) result += c == '"' || c == '\\' || c == '\n' ? '?' : c;
    return result + "\",";
}

struct histogram {
    std::map<double, std::uint64_t> buckets; // by their upper bounds
    std::uint64_t count = 0;
    double sum = 0;
};

struct prometheus_exporter : llm::observer {
    void attempt_finished(llm::attempt_finished_event const& event) noexcept override {
        std::lock_guard const lock(mutex);
        ++attempts[label("error.type", llm::telemetry::error_type_of(event.ec))];
    }

    void call_finished(llm::call_finished_event const& event) noexcept override {
        std::lock_guard const lock(mutex);
        for (auto const& [metric, value, attributes] : llm::telemetry::measurements_of(event)) {
            std::string by;
            for (auto const& [name, v] : attributes) {
                auto const* text = std::get_if<std::string>(&v);
                by += label(name, text ? *text : std::to_string(std::get<std::int64_t>(v)));
            }
            auto& h = histograms[prometheus_name(metric.name, metric.unit)][by];
            for (double const le : metric.buckets) h.buckets[le] += value <= le;
            ++h.count;
            h.sum += value;
        }
    }

    void print(std::ostream& out) {
        std::lock_guard const lock(mutex);
        out << std::setprecision(10) << "# TYPE async_llm_attempts_total counter\n";
        for (auto const& [by, n] : attempts) out << "async_llm_attempts_total{" << by << "} " << n << '\n';
        for (auto const& [name, series] : histograms) {
            out << "# TYPE " << name << " histogram\n";
            for (auto const& [by, h] : series) {
                for (auto const& [le, n] : h.buckets)
                    out << name << "_bucket{" << by << "le=\"" << le << "\"} " << n << '\n';
                out << name << "_bucket{" << by << "le=\"+Inf\"} " << h.count << '\n';
                out << name << "_sum{" << by << "} " << h.sum << '\n';
                out << name << "_count{" << by << "} " << h.count << '\n';
            }
        }
    }
    std::mutex mutex; // calls of several threads meet here
    std::map<std::string, std::uint64_t> attempts;
    std::map<std::string, std::map<std::string, histogram>> histograms; // by name and labels
};

asio::awaitable<void> ask(llm::client& client, bool streaming) {
    auto const request = llm::chat_request("gpt-4o").user("Hello");
    if (!streaming) co_return void(co_await client.complete(request));
    auto stream = co_await client.stream(request);
    co_await stream.collect();
}

int main() {
    asio::io_context io(1);
    llm::testing::mock_provider server(io.get_executor());
    for (int const status : {503, 401}) server.enqueue(llm::testing::scripted_reply::error(status, "No"));
    auto const exporter = std::make_shared<prometheus_exporter>();
    llm::client_config config;
    config.observer = exporter;
    llm::client client(io.get_executor(), llm::provider::openai_compatible(server.base_url(), "key"), config);
    int left = 40;
    for (int i = 0; i < 40; ++i) asio::co_spawn(io, ask(client, i % 2), [&](std::exception_ptr) { --left; });
    while (left > 0 && io.run_one() != 0) continue;
    exporter->print(std::cout);
}
