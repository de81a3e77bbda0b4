// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/client.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <chrono>
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#ifdef NDEBUG
#error "the assertions are the point of this program"
#endif

// All of its members, as a program has that parses responses with it.
template class boost::beast::http::basic_parser<false>;

namespace {

namespace asio = boost::asio;
namespace llm = async_llm;
using tcp = asio::ip::tcp;

// The peer: answers each connection with the next reply, in two pieces or byte by byte, and then closes.
class peer {
public:
    explicit peer(asio::io_context& io) : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    void answer(std::vector<std::string> pieces) {
        auto const to = std::make_shared<connection>(acceptor_.get_executor(), std::move(pieces));
        acceptor_.async_accept(to->socket, [to](boost::system::error_code ec) {
            if (!ec) receive(to);
        });
    }

private:
    struct connection {
        connection(asio::any_io_executor const& executor, std::vector<std::string> all)
            : socket(executor), pause(executor), pieces(std::move(all)) {}

        tcp::socket socket;
        asio::steady_timer pause;
        std::vector<std::string> pieces;
        std::size_t next = 0;
        std::string request;
    };
    using connection_ptr = std::shared_ptr<connection>;

    static void receive(connection_ptr const& c) {
        auto const have = c->request.size();
        c->request.resize(have + 4096);
        c->socket.async_receive(
            asio::buffer(&c->request[have], 4096),
            [c, have](boost::system::error_code ec, std::size_t n) {
                c->request.resize(have + n);
                // The body is one line of JSON.
                bool const whole = !c->request.empty() && c->request.back() == '}';
                if (!ec) whole ? send(c) : receive(c);
            }
        );
    }

    static void send(connection_ptr const& c) {
        if (c->next == c->pieces.size()) return;
        boost::system::error_code ec;
        c->socket.set_option(tcp::no_delay(true), ec);
        asio::async_write(
            c->socket,
            asio::buffer(c->pieces[c->next++]),
            [c](boost::system::error_code failed, std::size_t) {
                if (failed) return;
                // Long enough for the client to take it by itself: both are on this loop.
                c->pause.expires_after(std::chrono::milliseconds(2));
                c->pause.async_wait([c](boost::system::error_code) { send(c); });
            }
        );
    }

    tcp::acceptor acceptor_;
};

std::vector<std::string> bytes_of(std::string_view head, std::string_view text) {
    std::vector<std::string> result{std::string(head)};
    for (char const byte : text) result.emplace_back(1, byte);
    return result;
}

// Every way in which the peer can cut the end of a chunked body.
std::vector<std::vector<std::string>> all_replies() {
    std::string const head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::vector<std::vector<std::string>> result;
    for (std::string const end : {"0\r\n\r\n", "00\r\n\r\n", "0;a=b\r\n\r\n", "0\r\nX: 1\r\n\r\n"}) {
        result.push_back(bytes_of(head, end));
        for (std::size_t at = 0; at != end.size(); ++at) {
            result.push_back({head + end.substr(0, at), end.substr(at)});
            result.push_back({head, end.substr(0, at), end.substr(at, 1), end.substr(at + 1)});
        }
    }
    return result;
}

} // namespace

int main() {
    asio::io_context io(1);
    peer other(io);
    llm::client_config config;
    config.proxy = "";
    config.retry = llm::retry_policy::none();
    auto const url = "http://127.0.0.1:" + std::to_string(other.port()) + "/v1";
    llm::client const client(io.get_executor(), llm::provider::openai_compatible(url), config);
    int wrong = 0;
    for (auto const& reply : all_replies()) {
        other.answer(reply);
        llm::error_code told;
        client.async_complete(
            llm::chat_request("some/model").user("Hello"),
            [&](llm::error_code ec, llm::chat_response) { told = ec; }
        );
        io.restart();
        io.run_for(std::chrono::seconds(10));
        if (told == llm::errc::empty_response) continue;
        ++wrong;
        std::cerr << "not an empty response: " << told.message() << '\n';
    }
    return wrong == 0 ? 0 : 1;
}
