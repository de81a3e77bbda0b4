// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "endpoint.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <string>

// The server and its key come from the flags and the environment, and what is missing is named.

using namespace async_llm;
using namespace async_llm::command;

namespace {

using variables = std::map<std::string, std::string>;

environment lookup_in(variables const& set) {
    return [&set](char const* name) -> char const* {
        auto const found = set.find(name);
        return found == set.end() ? nullptr : found->second.c_str();
    };
}

struct choice {
    choice(endpoint_arguments const& arguments, variables const& set)
        : server(choose_provider(arguments, lookup_in(set), problem)) {}

    std::string problem;
    std::optional<provider> server;
};

endpoint_arguments with_provider(std::string name) {
    endpoint_arguments arguments;
    arguments.provider = std::move(name);
    return arguments;
}

variables const all_keys{
    {"OPENROUTER_API_KEY", "or-key"},
    {"AIMLAPI_API_KEY", "ai-key"},
    {"OPENAI_API_KEY", "oa-key"},
    {"ASYNC_LLM_API_KEY", "own-key"}
};

} // namespace

BOOST_AUTO_TEST_SUITE(endpoint)

BOOST_AUTO_TEST_CASE(a_provider_has_its_key) {
    for (auto const& [name, key] :
         variables{{"openrouter", "or-key"}, {"aimlapi", "ai-key"}, {"openai", "oa-key"}}) {
        choice const chosen(with_provider(name), all_keys);
        BOOST_REQUIRE(chosen.server.has_value());
        BOOST_TEST(chosen.server->name == name);
        BOOST_TEST(chosen.server->key.reveal() == key);
    }
}

BOOST_AUTO_TEST_CASE(without_a_name_it_is_the_first_with_a_key) {
    BOOST_TEST(choice(endpoint_arguments(), all_keys).server.value().name == "openrouter");
    variables const some{{"OPENROUTER_API_KEY", ""}, {"AIMLAPI_API_KEY", "k"}, {"OPENAI_API_KEY", "k"}};
    BOOST_TEST(choice(endpoint_arguments(), some).server.value().name == "aimlapi");
    variables const last{{"OPENAI_API_KEY", "k"}};
    BOOST_TEST(choice(endpoint_arguments(), last).server.value().name == "openai");
}

BOOST_AUTO_TEST_CASE(a_missing_key_is_named) {
    choice const chosen(with_provider("aimlapi"), variables{{"OPENAI_API_KEY", "k"}});
    BOOST_TEST(!chosen.server.has_value());
    BOOST_TEST(chosen.problem == "AIMLAPI_API_KEY is not set");
    variables const nothing;
    choice const none(endpoint_arguments(), nothing);
    BOOST_TEST(!none.server.has_value());
    BOOST_TEST(none.problem.find("--base-url") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_base_url_of_openai_may_be_another) {
    variables const set{{"OPENAI_API_KEY", "k"}, {"OPENAI_BASE_URL", "http://localhost:1/v1"}};
    choice const chosen(with_provider("openai"), set);
    BOOST_REQUIRE(chosen.server.has_value());
    BOOST_TEST(chosen.server->base_url == "http://localhost:1/v1");
    BOOST_TEST(chosen.server->name == "openai");
    BOOST_TEST(chosen.server->key.reveal() == "k");
    // The limits of another server are not OpenAI's.
    BOOST_TEST(chosen.server->dialect.allows_top_k);
}

// The keys of the providers must not be sent to some other server.
BOOST_AUTO_TEST_CASE(another_server_gets_its_own_key_alone) {
    endpoint_arguments arguments;
    arguments.base_url = "http://localhost:8000/v1";
    choice const chosen(arguments, all_keys);
    BOOST_REQUIRE(chosen.server.has_value());
    BOOST_TEST(chosen.server->base_url == "http://localhost:8000/v1");
    BOOST_TEST(chosen.server->key.reveal() == "own-key");
    BOOST_TEST(choice(arguments, variables{{"OPENAI_API_KEY", "k"}}).server.value().key.empty());
}

BOOST_AUTO_TEST_CASE(the_configuration_has_what_was_said) {
    endpoint_arguments arguments;
    auto config = configure_client(arguments);
    BOOST_TEST(config.tls.ca_file.empty());
    BOOST_TEST((config.pool.http2 == http2_mode::off));
    arguments.ca_file = "ca.pem";
    arguments.http2 = true;
    config = configure_client(arguments);
    BOOST_TEST(config.tls.ca_file == "ca.pem");
    BOOST_TEST((config.pool.http2 == http2_mode::prefer));
    BOOST_TEST(config.tls.use_system_store);
}

BOOST_AUTO_TEST_CASE(limits_are_set) {
    client_config config;
    job_limits limits;
    set_limits(config, limits, 64);
    BOOST_TEST(config.rates.limits.empty());
    BOOST_TEST(config.pool.max_connections == 512u);
    limits.requests_per_minute = 600;
    set_limits(config, limits, 2000);
    BOOST_REQUIRE(config.rates.limits.size() == 1u);
    BOOST_TEST(config.rates.limits[0].requests_per_minute.value() == 600);
    BOOST_TEST(!config.rates.limits[0].tokens_per_minute.has_value());
    // More in flight than connections would wait for each other.
    BOOST_TEST(config.pool.max_connections == 2000u);
    BOOST_TEST(config.rates.burst.count() <= 1000);
}

// Lines that fail because others were before them in the queue of a limit would be asked again and again.
BOOST_AUTO_TEST_CASE(calls_may_wait_for_a_low_limit) {
    using namespace std::chrono_literals;
    client_config config;
    job_limits limits;
    set_limits(config, limits, 64);
    BOOST_TEST((config.timeouts.first_byte == 10min));
    BOOST_TEST((config.timeouts.total == 1h));
    limits.requests_per_minute = 1;
    config = client_config();
    set_limits(config, limits, 64);
    BOOST_TEST((config.timeouts.first_byte == 10min));
    BOOST_TEST((config.timeouts.total == 1h + 64min));
    limits.tokens_per_minute = 8192;
    config = client_config();
    set_limits(config, limits, 64);
    BOOST_TEST((config.timeouts.total == 1h + 128min));
    limits.tokens_per_minute = 1;
    config = client_config();
    set_limits(config, limits, 1'000'000);
    BOOST_TEST((config.timeouts.total < std::chrono::hours(24 * 70)));
}

BOOST_AUTO_TEST_SUITE_END()
