// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/child_process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace async_llm::test {
namespace {

constexpr auto patience = std::chrono::seconds(20);

void require(bool success, char const* what) {
    if (!success) throw std::system_error(errno, std::generic_category(), what);
}

// Between fork and exec: nothing here may allocate.
[[noreturn]] void become(char* const* arguments, pid_t parent, int output, int last_signal) {
    // A test that is killed must not leave its servers behind.
    prctl(PR_SET_PDEATHSIG, last_signal);
    if (getppid() != parent) _exit(127);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    // Asio's sockets are inherited; in the child they would keep the test's connections open.
    close_range(STDERR_FILENO + 1, ~0u, 0);
    execv(arguments[0], arguments);
    _exit(127);
}

} // namespace

temp_dir::temp_dir() {
    auto name = (std::filesystem::temp_directory_path() / "async_llm.XXXXXX").string();
    require(mkdtemp(name.data()) != nullptr, "mkdtemp");
    folder_ = name;
}

temp_dir::~temp_dir() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string temp_dir::write(std::string_view name, std::string_view content) const {
    auto const where = path(name);
    std::ofstream file(where, std::ios::binary);
    file << content;
    file.close();
    require(static_cast<bool>(file), where.c_str());
    return where;
}

std::string temp_dir::read(std::string_view name) const {
    std::ifstream file(path(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

loopback_port::loopback_port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    require(socket_ >= 0, "socket");
    int const on = 1;
    setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    bool const bound = bind(socket_, generic, size) == 0 && getsockname(socket_, generic, &size) == 0;
    if (!bound) close(socket_);
    require(bound, "bind");
    number_ = ntohs(address.sin_port);
}

loopback_port::~loopback_port() { close(socket_); }

child_process::child_process(
    std::string const& program,
    std::vector<std::string> const& arguments,
    std::string const& log,
    int last_signal
) {
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (auto const& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    auto const output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    require(output >= 0, log.c_str());
    auto const parent = getpid();
    pid_ = fork();
    if (pid_ == 0) become(words.data(), parent, output, last_signal);
    close(output);
    require(pid_ > 0, "fork");
    // By number: the C library's header of it cannot be used from C++ before version 2.37.
    handle_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    if (handle_ < 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        require(false, "pidfd_open");
    }
}

child_process::~child_process() {
    end();
    close(handle_);
}

bool child_process::wait_for_end(std::chrono::milliseconds bound) {
    if (ended_) return true;
    pollfd event{};
    event.fd = handle_;
    event.events = POLLIN;
    ended_ = poll(&event, 1, static_cast<int>(bound.count())) == 1;
    if (!ended_) return false;
    int status = 0;
    waitpid(pid_, &status, 0);
    status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

void child_process::send(int signal) {
    // Until it has been waited for, no other process gets its number.
    if (!wait_for_end(std::chrono::milliseconds(0))) kill(pid_, signal);
}

void child_process::end() {
    if (wait_for_end(std::chrono::milliseconds(0))) return;
    kill(pid_, SIGTERM);
    if (wait_for_end(patience)) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    ended_ = true;
}

bool child_process::wait_until_accepting(std::uint16_t port) {
    using tcp = boost::asio::ip::tcp;
    boost::asio::io_context io;
    auto const end = std::chrono::steady_clock::now() + patience;
    // No program says when it listens; meanwhile it may also end, which is an event.
    while (std::chrono::steady_clock::now() < end && !wait_for_end(std::chrono::milliseconds(10))) {
        tcp::socket socket(io);
        boost::system::error_code ec;
        socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port), ec);
        if (!ec) return true;
    }
    return false;
}

} // namespace async_llm::test
