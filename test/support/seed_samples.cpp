// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/seed_samples.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace async_llm::test {
namespace {

std::string read(std::string const& name) {
    std::ifstream file(ASYNC_LLM_TEST_DATA_DIR "/seeds/" + name);
    if (!file) throw std::runtime_error("no seed " + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

} // namespace

std::string seed_request(std::string const& model) {
    std::string compact;
    bool in_text = false;
    bool escaped = false;
    for (char const c : read(model + ".request.json")) {
        if (in_text || (c != ' ' && c != '\n')) compact += c;
        if (c == '"' && !escaped) in_text = !in_text;
        escaped = in_text && c == '\\' && !escaped;
    }
    return compact;
}

std::string seed_reply(std::string const& model) { return read(model + ".reply.json"); }

} // namespace async_llm::test
