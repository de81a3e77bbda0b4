// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/servers/child_process.hpp"
#include "support/servers/relay.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

// Base URLs of Unix domain sockets.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using local = asio::local::stream_protocol;

struct behind_socket : client_fixture {
    behind_socket() : client_fixture(scheme::http), front(io, server->port(), path) {
        endpoint.base_url = "unix:" + path;
    }

    temp_dir files;
    std::string path = files.path("a.sock");
    relay front;
};

/// A call to a socket of that path, where nothing serves.
struct unserved : client_fixture {
    explicit unserved(std::string const& path) : client_fixture(scheme::http) {
        endpoint.base_url = "unix:" + path + ":/v1";
        client const c = make_client();
        asked = ask(*this, c);
    }

    call_ptr asked;
};

void check_unserved(std::string const& path, error_code cause, std::string const& why) {
    unserved const w(path);
    check_failure(*w.asked, errc::connect_failed, phase::connecting);
    BOOST_TEST(w.asked->info().cause == cause);
    check_detail(*w.asked, "unix:" + path + ": " + why);
    BOOST_TEST((w.asked->ec == condition::retryable));
}

error_code system_error_of(int number) { return {number, asio::error::get_system_category()}; }

/// A listener that takes one connection into its queue and no other.
struct full_queue : client_fixture {
    full_queue() : client_fixture(scheme::http), listener(io), filler(io) {
        listener.open();
        listener.bind(path);
        listener.listen(0);
        filler.connect(path);
        endpoint.base_url = "unix:" + path;
    }

    temp_dir files;
    std::string path = files.path("full.sock");
    local::acceptor listener;
    local::socket filler;
};

/// Makes this thread an unprivileged one in the eyes of the file system, if it is not that already.
class unprivileged_access {
public:
    unprivileged_access() : before_(setfsuid(65'534)) {}
    ~unprivileged_access() { setfsuid(static_cast<uid_t>(before_)); }
    unprivileged_access(unprivileged_access const&) = delete;
    unprivileged_access& operator=(unprivileged_access const&) = delete;

private:
    int before_;
};

/// Number of Unix domain sockets without the flag that keeps them from children.
std::size_t inheritable_sockets() {
    std::size_t count = 0;
    for (int fd = 3; fd < 1024; ++fd) {
        sockaddr_un address{};
        socklen_t size = sizeof(address);
        auto const flags = fcntl(fd, F_GETFD);
        bool const is_local = flags >= 0 &&
            getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
            address.sun_family == AF_UNIX;
        if (is_local && (flags & FD_CLOEXEC) == 0) ++count;
    }
    return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(unix_sockets)

BOOST_AUTO_TEST_CASE(completions_share_a_connection) {
    behind_socket w;
    client const c = w.make_client();
    for (int i = 0; i < 3; ++i) {
        auto const answered = ask_well(w, c);
        BOOST_TEST(answered->info().remote_endpoint == "unix:" + w.path);
        BOOST_TEST(answered->info().connection_reused == (i != 0));
        BOOST_TEST(answered->info().http_version == (over_http2() ? "HTTP/2" : "HTTP/1.1"));
        BOOST_TEST(answered->info().tls_version.empty());
    }
    BOOST_TEST(w.front.connections() == 1u);
    BOOST_TEST(c.stats().names_resolved == 0u);
    auto const request = w.server->last_request();
    BOOST_TEST(request.target == "/v1/chat/completions");
    if (!over_http2()) BOOST_TEST(request.header("host") == "localhost");
}

BOOST_AUTO_TEST_CASE(many_at_a_time) {
    behind_socket w;
    w.config.pool.max_connections = 8;
    client const c = w.make_client();
    auto const calls = start_many(c, 64);
    finish(w, calls);
    for (auto const& each : calls) require_success(*each);
    BOOST_TEST(w.front.connections() <= 8u);
}

BOOST_AUTO_TEST_CASE(large_requests_and_replies_are_moved_in_pieces) {
    behind_socket w;
    std::string const text(4u * 1024 * 1024, 'x');
    w.server->enqueue(testing::scripted_reply::echo());
    client const c = w.make_client();
    auto const answered = ask(w, c, saying(text));
    require_success(*answered);
    BOOST_TEST((answered->response.text().find(text) != std::string::npos));
}

BOOST_AUTO_TEST_CASE(the_base_path_is_behind_a_colon) {
    behind_socket w;
    w.endpoint.base_url += ":/api/v7?version=1";
    client const c = w.make_client();
    // The mock provider has nothing there.
    BOOST_TEST(ask(w, c)->info().status == 404);
    BOOST_TEST(w.server->last_request().target == "/api/v7/chat/completions?version=1");
}

BOOST_AUTO_TEST_CASE(the_socket_is_the_origin) {
    behind_socket w;
    auto const other_path = w.files.path("b.sock");
    relay const other(w.io, w.server->port(), other_path);
    auto same = w.endpoint;
    same.base_url = "unix:" + w.path + ":/v1/";
    auto elsewhere = w.endpoint;
    elsewhere.base_url = "unix:" + other_path;
    for (auto const& second : {same, elsewhere}) {
        std::vector<target> const targets{target(w.endpoint), target(second)};
        client const c(w.io.get_executor(), targets, w.config);
        w.server->enqueue(testing::scripted_reply::error(503, "busy"));
        auto const answered = ask(w, c);
        require_success(*answered);
        BOOST_TEST(
            answered->info().remote_endpoint == second.base_url.substr(0, second.base_url.rfind(".sock") + 5)
        );
        BOOST_TEST(c.stats().connections_opened == (second.base_url == same.base_url ? 1u : 2u));
    }
}

BOOST_AUTO_TEST_CASE(no_proxy_is_asked) {
    behind_socket w;
    loopback_port const nobody;
    w.config.proxy = "http://127.0.0.1:" + std::to_string(nobody.number());
    client const c = w.make_client();
    ask_well(w, c);
}

BOOST_AUTO_TEST_CASE(children_inherit_no_unix_socket) {
    behind_socket w;
    auto const before = inheritable_sockets();
    client const c = w.make_client();
    ask_well(w, c);
    // That of the relay's end, as Asio accepts it.
    BOOST_TEST(inheritable_sockets() == before + 1);
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_is_named) {
    temp_dir const files;
    check_unserved(files.path("none"), system_error_of(ENOENT), "there is no such socket (");
    files.write("file", "no socket");
    check_unserved(files.path("file"), asio::error::connection_refused, "nothing listens on it (");
    auto const left = files.path("left");
    {
        asio::io_context io;
        local::acceptor const gone(io, local::endpoint(left));
    }
    check_unserved(left, asio::error::connection_refused, "nothing listens on it (");
    check_unserved(files.path("file/below"), system_error_of(ENOTDIR), "");
}

BOOST_AUTO_TEST_CASE(a_socket_without_permission_is_named) {
    temp_dir const files;
    asio::io_context io;
    local::acceptor const closed(io, local::endpoint(files.path("closed")));
    BOOST_TEST_REQUIRE(chmod(files.path("closed").c_str(), 0) == 0);
    unprivileged_access const access;
    check_unserved(files.path("closed"), asio::error::access_denied, "this process has no permission (");
}

BOOST_AUTO_TEST_CASE(a_server_whose_queue_is_full_is_waited_for) {
    full_queue w;
    client c = w.make_client();
    auto const waiting = start(c);
    let_pass(w, std::chrono::milliseconds(50));
    BOOST_TEST(!waiting->done);
    BOOST_TEST(c.stats().connections_connecting == 1u);
    std::vector<local::socket> accepted;
    for (std::size_t i = 1; i <= 2; ++i) {
        w.listener.async_accept([&](error_code ec, local::socket socket) {
            if (!ec) accepted.push_back(std::move(socket));
        });
        w.run_until([&] { return accepted.size() == i; });
    }
    w.run_until([&] { return c.stats().connections_in_use == 1u; });
    c.cancel();
    finish(w, {waiting});
}

BOOST_AUTO_TEST_CASE(a_server_whose_queue_stays_full_is_named) {
    full_queue w;
    w.config.timeouts.connect = std::chrono::milliseconds(50);
    client const c = w.make_client();
    auto const failed = ask(w, c);
    check_failure(*failed, errc::connect_timeout, phase::connecting);
    check_detail(*failed, "unix:" + w.path + ": the server takes no connection");
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_socket) {
    behind_socket w;
    w.server->enqueue(testing::scripted_reply::error(404, "no such page"));
    client const c = w.make_client();
    auto const failed = ask(w, c);
    check_detail(*failed, "unix:" + w.path + ":/v1/chat/completions");
}

BOOST_AUTO_TEST_SUITE_END()
