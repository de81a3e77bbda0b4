// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/nginx.hpp"

#include <sstream>
#include <stdexcept>
#include <string_view>

namespace async_llm::test {
namespace {

std::string in_quotes(std::string_view text) {
    std::string result = "'";
    for (auto const c : text) {
        if (c == '\'' || c == '\\') result += '\\';
        result += c;
    }
    return result + "'";
}

std::string folder_of(temp_dir const& files, char const* kind) {
    return std::string(kind) + "_temp_path " + files.path(kind) + ";\n";
}

std::string location_of_backend(std::uint16_t port) {
    if (port == 0) return "";
    return "location /behind/ { proxy_pass http://127.0.0.1:" + std::to_string(port) +
        "/; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; "
        "proxy_request_buffering off; client_max_body_size 0; }\n";
}

std::string local_listener(temp_dir const& files, int version) {
    if (version == 0) return "";
    // With http2 and without TLS, it speaks nothing else there.
    return "listen unix:" + files.path("socket") + (version == 2 ? " http2;\n" : ";\n");
}

std::string
server_block(temp_dir const& files, nginx_options const& options, std::uint16_t port, std::uint16_t dead) {
    return "server {\n" + local_listener(files, options.local_version) +
        "listen 127.0.0.1:" + std::to_string(port) + (options.http2 ? " ssl http2;\n" : " ssl;\n") +
        location_of_backend(options.backend) +
        "location = /v1/chat/completions { default_type application/json; return 200 " +
        in_quotes(options.reply) +
        "; }\n"
        "location /dead/ { proxy_pass http://127.0.0.1:" +
        std::to_string(dead) +
        "; }\n"
        "location / { return 404; }\n"
        "}\n";
}

// Every file in the temporary folder.
std::string configuration(temp_dir const& files, nginx_options const& options, std::string const& server) {
    std::string text = "daemon off;\nworker_processes 1;\n";
    if (!options.worker) text += "master_process off;\n";
    text += "pid " + files.path("pid") + ";\nerror_log " + files.path("error.log") + " warn;\n";
    text += "events { worker_connections 1024; }\nhttp {\n";
    for (auto const* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        text += folder_of(files, kind);
    text += "log_format fields '$connection $connection_requests $ssl_session_reused $ssl_protocol "
            "$connections_active $pid $status $server_protocol $http_idempotency_key';\n";
    text += "access_log " + files.path("access.log") + " fields;\n";
    text += "ssl_certificate " + files.path("chain.pem") + ";\n";
    text += "ssl_certificate_key " + files.path("key.pem") + ";\n";
    text += "ssl_protocols " + options.protocols + ";\n";
    text += "ssl_session_cache shared:sessions:10m;\nssl_session_tickets on;\n";
    text += "keepalive_requests " + std::to_string(options.keepalive_requests) + ";\n";
    text += "keepalive_timeout " + std::to_string(options.keepalive_timeout) + "s;\n";
    text += "client_max_body_size 64k;\n";
    text += "http2_max_concurrent_streams " + std::to_string(options.max_concurrent_streams) + ";\n";
    text += std::string("lingering_close ") + (options.lingering_close ? "on" : "off") + ";\n";
    return text + server + "}\n";
}

} // namespace

nginx_server::nginx_server(testing::tls_identity const& identity, nginx_options const& options) {
    files_.write("chain.pem", identity.certificate_chain);
    files_.write("key.pem", identity.private_key);
    auto const server = server_block(files_, options, port_.number(), dead_.number());
    configuration_ = files_.write("nginx.conf", configuration(files_, options, server));
    start();
}

void nginx_server::start() {
    std::vector<std::string> const
        arguments{"-p", files_.path(""), "-e", files_.path("error.log"), "-c", configuration_};
    // One that it can act upon: its worker would outlive it otherwise.
    process_.emplace("/usr/sbin/nginx", arguments, files_.path("output"), SIGTERM);
    if (!process_->wait_until_accepting(port_.number()))
        throw std::runtime_error("nginx: " + files_.read("output") + files_.read("error.log"));
}

std::string nginx_server::url(std::string const& path) const {
    return "https://127.0.0.1:" + std::to_string(port_.number()) + path;
}

std::vector<nginx_request> nginx_server::finish() {
    process_->end();
    std::vector<nginx_request> result;
    std::istringstream log(files_.read("access.log"));
    nginx_request r;
    std::string reused;
    while (log >> r.connection >> r.request_on_connection >> reused >> r.protocol >> r.active_connections >>
           r.process >> r.status >> r.version >> r.idempotency_key) {
        r.session_reused = reused == "r";
        result.push_back(r);
    }
    return result;
}

} // namespace async_llm::test
