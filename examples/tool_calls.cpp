// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// A model that uses two tools at the same time to answer a question. Asks a real provider if
// OPENROUTER_API_KEY, AIMLAPI_API_KEY or OPENAI_API_KEY is set, or else a mock provider that plays a
// scripted conversation.
#include <async_llm/async_llm.hpp>
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include <iostream>

namespace asio = boost::asio;
namespace json = boost::json;
namespace llm = async_llm;

// A tool is a coroutine from arguments to text. It may wait for whatever it likes on the executor of its
// caller.
asio::awaitable<std::string> get_weather(llm::tool_invocation invocation) {
    auto const city = std::string(invocation.arguments.at("city").as_string());
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(50));
    co_await timer.async_wait(asio::use_awaitable);
    co_return city == "Oslo" ? "-4 degrees, snow" : "19 degrees, sunny";
}

// What a tool throws, `at` for a missing argument for instance, is what the model gets to read.
asio::awaitable<std::string> convert(llm::tool_invocation invocation) {
    auto const celsius = invocation.arguments.at("celsius").to_number<double>();
    co_return std::to_string(celsius * 9 / 5 + 32) + " Fahrenheit";
}

llm::toolbox make_tools() {
    auto const city = R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})";
    auto const celsius =
        R"({"type":"object","properties":{"celsius":{"type":"number"}},"required":["celsius"]})";
    llm::toolbox tools;
    tools.add("get_weather", "Today's weather in a city", json::parse(city).as_object(), &get_weather);
    tools.add("convert", "Converts Celsius to Fahrenheit", json::parse(celsius).as_object(), &convert);
    return tools;
}

void show(llm::run_step const& step) {
    if (step.what == llm::run_step::kind::tool_started)
        std::cout << "  -> " << step.call->name << ' ' << step.call->arguments << std::endl;
    if (step.what == llm::run_step::kind::tool_finished && step.result)
        std::cout << "  <- " << step.call->name << ": " << *step.result << std::endl;
}

asio::awaitable<void> ask(llm::client& client, std::string model) {
    std::string const question =
        "Is it warmer in Lisbon or in Oslo today, and what are 19 degrees in Fahrenheit?";
    std::cout << question << std::endl;
    llm::run_tools_options options;
    options.observer = &show;
    auto request = llm::chat_request(std::move(model)).user(question);
    auto const run = co_await llm::run_tools(client, std::move(request), make_tools(), std::move(options));
    std::cout << run.text() << "\n(" << run.turns << " turns, " << run.total_usage.total_tokens
              << " tokens)\n";
}

// The model's turn that asks for three calls in one turn.
llm::testing::scripted_reply scripted_calls() {
    return llm::testing::scripted_reply(200, R"({"id":"1","object":"chat.completion","created":1,"model":"m",
        "choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","tool_calls":[
            {"id":"a","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Lisbon\"}"}},
            {"id":"b","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}},
            {"id":"c","type":"function","function":{"name":"convert","arguments":"{\"celsius\":19}"}}]}}],
        "usage":{"prompt_tokens":120,"completion_tokens":60,"total_tokens":180}})");
}

int main() try {
    asio::io_context io(1);
    std::string model = "gpt-4o-mini";
    auto provider = llm::provider::from_environment();
    std::optional<llm::testing::mock_provider> mock;
    if (!provider) {
        std::cout << "No API key is set: asking a mock provider that plays a script.\n";
        mock.emplace(io.get_executor());
        mock->enqueue(scripted_calls());
        mock->enqueue(llm::testing::scripted_reply::completion("In Lisbon, at 66 Fahrenheit."));
        provider = llm::provider::openai_compatible(mock->base_url(), "mock-key");
    } else if (provider->name == "openrouter") {
        model = "openai/gpt-4o-mini";
    }
    std::optional<llm::client> client(std::in_place, io.get_executor(), *provider);
    asio::co_spawn(io, ask(*client, model), [&](std::exception_ptr thrown) {
        client.reset();
        if (mock) mock->stop();
        if (thrown) std::rethrow_exception(thrown);
    });
    io.run();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 2;
}
