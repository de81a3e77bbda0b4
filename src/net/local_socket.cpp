// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/local_socket.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace async_llm::net {
namespace {

// The system has no event for room in the queue of a server.
constexpr std::chrono::milliseconds retry_delay(10);

/// Descriptor that is closed unless it was released.
class descriptor {
public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    int get() const noexcept { return fd_; }
    void release() noexcept { fd_ = -1; }

private:
    int fd_;
};

error_code last_error() { return error_code(errno, asio::error::get_system_category()); }

/// Opens a non-blocking socket that the children of this process do not inherit.
int open_local() {
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
    descriptor made(::socket(AF_UNIX, SOCK_STREAM, 0));
    if (made.get() < 0) return -1;
    if (::fcntl(made.get(), F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(made.get(), F_SETFL, O_NONBLOCK) != 0)
        return -1;
#if defined(SO_NOSIGPIPE)
    // As Asio does with those that it opens.
    int const on = 1;
    if (::setsockopt(made.get(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on)) != 0) return -1;
#endif
    auto const result = made.get();
    made.release();
    return result;
#endif
}

sockaddr_un address_of(std::string_view path) {
    sockaddr_un result{};
    result.sun_family = AF_UNIX;
    path.copy(result.sun_path, sizeof(result.sun_path) - 1);
    return result;
}

/// Tries once to connect. `try_again`: the server's queue is full.
error_code try_connect(
    asio::any_io_executor const& executor,
    sockaddr_un const& to,
    std::optional<asio::ip::tcp::socket>& socket
) {
    descriptor made(open_local());
    if (made.get() < 0) return last_error();
    int result = 0;
    do {
        result = ::connect(made.get(), reinterpret_cast<sockaddr const*>(&to), sizeof(to));
    } while (result != 0 && errno == EINTR);
    if (result != 0) return last_error();
    error_code ec;
    socket.emplace(executor);
    socket->assign(asio::ip::tcp::v4(), made.get(), ec);
    if (!ec) made.release();
    return ec;
}

char const* meaning(error_code const& ec) {
    if (ec == boost::system::errc::no_such_file_or_directory) return "there is no such socket";
    if (ec == boost::system::errc::connection_refused) return "nothing listens on it";
    if (ec == boost::system::errc::permission_denied) return "this process has no permission";
    return nullptr;
}

failure not_connected(error_code const& ec, std::string const& path) {
    auto const* const known = meaning(ec);
    auto text = "unix:" + path + ": ";
    text += known ? known + (" (" + ec.message() + ")") : ec.message();
    return failure(errc::connect_failed, ec, phase::connecting, std::move(text));
}

} // namespace

asio::awaitable<failure> connect_local_socket(
    operation& op,
    asio::any_io_executor const& executor,
    std::string const& path,
    std::optional<asio::ip::tcp::socket>& socket
) {
    auto const to = address_of(path);
    async_event pause(op.strand());
    while (!op.stop_reason()) {
        auto const ec = try_connect(executor, to, socket);
        if (!ec) co_return failure();
        socket.reset();
        if (ec != asio::error::try_again) co_return not_connected(ec, path);
        co_await pause.wait_until(std::chrono::steady_clock::now() + retry_delay);
    }
    co_return failure(
        op.stop_reason(),
        {},
        phase::connecting,
        "unix:" + path + ": the server takes no connection"
    );
}

} // namespace async_llm::net
