// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/command/command_fixture.hpp"

#include <algorithm>
#include <utility>

namespace async_llm::test {

command_fixture::command_fixture(testing::mock_options options) : provider(std::move(options)) {}

std::string command_fixture::program() { return ASYNC_LLM_COMMAND; }

std::string command_fixture::request_line(int number) {
    auto const text = std::to_string(number);
    return R"({"custom_id":"id-)" + text +
        R"(","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user",)" +
        R"("content":"text-)" + text + "\"}]}}\n";
}

void command_fixture::write_input(int count) {
    std::string text;
    for (int i = 1; i <= count; ++i) text += request_line(i);
    write_file(file("in.jsonl"), text);
}

command_run::settings command_fixture::settings() const {
    command_run::settings result;
    result.folder = folder.path();
    result.variables = {"OPENAI_API_KEY=sk-test-key-1", "OPENAI_BASE_URL=" + provider.server.base_url()};
    return result;
}

std::unique_ptr<command_run>
command_fixture::start(words const& arguments, command_run::settings const& options) const {
    return std::make_unique<command_run>(program(), arguments, options);
}

std::unique_ptr<command_run> command_fixture::start_bulk(words const& arguments) const {
    words all{"bulk", "in.jsonl", "-o", "out.jsonl"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return start(all);
}

std::vector<std::string> command_fixture::ids(int count) {
    std::vector<std::string> result;
    for (int i = 1; i <= count; ++i) result.push_back("id-" + std::to_string(i));
    std::sort(result.begin(), result.end());
    return result;
}

std::vector<std::string> command_fixture::sorted_ids(std::string_view name) const {
    auto result = ids_of(file(name));
    std::sort(result.begin(), result.end());
    return result;
}

} // namespace async_llm::test
