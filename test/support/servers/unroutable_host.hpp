// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_UNROUTABLE_HOST_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_UNROUTABLE_HOST_HPP

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <list>

namespace async_llm::test {

/// A loopback port that neither accepts nor refuses: its queue of connections is full, so the kernel drops
/// what comes.
class unroutable_host {
public:
    unroutable_host() : acceptor_(io_) {
        using boost::asio::ip::tcp;
        tcp::endpoint const any(boost::asio::ip::address_v4::loopback(), 0);
        acceptor_.open(any.protocol());
        acceptor_.bind(any);
        acceptor_.listen(0);
        // One fills the queue; the rest are there because the kernel may round it up.
        for (int i = 0; i < 4; ++i) {
            // Begun and never waited for: the loop of these sockets is not run.
            fillers_.emplace_back(io_).async_connect(
                acceptor_.local_endpoint(),
                [](boost::system::error_code) {}
            );
        }
    }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::list<boost::asio::ip::tcp::socket> fillers_;
};

} // namespace async_llm::test

#endif
