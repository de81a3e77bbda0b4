// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// An observer that writes a line of JSON for each attempt that failed and for each call, with OpenTelemetry's
// names, of a few calls of a mock provider on a loopback port. Neither content nor credentials are in it.
#include <async_llm/async_llm.hpp>
#include <async_llm/telemetry.hpp>
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include <iostream>
#include <mutex>

namespace asio = boost::asio;
namespace json = boost::json;
namespace llm = async_llm;
namespace telemetry = async_llm::telemetry;

class json_log : public llm::observer {
public:
    explicit json_log(std::ostream& out) : out_(out) {}

    void call_started(llm::call_started_event const& event) noexcept override {
        write("call_started", event, telemetry::attributes_of(event));
    }

    void attempt_finished(llm::attempt_finished_event const& event) noexcept override {
        if (!event.ec) return;
        std::vector<telemetry::attribute> attributes;
        attributes.emplace_back(telemetry::error_type, telemetry::error_type_of(event.ec));
        attributes.emplace_back("retried", event.retried);
        attributes.emplace_back("wait", std::chrono::duration<double>(event.wait).count());
        write("attempt_failed", event, attributes);
    }

    void call_finished(llm::call_finished_event const& event) noexcept override {
        auto attributes = telemetry::attributes_of(event);
        for (auto const& each : telemetry::measurements_of(event)) {
            if (each.metric.name == telemetry::client_operation_duration.name)
                attributes.emplace_back(each.metric.name, each.value);
        }
        write("call_finished", event, attributes);
    }

private:
    void write(
        char const* name,
        llm::call_event const& event,
        std::vector<telemetry::attribute> const& attributes
    ) noexcept {
        auto const since_1970 = std::chrono::system_clock::now().time_since_epoch();
        json::object line{{"timestamp", std::chrono::duration<double>(since_1970).count()}};
        line["event"] = name;
        line["call"] = event.call;
        for (auto const& [key, value] : attributes) {
            auto& member = line[json::string_view(key.data(), key.size())];
            std::visit([&member](auto const& v) { member = json::value_from(v); }, value);
        }
        std::lock_guard const lock(mutex_); // calls of several threads meet here
        out_ << json::serialize(line) << std::endl;
    }

    std::ostream& out_;
    std::mutex mutex_;
};

asio::awaitable<void> talk(llm::client& client) {
    auto request = llm::chat_request("gpt-4o-mini").user("Hello");
    request.temperature = 0.2;
    request.stop = {"END"};
    co_await client.complete(request);
    auto stream = co_await client.stream(request);
    while (auto const chunk = co_await stream.next()) continue;
    co_await client.complete(llm::chat_request("gpt-4o-mini")); // has no message, and is refused
}

int main() {
    asio::io_context io(1);
    llm::testing::mock_provider mock(io.get_executor());
    mock.enqueue(llm::testing::scripted_reply::error(503, "Busy"));
    llm::client_config config;
    config.observer = std::make_shared<json_log>(std::cout);
    config.retry.initial_backoff = std::chrono::milliseconds(1);
    llm::client client(io.get_executor(), llm::provider::openai_compatible(mock.base_url(), "key"), config);
    bool done = false;
    asio::co_spawn(io, talk(client), [&done](std::exception_ptr) { done = true; });
    while (!done && io.run_one() != 0) continue;
}
