// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/microsocks.hpp"

#include <stdexcept>
#include <string_view>
#include <vector>

namespace async_llm::test {

microsocks_server::microsocks_server(std::string const& user, std::string const& password) {
    std::vector<std::string> arguments{"-i", "127.0.0.1", "-p", std::to_string(port_.number())};
    if (!user.empty()) arguments.insert(arguments.end(), {"-u", user, "-P", password});
    process_.emplace("/usr/bin/microsocks", arguments, files_.path("output"));
    if (!process_->wait_until_accepting(port_.number()))
        throw std::runtime_error("microsocks: " + files_.read("output"));
}

std::string microsocks_server::address() const { return "127.0.0.1:" + std::to_string(port_.number()); }

std::string microsocks_server::url(std::string const& scheme, std::string const& login) const {
    return scheme + "://" + (login.empty() ? "" : login + "@") + address();
}

std::size_t microsocks_server::tunnels() const {
    auto const log = files_.read("output");
    std::size_t count = 0;
    std::string_view const mark = ": connected to ";
    for (auto at = log.find(mark); at != std::string::npos; at = log.find(mark, at + 1)) ++count;
    return count;
}

} // namespace async_llm::test
