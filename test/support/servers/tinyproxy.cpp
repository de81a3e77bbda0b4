// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/tinyproxy.hpp"

#include <stdexcept>
#include <vector>

namespace async_llm::test {

tinyproxy_server::tinyproxy_server(std::uint16_t connect_port, std::string const& login) {
    auto text = "Port " + std::to_string(port_.number()) +
        "\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 600\nMaxClients 100\n";
    text += "LogLevel Connect\nLogFile \"" + files_.path("log") + "\"\n";
    text += "ConnectPort " + std::to_string(connect_port) + "\n";
    if (!login.empty()) text += "BasicAuth " + login + "\n";
    auto const conf = files_.write("tinyproxy.conf", text);
    std::vector<std::string> const arguments{"-d", "-c", conf};
    process_.emplace("/usr/bin/tinyproxy", arguments, files_.path("output"));
    if (!process_->wait_until_accepting(port_.number()))
        throw std::runtime_error("tinyproxy: " + files_.read("output") + files_.read("log"));
}

std::string tinyproxy_server::address() const { return "127.0.0.1:" + std::to_string(port_.number()); }

std::string tinyproxy_server::url(std::string const& login) const {
    return "http://" + (login.empty() ? "" : login + "@") + address();
}

std::size_t tinyproxy_server::requests() const {
    auto const log = files_.read("log");
    std::size_t count = 0;
    std::string_view const mark = "): CONNECT ";
    for (auto at = log.find(mark); at != std::string::npos; at = log.find(mark, at + 1)) ++count;
    return count;
}

} // namespace async_llm::test
