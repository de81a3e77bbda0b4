// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls/socket_bio.hpp"

#include "net/tls/openssl_util.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <string_view>

namespace {

using namespace async_llm;
using tcp = asio::ip::tcp;

struct pair_of_sockets {
    pair_of_sockets() : acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), peer(io) {
        peer.connect(acceptor.local_endpoint());
        socket = acceptor.accept();
        socket.non_blocking(true);
        BOOST_TEST_REQUIRE(bool(bio));
    }

    asio::io_context io{1};
    tcp::acceptor acceptor;
    tcp::socket peer;
    tcp::socket socket{io};
    net::socket_bio_state state{socket};
    net::bio_ptr bio{net::make_socket_bio(state)};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(socket_bio, pair_of_sockets)

// However fast the rest of it comes: for as long as it does, OpenSSL would read on.
BOOST_AUTO_TEST_CASE(nothing_more_of_a_flood_is_read) {
    asio::write(peer, asio::buffer(std::string_view("ab")));
    char byte = 0;
    state.bytes = net::max_bytes_without_progress - 1;
    BOOST_TEST(BIO_read(bio.get(), &byte, 1) == 1);
    BOOST_TEST(byte == 'a');
    BOOST_TEST(!state.flooded);
    for (int i = 0; i != 2; ++i) {
        BOOST_TEST(BIO_read(bio.get(), &byte, 1) == -1);
        BOOST_TEST(state.flooded);
        BOOST_TEST(!BIO_should_retry(bio.get()));
        BOOST_TEST(socket.available() == 1U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
