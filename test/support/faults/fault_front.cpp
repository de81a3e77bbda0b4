// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/faults/fault_front.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <deque>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using socket_ptr = std::shared_ptr<tcp::socket>;

constexpr auto as_result = asio::as_tuple(asio::deferred);

tcp::endpoint loopback(std::uint16_t port) { return tcp::endpoint(asio::ip::address_v4::loopback(), port); }

asio::awaitable<bool> read_head(tcp::socket& from) {
    std::string text;
    auto operation = asio::async_read_until(from, asio::dynamic_buffer(text), "\r\n\r\n", as_result);
    auto const [ec, size] = co_await std::move(operation);
    co_return !ec;
}

asio::awaitable<void> read_part(tcp::socket& from, std::size_t size) {
    std::string part(size, ' ');
    auto operation = asio::async_read(from, asio::buffer(part), as_result);
    co_await std::move(operation);
}

asio::awaitable<bool> write(tcp::socket& to, std::string_view text) {
    auto operation = asio::async_write(to, asio::buffer(text.data(), text.size()), as_result);
    auto const [ec, size] = co_await std::move(operation);
    co_return !ec;
}

} // namespace

class fault_front::state : public std::enable_shared_from_this<state> {
public:
    state(asio::io_context& io, std::uint16_t upstream) : io_(io), acceptor_(io), upstream_(upstream) {}

    void listen() {
        acceptor_ = tcp::acceptor(io_, loopback(port));
        port = acceptor_.local_endpoint().port();
        accept();
    }

    void stop_listening() {
        error_code ignored;
        acceptor_.close(ignored);
    }

    void stop() {
        stop_listening();
        error_code ignored;
        for (auto const& each : sockets_) {
            if (auto const open = each.lock()) open->close(ignored);
        }
        held_.clear();
    }

    std::uint16_t port = 0;
    bool proxy = false;
    bool sprung = false;
    std::deque<front_fault> faults;

private:
    // Two sockets and what is known of what goes through them.
    struct passage {
        passage(socket_ptr c, socket_ptr s, std::optional<front_fault> f)
            : client(std::move(c)), server(std::move(s)), fault(std::move(f)) {}

        socket_ptr client;
        socket_ptr server;
        std::optional<front_fault> fault;
    };
    using passage_ptr = std::shared_ptr<passage>;

    void accept() {
        acceptor_.async_accept([self = shared_from_this()](error_code ec, tcp::socket socket) {
            if (ec) return;
            self->accept();
            self->begin(std::make_shared<tcp::socket>(std::move(socket)));
        });
    }

    void begin(socket_ptr client) {
        sockets_.push_back(client);
        std::optional<front_fault> fault;
        if (!faults.empty()) {
            fault.emplace(std::move(faults.front()));
            faults.pop_front();
        }
        spawn(serve(std::move(client), std::move(fault)));
    }

    void spawn(asio::awaitable<void> coroutine) {
        asio::co_spawn(io_, std::move(coroutine), [self = shared_from_this()](std::exception_ptr) {});
    }

    asio::awaitable<void> serve(socket_ptr client, std::optional<front_fault> fault) {
        if (fault && !fault->sleeps) {
            co_await commit(client, *fault);
            co_return;
        }
        if (proxy) {
            bool const asked = co_await read_head(*client);
            if (!asked) co_return;
            co_await write(*client, "HTTP/1.1 200 Connection established\r\n\r\n");
        }
        auto const server = std::make_shared<tcp::socket>(io_);
        sockets_.push_back(server);
        auto operation = server->async_connect(loopback(upstream_), as_result);
        auto const [ec] = co_await std::move(operation);
        if (ec) co_return;
        auto const both = std::make_shared<passage>(client, server, std::move(fault));
        spawn(to_server(both));
        co_await to_client(both);
    }

    asio::awaitable<void> to_server(passage_ptr both) {
        std::vector<char> buffer(64u * 1024);
        for (;;) {
            auto operation = both->client->async_read_some(asio::buffer(buffer), as_result);
            auto const [ec, size] = co_await std::move(operation);
            if (ec) break;
            if (sprung && both->fault) {
                co_await commit(both->client, *both->fault);
                break;
            }
            bool const written = co_await write(*both->server, std::string_view(buffer.data(), size));
            if (!written) break;
        }
        error_code ignored;
        both->server->shutdown(tcp::socket::shutdown_send, ignored);
    }

    asio::awaitable<void> to_client(passage_ptr both) {
        std::vector<char> buffer(64u * 1024);
        for (;;) {
            auto operation = both->server->async_read_some(asio::buffer(buffer), as_result);
            auto const [ec, size] = co_await std::move(operation);
            if (ec) break;
            bool const written = co_await write(*both->client, std::string_view(buffer.data(), size));
            if (!written) break;
        }
        error_code ignored;
        both->client->shutdown(tcp::socket::shutdown_send, ignored);
    }

    asio::awaitable<void> commit(socket_ptr client, front_fault fault) {
        if (fault.read > 0) co_await read_part(*client, fault.read);
        if (fault.read_head) co_await read_head(*client);
        if (!fault.answer.empty()) co_await write(*client, fault.answer);
        error_code ignored;
        switch (fault.then) {
        case front_fault::ending::reset:
            client->set_option(asio::socket_base::linger(true, 0), ignored);
            client->close(ignored);
            break;
        case front_fault::ending::close: client->close(ignored); break;
        case front_fault::ending::stall: held_.push_back(std::move(client)); break;
        }
    }

    asio::io_context& io_;
    tcp::acceptor acceptor_;
    std::uint16_t upstream_;
    std::vector<std::weak_ptr<tcp::socket>> sockets_;
    std::vector<socket_ptr> held_;
};

fault_front::fault_front(boost::asio::io_context& io, std::uint16_t upstream)
    : state_(std::make_shared<state>(io, upstream)) {
    state_->listen();
}

fault_front::~fault_front() { state_->stop(); }

std::uint16_t fault_front::port() const noexcept { return state_->port; }

void fault_front::act_as_proxy() { state_->proxy = true; }

void fault_front::add(front_fault fault) { state_->faults.push_back(std::move(fault)); }

void fault_front::spring() { state_->sprung = true; }

void fault_front::stop_listening() { state_->stop_listening(); }

void fault_front::resume_listening() { state_->listen(); }

void fault_front::stop() { state_->stop(); }

} // namespace async_llm::test
