// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/apache.hpp"

#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace async_llm::test {
namespace {

std::string load(std::string const& module) {
    return "LoadModule " + module + "_module /usr/lib/apache2/modules/mod_" + module + ".so\n";
}

std::string protocols(temp_dir const& files, apache_options const& options) {
    std::string text;
    if (options.identity) {
        text += load("ssl") + "SSLEngine on\nSSLSessionCache none\n";
        text += "SSLCertificateFile " + files.write("chain.pem", options.identity->certificate_chain) + "\n";
        text += "SSLCertificateKeyFile " + files.write("key.pem", options.identity->private_key) + "\n";
    }
    if (options.http2) text += load("http2") + "Protocols h2 h2c http/1.1\nH2Direct on\n";
    return text;
}

std::string configuration(
    temp_dir const& files,
    std::uint16_t port,
    std::uint16_t backend,
    apache_options const& options
) {
    std::string text;
    for (auto const* module : {"mpm_event", "authz_core", "env", "deflate", "filter", "proxy", "proxy_http"})
        text += load(module);
    text += protocols(files, options);
    text += "ServerName localhost\nListen 127.0.0.1:" + std::to_string(port) + "\n";
    text += "ServerRoot " + files.path("") + "\nPidFile " + files.path("pid") + "\n";
    text += "DefaultRuntimeDir " + files.path("") + "\nErrorLog " + files.path("error.log") + "\n";
    text += "StartServers 1\nThreadsPerChild 25\n";
    if (geteuid() == 0) text += "User www-data\nGroup www-data\n";
    auto const to = "http://127.0.0.1:" + std::to_string(backend) + "/";
    // A stream goes on as it comes.
    text += "ProxyPass /plain/ " + to + " flushpackets=on\nProxyPass / " + to + "\n";
    text += "<Location />\nRequire all granted\nSetEnv force-gzip 1\nSetOutputFilter DEFLATE\n</Location>\n";
    return text + "<Location /plain/>\nSetEnv no-gzip 1\n</Location>\n";
}

} // namespace

apache_server::apache_server(std::uint16_t backend, apache_options const& options)
    : tls_(options.identity.has_value()) {
    auto const text = configuration(files_, port_.number(), backend, options);
    auto const file = files_.write("apache.conf", text);
    // In the foreground. Its children end with it if it is asked to end.
    std::vector<std::string> const arguments{"-f", file, "-D", "FOREGROUND"};
    process_.emplace("/usr/sbin/apache2", arguments, files_.path("output"), SIGTERM);
    if (!process_->wait_until_accepting(port_.number()))
        throw std::runtime_error("apache2: " + files_.read("output") + files_.read("error.log"));
}

std::string apache_server::url(std::string const& path) const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_.number()) + path;
}

} // namespace async_llm::test
