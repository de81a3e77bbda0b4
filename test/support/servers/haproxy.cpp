// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/haproxy.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <sstream>
#include <stdexcept>

namespace async_llm::test {
namespace {

std::string name_of(std::size_t backend) { return "backends/b" + std::to_string(backend); }

// The names of the columns come first, then a line for each thing that is counted; nothing in them needs
// quotes here.
std::vector<std::string> columns(std::string const& line) {
    std::vector<std::string> result;
    std::istringstream in(line);
    for (std::string column; std::getline(in, column, ',');) result.push_back(column);
    return result;
}

std::string frontend(temp_dir const& files, haproxy_mode mode, std::uint16_t port) {
    auto text = "frontend front\nbind 127.0.0.1:" + std::to_string(port);
    if (mode != haproxy_mode::tcp) text += " ssl crt " + files.path("identity.pem");
    if (mode == haproxy_mode::http2) text += " alpn h2,http/1.1";
    return text + "\ndefault_backend backends\n";
}

std::string configuration(
    temp_dir const& files,
    haproxy_mode mode,
    std::uint16_t port,
    std::vector<std::uint16_t> const& backends
) {
    std::string text = "global\nmaxconn 1000\nnbthread 1\n";
    text += "stats socket " + files.path("commands") + " level admin\n";
    text += std::string("defaults\nmode ") + (mode == haproxy_mode::tcp ? "tcp" : "http") + "\n";
    text += "timeout connect 5s\ntimeout client 60s\ntimeout server 60s\n";
    // A connection that a backend refuses goes to another one immediately; a request that it has got is not
    // sent again.
    text += "option redispatch 1\nretries 3\n";
    text += frontend(files, mode, port) + "backend backends\nbalance roundrobin\n";
    for (std::size_t i = 0; i < backends.size(); ++i) {
        text += "server b" + std::to_string(i) + " 127.0.0.1:" + std::to_string(backends[i]) +
            " check inter 200ms fall 1 rise 1 on-marked-down shutdown-sessions\n";
    }
    return text;
}

} // namespace

haproxy_server::haproxy_server(
    haproxy_mode mode,
    testing::tls_identity const& identity,
    std::vector<std::uint16_t> const& backends
) {
    files_.write("identity.pem", identity.certificate_chain + identity.private_key);
    auto const text = configuration(files_, mode, port_.number(), backends);
    // In the foreground: a process that can be asked to reload, and one that serves.
    std::vector<std::string> const arguments{"-W", "-db", "-f", files_.write("haproxy.cfg", text)};
    // One that it can act upon: the process that serves would outlive it otherwise.
    process_.emplace("/usr/sbin/haproxy", arguments, files_.path("output"), SIGTERM);
    if (!process_->wait_until_accepting(port_.number()))
        throw std::runtime_error("haproxy: " + files_.read("output"));
}

std::string haproxy_server::url(std::string const& path) const {
    return "https://127.0.0.1:" + std::to_string(port_.number()) + path;
}

long haproxy_server::process() const {
    std::istringstream in(command("show info"));
    std::string const name = "Pid: ";
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(name)) return std::stol(line.substr(name.size()));
    }
    throw std::runtime_error("haproxy does not know its process");
}

void haproxy_server::set_maintenance(std::size_t backend) {
    order("set server " + name_of(backend) + " state maint");
}

void haproxy_server::drain(std::size_t backend) { order("set server " + name_of(backend) + " state drain"); }

void haproxy_server::set_ready(std::size_t backend) {
    order("set server " + name_of(backend) + " state ready");
}

std::size_t haproxy_server::counter(std::size_t backend, std::string_view name) const {
    auto const value = field(backend, name);
    return value.empty() ? 0 : std::stoul(value);
}

std::string haproxy_server::status(std::size_t backend) const { return field(backend, "status"); }

std::string haproxy_server::field(std::size_t backend, std::string_view name) const {
    std::istringstream in(command("show stat"));
    std::string line;
    std::getline(in, line);
    auto const names = columns(line);
    auto const wanted = "backends,b" + std::to_string(backend) + ",";
    while (std::getline(in, line)) {
        if (!line.starts_with(wanted)) continue;
        auto const values = columns(line);
        for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
            if (names[i] == name) return values[i];
        }
    }
    throw std::runtime_error("haproxy counts no " + std::string(name));
}

/// Sends a command, and returns what haproxy has to say to it.
std::string haproxy_server::command(std::string const& line) const {
    using local = boost::asio::local::stream_protocol;
    boost::asio::io_context io;
    local::socket socket(io);
    socket.connect(local::endpoint(files_.path("commands")));
    boost::asio::write(socket, boost::asio::buffer(line + "\n"));
    std::string answer;
    boost::system::error_code end;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), end);
    return answer;
}

void haproxy_server::order(std::string const& line) const {
    auto const answer = command(line);
    // It has nothing to say to what it does.
    if (answer.find_first_not_of('\n') != std::string::npos)
        throw std::runtime_error("haproxy: " + line + ": " + answer);
}

} // namespace async_llm::test
