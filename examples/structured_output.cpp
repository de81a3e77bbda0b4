// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Asks for an answer that is a struct. With OPENROUTER_API_KEY, AIMLAPI_API_KEY or OPENAI_API_KEY set, that
// provider answers; without, a mock provider on a loopback port, whose first answer does not fit.
#include <async_llm/async_llm.hpp>
#include <async_llm/structured_output.hpp>
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>

namespace asio = boost::asio;
namespace llm = async_llm;

enum class difficulty { easy, medium, hard };
BOOST_DESCRIBE_ENUM(difficulty, easy, medium, hard)

struct ingredient {
    std::string name;
    std::optional<double> grams;
};
BOOST_DESCRIBE_STRUCT(ingredient, (), (name, grams))

struct recipe {
    std::string title;
    difficulty effort = difficulty::easy;
    int minutes = 0;
    std::vector<ingredient> ingredients;
    std::vector<std::string> steps;
};
BOOST_DESCRIBE_STRUCT(recipe, (), (title, effort, minutes, ingredients, steps))

void describe_schema(llm::schema_notes<recipe>& notes) {
    notes.description("A recipe for one pan");
    notes.member(&recipe::minutes).description("From the first step to the table").minimum(1).maximum(60);
    notes.member(&recipe::ingredients).min_items(1).max_items(10);
    notes.member(&recipe::steps).items().description("One sentence").max_length(120);
}

asio::awaitable<void> cook(llm::client& client, std::string model) {
    auto request = llm::chat_request(std::move(model));
    request.user("What can I cook from eggs, tomatoes and old bread?");
    llm::structured_options options;
    options.decoding = llm::decode_mode::strict; // the bounds count
    options.max_reasks = 2;
    auto const reply = co_await client.complete_as<recipe>(request, options);
    auto const& r = reply.value;
    std::cout << r.title << ", " << r.minutes << " minutes, " << llm::encode_json(r.effort) << '\n';
    for (auto const& i : r.ingredients) {
        std::cout << "  " << i.name;
        if (i.grams) std::cout << ", " << *i.grams << " g";
        std::cout << '\n';
    }
    for (auto const& step : r.steps) std::cout << "  - " << step << '\n';
    std::cout << "asked " << reply.attempts << " time(s)\n";
}

std::string model_of(llm::provider const& from) {
    if (from.name == "openrouter") return "openai/gpt-4o-mini";
    return from.name == "aimlapi" ? "gpt-4o-mini" : "gpt-4o-mini-2024-07-18";
}

int main() try {
    asio::io_context io(1);
    auto provider = llm::provider::from_environment();
    std::optional<llm::testing::mock_provider> mock;
    if (provider) {
        std::cout << "Asking the real provider " << provider->name << ".\n";
    } else {
        std::cout << "No API key is set: asking a mock provider.\n";
        mock.emplace(io.get_executor());
        std::string const answer = R"("effort":"easy","ingredients":[{"name":"eggs","grams":null},
            {"name":"tomatoes","grams":300},{"name":"bread","grams":150}],
            "steps":["Fry the bread.","Add the tomatoes.","Stir the eggs in."],"title":"Bread hash"})";
        mock->enqueue(llm::testing::scripted_reply::completion(R"({"minutes":0,)" + answer));
        mock->enqueue(llm::testing::scripted_reply::completion(R"({"minutes":20,)" + answer));
        provider = llm::provider::openai_compatible(mock->base_url(), "mock-key");
    }
    llm::client client(io.get_executor(), *provider);
    bool done = false;
    std::exception_ptr failed;
    asio::co_spawn(io, cook(client, model_of(*provider)), [&](std::exception_ptr e) {
        failed = e;
        done = true;
    });
    while (!done && io.run_one() != 0) continue;
    if (failed) std::rethrow_exception(failed);
    if (mock) std::cout << "\nwas asked for:\n" << mock->last_request().body << '\n';
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
