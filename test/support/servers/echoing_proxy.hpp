// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_ECHOING_PROXY_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_ECHOING_PROXY_HPP

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace async_llm::test {

/// A proxy that opens no tunnel, and gives as its reason the credential that it got, or another text.
class echoing_proxy {
public:
    /// Empty `reason`: the credential.
    explicit echoing_proxy(boost::asio::io_context& io, std::string reason = std::string());

    std::string url(std::string const& login) const;

private:
    void read();
    void answer();

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::socket socket_;
    std::string reason_;
    std::string text_;
};

} // namespace async_llm::test

#endif
