// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/echoing_proxy.hpp"

#include <async_llm/error.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace async_llm::test {

namespace asio = boost::asio;

echoing_proxy::echoing_proxy(asio::io_context& io, std::string reason)
    : acceptor_(io, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      socket_(io),
      reason_(std::move(reason)) {
    acceptor_.async_accept(socket_, [this](error_code ec) {
        if (!ec) read();
    });
}

std::string echoing_proxy::url(std::string const& login) const {
    return "http://" + login + "@127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

void echoing_proxy::read() {
    auto const done = [this](error_code ec, std::size_t) {
        if (!ec) answer();
    };
    asio::async_read_until(socket_, asio::dynamic_buffer(text_), "\r\n\r\n", done);
}

void echoing_proxy::answer() {
    std::string const name = "Proxy-Authorization: ";
    auto const begin = text_.find(name) + name.size();
    auto const credential = text_.substr(begin, text_.find("\r\n", begin) - begin);
    text_ = "HTTP/1.1 407 " + (reason_.empty() ? credential : reason_) + "\r\nContent-Length: 0\r\n\r\n";
    asio::async_write(socket_, asio::buffer(text_), [](error_code, std::size_t) {});
}

} // namespace async_llm::test
