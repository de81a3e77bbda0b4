// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/nghttpd.hpp"

#include <filesystem>
#include <stdexcept>
#include <vector>

namespace async_llm::test {

nghttpd_server::nghttpd_server(testing::tls_identity const& identity, nghttpd_options const& options)
    : plain_(options.plain) {
    std::filesystem::create_directories(files_.path("root/v1/chat"));
    files_.write("root/v1/chat/completions", options.reply);
    std::vector<std::string> arguments{"-a", "127.0.0.1", "-d", files_.path("root")};
    arguments.push_back("--max-concurrent-streams=" + std::to_string(options.max_concurrent_streams));
    if (options.echo) arguments.emplace_back("--echo-upload");
    if (options.plain) arguments.emplace_back("--no-tls");
    arguments.push_back(std::to_string(port_.number()));
    if (!options.plain) {
        arguments.push_back(files_.write("key.pem", identity.private_key));
        arguments.push_back(files_.write("chain.pem", identity.certificate_chain));
    }
    process_.emplace("/usr/sbin/nghttpd", arguments, files_.path("output"));
    if (!process_->wait_until_accepting(port_.number()))
        throw std::runtime_error("nghttpd: " + files_.read("output"));
}

std::string nghttpd_server::url(std::string const& path) const {
    return (plain_ ? "http://127.0.0.1:" : "https://127.0.0.1:") + std::to_string(port_.number()) + path;
}

} // namespace async_llm::test
